"""Outputs: what projects made, or plan to make."""

from typing import Annotated

from msgspec import Meta

from schema.entity import Entity
from schema.marks import Shown, Term
from schema.parts import Identifier
from schema.values import Iri, Language, PartialDate, Text, link_to, one_of
from vocab.namespaces import ADMS, DCTERMS, SDO
from vocab.ontology import TIKLS


class Output(Entity, kw_only=True, frozen=True):
    """Something that a project made or plans to make, such as a handbook, a course or a study."""

    collection = "outputs"

    title: Annotated[Text, Term(DCTERMS.title), Shown.IN_CARD]
    kind: Annotated[str, Term(TIKLS.kind), one_of("output-kind"), Shown.IN_LIST] | None = None
    projects: Annotated[
        tuple[Annotated[str, link_to("Project")], ...], Term(TIKLS.project), Shown.IN_LIST
    ] = ()
    activity: Annotated[str, Term(TIKLS.madeIn), link_to("Activity")] | None = None
    creators: Annotated[tuple[Annotated[str, link_to("Organisation")], ...], Term(DCTERMS.creator)] = ()
    status: Annotated[str, Term(TIKLS.status), one_of("output-status"), Shown.IN_LIST] | None = None
    date: Annotated[PartialDate, Term(DCTERMS.date), Shown.IN_LIST] | None = None
    count: Annotated[int, Term(TIKLS.count), Meta(ge=1, le=100_000)] | None = None
    languages: Annotated[tuple[Language, ...], Term(DCTERMS.language)] = ()
    url: Annotated[Iri, Term(SDO.url)] | None = None
    identifiers: Annotated[tuple[Identifier, ...], Term(ADMS.identifier)] = ()
    licence: Annotated[Iri, Term(DCTERMS.license)] | None = None
