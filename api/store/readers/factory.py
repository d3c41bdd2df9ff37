"""The factory of readers: the one for SQLite or the one for PostgreSQL."""

from api.store.database.database import Database
from api.store.readers.reader import Reader
from api.store.readers.sqlite_reader import SqliteReader


async def open_reader(database: Database, deadline: float) -> Reader:
    """Return a reader of a database; it connects with the first query, and again after a connection is lost.

    The deadline is the time for one query or snapshot, in seconds.
    """
    if database.parameters is None:
        assert database.path is not None  # noqa: S101 - a database has the one or the other
        return SqliteReader(database.path, database.read_only_uri, deadline)
    # Imported here, as the driver and the dialect of PostgreSQL take some megabytes that SQLite does not need.
    from api.store.readers.postgresql_reader import open_postgresql  # noqa: PLC0415

    return await open_postgresql(database.parameters, deadline)
