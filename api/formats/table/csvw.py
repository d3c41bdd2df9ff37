"""What the columns of a table are: a description for CSV on the Web (W3C, Metadata Vocabulary)."""

from typing import Any

from api.formats.table.csv import SPREADSHEET
from api.lists.query import ListQuerySpec
from schema.declaration.datatypes import Kind
from schema.declaration.shapes import Shape
from schema.documents.columns import TableColumn, table_columns
from schema.documents.renderer import Renderer
from schema.model import Model
from schema.rdf.jsonld_context import DATATYPES
from vocab.concept_schemes import CONCEPT_SCHEMES

MEDIA_TYPE = "application/csvm+json"

_DATATYPES: dict[Kind, Any] = {
    Kind.INTEGER: "integer",
    Kind.DECIMAL: "decimal",
    Kind.DAY: "date",
    Kind.INSTANT: "dateTime",
    Kind.DURATION: "duration",
    Kind.IRI: "anyURI",
    Kind.PARTIAL_DATE: {"@id": DATATYPES[Kind.PARTIAL_DATE], "base": "string"},
}


def csvw_metadata(renderer: Renderer, asking: ListQuerySpec) -> dict[str, Any]:
    """Return the description of the table of one list."""
    shape = asking.shape
    address = renderer.uris.resolve(shape.collection)
    found = table_columns(shape, renderer.languages, by_role=bool(asking.role))
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": f"{renderer.uris.resolve(asking.collection)}.csv",
        "dc:title": _by_language(renderer.model.ontology.labels(asking.collection)),
        "dc:publisher": _by_language(renderer.publisher),
        "dc:license": {"@id": renderer.licence},
        "dc:description": {
            "@value": f"The same with profile={SPREADSHEET} has an apostrophe before each cell that a "
            "spreadsheet would take for a formula, and a byte-order mark.",
            "@language": "en",
        },
        "tableSchema": {
            "aboutUrl": f"{address}/{{id}}#this",
            "primaryKey": "id",
            "columns": [_column(renderer, shape, column) for column in found],
        },
    }


def _column(renderer: Renderer, shape: Shape, column: TableColumn) -> dict[str, Any]:
    said: dict[str, Any] = {"name": column.name, "titles": column.name}
    if column.path == ("uri",) or column.others:
        # Said already: by `aboutUrl`, or in a form that is no literal.
        return said | {"datatype": "json" if column.others else "anyURI", "suppressOutput": True}
    said["propertyUrl"] = renderer.uris.resolve(column.field.predicate)
    said["rdfs:label"] = _by_language(renderer.model.ontology.labels(column.field.predicate))
    said["datatype"] = _DATATYPES.get(column.field.kind, "string")
    if column.language:
        said["lang"] = column.language
    if column.separator:
        said["separator"] = column.separator
    if len(column.path) > 1:
        said["aboutUrl"] = _part(renderer, shape, column)
    if column.name == "id" or (column.field.required and len(column.path) == 1 and not column.language):
        said["required"] = True
    if address := _address(renderer, column):
        said["valueUrl"] = address
    return said


def _part(renderer: Renderer, shape: Shape, column: TableColumn) -> str:
    """Return the address of the single part that a column is about."""
    document = f"{renderer.uris.resolve(shape.collection)}/{{id}}"
    steps, inner = [], shape
    for step in column.path[:-1]:
        part = next(field.part for field in inner.fields if field.name == step)
        assert part  # noqa: S101 - only parts have columns of several steps
        inner = part
        steps += [] if part.is_document else [part.name.lower()]
    return f"{document}#{'-'.join(steps)}" if steps else document


def _address(renderer: Renderer, column: TableColumn) -> str:
    """Return what makes a code an address, where a template can."""
    field, resolve = column.field, renderer.uris.resolve
    match field.kind:
        case Kind.LINK:
            return f"{resolve(_collection(renderer.model, field.target))}/{{{column.name}}}#this"
        case Kind.CONCEPT:
            return f"{resolve(CONCEPT_SCHEMES[field.target].iri)}/{{{column.name}}}"
        case Kind.IRI:
            return f"{{+{column.name}}}"
        case _:
            return ""


def _collection(model: Model, entity: str) -> str:
    return model.by_name[entity].collection


def _by_language(text: dict[str, str]) -> list[dict[str, str]]:
    return [{"@value": value, "@language": tag} for tag, value in text.items()]
