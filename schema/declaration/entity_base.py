"""The base class of entities: id, summary, and the record part with provenance."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from msgspec import Meta

from schema.declaration.annotations import Filterable, Label, SystemSupplied, Term, Visibility
from schema.declaration.datatypes import Instant, Iri, Language, Pointer, Prose, Slug, Text, link_to
from schema.declaration.shapes import Declared, ListedPart, Part
from vocab.namespaces import DC, DCTERMS, FOAF, RDFS
from vocab.ontology_terms import TIKLS


class Translation(ListedPart, kw_only=True, frozen=True):
    """The texts of a record, at a pointer and below it, that the network itself translated into a language."""

    pointer: Annotated[Pointer, Term(TIKLS.pointer)]
    language: Annotated[Language, Term(DCTERMS.language)]


class Record(Part, kw_only=True, frozen=True):
    """The document that describes a thing: when, by whom and from what it was written."""

    is_document = True

    created: Annotated[Instant, Term(DCTERMS.created), SystemSupplied()] | None = None
    modified: Annotated[Instant, Term(DCTERMS.modified), SystemSupplied()] | None = None
    licence: Annotated[Iri, Term(DCTERMS.license), SystemSupplied()] | None = None
    publisher: Annotated[Text, Term(DC.publisher), SystemSupplied()] | None = None
    sources: Annotated[
        tuple[Annotated[str, link_to("Source")], ...],
        Term(DCTERMS.source),
        Filterable(
            "source",
            counts={
                "en": "Published texts and data sets that the record was written from.",
                "lv": "Publicēti teksti un datu kopas, pēc kuriem ieraksts veidots.",
            },
            example="sic-ensie",
        ),
    ] = ()
    translated: Annotated[tuple[Translation, ...], Term(TIKLS.translated), Meta(max_length=200)] = ()


class Entity(Declared, kw_only=True, frozen=True):
    """A thing with an address of its own."""

    collection: ClassVar[str]
    number_place: ClassVar[int]
    """The entity's place in record numbers: 1…15, its own in the model, and never given to another entity."""
    example_id: ClassVar[str] = ""
    """The id of a record of the network's own content."""

    id: Annotated[Slug, Term(DCTERMS.identifier)]
    label: Annotated[Text, Term(RDFS.label), Label(), Visibility.CARD] | None = None
    summary: Annotated[Prose, Term(DCTERMS.abstract)] | None = None
    record: Annotated[Record, Term(FOAF.isPrimaryTopicOf)] = Record()


RecordKey = tuple[str, str]
"""The key of a record: entity name and id."""


@dataclass(frozen=True)
class PublishedRecord:
    """A record as last published, in the revision numbered `seq`. `created` and `modified` are instants."""

    record: Entity
    seq: int
    created: str
    modified: str
