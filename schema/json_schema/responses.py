"""JSON Schema of response bodies: records, list pages and search results, in all their variants."""

from collections.abc import Iterator, Mapping

from schema.declaration.annotations import RoleCount
from schema.declaration.shapes import Shape, describe
from schema.entities.hydra_owl_skos_types import SYSTEM_TYPES, Collection
from schema.entities.role_lists import RoleList
from schema.json_schema.document_components import document_schemas, field_schema, object_schema
from schema.json_schema.values import Schema, schema_reference
from schema.json_schema.variants import LOCALIZED_SUFFIX, SPARSE_SUFFIX, localized_schemas, sparse_schema
from schema.model import Model

SEARCH_LIST = "SearchList"
"""The name of the schema of a page of search results."""

_MATCH: Schema = {
    "description": "A text that matches the search, as HTML with the matches in `mark` elements.",
    "type": "object",
    "properties": {
        "field": {"type": "string"},
        "language": {"type": "string"},
        "text": {"type": "string"},
    },
    "required": ["field", "text"],
}


def response_schemas(model: Model) -> dict[str, Schema]:
    """Return the schemas of all response bodies and of their components, by name."""
    schemas = document_schemas(model)
    included = {
        "type": "array",
        "items": {"anyOf": [schema_reference(shape.name) for shape in model.entities]},
    }
    matches = {"type": "array", "items": schema_reference("Match"), "minItems": 1}
    for shape in model.entities:
        schemas[shape.name]["properties"]["included"] = included
        schemas[f"{shape.name}Item"]["properties"]["matches"] = matches
        sparse = sparse_schema(schemas[shape.name])
        sparse_properties = sparse["properties"] | {"matches": matches}
        schemas[shape.name + SPARSE_SUFFIX] = {**sparse, "properties": sparse_properties}
        for suffix in ("Item", SPARSE_SUFFIX):
            if role_schema := _role_list_schema(model, schemas[shape.name + suffix], shape):
                schemas[f"{shape.name}ByRole{suffix}"] = role_schema
    for name, label, item_names in [*_lists(model, schemas)]:
        schemas[name] = _list_schema(model, label, item_names)
        schemas[name]["properties"]["included"] = included
    schemas["Match"] = _MATCH
    system_names = {describe(type_).name for type_ in SYSTEM_TYPES}
    list_names = {name for name in schemas if name.endswith(("List", SPARSE_SUFFIX))}
    return schemas | localized_schemas(schemas, list_names | system_names | {*model.by_name})


def response_variants(schemas: Mapping[str, Schema], name: str, *, localised: bool) -> list[str]:
    """Return the names of the schemas of a response: full, sparse, and if `localised` both in one language."""
    stem, list_suffix, _ = name.partition("List")
    candidates = (name, f"{stem}{SPARSE_SUFFIX}{list_suffix}")
    names = [candidate for candidate in candidates if candidate in schemas]
    return [*names, *(name + LOCALIZED_SUFFIX for name in names)] if localised else names


def list_schema_name(entity: str, role: RoleList | None) -> str:
    """Return the name of the schema of a list page."""
    return f"{entity}ByRoleList" if role else f"{entity}List"


def _role_list_schema(model: Model, schema: Schema, shape: Shape) -> Schema | None:
    """Return the schema of an entity in role lists, with its count; None if it has no role list."""
    for field in shape.fields:
        if isinstance(field.derived, RoleCount):
            properties = schema["properties"] | {field.name: field_schema(model, shape, field)}
            return {**schema, "properties": properties, "required": [*schema["required"], field.name]}
    return None


def _lists(model: Model, schemas: Mapping[str, Schema]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the schema name of each kind of list, its label, and the schema names of its items."""
    for shape in model.entities:
        label = model.ontology.labels(shape.collection)["en"]
        for suffix, list_label in (("", label), ("ByRole", f"{label} by role")):
            stem = shape.name + suffix
            if f"{stem}Item" in schemas:
                yield f"{stem}List", list_label, [f"{stem}Item"]
                yield f"{stem}{SPARSE_SUFFIX}List", list_label, [f"{stem}{SPARSE_SUFFIX}"]
    yield SEARCH_LIST, "Search results", [f"{shape.name}Item" for shape in model.entities]


def _list_schema(model: Model, label: str, item_names: list[str]) -> Schema:
    collection = describe(Collection)
    schema = object_schema(model, collection, collection.fields)
    alternatives = [schema_reference(name) for name in item_names]
    item = alternatives[0] if len(alternatives) == 1 else {"oneOf": alternatives}
    schema["properties"]["items"] = {"type": "array", "items": item}
    return {"description": f"{label}: a page of the list.", **schema}
