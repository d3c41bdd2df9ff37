"""Rendering: a record as the JSON that is served, with a card wherever it links."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schema.declare import Declared, Field, Shape
from schema.derive import value
from schema.entity import Entity
from schema.marks import Followed, Inverse, Shown, Supplied
from schema.model import Model
from schema.values import AUTHORITIES, Kind
from vocab.addresses import Addresses
from vocab.authorities import Authority
from vocab.concepts import SCHEMES

Key = tuple[str, str]
"""A record's name in the log: the entity and the id."""

Card = dict[str, Any]


@dataclass(frozen=True)
class Published:
    """A record as it was last published, by the revision of that number."""

    record: Entity
    seq: int
    created: str
    modified: str


@dataclass(frozen=True)
class Neighbours:
    """What a document shows of other records: their cards, who links to it, and what they decide."""

    cards: Mapping[Key, Card]
    inverses: Mapping[str, list[str]]
    followed: Mapping[str, Any]


@dataclass(frozen=True)
class Renderer:
    """Renders records for one installation: its addresses, languages, licence and publisher."""

    model: Model
    addresses: Addresses
    languages: tuple[str, ...]
    licence: str
    publisher: dict[str, str]

    def document(self, shape: Shape, published: Published, neighbours: Neighbours) -> dict[str, Any]:
        """Return a record's document: its own statements, its parts, cards, and its record."""
        identifier = published.record.id
        document = _Document(
            self,
            self.addresses.document(shape.collection, identifier),
            neighbours,
            {
                "created": published.created,
                "modified": published.modified,
                "licence": self.licence,
                "publisher": self.publisher,
            },
        )
        uri = self.addresses.thing(shape.collection, identifier)
        return document.node(shape, published.record, uri, "")

    def card(self, shape: Shape, record: Entity) -> Card:
        """Return what other documents show of a record: its address and its label."""
        card = self._head(shape, record.id)
        for one in shape.fields:
            if one.shown is Shown.IN_CARD and (label := value(one, record)) is not None:
                card[one.name] = label
        return card

    def item(self, shape: Shape, body: Mapping[str, Any]) -> Card:
        """Return what lists show of a document: its card and a few fields more."""
        shown = ["id", "uri", "type", *(one.name for one in shape.fields if one.shown)]
        return {name: body[name] for name in shown if name in body}

    def concept(self, scheme: str, code: str) -> Card:
        """Return the card of a concept."""
        found = SCHEMES[scheme]
        uri = self.addresses.resolve(found.concept(code))
        return {"id": code, "uri": uri, "type": "Concept", "name": found.labels(code)}

    def _head(self, shape: Shape, identifier: str) -> Card:
        uri = self.addresses.thing(shape.collection, identifier)
        return {"id": identifier, "uri": uri, "type": shape.name}


@dataclass(frozen=True)
class _Document:
    """One document while it is rendered."""

    renderer: Renderer
    address: str
    neighbours: Neighbours
    supplied: Mapping[str, Any] = field(default_factory=dict)

    def node(self, shape: Shape, struct: Declared, uri: str, fragment: str, order: int = 0) -> Card:
        """Return one thing of the document, with the parts inside it."""
        identifier = getattr(struct, "id", None)
        head = {"id": identifier} if identifier else {}
        body = head | {"uri": uri, "type": shape.name}
        for one in shape.fields:
            found = self._value(one, struct, order)
            if one.name != "id" and found not in (None, (), {}):
                body[one.name] = self._written(one, found, fragment)
        return body

    def _value(self, one: Field, struct: Declared, order: int) -> Any:
        match one.derived:
            case Inverse():
                return tuple(self.neighbours.inverses.get(one.name, ()))
            case Followed():
                return self.neighbours.followed[one.name]
            case Supplied():
                return self.supplied[one.name]
            case _:
                return value(one, struct, order)

    def _written(self, one: Field, given: Any, fragment: str) -> Any:
        if one.part:
            return self._parts(one, one.part, given, fragment)
        if one.many:
            return [self._written_one(one, single) for single in given]
        return self._written_one(one, given)

    def _written_one(self, one: Field, given: Any) -> Any:
        renderer = self.renderer
        match one.kind:
            case Kind.LINK:
                return self.neighbours.cards[one.target, given]
            case Kind.CONCEPT:
                return renderer.concept(one.target, given)
            case kind if kind in AUTHORITIES:
                return _authority(AUTHORITIES[kind], given, renderer.languages)
            case Kind.SIBLING:
                part = renderer.model.keys[one.target].target
                return {"id": given, "uri": f"{self.address}#{part.lower()}-{given}", "type": part}
            case _:
                return given

    def _parts(self, one: Field, shape: Shape, given: Any, fragment: str) -> Any:
        if shape.is_document:
            return self.node(shape, given, self.address, "")
        stem = "-".join(filter(None, [fragment, shape.name.lower()]))
        if not one.many:
            return self.node(shape, given, f"{self.address}#{stem}", stem)
        names = [f"{stem}-{part.id}" for part in given]
        return [
            self.node(shape, part, f"{self.address}#{name}", name, order)
            for order, (part, name) in enumerate(zip(given, names, strict=True), 1)
        ]


def _authority(authority: Authority, code: str, languages: tuple[str, ...]) -> Card:
    names = authority.names(code, languages)
    return {"id": code, "uri": authority.iris[code], "type": authority.name, "name": names}
