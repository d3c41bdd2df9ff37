"""RDF: what a document says, as text. It agrees with the context, which has the same source."""

import re

import msgspec

from schema.model import Model
from schema.rdf_syntax import Syntax
from schema.rdf_templates import Pieces, templates
from schema.rdf_things import Things
from vocab.addresses import Addresses

# RDF knows the escapes in strings that msgspec writes, and no others of JSON's.
_FOREIGN = re.compile(rb"\\(?:/|u[dD])")


class Statements:
    """Writes what documents say, for one model and one installation, in one syntax."""

    def __init__(self, model: Model, addresses: Addresses, syntax: Syntax) -> None:
        self._head = syntax.head
        self._things = Things(model)
        self._plain, self._escaping = (
            templates(self._things.shapes, addresses, syntax, escapes=escapes) for escapes in (False, True)
        )

    def write(self, document: bytes) -> bytes:
        """Return a document's statements. Raise ValueError if it says what is not declared."""
        # In JSON, what must be escaped is: without a backslash, all strings are what they are in RDF.
        made = self._plain
        if b"\\" in document:
            made = self._escaping
            if _FOREIGN.search(document):
                document = msgspec.json.encode(msgspec.json.decode(document))
        pieces: Pieces = []
        said = [self._head]
        thing = self._things.read(document)
        made[type(thing)](pieces, said, thing)
        for included in thing.included:
            thing = self._things.read(included)
            made[type(thing)](pieces, said, thing)
        pieces.append("".join(said).encode())
        return b"".join(pieces)
