"""CSVW metadata: the description of a table (W3C, Metadata Vocabulary for Tabular Data)."""

from typing import Any

from api.formats.table.csv import GUARD, SPREADSHEET
from schema.declaration.datatypes import Kind
from schema.declaration.shapes import Shape
from schema.documents.columns import TableColumn, table_columns
from schema.documents.renderer import Renderer
from schema.rdf.jsonld_context import DATATYPES
from vocab.concept_schemes import CONCEPT_SCHEMES

_DATATYPES: dict[Kind, Any] = {
    Kind.INTEGER: "integer",
    Kind.BOOLEAN: "boolean",
    Kind.DECIMAL: "decimal",
    Kind.DAY: "date",
    Kind.INSTANT: "dateTime",
    Kind.DURATION: "duration",
    Kind.IRI: "anyURI",
    Kind.PARTIAL_DATE: {"@id": DATATYPES[Kind.PARTIAL_DATE], "base": "string"},
}


def csvw_metadata(renderer: Renderer, shape: Shape, collection: str, *, is_role_list: bool) -> dict[str, Any]:
    """Return the metadata of the table of a collection."""
    url = renderer.uris.resolve(shape.collection)
    columns = table_columns(shape, renderer.languages, by_role=is_role_list)
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": f"{renderer.uris.resolve(collection)}.csv",
        "dc:title": _by_language(renderer.model.ontology.labels(collection)),
        "dc:publisher": _by_language(renderer.publisher),
        "dc:license": {"@id": renderer.licence},
        "dc:description": {
            "@value": f"The same with profile={SPREADSHEET} begins with a byte-order mark, and has an apostrophe "
            "before what a spreadsheet would take for a formula: at the beginning of a cell, and in it behind a "
            "semicolon, a tab or a line break, where a spreadsheet with another list separator begins a cell. "
            f"Removing each match of the regular expression {GUARD} restores the text.",
            "@language": "en",
        },
        "tableSchema": {
            "aboutUrl": f"{url}/{{id}}#this",
            "primaryKey": "id",
            "columns": [_column(renderer, shape, column) for column in columns],
        },
    }


def _column(renderer: Renderer, shape: Shape, column: TableColumn) -> dict[str, Any]:
    description: dict[str, Any] = {"name": column.name, "titles": column.name}
    if column.path == ("uri",) or column.others:
        # The IRI is stated by `aboutUrl`, and the JSON of other languages is no literal.
        return description | {"datatype": "json" if column.others else "anyURI", "suppressOutput": True}
    description["propertyUrl"] = renderer.uris.resolve(column.field.predicate)
    description["rdfs:label"] = _by_language(renderer.model.ontology.labels(column.field.predicate))
    description["datatype"] = _DATATYPES.get(column.field.kind, "string")
    if column.language:
        description["lang"] = column.language
    if column.separator:
        description["separator"] = column.separator
    if len(column.path) > 1:
        description["aboutUrl"] = _part_url(renderer, shape, column)
    if column.name == "id" or (column.field.required and len(column.path) == 1 and not column.language):
        description["required"] = True
    if value_url := _value_url(renderer, column):
        description["valueUrl"] = value_url
    return description


def _part_url(renderer: Renderer, shape: Shape, column: TableColumn) -> str:
    """Return the URI template of the single part that a column describes."""
    document = f"{renderer.uris.resolve(shape.collection)}/{{id}}"
    names, inner = [], shape
    for step in column.path[:-1]:
        part = next(field.part for field in inner.fields if field.name == step)
        assert part  # noqa: S101 - only parts have columns of several steps
        inner = part
        names += [] if part.is_document else [part.name.lower()]
    return f"{document}#{'-'.join(names)}" if names else document


def _value_url(renderer: Renderer, column: TableColumn) -> str:
    """Return the URI template that expands a code to its IRI, or an empty string."""
    field, resolve = column.field, renderer.uris.resolve
    match field.kind:
        case Kind.LINK:
            return f"{resolve(renderer.model.by_name[field.target].collection)}/{{{column.name}}}#this"
        case Kind.CONCEPT:
            return f"{resolve(CONCEPT_SCHEMES[field.target].iri)}/{{{column.name}}}"
        case Kind.IRI:
            return f"{{+{column.name}}}"
        case _:
            return ""


def _by_language(texts: dict[str, str]) -> list[dict[str, str]]:
    return [{"@value": text, "@language": tag} for tag, text in texts.items()]
