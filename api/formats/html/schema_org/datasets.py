"""schema.org descriptions of the entry point (DataCatalog) and of lists (Dataset, SearchResultsPage)."""

from collections.abc import Mapping
from typing import Any

from api.formats.html.schema_org.mapping import SchemaOrgMapper, SchemaOrgNode
from schema.documents.renderer import Renderer
from schema.entities.partner_and_funder_lists import ROLE_LISTS
from vocab.namespaces import SKOS
from vocab.turtle_parser import language_map


def collection_definitions(renderer: Renderer) -> Mapping[str, Mapping[str, str]]:
    """Return the definitions of the collections' classes in the ontology, by name of the collection."""
    triples = renderer.model.ontology.triples
    classes = {shape.collection: shape.rdf_class for shape in renderer.model.entities}
    classes |= {role: role for role in ROLE_LISTS}
    definitions = {
        name: language_map(triples.get(class_, {}).get(str(SKOS.definition), ()))
        for name, class_ in classes.items()
    }
    return {name: definition for name, definition in definitions.items() if definition}


def data_catalog(mapper: SchemaOrgMapper, body: Mapping[str, Any]) -> SchemaOrgNode:
    """Return the entry point as a DataCatalog, with a Dataset per collection."""
    return {
        "@type": "DataCatalog",
        "@id": body["uri"],
        "url": body["uri"],
        "name": mapper.text(body["title"]),
        "description": mapper.language.messages.welcome,
        "license": body["licence"],
        "publisher": mapper.publisher(),
        "dataset": [dataset(mapper, collection) for collection in body["collections"]],
    }


def search_results_page(mapper: SchemaOrgMapper, body: Mapping[str, Any]) -> SchemaOrgNode:
    """Return a list with a query as a SearchResultsPage, as it is not a data set of its own."""
    return {
        "@type": "SearchResultsPage",
        "@id": body["uri"],
        "url": body["uri"],
        "name": mapper.text(body["title"]),
        "license": mapper.renderer.licence,
        "publisher": mapper.publisher(),
    }


def dataset(mapper: SchemaOrgMapper, card: Mapping[str, Any]) -> SchemaOrgNode:
    """Return a collection as a Dataset, which can be downloaded as CSV."""
    name = card["uri"].rpartition("/")[2]
    definition = collection_definitions(mapper.renderer).get(name)
    title, publisher = mapper.text(card["title"]), mapper.publisher()
    return {
        "@type": "Dataset",
        "@id": card["uri"],
        "url": card["uri"],
        "name": title,
        "description": mapper.language.messages.dataset.format(
            collection=title,
            definition=mapper.text(definition) if definition else "",
            publisher=publisher["name"],
        ),
        "license": mapper.renderer.licence,
        "creator": publisher,
        "includedInDataCatalog": {"@type": "DataCatalog", "@id": mapper.renderer.uris.resolve("")},
        "distribution": {
            "@type": "DataDownload",
            "encodingFormat": "text/csv",
            "contentUrl": f"{card['uri']}.csv",
        },
    }
