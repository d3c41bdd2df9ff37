"""The programme entity: a line of funding, in a tree of any depth."""

from typing import Annotated

from msgspec import Meta

from schema.declaration.annotations import (
    DerivedAlongLinks,
    Filterable,
    LinkedQuery,
    LookupKey,
    Term,
    Visibility,
)
from schema.declaration.datatypes import (
    CollectionCard,
    Iri,
    Kind,
    Line,
    PartialDate,
    Prose,
    Text,
    Texts,
    link_to,
    one_of,
)
from schema.declaration.entity_base import Entity
from schema.entities import derivations
from vocab.namespaces import FOAF, RDFS, SKOS
from vocab.ontology_terms import TIKLS


class Programme(Entity, kw_only=True, frozen=True):
    """A line of funding at any level: programme, strand, measure, action or call."""

    collection = "programmes"
    number_place = 3
    example_id = "easi"

    name: Annotated[Text, Term(SKOS.prefLabel), Visibility.CARD]
    aliases: Annotated[Texts, Term(SKOS.altLabel), LookupKey()] | None = None
    code: Annotated[Line, Term(SKOS.notation), Meta(max_length=100), Visibility.CARD, LookupKey()] | None = (
        None
    )
    level: (
        Annotated[
            str, Term(TIKLS.level), one_of("programme-level"), Visibility.ITEM, Filterable(example="strand")
        ]
        | None
    ) = None
    parent: (
        Annotated[
            str,
            Term(TIKLS.parent),
            link_to("Programme"),
            Visibility.ITEM,
            Filterable(
                "programme",
                extract=derivations.programme_and_ancestors,
                kind=Kind.LINK,
                target="Programme",
                counts={
                    "en": "The programme itself and all programmes above it.",
                    "lv": "Pati programma un visas augstāka līmeņa programmas.",
                },
                example="europe-for-citizens",
            ),
        ]
        | None
    ) = None
    funders: Annotated[tuple[Annotated[str, link_to("Organisation")], ...], Term(TIKLS.funder)] = ()
    effective_funders: Annotated[
        tuple[Annotated[str, link_to("Organisation")], ...],
        Term(TIKLS.effectiveFunder),
        DerivedAlongLinks(derivations.effective_funders),
        Filterable("funder", example="european-commission"),
    ] = ()
    funders_from: (
        Annotated[
            str, Term(TIKLS.fundersFrom), link_to("Programme"), DerivedAlongLinks(derivations.funders_from)
        ]
        | None
    ) = None
    start: (
        Annotated[
            PartialDate,
            Term(TIKLS.start),
            Filterable(
                "year",
                extract=derivations.active_years,
                kind=Kind.YEAR,
                counts=derivations.ACTIVE_YEARS,
                example="2017",
            ),
        ]
        | None
    ) = None
    end: Annotated[PartialDate, Term(TIKLS.end)] | None = None
    homepage: Annotated[Iri, Term(FOAF.page)] | None = None
    see_also: Annotated[tuple[Iri, ...], Term(RDFS.seeAlso), LookupKey()] = ()
    acknowledgement: Annotated[Prose, Term(TIKLS.acknowledgement)] | None = None
    disclaimer: Annotated[Prose, Term(TIKLS.disclaimer)] | None = None
    project_list: (
        Annotated[CollectionCard, Term(TIKLS.projectList), LinkedQuery("Project", ("programme",))] | None
    ) = None
