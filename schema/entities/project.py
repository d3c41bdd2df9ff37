"""The project entity and its participations."""

from collections.abc import Iterable
from typing import Annotated, Any

from msgspec import Meta

from schema.declaration.annotations import (
    Computed,
    Conditional,
    DerivedAlongLinks,
    Filterable,
    Inverse,
    LookupKey,
    Ordinal,
    Term,
    Visibility,
)
from schema.declaration.datatypes import (
    Country,
    Duration,
    Iri,
    Kind,
    Line,
    PartialDate,
    Prose,
    Text,
    Texts,
    link_to,
    one_of,
    sibling,
)
from schema.declaration.entity_base import Entity
from schema.declaration.shapes import ListedPart
from schema.entities import derivations
from schema.entities.first_sentence import first_sentence
from schema.entities.parts import Amount, ContactPoint, Identifier
from vocab.namespaces import ADMS, DCAT, DCTERMS, FOAF, FRAPO, SKOS
from vocab.ontology_terms import TIKLS

_PARTNER_ROLES = ("coordinator", "partner", "associated-partner")
"""Codes of the roles counted as partners of a project."""


class Participation(ListedPart, kw_only=True, frozen=True):
    """The part that an organisation, or several unnamed ones, took in a project."""

    organisation: (
        Annotated[str, Term(TIKLS.organisation), link_to("Organisation"), Visibility.CARD] | None
    ) = None
    name_as_stated: Annotated[Text, Term(TIKLS.nameAsStated), Visibility.CARD] | None = None
    count: Annotated[int, Term(TIKLS.count), Meta(ge=1, le=100_000)] | None = None
    each_from_own_country: (
        Annotated[
            bool,
            Term(TIKLS.eachFromOwnCountry),
            Conditional(stated=("count",), absent=("organisation", "country")),
        ]
        | None
    ) = None
    role: Annotated[
        str,
        Term(TIKLS.role),
        one_of("role"),
        Filterable(
            counts={
                "en": "Roles in the project, of participants without a name too.",
                "lv": "Lomas projektā, arī nenosauktu dalībnieku lomas.",
            },
            example="pilot-area",
        ),
    ]
    role_as_stated: Annotated[Text, Term(TIKLS.roleAsStated)] | None = None
    country: Annotated[Country, Term(TIKLS.country)] | None = None
    order: Annotated[int, Term(TIKLS.order), Meta(ge=1, le=100_000), Ordinal()] | None = None
    works_with: Annotated[str, Term(TIKLS.worksWith), sibling("participations")] | None = None
    amounts: Annotated[tuple[Amount, ...], Term(TIKLS.amount)] = ()
    start: Annotated[PartialDate, Term(TIKLS.start)] | None = None
    end: Annotated[PartialDate, Term(TIKLS.end)] | None = None


def _countries(project: "Project") -> tuple[str, ...]:
    """Return the stated countries and those of participations, but not those of organisations."""
    participation_countries = {part.country for part in project.participations if part.country}
    return tuple(sorted(participation_countries | set(project.countries_stated)))


def _lead(project: "Project") -> str | None:
    """Return the coordinating organisation if there is exactly one."""
    leads = {part.organisation for part in project.participations if part.role == "coordinator"}
    return leads.pop() if len(leads) == 1 else None


def _organisations(project: "Project", _: Any) -> Iterable[str]:
    """Return the organisations with any role in the project."""
    return {part.organisation for part in project.participations if part.organisation}


def _partners(project: "Project", _: Any) -> tuple[str, ...]:
    """Return the organisations with a partner role in the project, in the order of its participations."""
    parts = _partner_participations(project)
    return tuple(dict.fromkeys(part.organisation for part in parts if part.organisation))


def _partner_participations(project: "Project") -> Iterable[Participation]:
    return [part for part in project.participations if part.role in _PARTNER_ROLES]


def _partners_total(project: "Project") -> int | None:
    """Return the number of partners, None if none is stated: each organisation once, and the unnamed ones."""
    parts = _partner_participations(project)
    unnamed = sum(part.count or 1 for part in parts if not part.organisation)
    return len(_partners(project, None)) + unnamed or None


