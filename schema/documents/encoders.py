"""Things in documents: how those of each shape are written, found out once from its declaration."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from schema.declaration.accessors import Accessor, accessor
from schema.declaration.annotations import DerivedAlongLinks, Inverse, Ordinal, SystemSupplied
from schema.declaration.datatypes import AUTHORITY_TABLES, Kind
from schema.declaration.shapes import Field, Shape
from schema.model import Model
from vocab.authority_tables import AuthorityTable

Card = dict[str, Any]


@dataclass(frozen=True)
class EncodingContext:
    """A document, as far as the record that it is about does not know it."""

    url: str
    cards: Mapping[tuple[str, str], Card]
    inverses: Mapping[str, list[str]]
    derived: Mapping[str, Any]
    supplied: Mapping[str, Any]


_Find = Callable[[EncodingContext, int], Any]
"""Takes a document and a place in a list; returns a value that the thing itself does not hold."""

_Write = Callable[[Any, EncodingContext, str], Any]
"""Takes a value, its document and the fragment of the thing; returns what is shown of it."""

_NOTHING: tuple[Any, ...] = (None, (), {})


class Encoders:
    """The nodes of all shapes of a model. `concept` makes the card of a concept."""

    def __init__(self, model: Model, languages: tuple[str, ...], concept: Callable[[str, str], Card]) -> None:
        self.model = model
        self.languages = languages
        self.concept = concept
        self.of = cache(partial(_Encoder, self))


class _Encoder:
    """How things of one shape are written."""

    def __init__(self, nodes: Encoders, shape: Shape) -> None:
        self._type = shape.name
        self._has_id = any(one.name == "id" for one in shape.fields)
        self._fields = [
            (one.name, _read(one), _find(one), _written(nodes, one))
            for one in shape.fields
            if one.name != "id"
        ]

    def encode(self, thing: Any, document: EncodingContext, uri: str, fragment: str, place: int = 0) -> Card:
        """Return a thing of a document; the fragments of its parts begin with its own."""
        body = {"id": thing.id} if self._has_id else {}
        body |= {"uri": uri, "type": self._type}
        for name, read, find, write in self._fields:
            given = read(thing) if read else find(document, place)
            if given or given not in _NOTHING:
                body[name] = write(given, document, fragment) if write else given
        return body


def _read(field: Field) -> Accessor | None:
    """Return what reads a value from a thing, unless it is somewhere else."""
    is_elsewhere = isinstance(field.derived, Inverse | DerivedAlongLinks | SystemSupplied | Ordinal)
    return None if is_elsewhere else accessor(field)


def _find(field: Field) -> _Find:
    name = field.name
    match field.derived:
        case Inverse():
            return lambda document, _: tuple(document.inverses.get(name, ()))
        case DerivedAlongLinks():
            return lambda document, _: document.derived[name]
        case SystemSupplied():
            return lambda document, _: document.supplied[name]
        case _:
            return lambda _, place: place


def _written(nodes: Encoders, field: Field) -> _Write | None:
    """Return what writes the values of a field; None where they are shown as they are."""
    if field.part:
        return _parts(nodes, field.part) if field.is_list else _part(nodes, field.part)
    write = _single(nodes, field)
    if write is None:
        return None
    if field.is_list:
        return lambda given, document, _: [write(one, document) for one in given]
    return lambda given, document, _: write(given, document)


def _single(nodes: Encoders, field: Field) -> Callable[[Any, EncodingContext], Any] | None:
    """Return what writes one code as a card; the same card for the same code, as nobody changes it."""
    target = field.target
    match field.kind:
        case Kind.LINK:
            return lambda given, document: document.cards[target, given]
        case Kind.CONCEPT:
            concept = cache(partial(nodes.concept, target))
            return lambda given, _: concept(given)
        case kind if kind in AUTHORITY_TABLES:
            authority = cache(partial(_authority, AUTHORITY_TABLES[kind], nodes.languages))
            return lambda given, _: authority(given)
        case Kind.SIBLING:
            return partial(_sibling, nodes.model.keys[target].target)
        case _:
            return None


def _sibling(name: str, given: str, document: EncodingContext) -> Card:
    return {"id": given, "uri": f"{document.url}#{name.lower()}-{given}", "type": name}


def _part(nodes: Encoders, shape: Shape) -> _Write:
    node = nodes.of(shape)
    if shape.is_document:
        return lambda given, document, _: node.encode(given, document, document.url, "")

    def write(given: Any, document: EncodingContext, fragment: str) -> Card:
        stem = _stem(fragment, shape)
        return node.encode(given, document, f"{document.url}#{stem}", stem)

    return write


def _parts(nodes: Encoders, shape: Shape) -> _Write:
    node = nodes.of(shape)

    def write(given: Any, document: EncodingContext, fragment: str) -> list[Card]:
        stem, address = _stem(fragment, shape), document.url
        return [
            node.encode(part, document, f"{address}#{stem}-{part.id}", f"{stem}-{part.id}", place)
            for place, part in enumerate(given, 1)
        ]

    return write


def _stem(fragment: str, shape: Shape) -> str:
    name = shape.name.lower()
    return f"{fragment}-{name}" if fragment else name


def _authority(authority: AuthorityTable, languages: tuple[str, ...], code: str) -> Card:
    names = authority.labels(code, languages)
    return {"id": code, "uri": authority.iris[code], "type": authority.name, "name": names}
