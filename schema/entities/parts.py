"""Parts shared by several entities: identifier, amount, contact point, place and venue."""

from typing import Annotated

from msgspec import Meta

from schema.declaration.annotations import DecimalRange, Filterable, Label, Term, Visibility
from schema.declaration.datatypes import (
    Country,
    Currency,
    Decimal,
    Iri,
    Kind,
    Line,
    Mailbox,
    Money,
    Nuts,
    Slug,
    Text,
    link_to,
    one_of,
)
from schema.declaration.shapes import ListedPart, Part
from vocab.namespaces import DCTERMS, FOAF, RDFS, SDO, SKOS
from vocab.ontology_terms import TIKLS


class Identifier(ListedPart, kw_only=True, frozen=True):
    """A name given by a register, together with the register's name."""

    scheme: Annotated[str, Term(TIKLS.identifierScheme), one_of("identifier-scheme")]
    notation: Annotated[Line, Term(SKOS.notation), Meta(max_length=200)]


class Amount(ListedPart, kw_only=True, frozen=True):
    """A sum of money, and what it is for. An amount that is not known is not there: it is not zero."""

    kind: Annotated[str, Term(TIKLS.kind), one_of("amount-kind")]
    value: Annotated[
        Money,
        Term(SDO.value),
        Filterable(
            "amount",
            scoped_by="currency",
            counts={
                "en": "Amounts of any kind: total cost, contribution of the funder, own contribution, paid.",
                "lv": "Jebkura veida summas: kopējās izmaksas, finansētāja ieguldījums, pašu līdzfinansējums, "
                "izmaksātā summa.",
            },
            example="851530",
        ),
    ]
    currency: Annotated[Currency, Term(TIKLS.currency), Filterable(example="EUR")]


class ContactPoint(ListedPart, kw_only=True, frozen=True):
    """Where to ask about a project: an organisation's function and mailbox, never a person's."""

    organisation: Annotated[str, Term(TIKLS.organisation), link_to("Organisation")] | None = None
    role_as_stated: Annotated[Text, Term(TIKLS.roleAsStated)] | None = None
    email: Annotated[Mailbox, Term(SDO.email)] | None = None
    homepage: Annotated[Iri, Term(FOAF.page)] | None = None


class Place(Part, kw_only=True, frozen=True):
    """Where an organisation is or something happens, as exactly as is known."""

    name: Annotated[Text, Term(SKOS.prefLabel), Visibility.CARD] | None = None
    label: Annotated[Text, Term(RDFS.label), Label()] | None = None
    address: Annotated[Text, Term(TIKLS.address)] | None = None
    locality: Annotated[Text, Term(TIKLS.locality)] | None = None
    region: Annotated[Text, Term(TIKLS.region)] | None = None
    nuts: (
        Annotated[
            Nuts,
            Term(TIKLS.nuts),
            Filterable(
                "region",
                kind=Kind.REGION,
                counts={
                    "en": "NUTS regions of places; a region is also found by every region that it lies in.",
                    "lv": "Vietu NUTS reģioni; reģionu atrod arī pēc katra reģiona, kurā tas ietilpst.",
                },
                example="LV00",
            ),
        ]
        | None
    ) = None
    country: Annotated[Country, Term(TIKLS.country), Filterable(example="LV")] | None = None
    latitude: Annotated[Decimal, Term(SDO.latitude), DecimalRange(-90, 90)] | None = None
    longitude: Annotated[Decimal, Term(SDO.longitude), DecimalRange(-180, 180)] | None = None


class Venue(Place, kw_only=True, frozen=True):
    """One of the places where an activity happens."""

    id: Annotated[Slug, Term(DCTERMS.identifier)]
