"""The grant entity: money awarded by one decision."""

from typing import Annotated

from msgspec import Meta

from schema.declaration.annotations import DerivedAlongLinks, Filterable, Term, Visibility
from schema.declaration.datatypes import Line, PartialDate, Prose, Text, link_to
from schema.declaration.entity_base import Entity
from schema.entities import derivations
from schema.entities.parts import Amount
from vocab.namespaces import FRAPO, SKOS
from vocab.ontology_terms import TIKLS


class Grant(Entity, kw_only=True, frozen=True):
    """Money awarded by one decision for one or several projects."""

    collection = "grants"
    number_place = 2
    example_id = "ncm-17055"

    number: Annotated[Line, Term(FRAPO.hasGrantNumber), Meta(max_length=100), Visibility.CARD] | None = None
    name: Annotated[Text, Term(SKOS.prefLabel), Visibility.CARD] | None = None
    projects: Annotated[
        tuple[Annotated[str, link_to("Project")], ...],
        Term(TIKLS.project),
        Visibility.ITEM,
        Filterable("project", example="ENSIE"),
    ] = ()
    programme: (
        Annotated[
            str,
            Term(TIKLS.programme),
            link_to("Programme"),
            Visibility.ITEM,
            Filterable(
                ancestors_via="parent",
                counts={
                    "en": "The programme of the grant, with all programmes above it.",
                    "lv": "Dotācijas programma kopā ar visām augstāka līmeņa programmām.",
                },
                example="EaSI",
            ),
        ]
        | None
    ) = None
    funders: Annotated[tuple[Annotated[str, link_to("Organisation")], ...], Term(TIKLS.funder)] = ()
    effective_funders: Annotated[
        tuple[Annotated[str, link_to("Organisation")], ...],
        Term(TIKLS.effectiveFunder),
        DerivedAlongLinks(derivations.effective_funders),
        Visibility.ITEM,
        Filterable("funder", example="european-commission"),
    ] = ()
    funders_from: (
        Annotated[
            str, Term(TIKLS.fundersFrom), link_to("Programme"), DerivedAlongLinks(derivations.funders_from)
        ]
        | None
    ) = None
    amounts: Annotated[tuple[Amount, ...], Term(TIKLS.amount), Visibility.ITEM] = ()
    decided: Annotated[PartialDate, Term(TIKLS.decided)] | None = None
    call: Annotated[Line, Term(TIKLS.call), Meta(max_length=100)] | None = None
    acknowledgement: Annotated[Prose, Term(TIKLS.acknowledgement)] | None = None
    disclaimer: Annotated[Prose, Term(TIKLS.disclaimer)] | None = None
