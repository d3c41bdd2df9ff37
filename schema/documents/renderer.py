"""Rendering: a record as the JSON that is served, with a card wherever it links."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from schema.declaration.accessors import Read, reading
from schema.declaration.annotations import Shown
from schema.declaration.entity import Entity, Key, Published
from schema.declaration.shapes import Shape
from schema.documents.encoders import Card, Document, Nodes
from schema.model import Model
from vocab.concept_schemes import SCHEMES
from vocab.uris import Addresses


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
        supplied = {
            "created": published.created,
            "modified": published.modified,
            "licence": self.licence,
            "publisher": self.publisher,
        }
        document = Document(
            self.addresses.document(shape.collection, identifier),
            neighbours.cards,
            neighbours.inverses,
            neighbours.followed,
            supplied,
        )
        uri = self.addresses.thing(shape.collection, identifier)
        return self._nodes.of(shape).written(published.record, document, uri, "")

    def card(self, shape: Shape, record: Entity) -> Card:
        """Return what other documents show of a record: its address and its label."""
        card = self._head(shape, record.id)
        for name, read in _in_card(shape):
            if (label := read(record)) is not None:
                card[name] = label
        return card

    def item(self, shape: Shape, body: Mapping[str, Any]) -> Card:
        """Return what lists show of a document: its card and a few fields more."""
        return {name: body[name] for name in _in_list(shape) if name in body}

    def concept(self, scheme: str, code: str) -> Card:
        """Return the card of a concept."""
        found = SCHEMES[scheme]
        uri = self.addresses.resolve(found.concept(code))
        return {"id": code, "uri": uri, "type": "Concept", "name": found.labels(code)}

    def _head(self, shape: Shape, identifier: str) -> Card:
        uri = self.addresses.thing(shape.collection, identifier)
        return {"id": identifier, "uri": uri, "type": shape.name}

    @cached_property
    def _nodes(self) -> Nodes:
        return Nodes(self.model, self.languages, self.concept)


@cache
def _in_card(shape: Shape) -> list[tuple[str, Read]]:
    return [(one.name, reading(one)) for one in shape.fields if one.shown is Shown.IN_CARD]


@cache
def _in_list(shape: Shape) -> list[str]:
    return ["id", "uri", "type", *(one.name for one in shape.fields if one.shown)]
