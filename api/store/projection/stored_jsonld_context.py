"""The stored JSON-LD context: that of the version which rendered the stored documents."""

from typing import Any

import msgspec
from sqlalchemy import delete, insert, select

from api.store.database.writing_session import Session
from schema.documents.renderer import Renderer
from schema.rdf.document_triples import DocumentTriples
from schema.rdf.jsonld_context import jsonld_context


class StoredContext:
    """The row of `jsonld_context`, and the context of the documents that a renderer makes."""

    def __init__(self, session: Session, renderer: Renderer) -> None:
        self._session = session
        self._table = session.tables.jsonld_context
        self.rendered = jsonld_context(renderer.model, renderer.uris)

    def is_current(self) -> bool:
        """Return True if the stored context is that of the renderer."""
        return bool(self._body() == self._rendered_body())

    def triples(self) -> DocumentTriples | None:
        """Return the mapping of the stored documents to triples, or None if their context is missing or damaged."""
        try:
            context = msgspec.json.decode(self._body() or b"null", type=dict[str, Any] | None)
            return DocumentTriples(context) if context else None
        except (AttributeError, LookupError, TypeError, ValueError):
            return None

    def repair(self) -> bool:
        """Store the context of the renderer in place of another one, and return True if that differed."""
        if self.is_current():
            return False
        self._session.connection.execute(delete(self._table))
        self._session.connection.execute(insert(self._table).values(id=1, body=self._rendered_body()))
        return True

    def _body(self) -> Any:
        return self._session.connection.scalar(select(self._table.c.body))

    def _rendered_body(self) -> str:
        return msgspec.json.encode(self.rendered).decode()
