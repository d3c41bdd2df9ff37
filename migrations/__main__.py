"""Generate a migration from the difference to the declarations: `make migration m="Add a field"`.

The existing migrations run on an in-memory SQLite database, which is compared with the tables of the model.
"""

import sys

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

config = Config()

config.set_main_option("script_location", "migrations")

number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1

with create_engine("sqlite://").begin() as connection:
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    command.revision(config, sys.argv[1], autogenerate=True, rev_id=f"{number:04}")
