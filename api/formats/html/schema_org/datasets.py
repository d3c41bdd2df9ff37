"""What the first page and the lists tell search engines: a catalogue of data sets."""

from collections.abc import Mapping
from typing import Any

from api.formats.html.schema_org.mapping import SchemaOrgMapper, SchemaOrgNode
from schema.documents.renderer import Renderer
from schema.entities.role_lists import ROLE_LISTS
from vocab.namespaces import SKOS
from vocab.turtle import language_map


def collection_definitions(renderer: Renderer) -> Mapping[str, Mapping[str, str]]:
    """Return what each collection is made of, where the ontology says."""
    statements = renderer.model.ontology.triples
    said = {
        shape.collection: language_map(statements.get(shape.rdf_class, {}).get(str(SKOS.definition), ()))
        for shape in renderer.model.entities
    }
    for role in ROLE_LISTS:
        said[role] = language_map(statements.get(role, {}).get(str(SKOS.definition), ()))
    return {name: definition for name, definition in said.items() if definition}


def data_catalog(things: SchemaOrgMapper, body: Mapping[str, Any]) -> SchemaOrgNode:
    """Return the entry point as a catalogue, with a data set for each collection."""
    words = things.language.words
    return {
        "@type": "DataCatalog",
        "@id": body["uri"],
        "url": body["uri"],
        "name": things.text(body["title"]),
        "description": words.welcome,
        "license": body["licence"],
        "publisher": things.publisher(),
        "dataset": [dataset(things, one) for one in body["collections"]],
    }


def search_results_page(things: SchemaOrgMapper, body: Mapping[str, Any]) -> SchemaOrgNode:
    """Return a list that is asked something as a page of results, which is no data set of its own."""
    return {
        "@type": "SearchResultsPage",
        "@id": body["uri"],
        "url": body["uri"],
        "name": things.text(body["title"]),
        "license": things.renderer.licence,
        "publisher": things.publisher(),
    }


def dataset(things: SchemaOrgMapper, card: Mapping[str, Any]) -> SchemaOrgNode:
    """Return a collection as a data set, to be had as one table."""
    name = card["uri"].rpartition("/")[2]
    said = collection_definitions(things.renderer).get(name)
    title, publisher = things.text(card["title"]), things.publisher()
    return {
        "@type": "Dataset",
        "@id": card["uri"],
        "url": card["uri"],
        "name": title,
        "description": things.language.words.dataset.format(
            collection=title, definition=things.text(said) if said else "", publisher=publisher["name"]
        ),
        "license": things.renderer.licence,
        "creator": publisher,
        "includedInDataCatalog": {"@type": "DataCatalog", "@id": things.renderer.uris.resolve("")},
        "distribution": {
            "@type": "DataDownload",
            "encodingFormat": "text/csv",
            "contentUrl": f"{card['uri']}.csv",
        },
    }
