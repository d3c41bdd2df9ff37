r"""Templates: for every class a function that writes its things, made from the declaration and compiled once.

For Turtle, that of a class with an id, a label, owners and spokes is

    def Wheel(pieces, said, thing):
        said.append("\n<")
        said.append(thing.uri)
        said.append("> a schema:CarUsageType")
        if (value := thing.id) is not None:
            said.append(' ;\n\tdcterms:identifier "')
            said.append(value)
            said.append('"')
        if (value := thing.label) is not None:
            pieces.append("".join(said).encode())
            said.clear()
            lead = b" ;\n\tskos:prefLabel "
            for tag, string in value.items():
                pieces.append(lead)
                pieces.append(string)
                pieces.append(f"@{tag}".encode())
                lead = b" , "
        if (value := thing.owners) is not None:
            lead = " ;\n\tschema:owns <"
            for value in value:
                said.append(lead)
                said.append(value.uri)
                said.append(">")
                lead = " , <"
        said.append(" .\n")
        for part in thing.spokes or ():
            Spoke(pieces, said, part)

A loop over the fields, asking of each what it is, would take three times as long. So it is with much in
here: one append for each piece is quicker than formatting or adding several at once.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial

import msgspec

from schema.declaration.datatypes import CARD_KINDS, Kind
from schema.declaration.shapes import Field, Shape
from schema.model import Model
from schema.rdf.codegen import (
    IN_FRAMES,
    TEXTS,
    Templates,
    add,
    compiled,
    fields,
    loops,
    say,
    say_before,
    template,
    written,
)
from schema.rdf.jsonld_context import DATATYPES
from schema.rdf.reader import DocumentReader, RdfNode
from schema.rdf.syntax import Syntax
from vocab.uris import Uris

_KEPT = 500
"""IRIs whose written form is kept: the licence is in every document."""


def templates(
    shapes: Mapping[type[RdfNode], Shape], addresses: Uris, syntax: Syntax, *, escapes: bool
) -> Templates:
    """Return the template of every class, for documents with or without escapes in their strings."""
    source = _TurtleTemplates(addresses, syntax, escapes)
    known = {"iri": lru_cache(_KEPT)(syntax.iri), "escaped": _escaped}
    return compiled(shapes, source.of, known)


def _escaped(string: str) -> str:
    return msgspec.json.encode(string)[1:-1].decode()


@dataclass(frozen=True)
class _TurtleTemplates:
    """Writes the code of templates."""

    addresses: Uris
    syntax: Syntax
    escapes: bool

    def of(self, shape: Shape) -> str:
        """Return the template of a class."""
        return template(shape, self._statements(shape))

    def _statements(self, shape: Shape) -> Iterator[str]:
        before, is_a = self.syntax.before_thing, f" {self.syntax.is_a} {self._iri(shape.rdf_class)}"
        if shape.name in IN_FRAMES:
            yield from say(repr(before), "iri(thing.uri)", repr(is_a))
        else:
            yield from say(repr(before + "<"), "thing.uri", repr(">" + is_a))
        if not self.syntax.between_predicates:
            yield r"again = f' .\n<{thing.uri}> '"
        yield from fields(shape, self._field)
        yield from say(repr(" .\n"))

    def _field(self, field: Field) -> Iterator[str]:
        if field.kind in TEXTS:
            yield from self._texts(field)
            return
        before, value, behind = self._object(field)
        lead, following = self._lead(field, before), self.syntax.between_objects
        if field.is_list:
            yield f"lead = {' + '.join(lead)}"
            lines = say("lead", value, repr(behind))
            yield loops(["for value in value:"], [*lines, *_then(following and following + before)])
        else:
            yield from say(*lead, value, repr(behind))

    def _texts(self, field: Field) -> Iterator[str]:
        # A text stays the bytes that it is in the document; what has been said before it becomes bytes, too.
        yield from say_before()
        yield f"lead = ({' + '.join(self._lead(field))}).encode()"
        lines = add("lead", "string", "f'@{tag}'.encode()")
        yield loops(TEXTS[field.kind], [*lines, *_then(self.syntax.between_objects.encode())])

    def _lead(self, field: Field, before: str = "") -> list[str]:
        """Return the code of what stands before the first object of a field."""
        between = self.syntax.between_predicates
        predicate = repr(f"{between}{self._iri(field.predicate)} {before}")
        return [predicate] if between else ["again", predicate]

    def _object(self, field: Field) -> tuple[str, str, str]:
        """Return the code of an object, between what always stands around it."""
        if field.kind in CARD_KINDS or field.part:
            return "<", "value.uri", ">"
        string = "escaped(value)" if self.escapes else "value"
        match field.kind:
            case Kind.PART:
                return "", "iri(value.uri)", ""
            case Kind.IRI:
                return "", "iri(value)", ""
            case Kind.STRING:
                return '"', string, '"'
            case Kind.INTEGER:
                before, behind = self.syntax.around_integer
                return before, "str(value)", behind
            case kind:
                return '"', string, f'"^^{self._iri(DATATYPES[kind])}'

    def _iri(self, iri: str) -> str:
        return self.syntax.iri(self.addresses.resolve(iri))


def _then(following: str | bytes) -> list[str]:
    """Return what gives the objects that follow the first another lead, where they have one."""
    return [f"lead = {following!r}"] if following else []


# RDF knows the escapes in strings that msgspec writes, and no others of JSON's.
_FOREIGN = re.compile(rb"\\(?:/|u[dD])")


class TripleWriter:
    """Writes what documents say, for one model and one installation, in one syntax."""

    def __init__(self, model: Model, addresses: Uris, syntax: Syntax) -> None:
        self._head = syntax.head
        self._things = DocumentReader(model)
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
