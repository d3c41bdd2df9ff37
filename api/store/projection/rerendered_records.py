"""Public changes that a rebuild makes: a record whose triples it changes gets one with the action `rerender`."""

from collections.abc import Iterable

import msgspec

from api.store.database.writing_session import Session
from api.store.log.actions import RERENDER
from api.store.log.head import LogHead
from api.store.projection.stored_jsonld_context import StoredContext
from api.store.zstd_frame import DamagedDocumentError, decompress
from schema.declaration.entity_base import RecordKey
from schema.documents.renderer import Renderer
from schema.rdf.document_triples import DocumentTriples, Triple


class RerenderedRecords:
    """Appends to `change` the records whose triples a rebuild changes, inside its transaction.

    The triples of a stored document are those by the context that the version had which rendered it; they change with a
    term of the vocabulary too, while the document stays. Records that were not public before, or are not any more, are
    left to the actions on them.
    """

    def __init__(self, session: Session, renderer: Renderer, head: LogHead) -> None:
        self._session = session
        self._head = head
        context = StoredContext(session, renderer)
        self._triples = DocumentTriples(context.rendered)
        stored = None if context.is_current() else context.triples()
        self._is_same_context = stored is None
        self._stored_triples = stored or self._triples

    def add(self, documents: Iterable[tuple[RecordKey, bytes, bytes]]) -> None:
        """Add the records whose rendered document has other triples than the stored one, given before it.

        Raise ImplausibleTimeError if there are any and the clock is implausible.
        """
        rows = []
        for key, stored, rendered in documents:
            if stored == rendered and self._is_same_context:
                continue
            if _decoded_triples(self._stored_triples, stored) not in (
                None,
                _decoded_triples(self._triples, rendered),
            ):
                self._head.number += 1
                rows.append((self._head.number, self._head.at, *key, RERENDER, None, None))
        if rows and self._head.time_error:
            raise self._head.time_error
        self._session.insert(self._session.tables.change, rows)


def _decoded_triples(triples: DocumentTriples, frame: bytes) -> set[Triple] | None:
    """Return the triples of a document in a zstd frame; None of a damaged one, which no response could have."""
    try:
        return triples(msgspec.json.decode(decompress(frame)))
    except (AttributeError, DamagedDocumentError, LookupError, TypeError, ValueError):
        return None
