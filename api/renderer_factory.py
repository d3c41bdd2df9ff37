"""Creation of the renderer from the settings, without the dependencies of the writing store."""

from api.settings import Settings
from schema.documents.renderer import Renderer
from schema.model import Model
from vocab.uri_builder import Uris


def create_renderer(settings: Settings, model: Model) -> Renderer:
    """Create the renderer of an installation, which readers and writers share."""
    return Renderer(
        model=model,
        uris=Uris(settings.base),
        languages=settings.languages,
        licence=settings.licence,
        publisher=settings.publisher,
    )
