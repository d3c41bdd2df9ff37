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

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Raw

from schema.context import DATATYPES
from schema.declare import Field, Shape
from schema.frames import FRAMES
from schema.marks import ByQuestion, ByRole
from schema.rdf_syntax import Syntax
from schema.rdf_things import Thing
from schema.values import CARDS, Kind
from vocab.addresses import Addresses

Pieces = list[bytes | Raw]
"""A text, to be joined."""

Template = Callable[[Pieces, list[str], Any], None]
"""Adds what a thing says, and then what its parts say: to the pieces, and to what has been said behind them."""

_FRAMES = {frame.__name__ for frame in FRAMES}
_TEXTS = {
    Kind.TEXT: ["for tag, string in value.items():"],
    Kind.TEXTS: ["for tag, strings in value.items():", "for string in strings:"],
}
"""What leads to the single texts of a field."""

_KEPT = 500
"""IRIs whose written form is kept: the licence is in every document."""


def templates(
    shapes: Mapping[type[Thing], Shape], addresses: Addresses, syntax: Syntax, *, escapes: bool
) -> Mapping[type[Thing], Template]:
    """Return the template of every class, for documents with or without escapes in their strings."""
    made: dict[type[Thing], Template] = {}
    known: dict[str, Any] = {"iri": lru_cache(_KEPT)(syntax.iri), "escaped": _escaped, "templates": made}
    source = _Source(addresses, syntax, escapes)
    for thing, shape in shapes.items():
        exec(source.template(shape), known)  # noqa: S102 - made of what is declared, of nothing that is sent
        made[thing] = known[shape.name]
    return made


def _escaped(string: str) -> str:
    return msgspec.json.encode(string)[1:-1].decode()


@dataclass(frozen=True)
class _Source:
    """Writes the code of templates."""

    addresses: Addresses
    syntax: Syntax
    escapes: bool

    def template(self, shape: Shape) -> str:
        """Return the function of a class."""
        lines = [*self._statements(shape)]
        for field in shape.fields:
            if field.kind is Kind.PART:
                lines += _parts(field)
        return _block(f"def {shape.name}(pieces, said, thing):", lines)

    def _statements(self, shape: Shape) -> Iterator[str]:
        before, is_a = self.syntax.before_thing, f" {self.syntax.is_a} {self._iri(shape.rdf_class)}"
        # Content has addresses made of ids and codes. Those of frames can be terms, and hold questions.
        if shape.name in _FRAMES:
            yield from _say(repr(before), "iri(thing.uri)", repr(is_a))
        else:
            yield from _say(repr(before + "<"), "thing.uri", repr(">" + is_a))
        if not self.syntax.between_predicates:
            yield r"again = f' .\n<{thing.uri}> '"
        for field in sorted(shape.fields, key=_is_counted):
            yield _block(f"if (value := thing.{field.name}) is not None:", self._field(field))
        yield from _say(repr(" .\n"))

    def _field(self, field: Field) -> Iterator[str]:
        if field.kind in _TEXTS:
            yield from self._texts(field)
            return
        before, value, behind = self._object(field)
        lead, following = self._lead(field, before), self.syntax.between_objects
        if field.many:
            yield f"lead = {' + '.join(lead)}"
            lines = _say("lead", value, repr(behind))
            yield _each(["for value in value:"], lines, following and following + before)
        else:
            yield from _say(*lead, value, repr(behind))

    def _texts(self, field: Field) -> Iterator[str]:
        # A text stays the bytes that it is in the document; what has been said before it becomes bytes, too.
        yield "pieces.append(''.join(said).encode())"
        yield "said.clear()"
        yield f"lead = ({' + '.join(self._lead(field))}).encode()"
        lines = [f"pieces.append({piece})" for piece in ("lead", "string", "f'@{tag}'.encode()")]
        yield _each(_TEXTS[field.kind], lines, self.syntax.between_objects.encode())

    def _lead(self, field: Field, before: str = "") -> list[str]:
        """Return the code of what stands before the first object of a field."""
        between = self.syntax.between_predicates
        predicate = repr(f"{between}{self._iri(field.predicate)} {before}")
        return [predicate] if between else ["again", predicate]

    def _object(self, field: Field) -> tuple[str, str, str]:
        """Return the code of an object, between what always stands around it."""
        if field.kind in CARDS or field.part:
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


def _is_counted(field: Field) -> bool:
    """Tell whether a field is added when a document is read, behind all others."""
    return isinstance(field.derived, ByQuestion | ByRole)


def _parts(field: Field) -> Iterator[str]:
    template = field.part.name if field.part else "templates[type(part)]"
    loop = f"for part in thing.{field.name} or ():" if field.many else f"if part := thing.{field.name}:"
    yield _block(loop, [f"{template}(pieces, said, part)"])


def _say(*pieces: str) -> Iterator[str]:
    return (f"said.append({piece})" for piece in pieces if piece != repr(""))


def _each(loops: Iterable[str], lines: Iterable[str], following: str | bytes) -> str:
    """Return loops around what says one object; those that follow the first may have another lead."""
    inner = [*lines, f"lead = {following!r}"] if following else [*lines]
    for loop in reversed([*loops]):
        inner = [_block(loop, inner)]
    return inner[0]


def _block(opening: str, lines: Iterable[str]) -> str:
    """Return a statement with what is inside it."""
    return "\n    ".join([opening, *(line for one in lines for line in one.splitlines())])
