"""The organisation entity: a participant or funder of projects."""

from typing import Annotated

from msgspec import Meta

from schema.declaration.annotations import (
    Conditional,
    Filterable,
    LinkedQuery,
    LookupKey,
    RoleCount,
    Term,
    Visibility,
)
from schema.declaration.datatypes import CollectionCard, Country, Iri, Line, Text, Texts, link_to, one_of
from schema.declaration.entity_base import Entity
from schema.entities.parts import Identifier, Place
from vocab.namespaces import ADMS, FOAF, FRAPO, ORG, SDO, SKOS
from vocab.ontology_terms import TIKLS


class Organisation(Entity, kw_only=True, frozen=True):
    """A body that takes part in projects or pays for them."""

    collection = "organisations"
    number_place = 4
    example_id = "social-innovation-centre"

    name: Annotated[Text, Term(SKOS.prefLabel), Visibility.CARD]
    aliases: Annotated[Texts, Term(SKOS.altLabel), LookupKey()] | None = None
    acronym: (
        Annotated[Line, Term(FRAPO.hasAcronym), Meta(max_length=50), Visibility.CARD, LookupKey()] | None
    ) = None
    kind: (
        Annotated[
            str,
            Term(TIKLS.kind),
            one_of("organisation-kind"),
            Visibility.ITEM,
            Filterable(example="association"),
        ]
        | None
    ) = None
    country: Annotated[Country, Term(TIKLS.country), Visibility.ITEM, Filterable(example="LV")] | None = None
    place: Annotated[Place, Term(TIKLS.place)] | None = None
    homepage: Annotated[Iri, Term(FOAF.page)] | None = None
    logo: Annotated[Iri, Term(SDO.logo)] | None = None
    logo_terms: Annotated[Iri, Term(TIKLS.logoTerms), Conditional(stated=("logo",))] | None = None
    identifiers: Annotated[tuple[Identifier, ...], Term(ADMS.identifier)] = ()
    part_of: Annotated[str, Term(ORG.subOrganizationOf), link_to("Organisation")] | None = None
    projects_total: Annotated[int, Term(TIKLS.projectsTotal), Meta(ge=0, le=2**53), RoleCount()] | None = None
    project_list: (
        Annotated[CollectionCard, Term(TIKLS.projectList), LinkedQuery("Project", ("funder", "organisation"))]
        | None
    ) = None
