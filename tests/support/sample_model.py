"""A sample model with every kind of field, and a record of it."""

from typing import Annotated

import msgspec
from msgspec import Meta
from rdflib.namespace import SDO, SKOS

from schema.declaration.annotations import (
    Computed,
    Conditional,
    DecimalRange,
    Inverse,
    Ordinal,
    Term,
    Visibility,
)
from schema.declaration.datatypes import (
    Country,
    Decimal,
    Duration,
    Iri,
    Language,
    Line,
    PartialDate,
    Prose,
    Text,
    Texts,
    link_to,
    linked_part,
    one_of,
    sibling,
)
from schema.declaration.entity_base import Entity
from schema.declaration.shapes import ListedPart
from schema.entities.parts import Place
from schema.entities.source import Source
from schema.model import Model
from schema.validation.record_codec import decode_record
from vocab.namespaces import DCTERMS
from vocab.ontology_terms import ONTOLOGY, TIKLS, ParsedOntology
from vocab.turtle_parser import parse_turtle

BORROWED = """
    alternateName creativeWorkStatus duration hasPart hasVariant isAccessibleForFree isAccessoryOrSparePartFor
    isPartOf isRelatedTo knows knowsLanguage mpn
    numberOfAxles owns position sameAs size sku text weight
"""

LABELS = "".join(
    f'<{iri}> <http://www.w3.org/2000/01/rdf-schema#label> "Things"@en, "Lietas"@lv .'
    for iri in ("things", *(SDO[name] for name in BORROWED.split()))
)

WITH_THINGS = ParsedOntology({**ONTOLOGY.triples, **parse_turtle(LABELS)})


class Wheel(ListedPart, kw_only=True, frozen=True):
    rdf_class = SDO.CarUsageType

    spokes: Annotated[int, Term(SDO.numberOfAxles), Meta(ge=0, le=100)]
    turns_with: Annotated[str, Term(SDO.isRelatedTo), sibling("wheels")] | None = None
    rank: Annotated[int, Term(SDO.position), Meta(ge=1, le=100), Ordinal()] | None = None
    owner: Annotated[str, Term(SDO.owns), link_to("Thing"), Visibility.CARD] | None = None


def _shout(thing: "Thing") -> str | None:
    return thing.code and thing.code.upper()


class Thing(Entity, kw_only=True, frozen=True):
    """Something that is declared here and nowhere else."""

    rdf_class = SDO.Thing
    collection = "things"
    number_place = 1

    name: Annotated[Text, Term(SKOS.prefLabel), Visibility.CARD]
    code: Annotated[Line, Term(SDO.sku), Meta(max_length=9), Visibility.ITEM] | None = None
    loud: Annotated[Line, Term(SDO.mpn), Meta(max_length=9), Computed(_shout)] | None = None
    story: Annotated[Prose, Term(SDO.text)] | None = None
    nicknames: Annotated[Texts, Term(SDO.alternateName)] | None = None
    size: Annotated[int, Term(SDO.size), Meta(ge=-5, le=5)] | None = None
    weight: Annotated[Decimal, Term(SDO.weight), DecimalRange(0, 9)] | None = None
    date: Annotated[PartialDate, Term(DCTERMS.date), Visibility.ITEM] | None = None
    lasts: Annotated[Duration, Term(SDO.duration)] | None = None
    link: Annotated[Iri, Term(SDO.sameAs)] | None = None
    country: Annotated[Country, Term(TIKLS.country)] | None = None
    spoken: Annotated[tuple[Language, ...], Term(SDO.knowsLanguage)] = ()
    mood: Annotated[str, Term(SDO.creativeWorkStatus), one_of("project-status")] | None = None
    whole: Annotated[str, Term(SDO.isPartOf), link_to("Thing")] | None = None
    wholes: Annotated[
        tuple[Annotated[str, link_to("Thing")], ...], Term(SDO.hasPart), Inverse("Thing", "whole")
    ] = ()
    friends: Annotated[tuple[Annotated[str, link_to("Thing")], ...], Term(SDO.knows)] = ()
    place: Annotated[Place, Term(TIKLS.place)] | None = None
    wheels: Annotated[tuple[Wheel, ...], Term(SDO.hasVariant)] = ()
    spares_for: Annotated[
        tuple[Annotated[str, linked_part("friends", "wheels")], ...], Term(SDO.isAccessoryOrSparePartFor)
    ] = ()
    is_lent: Annotated[bool, Term(SDO.isAccessibleForFree), Conditional(stated=("code",))] | None = None


MODEL = Model.of(Thing, Source, ontology=WITH_THINGS)

BICYCLE = {
    "name": {"lv": "Velosipēds", "en": "Bicycle <&>\"'", "und": "🚲"},
    "code": "b-1",
    "story": {"en": "Two lines,\nand a\ttab\\n."},
    "nicknames": {"lv": ["ritenis", "ričuks"], "en": ["bike"]},
    "size": 0,
    "weight": "8.50",
    "date": "[2018-03,2018-04]",
    "lasts": "P1Y6M",
    "link": "http://sociale-entreprenører.dk/ā?b=c&d='e'",
    "country": "LV",
    "spoken": ["lv", "ltg"],
    "mood": "ongoing",
    "whole": "fleet",
    "friends": ["fleet", "bicycle"],
    "place": {
        "locality": {"lv": "Rīga"},
        "nuts": "LV006",
        "country": "LV",
        "latitude": "56.95",
        "longitude": "24.1",
    },
    "wheels": [
        {"id": "back", "spokes": 36, "owner": "fleet"},
        {"id": "front", "spokes": 32, "turns_with": "back"},
    ],
    "spares_for": ["back"],
    "is_lent": True,
    "record": {
        "sources": ["shop"],
        "translated": [{"id": "name", "pointer": "/name", "language": "en"}],
    },
}

_RECORDS = (
    ("Source", "shop", {"title": {"en": "A shop"}, "date": "2017"}),
    ("Thing", "fleet", {"name": {"en": "Fleet"}}),
    ("Thing", "bicycle", BICYCLE),
)


def sample_records() -> list[Entity]:
    """Return the records of the sample network: the bicycle, and what it links to."""
    return [
        decode_record(MODEL.by_name[entity], msgspec.json.encode(body), identifier)
        for entity, identifier, body in _RECORDS
    ]
