"""The database, SQLite or PostgreSQL: its SQLAlchemy engines, transactions and write lock."""

import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError

from api.store.database.database_url import SQLITE, ConnectionParameters, parse_url
from api.store.database.sqlite_files import create_private_file, file_lock, is_immutable_file
from api.store.database.sqlite_writing_connection import (
    BUSY_TIMEOUT,
    MAX_WAL_BYTES,
    limit_wal,
    pooled_writer,
    release_writer,
)

_SQLITE_DRIVER = "sqlite+pysqlite"

_POSTGRESQL_DRIVER = "postgresql+psycopg://"


class ErasureError(RuntimeError):
    """Deleted values may still be in the files of the database; the same redaction erases them.

    `problem` is the message of the database, None if another process reads an earlier state of the file.
    """

    def __init__(self, problem: str | None) -> None:
        super().__init__(problem or "another process reads an earlier state of the file")
        self.problem = problem


class ForeignKeyViolationError(RuntimeError):
    """A migration would violate foreign keys; it is rolled back."""


class Database:
    """A database with its URL: `sqlite:///path` or `postgresql://…`."""

    def __init__(self, address: str) -> None:
        url = parse_url(address)
        self.address = address
        self.kind = url.get_backend_name()
        # The lock file is named after the path, so all processes must use the same absolute path.
        self.path = Path(url.database or "").resolve() if self.kind == SQLITE else None
        self.parameters = ConnectionParameters.from_url(url) if self.path is None else None
        """The parameters of connections to PostgreSQL, None for SQLite."""
        if self.path:
            # The last writer to close checkpoints the WAL, and does so under the lock. Readers open the
            # file read-only, so they never checkpoint.
            self.engine = pooled_writer(url.set(drivername=_SQLITE_DRIVER), self.path)
            self._unpooled_engine = create_engine(url.set(drivername=_SQLITE_DRIVER), poolclass=NullPool)
            self._read_engine = create_engine("sqlite://", creator=self._open_read_only, poolclass=NullPool)
            for engine in (self.engine, self._unpooled_engine):
                _configure_sqlite(engine)
            event.listen(self._read_engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        else:
            # Pooled: a new connection has an empty catalog cache at the server and is slow at first.
            arguments = self.parameters.for_psycopg() if self.parameters else {}
            engine = create_engine(_POSTGRESQL_DRIVER, connect_args=arguments, pool_pre_ping=True)
            self.engine = self._unpooled_engine = self._read_engine = engine
        # Without a call of `close`: at garbage collection, or when the interpreter exits.
        weakref.finalize(self, release_writer, self.engine, self.path)

    @property
    def read_only_uri(self) -> str:
        """Return the URI that opens the SQLite file read-only, or an empty string for PostgreSQL."""
        return f"{self.path.as_uri()}?mode=ro" if self.path else ""

    def close(self) -> None:
        """Close the pooled connections."""
        release_writer(self.engine, self.path)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that commits at the end; on SQLite it holds the write lock."""
        with self.write_lock(), self.engine.connect() as connection:
            try:
                with connection.begin():
                    yield connection
            except DBAPIError:
                # The connection may be broken: the next transaction opens a new one.
                connection.invalidate()
                raise
            if self.path:
                limit_wal(connection, self.path)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection in a read-only transaction, which reads one snapshot and waits for no writer."""
        with self._read_engine.connect() as connection:
            if not self.path:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    def optimize_indexes(self) -> None:
        """Merge the pending parts of the full-text index; on PostgreSQL also update the planner's statistics.

        Many changes leave many unmerged segments (SQLite) or a long pending list (PostgreSQL), which every
        search has to scan.
        """
        if self.path:
            with self.writing() as connection:
                connection.exec_driver_sql(
                    "INSERT INTO search_document_words(search_document_words) VALUES ('optimize')"
                )
            return
        with self.engine.connect() as connection:
            autocommit = connection.execution_options(isolation_level="AUTOCOMMIT")
            autocommit.exec_driver_sql("SELECT gin_clean_pending_list('ix_search_document_words')")
            autocommit.exec_driver_sql("ANALYZE")

    def erase_deleted(self) -> None:
        """Remove deleted and replaced values from the file of SQLite and from the full-text index.

        VACUUM copies all live rows to new pages, and the checkpoint empties the WAL. On PostgreSQL, old
        row versions stay in the files, unreadable, until VACUUM FULL; the statistics are computed again.
        Raise ErasureError if it could not be finished. It can be repeated.
        """
        try:
            self.optimize_indexes()
            is_busy = self.path and self._vacuum(self.path)
        except (sqlite3.Error, DBAPIError) as error:
            raise ErasureError(database_message(error)) from error
        if is_busy:
            raise ErasureError(None)

    def _vacuum(self, path: Path) -> bool:
        """Write the SQLite file again, and return True if a reader kept the WAL from being emptied."""
        with self.write_lock(), closing(sqlite3.connect(path, timeout=10)) as connection:
            connection.isolation_level = None
            connection.execute("VACUUM")
            ((is_busy, _, _),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return bool(is_busy)

    def _open_read_only(self) -> sqlite3.Connection:
        # SQLite writes to its index even to read, unless the file cannot change.
        is_immutable = self.path and is_immutable_file(self.path)
        uri = self.read_only_uri + ("&immutable=1" if is_immutable else "")
        connection = sqlite3.connect(uri, uri=True, timeout=10)
        connection.isolation_level = None
        return connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that may change the schema, in one process at a time.

        On SQLite, foreign keys are off meanwhile: a table is rebuilt by dropping it, which deletes its rows,
        and foreign keys would reject or cascade that. They are checked before the commit; a violation
        raises ForeignKeyViolationError.
        """
        with self.write_lock(), self._unpooled_engine.connect() as connection:
            if self.path:
                for pragma in ("journal_mode = WAL", "foreign_keys = OFF"):
                    connection.connection.execute(f"PRAGMA {pragma}")
            with connection.begin():
                if not self.path:
                    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7461)")
                yield connection
                if self.path and (rows := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
                    message = f"{len(rows)} rows would refer to missing rows; the migration was rolled back"
                    raise ForeignKeyViolationError(message)
            if self.path:
                limit_wal(connection, self.path)

    @contextmanager
    def write_lock(self) -> Iterator[None]:
        """Hold the lock that all writers of one SQLite file share.

        PostgreSQL needs none here: a writing transaction begins by locking the row of `head`.
        """
        with file_lock(self.path) if self.path else nullcontext():
            if self.path:
                create_private_file(self.path)
            yield


def is_read_only(error: DBAPIError) -> bool:
    """Return True if an error says that PostgreSQL is read-only, as a replica is."""
    state = getattr(error.orig, "sqlstate", None)
    # A transaction that asks for writing is not supported by a replica: this state has other causes elsewhere.
    return state == "25006" or (state == "0A000" and "recovery" in str(error.orig))


def database_message(error: Exception) -> str:
    """Return the first line of the message of an error of a database driver."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    lines = str(cause).strip().splitlines() or [type(cause).__name__]
    return lines[0]


def _configure_sqlite(engine: Engine) -> None:
    """Set the pragmas of each new connection, and begin each transaction with the write lock."""

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions: the listener below does
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
        connection.execute(f"PRAGMA journal_size_limit = {MAX_WAL_BYTES}")
        # 64 MiB (the unit is KiB): a large commit changes pages all over the indexes, and a smaller cache
        # would write the same page many times.
        connection.execute("PRAGMA cache_size = -65536")

    @event.listens_for(engine, "begin")
    def begin_immediate(connection: Connection) -> None:
        # A deferred transaction that reads first cannot upgrade to a write if another one committed meanwhile.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
