"""A temporary copy of the log, from which processes render what a restore has not committed yet."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Table, select
from sqlalchemy.exc import DBAPIError

from api.store.database.database import Database
from api.store.database.statement_cache import StatementCache
from api.store.database.writing_session import Session

_BATCH_SIZE = 5_000


@contextmanager
def log_copy(session: Session) -> Iterator[str | None]:
    """Yield the URL of a SQLite database with the log as the transaction of a session sees it, deleted at the end.

    Yield None if it cannot be written, as on a full disk or without a directory for temporary files.
    """
    with ExitStack() as stack:
        written = None
        with suppress(OSError, DBAPIError):
            folder = TemporaryDirectory(prefix="tikls-log-", ignore_cleanup_errors=True)
            address = f"sqlite:///{Path(stack.enter_context(folder), 'log.sqlite')}"
            _write(session, address)
            written = address
        yield written


def _write(session: Session, address: str) -> None:
    tables = session.tables
    log: Sequence[Table] = (tables.revision, tables.change)
    with closing(Database(address)) as database, database.writing() as connection:
        tables.metadata.create_all(connection, log)
        copy = Session(connection, StatementCache(tables, database.kind))
        for table in log:
            query = select(table).execution_options(yield_per=_BATCH_SIZE)
            for rows in session.connection.execute(query).partitions():
                copy.insert(table, [tuple(row) for row in rows])
