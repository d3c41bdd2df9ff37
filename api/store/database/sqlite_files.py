"""The files of a SQLite database: the file itself, its write-ahead log and its index, and the lock file of writers."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

WAL, WAL_INDEX = "-wal", "-shm"
"""Suffixes of the write-ahead log and of its index, the memory that all connections share."""

_PRIVATE = 0o600
"""The mode of a new file: a database has drafts and notes."""

FileIdentity = tuple[int, int] | None
"""Device and inode of a file, or None if it does not exist."""


def file_identity(path: str) -> FileIdentity:
    """Return the identity of a file. Raise OSError if it cannot be asked for."""
    try:
        status = os.stat(path)  # noqa: PTH116 - takes half the time of Path.stat
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def wal_identities(path: str) -> tuple[FileIdentity, FileIdentity]:
    """Return the identities of the write-ahead log of a database file and of its index.

    As long as a connection is open they stay the same, unless another program removes them: the connection
    then sees no later commit.
    """
    return file_identity(path + WAL), file_identity(path + WAL_INDEX)


def is_immutable_file(path: Path) -> bool:
    """Return True if a database file is on a read-only file system, where nothing can write to it.

    Raise sqlite3.OperationalError if its last commits are in a write-ahead log there, which cannot be read.
    """
    if not path.exists() or not os.statvfs(path).f_flag & os.ST_RDONLY:
        return False
    wal = path.with_name(path.name + WAL)
    if wal.exists() and wal.stat().st_size:
        message = (
            f"{path} is on a read-only file system beside {wal.name}: copy both to a disk that can be written"
        )
        raise sqlite3.OperationalError(message)
    return True


def create_private_file(path: Path) -> None:
    """Create an empty database file that only its owner can read, if there is none.

    SQLite gives the other files of a database the mode of the database file.
    """
    if not path.exists():
        os.close(_open_or_create(path, _PRIVATE))


@contextmanager
def file_lock(path: Path, *, blocking: bool = True) -> Iterator[None]:
    """Hold the lock file of a database file, which all its writers share.

    It has the mode of the database file. Without `blocking`, continue without the lock if another process
    holds it.

    Writers wait in turn: the next one holds a second lock while it waits for the first. A writer that at once
    locks again, such as a load in parts, therefore comes after one that waits; flock(2) alone promises no order.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if path.exists() else _PRIVATE
    lock = _open_or_create(path.with_name(path.name + ".lock"), mode)
    try:
        if blocking:
            with _turn(path, mode):
                fcntl.flock(lock, fcntl.LOCK_EX)
        else:
            with suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(lock)


@contextmanager
def _turn(path: Path, mode: int) -> Iterator[None]:
    """Hold the lock of the writer that waits next."""
    turn = _open_or_create(path.with_name(path.name + ".turn"), mode)
    try:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield
    finally:
        os.close(turn)


def _open_or_create(path: Path, mode: int) -> int:
    """Return the descriptor of a file, which is created with a mode, whatever the umask, if there is none."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        return os.open(path, os.O_RDWR | os.O_CREAT, mode)
    os.fchmod(descriptor, mode)
    return descriptor
