"""The output entity: a handbook, course, study or other product of a project."""

from typing import Annotated

from msgspec import Meta

from schema.declaration.annotations import Filterable, Term, Visibility
from schema.declaration.datatypes import Iri, Kind, Language, PartialDate, Text, link_to, linked_part, one_of
from schema.declaration.entity_base import Entity
from schema.entities.derivations import YEARS_OF_DATE, years_of_date
from schema.entities.parts import Identifier
from vocab.namespaces import ADMS, DCTERMS, SDO
from vocab.ontology_terms import TIKLS


class Output(Entity, kw_only=True, frozen=True):
    """Something that a project made or plans to make, such as a handbook, a course or a study."""

    collection = "outputs"
    number_place = 6
    example_id = "ensie-handbook"

    title: Annotated[Text, Term(DCTERMS.title), Visibility.CARD]
    kind: (
        Annotated[
            str, Term(TIKLS.kind), one_of("output-kind"), Visibility.ITEM, Filterable(example="roadmap")
        ]
        | None
    ) = None
    projects: Annotated[
        tuple[Annotated[str, link_to("Project")], ...],
        Term(TIKLS.project),
        Visibility.ITEM,
        Filterable("project", example="ENSIE"),
    ] = ()
    activity: Annotated[str, Term(TIKLS.madeIn), link_to("Activity")] | None = None
    creators: Annotated[tuple[Annotated[str, link_to("Organisation")], ...], Term(DCTERMS.creator)] = ()
    target_groups: Annotated[
        tuple[Annotated[str, one_of("target-group")], ...],
        Term(TIKLS.targetGroup),
        Filterable("target_group", example="local-authorities"),
    ] = ()
    for_participations: Annotated[
        tuple[Annotated[str, linked_part("projects", "participations")], ...], Term(TIKLS.forParticipation)
    ] = ()
    status: (
        Annotated[
            str, Term(TIKLS.status), one_of("output-status"), Visibility.ITEM, Filterable(example="delivered")
        ]
        | None
    ) = None
    date: (
        Annotated[
            PartialDate,
            Term(DCTERMS.date),
            Visibility.ITEM,
            Filterable("year", extract=years_of_date, kind=Kind.YEAR, counts=YEARS_OF_DATE, example="2023"),
        ]
        | None
    ) = None
    count: Annotated[int, Term(TIKLS.count), Meta(ge=1, le=100_000)] | None = None
    languages: Annotated[
        tuple[Language, ...],
        Term(DCTERMS.language),
        Filterable(
            "language",
            counts={"en": "Languages that the output is in.", "lv": "Valodas, kurās iznākums ir pieejams."},
            example="en",
        ),
    ] = ()
    url: Annotated[Iri, Term(SDO.url)] | None = None
    identifiers: Annotated[tuple[Identifier, ...], Term(ADMS.identifier)] = ()
    licence: Annotated[Iri, Term(DCTERMS.license)] | None = None
