"""The activity entity: an event, training or phase of a project."""

from typing import Annotated

from msgspec import Meta

from schema.declaration.annotations import Filterable, Inverse, Term, Visibility
from schema.declaration.datatypes import Duration, Kind, PartialDate, Text, link_to, linked_part, one_of
from schema.declaration.entity_base import Entity
from schema.entities.derivations import ACTIVE_YEARS, active_years
from schema.entities.parts import Venue
from vocab.namespaces import DCTERMS
from vocab.ontology_terms import TIKLS


class Activity(Entity, kw_only=True, frozen=True):
    """Something that a project did or plans to do: an event, a training course, a phase of the work."""

    collection = "activities"
    number_place = 5
    example_id = "ensie-events"

    title: Annotated[Text, Term(DCTERMS.title), Visibility.CARD]
    kind: (
        Annotated[
            str, Term(TIKLS.kind), one_of("activity-kind"), Visibility.ITEM, Filterable(example="study-visit")
        ]
        | None
    ) = None
    projects: Annotated[
        tuple[Annotated[str, link_to("Project")], ...],
        Term(TIKLS.project),
        Visibility.ITEM,
        Filterable("project", example="ENSIE"),
    ] = ()
    target_groups: Annotated[
        tuple[Annotated[str, one_of("target-group")], ...],
        Term(TIKLS.targetGroup),
        Filterable("target_group", example="social-entrepreneurs"),
    ] = ()
    for_participations: Annotated[
        tuple[Annotated[str, linked_part("projects", "participations")], ...], Term(TIKLS.forParticipation)
    ] = ()
    status: (
        Annotated[
            str, Term(TIKLS.status), one_of("activity-status"), Visibility.ITEM, Filterable(example="held")
        ]
        | None
    ) = None
    start: (
        Annotated[
            PartialDate,
            Term(TIKLS.start),
            Visibility.ITEM,
            Filterable("year", extract=active_years, kind=Kind.YEAR, counts=ACTIVE_YEARS, example="2018"),
        ]
        | None
    ) = None
    end: Annotated[PartialDate, Term(TIKLS.end), Visibility.ITEM] | None = None
    duration: Annotated[Duration, Term(TIKLS.duration)] | None = None
    order: Annotated[int, Term(TIKLS.order), Meta(ge=1, le=100_000)] | None = None
    places: Annotated[tuple[Venue, ...], Term(TIKLS.place)] = ()
    organisers: Annotated[tuple[Annotated[str, link_to("Organisation")], ...], Term(TIKLS.organiser)] = ()
    count: Annotated[int, Term(TIKLS.count), Meta(ge=1, le=100_000)] | None = None
    participants: Annotated[int, Term(TIKLS.participants), Meta(ge=0, le=10_000_000)] | None = None
    outputs: Annotated[
        tuple[Annotated[str, link_to("Output")], ...],
        Term(TIKLS.output),
        Inverse("Output", "activity"),
    ] = ()
