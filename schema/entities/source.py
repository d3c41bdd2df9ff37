"""The source entity: a published text or data set that records were written from."""

from typing import Annotated

from schema.declaration.annotations import Filterable, LinkedQuery, Term, Visibility, Without
from schema.declaration.datatypes import CollectionCard, Iri, Kind, Language, PartialDate, Text, one_of
from schema.declaration.entity_base import Entity, Record
from schema.entities.derivations import YEARS_OF_DATE, years_of_date
from vocab.namespaces import DC, DCTERMS, FOAF, SDO
from vocab.ontology_terms import TIKLS


class Source(Entity, kw_only=True, frozen=True):
    """A published text or data set that records were written from."""

    collection = "sources"
    number_place = 7
    example_id = "sic-ensie"

    title: Annotated[Text, Term(DCTERMS.title), Visibility.CARD]
    kind: (
        Annotated[
            str, Term(TIKLS.kind), one_of("source-kind"), Visibility.ITEM, Filterable(example="article")
        ]
        | None
    ) = None
    publisher: Annotated[Text, Term(DC.publisher), Visibility.CARD] | None = None
    date: (
        Annotated[
            PartialDate,
            Term(DCTERMS.date),
            Visibility.CARD,
            Filterable("year", extract=years_of_date, kind=Kind.YEAR, counts=YEARS_OF_DATE, example="2022"),
        ]
        | None
    ) = None
    language: (
        Annotated[
            Language,
            Term(DCTERMS.language),
            Visibility.CARD,
            Filterable(counts={"en": "The language of the source.", "lv": "Avota valoda."}, example="lv"),
        ]
        | None
    ) = None
    url: Annotated[Iri, Term(SDO.url)] | None = None
    licence: Annotated[Iri, Term(DCTERMS.license)] | None = None
    project_list: (
        Annotated[CollectionCard, Term(TIKLS.projectList), LinkedQuery("Project", ("source",))] | None
    ) = None
    grant_list: Annotated[CollectionCard, Term(TIKLS.grantList), LinkedQuery("Grant", ("source",))] | None = (
        None
    )
    programme_list: (
        Annotated[CollectionCard, Term(TIKLS.programmeList), LinkedQuery("Programme", ("source",))] | None
    ) = None
    organisation_list: (
        Annotated[CollectionCard, Term(TIKLS.organisationList), LinkedQuery("Organisation", ("source",))]
        | None
    ) = None
    activity_list: (
        Annotated[CollectionCard, Term(TIKLS.activityList), LinkedQuery("Activity", ("source",))] | None
    ) = None
    output_list: (
        Annotated[CollectionCard, Term(TIKLS.outputList), LinkedQuery("Output", ("source",))] | None
    ) = None
    record: Annotated[Record, Term(FOAF.isPrimaryTopicOf), Without(("sources",))] = Record()
