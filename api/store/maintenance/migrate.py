"""Migration of a database to the current schema version."""

from enum import Enum

from sqlalchemy import Connection, column, inspect, select, table, update

from api.store.database.database import Database
from api.store.log.log_validation import LogValidation
from api.store.maintenance.newest_schema_version import newest_schema_version, schema_versions
from schema.model import Model
from schema.storage.tables import TABLES
from schema.validation.record_codec import UnreadableRecordsError

_VERSION = table("alembic_version", column("version_num"))


def migrate(database: Database, model: Model | None = None) -> bool:
    """Run the pending migrations, and return True if there were any.

    Raise NewerSchemaError if the database has an unknown schema version, that is, of newer software. With a model,
    raise UnreadableRecordsError before anything is migrated if its declarations cannot read a record of the log:
    the version that wrote it can then go on.
    """
    with database.migrating() as connection:
        if has_current_schema(connection):
            return False
        if model:
            _require_readable_log(connection, model)
        # Alembic and its template engine are a sixth of what a start would import, and seldom needed.
        from api.store.maintenance.alembic_upgrade import upgrade  # noqa: PLC0415

        upgrade(connection)
        # New columns of the read model are empty until a rebuild, which a missing fingerprint requires.
        connection.execute(update(table("head", column("fingerprint"))).values(fingerprint=None))
        return True


class SchemaAge(Enum):
    """The age of the tables of a database, compared with the schema of this software."""

    NONE = "none"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"


def _require_readable_log(connection: Connection, model: Model) -> None:
    """Raise UnreadableRecordsError if a document or draft in the log is no record of a model."""
    if inspect(connection).has_table(TABLES.revision.name):
        validation = LogValidation(connection, TABLES, model, is_thorough=False)
        if faults := [*validation.faults()]:
            raise UnreadableRecordsError(faults)


def has_current_schema(connection: Connection) -> bool:
    """Return True if a database has the current schema version."""
    return schema_age(connection) is SchemaAge.CURRENT


def schema_age(connection: Connection) -> SchemaAge:
    """Return the age of the tables of a database; a version that this software does not know is newer."""
    if not inspect(connection).has_table(_VERSION.name):
        return SchemaAge.NONE
    version = connection.scalar(select(_VERSION.c.version_num))
    if version == newest_schema_version():
        return SchemaAge.CURRENT
    return SchemaAge.OLDER if version is None or version in schema_versions() else SchemaAge.NEWER
