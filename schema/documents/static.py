"""The documents that follow from declarations and vocabulary alone, by address."""

from collections.abc import Iterator, Mapping
from typing import Any

from rdflib.term import Node

from schema.declaration.annotations import DeclarationError
from schema.declaration.datatypes import CARD_KINDS, Kind
from schema.declaration.shapes import Field, Shape, describe
from schema.documents.renderer import Renderer
from schema.entities.role_lists import ROLE_LISTS
from schema.entities.system import (
    AnnotationProperty,
    Class,
    Concept,
    ConceptScheme,
    DatatypeProperty,
    ObjectProperty,
    Ontology,
)
from schema.model import Model
from vocab.concept_schemes import CONCEPT_SCHEMES, Scheme
from vocab.namespaces import RDF
from vocab.ontology import VOCABULARY
from vocab.turtle import TripleIndex, language_map, relative_iri

Body = dict[str, Any]

_CLASSES = (Class,)

_PROPERTIES = (ObjectProperty, DatatypeProperty, AnnotationProperty)


def static_documents(renderer: Renderer) -> Iterator[tuple[str, Body]]:
    """Yield the path and body of the entry point and of every page of the vocabulary."""
    yield "/", _entry_point(renderer)
    yield f"/{VOCABULARY}", _ontology(renderer)
    for scheme in CONCEPT_SCHEMES.values():
        concepts = [_concept(renderer, scheme, code) for code in scheme.codes]
        yield f"/{scheme.iri}", _scheme(renderer, scheme) | {"concepts": concepts}
        for concept in concepts:
            yield f"/{scheme.concept_iri(concept['id'])}", concept


def _entry_point(renderer: Renderer) -> Body:
    model, addresses = renderer.model, renderer.uris
    return {
        "uri": addresses.resolve(""),
        "type": "EntryPoint",
        "title": renderer.publisher,
        "publisher": renderer.publisher,
        "licence": renderer.licence,
        "collections": [collection_card(renderer, name) for name in collection_names(model)],
        "vocabulary": addresses.resolve(VOCABULARY),
        "schemas": [addresses.resolve(f"schemas/{shape.name.lower()}.json") for shape in model.entities],
    }


def collection_names(model: Model) -> Iterator[str]:
    """Yield the first part of the address of each list: of the entities, then of those with a role."""
    yield from model.by_collection
    yield from (role.collection for role in ROLE_LISTS.values() if role.entity in model.by_name)


def collection_card(renderer: Renderer, name: str) -> Body:
    """Return the card of a collection."""
    return {
        "id": name,
        "uri": renderer.uris.resolve(name),
        "type": "Collection",
        "title": renderer.model.ontology.labels(name),
    }


def _ontology(renderer: Renderer) -> Body:
    statements = renderer.model.ontology.triples
    about = statements[VOCABULARY]
    terms = sorted(iri for iri in statements if iri.startswith(f"{VOCABULARY}#"))
    return {
        "uri": renderer.uris.resolve(VOCABULARY),
        "type": "Ontology",
        **_fields(renderer, describe(Ontology), about),
        "licence": renderer.licence,
        "classes": [*_terms(renderer, statements, terms, _CLASSES)],
        "properties": [*_terms(renderer, statements, terms, _PROPERTIES)],
        "schemes": [_scheme(renderer, scheme) for scheme in CONCEPT_SCHEMES.values()],
    }


def _terms(renderer: Renderer, statements: TripleIndex, terms: list[str], frames: Any) -> Iterator[Body]:
    shapes = {str(frame.rdf_class): describe(frame) for frame in frames}
    for iri in terms:
        kind = str(statements[iri][str(RDF.type)][0])
        if kind in shapes:
            shape = shapes[kind]
            yield {
                "id": iri.removeprefix(f"{VOCABULARY}#"),
                "uri": renderer.uris.resolve(iri),
                "type": shape.name,
                **_fields(renderer, shape, statements[iri]),
            }


def _scheme(renderer: Renderer, scheme: Scheme) -> Body:
    return {
        "id": scheme.name,
        "uri": renderer.uris.resolve(scheme.iri),
        "type": "ConceptScheme",
        **_fields(renderer, describe(ConceptScheme), scheme.triples[scheme.iri]),
    }


def _concept(renderer: Renderer, scheme: Scheme, code: str) -> Body:
    return {
        "id": code,
        "uri": renderer.uris.resolve(scheme.concept_iri(code)),
        "type": "Concept",
        **_fields(renderer, describe(Concept), scheme.triples[scheme.concept_iri(code)]),
        "in_scheme": _scheme(renderer, scheme),
    }


def _fields(renderer: Renderer, shape: Shape, said: Mapping[str, tuple[Node, ...]]) -> Body:
    """Return what a Turtle file says of one subject, in the fields of a frame.

    Raise DeclarationError if it says something that the frame has no field for.
    """
    single = {field.predicate for field in shape.fields if field.kind is Kind.IRI and not field.is_list}
    lost = said.keys() - {field.predicate for field in shape.fields} - {str(RDF.type)}
    if lost := lost | {predicate for predicate in single if len(said.get(predicate, ())) > 1}:
        message = f"{shape.name} has no place for all that is said with {', '.join(sorted(lost))}"
        raise DeclarationError(message)
    return {
        field.name: _value(renderer, field, said[field.predicate])
        for field in shape.fields
        if field.predicate in said and field.kind not in CARD_KINDS
    }


def _value(renderer: Renderer, field: Field, nodes: tuple[Node, ...]) -> Any:
    match field.kind:
        case Kind.TEXT:
            return language_map(nodes)
        case Kind.IRI:
            found = [renderer.uris.resolve(relative_iri(node)) for node in nodes]
        case _:
            found = [str(node) for node in nodes]
    return found if field.is_list else found[0]
