"""The cleanup after a test run, however it ends: servers, browsers, databases and files of the run.

Every process of a run inherits the path of the run's folder in its environment. A process outside the run waits for
the end of pytest, even by SIGKILL; then it kills all processes that have the path, and removes the folder.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

RUN = "TEST_RUN"
"""The environment variable that has the path of the folder of the run."""

_MEMORY = Path("/dev/shm")  # noqa: S108 - folders in it have random names and belong to their user

_REQUIRED_MEMORY = 3 << 30
"""Free bytes of the file system in memory without which the disk is used."""

_GRACE = 20
"""Seconds that PostgreSQL has to end by itself."""

_PAUSE = 0.05
"""Seconds between two looks at the processes that have to end."""


class Cleanup:
    """A process that cleans up when this one ends, or when `finish` is called."""

    def __init__(self) -> None:
        has_space = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _REQUIRED_MEMORY
        folder = tempfile.mkdtemp(prefix="tikls-", dir=_MEMORY if has_space else None)
        # PostgreSQL, which does not run as root, has a folder of its own in it.
        Path(folder).chmod(0o711)
        outside = {name: value for name, value in os.environ.items() if name != RUN}
        self._process = subprocess.Popen(
            [sys.executable, "-IS", __file__, folder],
            stdin=subprocess.PIPE,
            env=outside,
            start_new_session=True,
        )
        os.environ[RUN] = folder

    def finish(self) -> None:
        """Clean up, and wait until it is done."""
        self._process.communicate()


def run_folder() -> Path:
    """Return the folder of the run, in memory if there is space.

    Tests kill processes, but not the machine: they need no disk, and would mostly wait for it.
    """
    return Path(os.environ[RUN])


def new_folder() -> Path:
    """Create a folder in that of the run."""
    return Path(tempfile.mkdtemp(dir=run_folder()))


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Keep other processes out of a block that has the same path."""
    with path.with_name(f"{path.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def processes_of(folder: Path) -> list[int]:
    """Return the ids of the processes of a run, by its folder."""
    marker = f"{RUN}={folder}".encode()
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [pid for pid in pids if marker in _environment(pid)]


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:  # it has ended, or belongs to another user
        return []


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _clean_up(folder: Path) -> None:
    # PostgreSQL ends its own processes and frees its shared memory.
    for file in folder.glob("*/data/postmaster.pid"):
        postmaster = int(file.read_text(encoding="utf-8").split()[0])
        _signal(postmaster, signal.SIGQUIT)
        _signal(postmaster, signal.SIGCONT)  # a test may have suspended it
        deadline = time.monotonic() + _GRACE
        while file.exists() and time.monotonic() < deadline:
            time.sleep(_PAUSE)
    while pids := processes_of(folder):
        for pid in pids:
            _signal(pid, signal.SIGKILL)
        time.sleep(_PAUSE)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.stdin.read()
    _clean_up(Path(sys.argv[1]))
