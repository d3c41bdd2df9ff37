"""Rendering: a record as the JSON that is served, with a card wherever it links."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from schema.declaration.accessors import Accessor, accessor
from schema.declaration.annotations import Visibility
from schema.declaration.entity import Entity, PublishedRecord, RecordKey
from schema.declaration.shapes import Shape
from schema.documents.encoders import Card, Encoders, EncodingContext
from schema.model import Model
from vocab.concept_schemes import CONCEPT_SCHEMES
from vocab.uris import Uris


@dataclass(frozen=True)
class LinkedRecords:
    """What a document shows of other records: their cards, who links to it, and what they decide."""

    cards: Mapping[RecordKey, Card]
    inverses: Mapping[str, list[str]]
    derived: Mapping[str, Any]


@dataclass(frozen=True)
class Renderer:
    """Renders records for one installation: its addresses, languages, licence and publisher."""

    model: Model
    uris: Uris
    languages: tuple[str, ...]
    licence: str
    publisher: dict[str, str]

    def document(self, shape: Shape, published: PublishedRecord, neighbours: LinkedRecords) -> dict[str, Any]:
        """Return a record's document: its own statements, its parts, cards, and its record."""
        identifier = published.record.id
        supplied = {
            "created": published.created,
            "modified": published.modified,
            "licence": self.licence,
            "publisher": self.publisher,
        }
        document = EncodingContext(
            self.uris.document(shape.collection, identifier),
            neighbours.cards,
            neighbours.inverses,
            neighbours.derived,
            supplied,
        )
        uri = self.uris.resource(shape.collection, identifier)
        return self._encoders.of(shape).encode(published.record, document, uri, "")

    def card(self, shape: Shape, record: Entity) -> Card:
        """Return what other documents show of a record: its address and its label."""
        card = self._head(shape, record.id)
        for name, read in _card_fields(shape):
            if (label := read(record)) is not None:
                card[name] = label
        return card

    def list_item(self, shape: Shape, body: Mapping[str, Any]) -> Card:
        """Return what lists show of a document: its card and a few fields more."""
        return {name: body[name] for name in _item_fields(shape) if name in body}

    def concept_card(self, scheme: str, code: str) -> Card:
        """Return the card of a concept."""
        found = CONCEPT_SCHEMES[scheme]
        uri = self.uris.resolve(found.concept_iri(code))
        return {"id": code, "uri": uri, "type": "Concept", "name": found.labels(code)}

    def _head(self, shape: Shape, identifier: str) -> Card:
        uri = self.uris.resource(shape.collection, identifier)
        return {"id": identifier, "uri": uri, "type": shape.name}

    @cached_property
    def _encoders(self) -> Encoders:
        return Encoders(self.model, self.languages, self.concept_card)


@cache
def _card_fields(shape: Shape) -> list[tuple[str, Accessor]]:
    return [(one.name, accessor(one)) for one in shape.fields if one.visibility is Visibility.CARD]


@cache
def _item_fields(shape: Shape) -> list[str]:
    return ["id", "uri", "type", *(one.name for one in shape.fields if one.visibility)]
