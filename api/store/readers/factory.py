"""Opening a reader of a database of either kind."""

from api.store.database.database import Database
from api.store.readers.reader import Reader
from api.store.readers.sqlite_reader import SqliteReader


async def open_reader(database: Database, deadline: float) -> Reader:
    """Return a reader of a database; it connects when it is first asked, and again when it must.

    A question that takes more seconds than the deadline is given up.
    """
    if database.path:
        return SqliteReader(database.path, database.read_only_uri, deadline)
    # Whoever has a file needs no driver and dialect of PostgreSQL, which are some megabytes.
    from api.store.readers.postgresql_reader import open_postgresql  # noqa: PLC0415

    return await open_postgresql(database.address, deadline)
