"""Documents of small records, rendered without a database; linked records are generated."""

from collections.abc import Mapping, Sequence

from schema import MODEL
from schema.declaration.annotations import DerivedAlongLinks
from schema.declaration.entity_base import PublishedRecord, RecordKey
from schema.documents.renderer import Card, LinkedRecords, Renderer
from tests.support.generators.records import record
from tests.support.site import BASE
from vocab.uri_builder import Uris

RENDERER = Renderer(
    MODEL,
    Uris(BASE),
    ("lv", "en"),
    "https://creativecommons.org/licenses/by/4.0/",
    {"lv": "Izdevējs", "en": "The publisher"},
)


class Cards(dict[RecordKey, Card]):
    """Cards of some records; a missing one is generated from its id."""

    def __missing__(self, key: RecordKey) -> Card:
        return card(record(*key))


def card(entity) -> Card:
    return RENDERER.card(MODEL.by_name[type(entity).__name__], entity)


def rendered(entity, *others, linked: Mapping[str, Sequence[str]] | None = None, **followed) -> Card:
    """Return the document of a record; `linked` has derived lists, `followed` values derived along links."""
    shape = MODEL.by_name[type(entity).__name__]
    empty = {field.name: () for field in shape.fields if isinstance(field.derived, DerivedAlongLinks)}
    cards = Cards({(type(other).__name__, other.id): card(other) for other in others})
    moment = "2026-11-21T10:00:00Z"
    linked_records = LinkedRecords(cards, linked or {}, empty | followed, {})
    return RENDERER.document(shape, PublishedRecord(entity, 1, moment, moment), linked_records)
