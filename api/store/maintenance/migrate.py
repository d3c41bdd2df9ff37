"""Bringing a database's tables to today's declarations."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, column, table, update

from api.store.database.database import Database
from schema.validation.decoder import NewerSchemaError


def migrate(database: Database) -> bool:
    """Run the migrations that are missing; return whether there were any.

    Raise NewerError if the tables are those of a newer version.
    """
    with database.migrating() as connection:
        script = ScriptDirectory.from_config(alembic_config(connection))
        revision = MigrationContext.configure(connection).get_current_revision()
        if revision == script.get_current_head():
            return False
        if revision not in (None, *(one.revision for one in script.walk_revisions())):
            raise NewerSchemaError
        command.upgrade(alembic_config(connection), "head")
        # New columns of what is served are empty until it is made anew from the log.
        connection.execute(update(table("head", column("fingerprint"))).values(fingerprint=None))
        return True


def has_current_schema(connection: Connection) -> bool:
    """Tell whether a database has the tables of today."""
    script = ScriptDirectory.from_config(alembic_config(connection))
    return MigrationContext.configure(connection).get_current_revision() == script.get_current_head()


def alembic_config(connection: Connection) -> Config:
    """Return what Alembic needs to know, with the connection that it shall use."""
    config = Config()
    config.set_main_option("script_location", "migrations")
    config.attributes["connection"] = connection
    return config
