"""The pooled connection with which a process writes to a SQLite file, and the limit of its write-ahead log.

The connection is kept open because a new one reads the whole schema and compiles every statement again,
and because closing the last connection to a file checkpoints its write-ahead log.
"""

import os
import sqlite3
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DisconnectionError

from api.store.database.sqlite_files import WAL, FileIdentity, file_identity, file_lock, wal_identities

_FILE_IDENTITIES = "files"
"""The key under which the pool records which files a connection has open."""

MAX_WAL_BYTES = 64 << 20
"""Size of the write-ahead log above which it is emptied after a commit."""

BUSY_TIMEOUT = 10_000
"""Milliseconds that a statement waits for the locks of another program."""

_CACHED_STATEMENTS = 512
"""Size of the driver's cache of prepared statements, per connection."""


def pooled_writer(url: URL, path: Path) -> Engine:
    """Return an engine that pools one connection and replaces it after a fork or if the file was replaced."""
    engine = create_engine(url, pool_size=1, connect_args={"cached_statements": _CACHED_STATEMENTS})

    @event.listens_for(engine, "connect")
    def record_file_identities(connection: Any, record: Any) -> None:
        connection.execute("PRAGMA schema_version")  # SQLite opens the files with the first statement only
        record.info[_FILE_IDENTITIES] = _file_identities(path)

    @event.listens_for(engine, "checkout")
    def check_file_identities(_: Any, record: Any, __: Any) -> None:
        if record.info[_FILE_IDENTITIES] != _file_identities(path):
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


def limit_wal(connection: Connection, path: Path) -> None:
    """Empty the write-ahead log if it is large and no reader needs it; otherwise a later commit tries again.

    The checkpoint of SQLite itself leaves the file as large as the largest transaction made it. Raise no
    error: the transaction is committed.
    """
    with suppress(OSError, sqlite3.Error):
        if path.with_name(path.name + WAL).stat().st_size <= MAX_WAL_BYTES:
            return
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA busy_timeout = 0")
        try:
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            driver.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")


def _file_identities(path: Path) -> tuple[int, FileIdentity, tuple[FileIdentity, FileIdentity]]:
    """Return the process id, and the identities of the open file and of its write-ahead log.

    The process id is included because a connection must not be used in a forked child.
    """
    name = str(path)
    return os.getpid(), file_identity(name), wal_identities(name)
