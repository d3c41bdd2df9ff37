"""From settings to the things that they set up."""

from api.settings import Settings
from api.store.database import Database
from api.store.head import Clock, utc_now
from api.store.log import Store
from schema import MODEL
from schema.model import Model
from schema.render import Renderer
from schema.tables import Tables
from vocab.addresses import Addresses


def store_of(settings: Settings, model: Model = MODEL, clock: Clock = utc_now) -> Store:
    """Return the store of an installation."""
    renderer = Renderer(
        model=model,
        addresses=Addresses(settings.base),
        languages=settings.languages,
        licence=settings.licence,
        publisher=settings.publisher,
    )
    return Store(Database(settings.database), Tables(model), renderer, clock)
