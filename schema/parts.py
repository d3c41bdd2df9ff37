"""Parts that several entities share."""

from typing import Annotated

from msgspec import Meta

from schema.declare import ListedPart, Part
from schema.marks import Term, Within
from schema.values import Country, Decimal, Line, Nuts, Text, one_of
from vocab.namespaces import SDO, SKOS
from vocab.ontology import TIKLS


class Identifier(ListedPart, kw_only=True, frozen=True):
    """A name given by a register, together with the register's name."""

    scheme: Annotated[str, Term(TIKLS.identifierScheme), one_of("identifier-scheme")]
    notation: Annotated[Line, Term(SKOS.notation), Meta(max_length=200)]


class Place(Part, kw_only=True, frozen=True):
    """Where an organisation is or something happens, as exactly as is known."""

    name: Annotated[Text, Term(SKOS.prefLabel)] | None = None
    address: Annotated[Text, Term(TIKLS.address)] | None = None
    locality: Annotated[Text, Term(TIKLS.locality)] | None = None
    region: Annotated[Text, Term(TIKLS.region)] | None = None
    nuts: Annotated[Nuts, Term(TIKLS.nuts)] | None = None
    country: Annotated[Country, Term(TIKLS.country)] | None = None
    latitude: Annotated[Decimal, Term(SDO.latitude), Within(-90, 90)] | None = None
    longitude: Annotated[Decimal, Term(SDO.longitude), Within(-180, 180)] | None = None
