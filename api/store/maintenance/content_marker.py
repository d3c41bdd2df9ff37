"""The marker that a database once had content: an empty database with it has lost that.

It is a file beside that of SQLite, and a line in the comment on a database of PostgreSQL, which stays if the tables or
their schema are dropped. A PostgreSQL database that is lost as a whole is missing, and no start creates it.
"""

from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from api.store.database.database import Database

_SUFFIX = ".published"


def had_content(database: Database) -> bool:
    """Return True if a database in the place of this one had content."""
    if database.path:
        return _marker(database.path).exists()
    with database.reading() as connection:
        return _line(connection) in _comment(connection).splitlines()


def record_content(database: Database) -> None:
    """Leave the marker of a database that has content, where this role may: a replica has that of its primary."""
    if had_content(database):
        return
    if database.path:
        with suppress(OSError):  # where only the file itself can be written, there is no marker
            _marker(database.path).touch(0o600)
        return
    with (
        suppress(DBAPIError),
        database.writing() as connection,
    ):  # only the owner of a database may comment on it
        comment = "\n".join(filter(None, (_comment(connection), _line(connection))))
        name = func.current_database()
        statement = connection.scalar(select(func.format("COMMENT ON DATABASE %I IS %L", name, comment)))
        connection.execution_options(no_parameters=True).exec_driver_sql(str(statement))


def _marker(path: Path) -> Path:
    return path.with_name(path.name + _SUFFIX)


def _line(connection: Connection) -> str:
    """Return the line of the marker, which names the schema: a database may have several with an installation."""
    return f"Tikls: the schema {connection.scalar(select(func.current_schema()))} had content."


def _comment(connection: Connection) -> str:
    """Return the comment on the database."""
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
    return connection.exec_driver_sql(query).scalar() or ""
