"""The run of pending migrations by Alembic. Imported only where migrations are pending."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from schema.validation.record_codec import NewerSchemaError


def upgrade(connection: Connection) -> None:
    """Run the pending migrations. Raise NewerSchemaError if the schema version is unknown."""
    script = ScriptDirectory.from_config(alembic_config(connection))
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision not in (None, *(migration.revision for migration in script.walk_revisions())):
        raise NewerSchemaError
    command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> Config:
    """Return the configuration of Alembic, with the connection to migrate."""
    config = Config()
    config.set_main_option("script_location", "migrations")
    config.attributes["connection"] = connection
    return config
