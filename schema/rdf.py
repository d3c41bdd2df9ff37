"""RDF: what a document says, as text. It agrees with the context, which has the same source."""

import re

import msgspec

from schema.model import Model
from schema.rdf_syntax import Syntax
from schema.rdf_templates import Pieces, templates
from schema.rdf_things import Thing, Things
from vocab.addresses import Addresses

# RDF knows the escapes in strings that msgspec writes, and no others of JSON's.
_FOREIGN = re.compile(rb"\\(?:/|u[dD])")


class Statements:
    """Writes what documents say, for one model and one installation, in one syntax."""

    def __init__(self, model: Model, addresses: Addresses, syntax: Syntax) -> None:
        self._head = syntax.head
        self._things = Things(model)
        self._templates = templates(self._things.shapes, addresses, syntax)

    def write(self, document: bytes) -> bytes:
        """Return a document's statements. Raise ValueError if it says what is not declared."""
        if b"\\" in document and _FOREIGN.search(document):
            document = msgspec.json.encode(msgspec.json.decode(document))
        pieces: Pieces = [self._head]
        thing = self._things.read(document)
        self._add(pieces, thing)
        for included in thing.included:
            self._add(pieces, self._things.read(included))
        return b"".join(pieces)

    def _add(self, pieces: Pieces, thing: Thing) -> None:
        self._templates[type(thing)](pieces, thing)
