"""Documents of small records, rendered without a database: what they link to is made up as needed."""

from collections.abc import Mapping, Sequence

from schema import MODEL
from schema.declaration.annotations import DerivedAlongLinks
from schema.declaration.entity import PublishedRecord, RecordKey
from schema.documents.renderer import Card, LinkedRecords, Renderer
from tests.support.generators.records import record
from tests.support.site import BASE
from vocab.uris import Uris

RENDERER = Renderer(
    MODEL,
    Uris(BASE),
    ("lv", "en"),
    "https://creativecommons.org/licenses/by/4.0/",
    {"lv": "Izdevējs", "en": "The publisher"},
)


class Cards(dict[RecordKey, Card]):
    """Cards of the records given, and of any others by their ids."""

    def __missing__(self, key: RecordKey) -> Card:
        return card(record(*key))


def card(one) -> Card:
    return RENDERER.card(MODEL.by_name[type(one).__name__], one)


def rendered(one, *others, linked: Mapping[str, Sequence[str]] | None = None, **followed) -> Card:
    """Return the document of a record; `linked` are derived lists, `followed` what other records decide."""
    shape = MODEL.by_name[type(one).__name__]
    nothing = {field.name: () for field in shape.fields if isinstance(field.derived, DerivedAlongLinks)}
    cards = Cards({(type(other).__name__, other.id): card(other) for other in others})
    moment = "2026-11-21T10:00:00Z"
    neighbours = LinkedRecords(cards, linked or {}, nothing | followed)
    return RENDERER.document(shape, PublishedRecord(one, 1, moment, moment), neighbours)
