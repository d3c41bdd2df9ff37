"""RDF: what a document says, as text. It agrees with the context, which has the same source."""

import re
from functools import cached_property, partial

import msgspec

from schema.model import Model
from schema.rdf_code import Templates, written
from schema.rdf_syntax import Syntax
from schema.rdf_templates import templates
from schema.rdf_things import Things
from vocab.addresses import Addresses

# RDF knows the escapes in strings that msgspec writes, and no others of JSON's.
_FOREIGN = re.compile(rb"\\(?:/|u[dD])")


class Statements:
    """Writes what documents say, for one model and one installation, in one syntax."""

    def __init__(self, model: Model, addresses: Addresses, syntax: Syntax) -> None:
        self._head = syntax.head
        self._things = Things(model)
        self._compiled = partial(templates, self._things.shapes, addresses, syntax)

    @cached_property
    def _plain(self) -> Templates:
        return self._compiled(escapes=False)

    @cached_property
    def _escaping(self) -> Templates:
        # Each takes some milliseconds, and so it waits for the first who needs it.
        return self._compiled(escapes=True)

    def write(self, document: bytes) -> bytes:
        """Return a document's statements. Raise ValueError if it says what is not declared."""
        # In JSON, what must be escaped is: without a backslash, all strings are what they are in RDF.
        made = self._plain
        if b"\\" in document:
            made = self._escaping
            if _FOREIGN.search(document):
                document = msgspec.json.encode(msgspec.json.decode(document))
        return written(made, self._things.all_in(document), self._head, "")
