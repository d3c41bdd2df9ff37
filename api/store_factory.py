"""Creation of the writing store from the settings."""

from api.renderer_factory import create_renderer
from api.settings import Settings
from api.store.database.database import Database
from api.store.log.clock import Clock, utc_now
from api.store.publishing.store import Store
from schema import MODEL
from schema.model import Model
from schema.storage.tables import TABLES


def create_store(settings: Settings, model: Model = MODEL, clock: Clock = utc_now) -> Store:
    """Create the store of an installation; it opens no connection yet."""
    renderer = create_renderer(settings, model)
    return Store(Database(settings.database), TABLES, renderer, clock, settings.today)
