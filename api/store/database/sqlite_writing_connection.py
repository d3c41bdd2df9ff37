"""The pooled connection with which a process writes to a SQLite file, and the lock file of its writers.

The connection is kept open because a new one reads the whole schema and compiles every statement again,
and because closing the last connection to a file checkpoints its write-ahead log.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DisconnectionError

_FILE_IDENTITY = "file"
"""The key under which the pool records which file a connection has open."""

_CACHED_STATEMENTS = 512
"""Size of the driver's cache of prepared statements, per connection."""


def pooled_writer(url: URL, path: Path) -> Engine:
    """Return an engine that pools one connection and replaces it after a fork or if the file was replaced."""
    engine = create_engine(url, pool_size=1, connect_args={"cached_statements": _CACHED_STATEMENTS})

    @event.listens_for(engine, "connect")
    def record_file_identity(connection: Any, record: Any) -> None:
        connection.execute("PRAGMA schema_version")  # SQLite opens the file with the first statement only
        record.info[_FILE_IDENTITY] = _file_identity(path)

    @event.listens_for(engine, "checkout")
    def check_file_identity(_: Any, record: Any, __: Any) -> None:
        if record.info[_FILE_IDENTITY] != _file_identity(path):
            raise DisconnectionError

    return engine


def release_writer(engine: Engine, path: Path | None) -> None:
    """Close the pooled connections of an engine.

    Closing the last connection checkpoints the WAL, so hold the file lock if it is free. If another
    process holds it, that process keeps the database open and ours is not the last; if it exits first,
    SQLite's own exclusive lock protects the checkpoint.
    """
    has_connection = isinstance(engine.pool, QueuePool) and engine.pool.checkedin()
    with file_lock(path, blocking=False) if path and path.exists() and has_connection else nullcontext():
        engine.dispose()


@contextmanager
def file_lock(path: Path, *, blocking: bool = True) -> Iterator[None]:
    """Hold the lock file of a database file, which all its writers share.

    Without `blocking`, continue without the lock if another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("w") as file:
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX if blocking else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _file_identity(path: Path) -> tuple[int, int, int] | None:
    """Return process id, device and inode of an open file, or None if the path does not exist.

    The process id is included because a connection must not be used in a forked child.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return os.getpid(), status.st_dev, status.st_ino
