"""Things in documents: how those of each shape are written, found out once from its declaration."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from schema.declaration.accessors import Read, reading
from schema.declaration.annotations import Followed, Inverse, Position, Supplied
from schema.declaration.datatypes import AUTHORITIES, Kind
from schema.declaration.shapes import Field, Shape
from schema.model import Model
from vocab.authority_tables import Authority

Card = dict[str, Any]


@dataclass(frozen=True)
class Document:
    """A document, as far as the record that it is about does not know it."""

    address: str
    cards: Mapping[tuple[str, str], Card]
    inverses: Mapping[str, list[str]]
    followed: Mapping[str, Any]
    supplied: Mapping[str, Any]


_Find = Callable[[Document, int], Any]
"""Takes a document and a place in a list; returns a value that the thing itself does not hold."""

_Write = Callable[[Any, Document, str], Any]
"""Takes a value, its document and the fragment of the thing; returns what is shown of it."""

_NOTHING: tuple[Any, ...] = (None, (), {})


class Nodes:
    """The nodes of all shapes of a model. `concept` makes the card of a concept."""

    def __init__(self, model: Model, languages: tuple[str, ...], concept: Callable[[str, str], Card]) -> None:
        self.model = model
        self.languages = languages
        self.concept = concept
        self.of = cache(partial(_Node, self))


class _Node:
    """How things of one shape are written."""

    def __init__(self, nodes: Nodes, shape: Shape) -> None:
        self._type = shape.name
        self._has_id = any(one.name == "id" for one in shape.fields)
        self._fields = [
            (one.name, _read(one), _find(one), _written(nodes, one))
            for one in shape.fields
            if one.name != "id"
        ]

    def written(self, thing: Any, document: Document, uri: str, fragment: str, place: int = 0) -> Card:
        """Return a thing of a document; the fragments of its parts begin with its own."""
        body = {"id": thing.id} if self._has_id else {}
        body |= {"uri": uri, "type": self._type}
        for name, read, find, write in self._fields:
            given = read(thing) if read else find(document, place)
            if given or given not in _NOTHING:
                body[name] = write(given, document, fragment) if write else given
        return body


def _read(field: Field) -> Read | None:
    """Return what reads a value from a thing, unless it is somewhere else."""
    is_elsewhere = isinstance(field.derived, Inverse | Followed | Supplied | Position)
    return None if is_elsewhere else reading(field)


def _find(field: Field) -> _Find:
    name = field.name
    match field.derived:
        case Inverse():
            return lambda document, _: tuple(document.inverses.get(name, ()))
        case Followed():
            return lambda document, _: document.followed[name]
        case Supplied():
            return lambda document, _: document.supplied[name]
        case _:
            return lambda _, place: place


def _written(nodes: Nodes, field: Field) -> _Write | None:
    """Return what writes the values of a field; None where they are shown as they are."""
    if field.part:
        return _parts(nodes, field.part) if field.many else _part(nodes, field.part)
    write = _single(nodes, field)
    if write is None:
        return None
    if field.many:
        return lambda given, document, _: [write(one, document) for one in given]
    return lambda given, document, _: write(given, document)


def _single(nodes: Nodes, field: Field) -> Callable[[Any, Document], Any] | None:
    """Return what writes one code as a card; the same card for the same code, as nobody changes it."""
    target = field.target
    match field.kind:
        case Kind.LINK:
            return lambda given, document: document.cards[target, given]
        case Kind.CONCEPT:
            concept = cache(partial(nodes.concept, target))
            return lambda given, _: concept(given)
        case kind if kind in AUTHORITIES:
            authority = cache(partial(_authority, AUTHORITIES[kind], nodes.languages))
            return lambda given, _: authority(given)
        case Kind.SIBLING:
            return partial(_sibling, nodes.model.keys[target].target)
        case _:
            return None


def _sibling(name: str, given: str, document: Document) -> Card:
    return {"id": given, "uri": f"{document.address}#{name.lower()}-{given}", "type": name}


def _part(nodes: Nodes, shape: Shape) -> _Write:
    node = nodes.of(shape)
    if shape.is_document:
        return lambda given, document, _: node.written(given, document, document.address, "")

    def write(given: Any, document: Document, fragment: str) -> Card:
        stem = _stem(fragment, shape)
        return node.written(given, document, f"{document.address}#{stem}", stem)

    return write


def _parts(nodes: Nodes, shape: Shape) -> _Write:
    node = nodes.of(shape)

    def write(given: Any, document: Document, fragment: str) -> list[Card]:
        stem, address = _stem(fragment, shape), document.address
        return [
            node.written(part, document, f"{address}#{stem}-{part.id}", f"{stem}-{part.id}", place)
            for place, part in enumerate(given, 1)
        ]

    return write


def _stem(fragment: str, shape: Shape) -> str:
    name = shape.name.lower()
    return f"{fragment}-{name}" if fragment else name


def _authority(authority: Authority, languages: tuple[str, ...], code: str) -> Card:
    names = authority.names(code, languages)
    return {"id": code, "uri": authority.iris[code], "type": authority.name, "name": names}
