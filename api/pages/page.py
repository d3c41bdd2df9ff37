"""Pages for people: any document as HTML."""

from api.reading.documents import Asked, Document
from schema.render import Renderer

POLICY = "default-src 'none'"


class Pages:
    """Writes pages, for one installation."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def write(self, document: Document, asked: Asked) -> bytes:
        """Return a document as a page. Raise BadParameter for an unknown language."""
        return b"<!doctype html>"
