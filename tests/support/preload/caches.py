"""Fills the caches of the process that imports it with what every server and most commands would compute.

These are templates, documents of the vocabulary, SQL statements and migrations. Nothing stays open: no thread, no
connection.
"""

import gc
import tempfile
from pathlib import Path

from api.application import create
from api.formats.html.templating import page_environment
from api.settings import Settings
from api.store.database.database import Database
from api.store.maintenance.migrate import migrate
from api.store_factory import create_store
from tests.support.response_and_row_snapshots import NETWORK_ACTIONS
from tests.support.site import BASE


def fill_caches() -> None:
    """Do once what a server does when it starts, and commit to a new database."""
    page_environment()
    Database("postgresql://nobody@127.0.0.1/none")  # connects to nothing
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database=f"sqlite:///{Path(folder, 'new.db')}", base=BASE)
        create(settings)
        store = create_store(settings)
        migrate(store.database)
        store.commit(NETWORK_ACTIONS, "editor")
        store.rebuild()
        store.database.close()
    gc.collect()
    gc.freeze()


fill_caches()
