"""Templates, whichever syntax they write: what their code is made of, and how they are called."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from msgspec import Raw

from schema.declaration.annotations import LinkedQuery, RoleCount
from schema.declaration.datatypes import Kind
from schema.declaration.shapes import Field, Shape
from schema.entities.system import SYSTEM_TYPES
from schema.rdf.reader import RdfNode

Pieces = list[bytes | Raw | memoryview]
"""A text, to be joined."""

Template = Callable[[Pieces, list[str], Any], None]
"""Adds what a thing says, and then what its parts say: to the pieces, and to what has been said behind them."""

Templates = Mapping[type[RdfNode], Template]

IN_FRAMES = {frame.__name__ for frame in SYSTEM_TYPES}
"""Classes whose things can be called by any IRI. Content has addresses made of ids and codes."""

TEXTS = {
    Kind.TEXT: ["for tag, string in value.items():"],
    Kind.TEXTS: ["for tag, strings in value.items():", "for string in strings:"],
}
"""What leads to the single texts of a field."""


def written(templates: Templates, things: Iterable[RdfNode], head: str, foot: str) -> bytes:
    """Return what things say, between a head and a foot."""
    pieces: Pieces = []
    said = [head]
    for thing in things:
        templates[type(thing)](pieces, said, thing)
    said.append(foot)
    pieces.append("".join(said).encode())
    return b"".join(pieces)


def compiled(
    shapes: Mapping[type[RdfNode], Shape], code: Callable[[Shape], str], known: Mapping[str, Any]
) -> Templates:
    """Return the templates of all classes, made of their code and of what it calls."""
    made: dict[type[RdfNode], Template] = {}
    names = {**known, "templates": made}
    for thing, shape in shapes.items():
        exec(code(shape), names)  # noqa: S102 - made of what is declared, of nothing that is sent
        made[thing] = names[shape.name]
    return made


def template(shape: Shape, statements: Iterable[str]) -> str:
    """Return the template of a class: what its things say, and then their parts."""
    parts = [_parts(field) for field in shape.fields if field.kind is Kind.PART]
    return block(f"def {shape.name}(pieces, said, thing):", [*statements, *parts])


def fields(shape: Shape, code: Callable[[Field], Iterable[str]]) -> Iterator[str]:
    """Yield what writes each field that a thing has."""
    for field in sorted(shape.fields, key=_is_counted):
        yield block(f"if (value := thing.{field.name}) is not None:", code(field))


def say(*pieces: str) -> Iterator[str]:
    """Yield what says pieces; each is the code of a string."""
    return (f"said.append({piece})" for piece in pieces if piece != repr(""))


def say_before() -> Iterator[str]:
    """Yield what adds to the pieces all that has been said before them."""
    yield "pieces.append(''.join(said).encode())"
    yield "said.clear()"


def add(*pieces: str) -> Iterator[str]:
    """Yield what adds pieces; each is the code of bytes."""
    return (f"pieces.append({piece})" for piece in pieces)


def loops(openings: Iterable[str], lines: Iterable[str]) -> str:
    """Return loops, one in another, around lines."""
    inner = [*lines]
    for opening in reversed([*openings]):
        inner = [block(opening, inner)]
    return inner[0]


def block(opening: str, lines: Iterable[str]) -> str:
    """Return a statement with what is inside it."""
    return "\n    ".join([opening, *(line for one in lines for line in one.splitlines())])


def _is_counted(field: Field) -> bool:
    """Tell whether a field is added when a document is read, behind all others."""
    return isinstance(field.derived, LinkedQuery | RoleCount)


def _parts(field: Field) -> str:
    called = field.part.name if field.part else "templates[type(part)]"
    loop = f"for part in thing.{field.name} or ():" if field.is_list else f"if part := thing.{field.name}:"
    return block(loop, [f"{called}(pieces, said, part)"])
