r"""Templates: for every class a function that writes its things, made from the declaration and compiled once.

For Turtle, that of a class with an id, a label, an owner and spokes is

    def Wheel(pieces, thing):
        subject = b"<%b>" % thing.uri.encode()
        pieces += (b"\n", subject, b" a schema:CarUsageType")
        if value := thing.id:
            pieces += (b" ;\n\tdcterms:identifier ", value)
        if value := thing.label:
            lead = b" ;\n\tskos:prefLabel "
            for tag, string in value.items():
                pieces += (lead, string, b"@", tag.encode())
                lead = b" , "
        if value := thing.owner:
            pieces += (b" ;\n\tschema:owns ", b"<", value.uri.encode(), b">")
        pieces += (b" .\n",)
        for part in thing.spokes or ():
            Spoke(pieces, part)

A loop over the fields, asking of each what it is, would take three times as long.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

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

Template = Callable[[Pieces, Any], None]
"""Adds what a thing says, and then what its parts say."""

_FRAMES = {frame.__name__ for frame in FRAMES}


def templates(
    shapes: Mapping[type[Thing], Shape], addresses: Addresses, syntax: Syntax
) -> Mapping[type[Thing], Template]:
    """Return the template of every class."""
    made: dict[type[Thing], Template] = {}
    known: dict[str, Any] = {"iri": syntax.iri, "templates": made}
    source = _Source(addresses, syntax)
    for thing, shape in shapes.items():
        exec(source.template(shape), known)  # noqa: S102 - made of what is declared, of nothing that is sent
        made[thing] = known[shape.name]
    return made


@dataclass(frozen=True)
class _Source:
    """Writes the code of templates."""

    addresses: Addresses
    syntax: Syntax

    def template(self, shape: Shape) -> str:
        """Return the function of a class."""
        lines = [*self._statements(shape)]
        for field in shape.fields:
            if field.kind is Kind.PART:
                lines += _parts(field)
        return _block(f"def {shape.name}(pieces, thing):", lines)

    def _statements(self, shape: Shape) -> Iterator[str]:
        # Content has addresses made of ids and codes. Those of frames can be terms, and hold questions.
        subject = "iri(thing.uri)" if shape.name in _FRAMES else "b'<%b>' % thing.uri.encode()"
        yield f"subject = {subject}"
        is_a = b" %b %b" % (self.syntax.is_a, self._iri(shape.rdf_class))
        yield f"pieces += ({self.syntax.before_thing!r}, subject, {is_a!r})"
        if not self.syntax.between_predicates:
            yield r"again = b' .\n%b ' % subject"
        for field in sorted(shape.fields, key=_is_counted):
            yield _block(f"if value := thing.{field.name}:", self._field(field))
        yield r"pieces += (b' .\n',)"

    def _field(self, field: Field) -> Iterator[str]:
        predicate = self._iri(field.predicate) + b" "
        between = self.syntax.between_predicates
        lead = repr(between + predicate) if between else f"again + {predicate!r}"
        loops = _loops(field)
        if not loops:
            yield f"pieces += ({lead}, {self._object(field)})"
            return
        yield f"lead = {lead}"
        lines = [f"pieces += (lead, {self._object(field)})"]
        if self.syntax.between_objects:
            lines.append(f"lead = {self.syntax.between_objects!r}")
        for loop in reversed(loops):
            lines = [_block(loop, lines)]
        yield from lines

    def _object(self, field: Field) -> str:
        """Return the pieces of one object, in the innermost of the loops."""
        if field.kind in CARDS or field.part:
            return "b'<', value.uri.encode(), b'>'"
        match field.kind:
            case Kind.PART:
                return "iri(value.uri)"
            case Kind.IRI:
                return "iri(value)"
            case Kind.TEXT | Kind.TEXTS:
                return "string, b'@', tag.encode()"
            case Kind.STRING:
                return "value"
            case Kind.INTEGER:
                before, behind = self.syntax.around_integer
                return f"{before!r}, value, {behind!r}"
            case kind:
                return f"value, {b'^^' + self._iri(DATATYPES[kind])!r}"

    def _iri(self, iri: str) -> bytes:
        return self.syntax.iri(self.addresses.resolve(iri))


def _is_counted(field: Field) -> bool:
    """Tell whether a field is added when a document is read, behind all others."""
    return isinstance(field.derived, ByQuestion | ByRole)


def _loops(field: Field) -> list[str]:
    """Return what leads from the value of a field to its single objects."""
    loops = ["for value in value:"] if field.many else []
    match field.kind:
        case Kind.TEXT:
            loops.append("for tag, string in value.items():")
        case Kind.TEXTS:
            loops += ["for tag, strings in value.items():", "for string in strings:"]
        case _:
            pass
    return loops


def _parts(field: Field) -> Iterator[str]:
    template = field.part.name if field.part else "templates[type(part)]"
    loop = f"for part in thing.{field.name} or ():" if field.many else f"if part := thing.{field.name}:"
    yield _block(loop, [f"{template}(pieces, part)"])


def _block(opening: str, lines: Iterable[str]) -> str:
    """Return a statement with what is inside it."""
    return "\n    ".join([opening, *(line for one in lines for line in one.splitlines())])
