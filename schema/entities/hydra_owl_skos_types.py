"""System types: collections and their pages, the entry point, and the documents of the vocabulary."""

from typing import Annotated

from msgspec import Meta

from schema.declaration.annotations import Term
from schema.declaration.datatypes import AnyNode, CollectionCard, Iri, Line, Prose, Text, Texts, link_to
from schema.declaration.shapes import Declared
from vocab.namespaces import DC, DCTERMS, HYDRA, OWL, RDFS, SKOS
from vocab.ontology_terms import TIKLS

_Id = Annotated[Line, Term(DCTERMS.identifier), Meta(max_length=100)]

_Name = Annotated[Text, Term(SKOS.prefLabel)]

_Label = Annotated[Text, Term(RDFS.label)]

_Aliases = Annotated[Texts, Term(SKOS.altLabel)]

_Plural = Annotated[Text, Term(TIKLS.plural)]

_Definition = Annotated[Prose, Term(SKOS.definition)]

_SeeAlso = Annotated[tuple[Iri, ...], Term(RDFS.seeAlso)]


class Collection(Declared, kw_only=True, frozen=True):
    """A list of records, or one page of it."""

    rdf_class = HYDRA.Collection

    title: Annotated[Text, Term(DCTERMS.title)]
    label: _Label
    total: Annotated[int, Term(HYDRA.totalItems), Meta(ge=0, le=2**53)]
    items: Annotated[tuple[AnyNode, ...], Term(HYDRA.member)]
    view: Annotated[AnyNode, Term(HYDRA.view)]


class PartialCollectionView(Declared, kw_only=True, frozen=True):
    """The page itself, and the ones beside it."""

    rdf_class = HYDRA.PartialCollectionView

    first: Annotated[Iri, Term(HYDRA.first)]
    next: Annotated[Iri, Term(HYDRA.next)] | None = None
    previous: Annotated[Iri, Term(HYDRA.previous)] | None = None


class EntryPoint(Declared, kw_only=True, frozen=True):
    """The first address of the service, from which all others can be found."""

    title: Annotated[Text, Term(DCTERMS.title)]
    label: _Label
    publisher: Annotated[Text, Term(DC.publisher)]
    licence: Annotated[Iri, Term(DCTERMS.license)]
    collections: Annotated[tuple[Annotated[str, link_to("Collection")], ...], Term(HYDRA.collection)]
    vocabulary: Annotated[Iri, Term(DCTERMS.conformsTo)]
    schemas: _SeeAlso


class Ontology(Declared, kw_only=True, frozen=True):
    """The page of the vocabulary."""

    rdf_class = OWL.Ontology

    label: _Label
    definition: _Definition
    licence: Annotated[Iri, Term(DCTERMS.license)]
    classes: Annotated[tuple[AnyNode, ...], Term(DCTERMS.hasPart)]
    properties: Annotated[tuple[AnyNode, ...], Term(DCTERMS.hasPart)]
    schemes: Annotated[tuple[Annotated[str, link_to("ConceptScheme")], ...], Term(DCTERMS.hasPart)]


class Class(Declared, kw_only=True, frozen=True):
    """A class of ours, and where it stands among those of others."""

    rdf_class = OWL.Class

    id: _Id
    label: _Label
    aliases: _Aliases | None = None
    definition: _Definition
    sub_class_of: Annotated[tuple[Iri, ...], Term(RDFS.subClassOf)] = ()
    see_also: _SeeAlso = ()


class AnnotationProperty(Declared, kw_only=True, frozen=True):
    """A property of ours that says something of a term."""

    rdf_class = OWL.AnnotationProperty

    id: _Id
    label: _Label
    definition: _Definition
    sub_property_of: Annotated[tuple[Iri, ...], Term(RDFS.subPropertyOf)] = ()


class ObjectProperty(Declared, kw_only=True, frozen=True):
    """A property of ours whose values are things."""

    rdf_class = OWL.ObjectProperty

    id: _Id
    label: _Label
    plural: _Plural | None = None
    aliases: _Aliases | None = None
    definition: _Definition
    domain: Annotated[Iri, Term(RDFS.domain)] | None = None
    range: Annotated[Iri, Term(RDFS.range)] | None = None
    sub_property_of: Annotated[tuple[Iri, ...], Term(RDFS.subPropertyOf)] = ()
    inverse_of: Annotated[Iri, Term(OWL.inverseOf)] | None = None
    see_also: _SeeAlso = ()


class DatatypeProperty(Declared, kw_only=True, frozen=True):
    """A property of ours whose values are texts, numbers or dates."""

    rdf_class = OWL.DatatypeProperty

    id: _Id
    label: _Label
    plural: _Plural | None = None
    aliases: _Aliases | None = None
    definition: _Definition
    domain: Annotated[Iri, Term(RDFS.domain)] | None = None
    see_also: _SeeAlso = ()


class ConceptScheme(Declared, kw_only=True, frozen=True):
    """A closed list of concepts."""

    rdf_class = SKOS.ConceptScheme

    id: _Id
    name: _Name
    label: _Label
    concepts: Annotated[tuple[AnyNode, ...], Term(SKOS.hasTopConcept)]


class Concept(Declared, kw_only=True, frozen=True):
    """One word of a concept scheme."""

    rdf_class = SKOS.Concept

    id: _Id
    notation: Annotated[Line, Term(SKOS.notation), Meta(max_length=100)]
    name: _Name
    label: _Label
    aliases: _Aliases | None = None
    definition: _Definition
    in_scheme: Annotated[str, Term(SKOS.inScheme), link_to("ConceptScheme")]
    close_match: Annotated[tuple[Iri, ...], Term(SKOS.closeMatch)] = ()
    project_list: Annotated[CollectionCard, Term(TIKLS.projectList)] | None = None


SYSTEM_TYPES = (
    Collection,
    PartialCollectionView,
    EntryPoint,
    Ontology,
    Class,
    AnnotationProperty,
    ObjectProperty,
    DatatypeProperty,
    ConceptScheme,
    Concept,
)
"""Types of documents that are generated and not stored as records."""
