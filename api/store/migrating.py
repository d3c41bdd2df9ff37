"""Bringing a database's tables to today's declarations."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from api.store.database import Database


def migrate(database: Database) -> bool:
    """Run the migrations that are missing; return whether there were any."""
    with database.migrating() as connection:
        if is_current(connection):
            return False
        command.upgrade(configuration(connection), "head")
        return True


def is_current(connection: Connection) -> bool:
    """Tell whether a database has the tables of today."""
    script = ScriptDirectory.from_config(configuration(connection))
    return MigrationContext.configure(connection).get_current_revision() == script.get_current_head()


def configuration(connection: Connection) -> Config:
    """Return what Alembic needs to know, with the connection that it shall use."""
    config = Config()
    config.set_main_option("script_location", "migrations")
    config.attributes["connection"] = connection
    return config
