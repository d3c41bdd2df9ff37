"""Migration of a database to the current schema version, by Alembic."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, column, table, update

from api.store.database.database import Database
from schema.validation.decoder import NewerSchemaError


def migrate(database: Database) -> bool:
    """Run the pending migrations, and return True if there were any.

    Raise NewerSchemaError if the database has an unknown schema version, that is, of newer software.
    """
    with database.migrating() as connection:
        script = ScriptDirectory.from_config(alembic_config(connection))
        revision = MigrationContext.configure(connection).get_current_revision()
        if revision == script.get_current_head():
            return False
        if revision not in (None, *(migration.revision for migration in script.walk_revisions())):
            raise NewerSchemaError
        command.upgrade(alembic_config(connection), "head")
        # New columns of the read model are empty until a rebuild, which a missing fingerprint requires.
        connection.execute(update(table("head", column("fingerprint"))).values(fingerprint=None))
        return True


def has_current_schema(connection: Connection) -> bool:
    """Return True if a database has the current schema version."""
    script = ScriptDirectory.from_config(alembic_config(connection))
    return MigrationContext.configure(connection).get_current_revision() == script.get_current_head()


def alembic_config(connection: Connection) -> Config:
    """Return the configuration of Alembic, with the connection to migrate."""
    config = Config()
    config.set_main_option("script_location", "migrations")
    config.attributes["connection"] = connection
    return config