def _countries_total(project: "Project") -> int | None:
    """Return the number of countries, None if none is stated."""
    return len(_countries(project)) or None


def _excerpt(project: "Project") -> dict[str, str]:
    """Return the first sentence of the summary in each of its languages."""
    return {tag: first_sentence(text, tag) for tag, text in (project.summary or {}).items()}


class Project(Entity, kw_only=True, frozen=True):
    """A piece of work of limited duration, carried out by partners and funded, or proposed for funding."""

    collection = "projects"
    number_place = 1
    example_id = "ensie"

    title: Annotated[Text, Term(DCTERMS.title), Visibility.CARD]
    aliases: Annotated[Texts, Term(SKOS.altLabel), LookupKey()] | None = None
    acronym: (
        Annotated[Line, Term(FRAPO.hasAcronym), Meta(max_length=50), Visibility.CARD, LookupKey()] | None
    ) = None
    numbers: Annotated[tuple[Identifier, ...], Term(ADMS.identifier)] = ()
    excerpt: Annotated[Prose, Term(TIKLS.excerpt), Computed(_excerpt), Visibility.ITEM] | None = None
    objectives: Annotated[Texts, Term(TIKLS.objective)] | None = None
    results: Annotated[Texts, Term(TIKLS.result)] | None = None
    status: (
        Annotated[
            str,
            Term(TIKLS.status),
            one_of("project-status"),
            Visibility.ITEM,
            Filterable(example="completed"),
        ]
        | None
    ) = None
    start: (
        Annotated[
            PartialDate,
            Term(TIKLS.start),
            Visibility.ITEM,
            Filterable(
                "year",
                extract=derivations.active_years,
                kind=Kind.YEAR,
                counts=derivations.ACTIVE_YEARS,
                example="2018",
            ),
        ]
        | None
    ) = None
    end: Annotated[PartialDate, Term(TIKLS.end), Visibility.ITEM] | None = None
    duration: Annotated[Duration, Term(TIKLS.duration)] | None = None
    participations: Annotated[
        tuple[Participation, ...],
        Term(TIKLS.participation),
        Filterable(
            "partner",
            extract=_partners,
            kind=Kind.LINK,
            target="Organisation",
            counts={
                "en": "Organisations that are coordinators, partners or associated partners of the project.",
                "lv": "Organizācijas, kas ir projekta koordinatori, partneri vai asociētie partneri.",
            },
            example="social-innovation-centre",
        ),
        Filterable(
            "organisation",
            extract=_organisations,
            kind=Kind.LINK,
            target="Organisation",
            counts={
                "en": "Organisations with any role in the project: partners, pilot areas, target groups and others.",
                "lv": "Organizācijas ar jebkuru lomu projektā: partneri, izmēģinājuma teritorijas, mērķgrupas un citas.",
            },
            example="braga-municipality",
        ),
    ] = ()
    partners: Annotated[
        tuple[Annotated[str, link_to("Organisation")], ...],
        Term(TIKLS.partner),
        DerivedAlongLinks(_partners),
    ] = ()
    partners_total: (
        Annotated[
            int,
            Term(TIKLS.partnersTotal),
            Meta(ge=1, le=2**53),
            Computed(_partners_total),
            Visibility.ITEM,
        ]
        | None
    ) = None
    lead: (
        Annotated[str, Term(TIKLS.lead), link_to("Organisation"), Computed(_lead), Visibility.ITEM] | None
    ) = None
    countries_stated: Annotated[tuple[Country, ...], Term(TIKLS.countryStated)] = ()
    countries: Annotated[
        tuple[Country, ...],
        Term(TIKLS.countryInvolved),
        Computed(_countries),
        Visibility.ITEM,
        Filterable(
            "country",
            counts={
                "en": "Countries stated for the project or for its participants, pilot areas too; not the country "
                "that an organisation is from.",
                "lv": "Valstis, kas norādītas projektam vai tā dalībniekiem, arī izmēģinājuma teritorijām; "
                "organizācijas pašas valsti neskaita.",
            },
            example="LT",
        ),
    ] = ()
    countries_total: (
        Annotated[
            int,
            Term(TIKLS.countriesTotal),
            Meta(ge=1, le=1_000),
            Computed(_countries_total),
            Visibility.ITEM,
        ]
        | None
    ) = None
    applied_to: Annotated[tuple[Annotated[str, link_to("Programme")], ...], Term(TIKLS.appliedTo)] = ()
    grants: Annotated[
        tuple[Annotated[str, link_to("Grant")], ...],
        Term(TIKLS.grant),
        Inverse("Grant", "projects"),
    ] = ()
    amounts: Annotated[
        tuple[Amount, ...], Term(TIKLS.amount), DerivedAlongLinks(derivations.amounts), Visibility.ITEM
    ] = ()
    programmes: Annotated[
        tuple[Annotated[str, link_to("Programme")], ...],
        Term(TIKLS.programmeInvolved),
        DerivedAlongLinks(derivations.programmes),
        Visibility.ITEM,
        Filterable(
            "programme",
            ancestors_via="parent",
            counts={
                "en": "Programmes of the project's grants and programmes that it was proposed to, with all "
                "programmes above them.",
                "lv": "Projekta dotāciju programmas un programmas, kurām projekts pieteikts, kopā ar visām "
                "augstāka līmeņa programmām.",
            },
            example="EaSI",
        ),
    ] = ()
    programme_path: Annotated[
        tuple[Annotated[str, link_to("Programme")], ...],
        Term(TIKLS.programmePath),
        DerivedAlongLinks(derivations.programme_path),
        Visibility.ITEM,
    ] = ()
    funders: Annotated[
        tuple[Annotated[str, link_to("Organisation")], ...],
        Term(TIKLS.funder),
        DerivedAlongLinks(derivations.funders),
        Visibility.ITEM,
        Filterable(
            "funder",
            counts={
                "en": "Funders of the project's grants: stated for the grant, else for the nearest programme above it.",
                "lv": "Projekta dotāciju finansētāji: norādīti dotācijai, citādi tuvākajai programmai virs tās.",
            },
            example="european-commission",
        ),
    ] = ()
    funders_applied_to: Annotated[
        tuple[Annotated[str, link_to("Organisation")], ...],
        Term(TIKLS.funderAppliedTo),
        DerivedAlongLinks(derivations.funders_applied_to),
        Visibility.ITEM,
        Filterable(
            "funder",
            counts={
                "en": "Funders of the programmes that the project was proposed to.",
                "lv": "To programmu finansētāji, kurām projekts pieteikts.",
            },
        ),
    ] = ()
    acknowledgements: (
        Annotated[Texts, Term(TIKLS.acknowledgement), DerivedAlongLinks(derivations.acknowledgements)] | None
    ) = None
    disclaimers: (
        Annotated[Texts, Term(TIKLS.disclaimer), DerivedAlongLinks(derivations.disclaimers)] | None
    ) = None
    activities: Annotated[
        tuple[Annotated[str, link_to("Activity")], ...],
        Term(TIKLS.activity),
        Inverse("Activity", "projects", order=("order", "start_earliest")),
    ] = ()
    outputs: Annotated[
        tuple[Annotated[str, link_to("Output")], ...],
        Term(TIKLS.output),
        Inverse("Output", "projects"),
    ] = ()
    topics: Annotated[
        tuple[Annotated[str, one_of("topic")], ...],
        Term(DCTERMS.subject),
        Filterable(
            "topic",
            counts={"en": "Topics of the project.", "lv": "Projekta temati."},
            example="social-entrepreneurship",
        ),
    ] = ()
    target_groups: Annotated[
        tuple[Annotated[str, one_of("target-group")], ...],
        Term(TIKLS.targetGroup),
        Filterable("target_group", example="young-people"),
    ] = ()
    keywords: Annotated[Texts, Term(DCAT.keyword)] | None = None
    homepage: Annotated[Iri, Term(FOAF.page)] | None = None
    contact_points: Annotated[tuple[ContactPoint, ...], Term(TIKLS.contactPoint)] = ()
