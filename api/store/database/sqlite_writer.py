"""The connection that a process keeps for writing to a SQLite file.

A new one would have to read the whole schema and to compile each statement again, and the end of the
last one writes everything back.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DisconnectionError

_FILE = "file"

_STATEMENTS = 512
"""Statements that the driver keeps compiled."""


def pooled_writer(url: URL, path: Path) -> Engine:
    """Return an engine that keeps one connection for as long as process and file are the same."""
    engine = create_engine(url, pool_size=1, connect_args={"cached_statements": _STATEMENTS})

    @event.listens_for(engine, "connect")
    def connected(connection: Any, record: Any) -> None:
        connection.execute("PRAGMA schema_version")  # only now the file is opened
        record.info[_FILE] = _identity(path)

    @event.listens_for(engine, "checkout")
    def wanted(_: Any, record: Any, __: Any) -> None:
        if record.info[_FILE] != _identity(path):
            raise DisconnectionError

    return engine


def release_writer(engine: Engine, path: Path | None) -> None:
    """Close the connections that are held, under the lock: the last one to close writes to the file.

    Whoever has the lock now is about to write, and then it is not the last; if it is nevertheless,
    SQLite lets nobody else in meanwhile.
    """
    is_holding = isinstance(engine.pool, QueuePool) and engine.pool.checkedin()
    with file_lock(path, waits=False) if path and path.exists() and is_holding else nullcontext():
        engine.dispose()


@contextmanager
def file_lock(path: Path, *, waits: bool = True) -> Iterator[None]:
    """Hold the lock that all processes writing to a file share; or do without it, rather than wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("w") as file:
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _identity(path: Path) -> tuple[int, int, int] | None:
    """Return what tells a file that this process opened at a path from another there, and from its parent's."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return os.getpid(), found.st_dev, found.st_ino
