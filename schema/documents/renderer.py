"""The renderer: JSON documents, cards and list items of records."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from schema.declaration.entity_base import Entity, PublishedRecord, RecordKey
from schema.declaration.shapes import Shape
from schema.documents.record_encoders import Card, Encoders, EncodingContext, LinkedParts
from schema.model import Model
from vocab.concept_schemes import CONCEPT_SCHEMES
from vocab.uri_builder import Uris


@dataclass(frozen=True)
class LinkedRecords:
    """The data of other records that a document includes.

    `cards` holds their cards by key, `inverses` the ids that link to the record by field, `derived` the values
    derived along links by field, and `parts` the linked parts by field.
    """

    cards: Mapping[RecordKey, Card]
    inverses: Mapping[str, list[str]]
    derived: Mapping[str, Any]
    parts: Mapping[str, LinkedParts]


@dataclass(frozen=True)
class Renderer:
    """Renders records with the base URI, languages, licence and publisher of one installation."""

    model: Model
    uris: Uris
    languages: tuple[str, ...]
    licence: str
    publisher: dict[str, str]

    def document(self, shape: Shape, published: PublishedRecord, neighbours: LinkedRecords) -> dict[str, Any]:
        """Return the JSON document of a record."""
        identifier = published.record.id
        supplied = {
            "created": published.created,
            "modified": published.modified,
            "licence": self.licence,
            "publisher": self.publisher,
        }
        context = EncodingContext(
            self.uris.document(shape.collection, identifier),
            published.record,
            neighbours.cards,
            neighbours.inverses,
            neighbours.derived,
            neighbours.parts,
            supplied,
        )
        uri = self.uris.resource(shape.collection, identifier)
        return self._encoders.of(shape).encode(published.record, context, uri, "")

    def card(self, shape: Shape, record: Entity) -> Card:
        """Return the card of a record: id, URI, type and the fields visible in cards."""
        uri = self.uris.resource(shape.collection, record.id)
        return self._encoders.of(shape).card(record, uri)

    def list_item(self, shape: Shape, body: Mapping[str, Any]) -> Card:
        """Return the list item of a document: its card and the fields visible in lists."""
        return {name: body[name] for name in item_fields(shape) if name in body}

    def concept_card(self, scheme: str, code: str) -> Card:
        """Return the card of a concept."""
        concept_scheme = CONCEPT_SCHEMES[scheme]
        uri = self.uris.resolve(concept_scheme.concept_iri(code))
        name = concept_scheme.labels(code)
        return {"id": code, "uri": uri, "type": "Concept", "name": name, "label": name}

    @cached_property
    def _encoders(self) -> Encoders:
        return Encoders(self.model, self.languages, self.concept_card)


@cache
def item_fields(shape: Shape) -> list[str]:
    """Return the keys of list items: those of the card, and the fields visible in lists."""
    return ["id", "uri", "type", *(field.name for field in shape.fields if field.visibility)]
