"""From settings to the renderer, which readers and writers share."""

from api.settings import Settings
from schema.documents.renderer import Renderer
from schema.model import Model
from vocab.uris import Uris


def create_renderer(settings: Settings, model: Model) -> Renderer:
    """Return the renderer of an installation."""
    return Renderer(
        model=model,
        uris=Uris(settings.base),
        languages=settings.languages,
        licence=settings.licence,
        publisher=settings.publisher,
    )
