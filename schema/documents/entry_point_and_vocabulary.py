"""Static documents: the entry point and the vocabulary, generated from declarations and Turtle files."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schema.declaration.annotations import DeclarationError
from schema.declaration.datatypes import CARD_KINDS, Kind
from schema.declaration.shapes import Declared, Field, Shape, describe
from schema.documents.renderer import Renderer
from schema.entities.hydra_owl_skos_types import (
    AnnotationProperty,
    Class,
    Concept,
    ConceptScheme,
    DatatypeProperty,
    ObjectProperty,
    Ontology,
)
from schema.entities.partner_and_funder_lists import ROLE_LISTS
from schema.model import Model
from vocab.concept_schemes import CONCEPT_SCHEMES, Scheme
from vocab.namespaces import RDF
from vocab.ontology_terms import VOCABULARY
from vocab.turtle_parser import Node, TripleIndex, language_lists, language_map, relative_iri

_Body = dict[str, Any]

_CLASSES = (Class,)

_PROPERTIES = (ObjectProperty, DatatypeProperty, AnnotationProperty)


def static_documents(renderer: Renderer) -> Iterator[tuple[str, _Body]]:
    """Yield the path and body of the entry point, the ontology, and each concept scheme and concept."""
    yield "/", _entry_point(renderer)
    yield f"/{VOCABULARY}", _ontology(renderer)
    for scheme in CONCEPT_SCHEMES.values():
        body = _scheme(renderer, scheme)
        concepts = [_concept(renderer, scheme, code) | {"in_scheme": body} for code in scheme.codes]
        yield f"/{scheme.iri}", body | {"concepts": concepts}
        for concept in concepts:
            yield f"/{scheme.concept_iri(concept['id'])}", concept


def _entry_point(renderer: Renderer) -> _Body:
    model, uris = renderer.model, renderer.uris
    return {
        "uri": uris.resolve(""),
        "type": "EntryPoint",
        "title": renderer.publisher,
        "label": renderer.publisher,
        "publisher": renderer.publisher,
        "licence": renderer.licence,
        "collections": [collection_card(renderer, name) for name in collection_names(model)],
        "vocabulary": uris.resolve(VOCABULARY),
        "schemas": [uris.resolve(f"schemas/{shape.name.lower()}.json") for shape in model.entities],
    }


def collection_names(model: Model) -> Iterator[str]:
    """Yield the names of all collections: entities, then the role lists of the model's entities."""
    yield from model.by_collection
    yield from (
        role_list.collection for role_list in ROLE_LISTS.values() if role_list.entity in model.by_name
    )


def collection_card(renderer: Renderer, name: str) -> _Body:
    """Return the card of a collection, given by name."""
    title = renderer.model.ontology.labels(name)
    uri = renderer.uris.resolve(name)
    return {"id": name, "uri": uri, "type": "Collection", "title": title, "label": title}


def _ontology(renderer: Renderer) -> _Body:
    triples = renderer.model.ontology.triples
    term_iris = sorted(iri for iri in triples if iri.startswith(f"{VOCABULARY}#"))
    return {
        "uri": renderer.uris.resolve(VOCABULARY),
        "type": "Ontology",
        **_fields(renderer, describe(Ontology), triples[VOCABULARY]),
        "licence": renderer.licence,
        "classes": [*_terms(renderer, triples, term_iris, _CLASSES)],
        "properties": [*_terms(renderer, triples, term_iris, _PROPERTIES)],
        "schemes": [_scheme(renderer, scheme) for scheme in CONCEPT_SCHEMES.values()],
    }


def _terms(
    renderer: Renderer, triples: TripleIndex, iris: list[str], system_types: Iterable[type[Declared]]
) -> Iterator[_Body]:
    """Yield the nodes of the terms that are instances of the given system types."""
    shapes = {str(system_type.rdf_class): describe(system_type) for system_type in system_types}
    for iri in iris:
        rdf_class = triples[iri][str(RDF.type)][0].value
        if rdf_class in shapes:
            shape = shapes[rdf_class]
            yield {
                "id": iri.removeprefix(f"{VOCABULARY}#"),
                "uri": renderer.uris.resolve(iri),
                "type": shape.name,
                **_fields(renderer, shape, triples[iri]),
            }


def _scheme(renderer: Renderer, scheme: Scheme) -> _Body:
    body = {
        "id": scheme.name,
        "uri": renderer.uris.resolve(scheme.iri),
        "type": "ConceptScheme",
        **_fields(renderer, describe(ConceptScheme), scheme.triples[scheme.iri]),
    }
    return body | {"label": body["name"]}


def _concept(renderer: Renderer, scheme: Scheme, code: str) -> _Body:
    """Return the body of a concept without its scheme."""
    body = {
        "id": code,
        "uri": renderer.uris.resolve(scheme.concept_iri(code)),
        "type": "Concept",
        **_fields(renderer, describe(Concept), scheme.triples[scheme.concept_iri(code)]),
    }
    return body | {"label": body["name"]}


def _fields(renderer: Renderer, shape: Shape, objects: Mapping[str, tuple[Node, ...]]) -> _Body:
    """Return the fields of a system type from a subject's objects, by predicate.

    Raise DeclarationError if a predicate has no field, or a single-valued IRI field has several objects.
    """
    single_valued = {
        field.predicate for field in shape.fields if field.kind is Kind.IRI and not field.is_list
    }
    unsupported = objects.keys() - {field.predicate for field in shape.fields} - {str(RDF.type)}
    unsupported |= {predicate for predicate in single_valued if len(objects.get(predicate, ())) > 1}
    if unsupported:
        message = f"{shape.name} has no field for all objects of {', '.join(sorted(unsupported))}"
        raise DeclarationError(message)
    return {
        field.name: _value(renderer, field, objects[field.predicate])
        for field in shape.fields
        if field.predicate in objects and field.kind not in CARD_KINDS
    }


def _value(renderer: Renderer, field: Field, nodes: tuple[Node, ...]) -> Any:
    match field.kind:
        case Kind.TEXT:
            return language_map(nodes)
        case Kind.TEXTS:
            return language_lists(nodes)
        case Kind.IRI:
            values = [renderer.uris.resolve(relative_iri(node)) for node in nodes]
        case _:
            values = [node.value for node in nodes]
    return values if field.is_list else values[0]
