"""JSON Schema of response bodies: records, list pages and search results, in all their variants."""

from collections.abc import Iterator, Mapping

from schema.declaration.annotations import RoleCount
from schema.declaration.shapes import describe
from schema.entities.hydra_owl_skos_types import SYSTEM_TYPES, Collection
from schema.entities.partner_and_funder_lists import ROLE_LISTS, RoleList
from schema.json_schema.document_components import document_schemas, field_schema, object_schema
from schema.json_schema.localized_and_partial_schemas import (
    ITEM_SUFFIX,
    LIST_SUFFIX,
    LOCALIZED_PREFIX,
    PARTIAL_PREFIX,
    localized_schemas,
    partial_schemas,
)
from schema.json_schema.values import Schema, schema_reference
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

_SUGGESTION: Schema = {
    "description": "A search like one that found nothing, with misspelled words replaced, and the list that it finds.",
    "type": "object",
    "properties": {"q": {"type": "string"}, "uri": {"type": "string", "format": "uri"}},
    "required": ["q", "uri"],
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
        schemas[shape.name + ITEM_SUFFIX]["properties"]["matches"] = matches
    members = {}
    for role in ROLE_LISTS.values():
        if role.entity in model.by_name:
            members[role.member] = _member_schema(model, schemas[role.entity], role)
            schemas[role.member + ITEM_SUFFIX] = _member_schema(
                model, schemas[role.entity + ITEM_SUFFIX], role
            )
    for name, label, item_names in [*_lists(model)]:
        schemas[name] = _list_schema(model, label, item_names)
        schemas[name]["properties"]["included"] = included
        schemas[name]["properties"]["suggestion"] = schema_reference("SearchSuggestion")
    system_names = {describe(type_).name for type_ in SYSTEM_TYPES}
    root_names = {*system_names, *model.by_name, *(name for name in schemas if name.endswith(LIST_SUFFIX))}
    variants = localized_schemas(schemas, root_names) | partial_schemas(schemas | members, root_names)
    return schemas | variants | {"Match": _MATCH, "SearchSuggestion": _SUGGESTION}


def response_variants(
    schemas: Mapping[str, Schema], name: str, *, localized: bool, partial: bool
) -> list[str]:
    """Return the names of the schemas of a response: as it is, and where there is one in a language, and in parts."""
    prefixes = ["", *([LOCALIZED_PREFIX] if localized else []), *([PARTIAL_PREFIX] if partial else [])]
    return [prefix + name for prefix in prefixes if prefix + name in schemas]


def list_schema_name(entity: str, role: RoleList | None) -> str:
    """Return the name of the schema of a list page."""
    return (role.member if role else entity) + LIST_SUFFIX


def _member_schema(model: Model, schema: Schema, role: RoleList) -> Schema:
    """Return the schema of an entity in a role list: with the count of its projects."""
    shape = model.by_name[role.entity]
    counts = [field for field in shape.fields if isinstance(field.derived, RoleCount)]
    properties = schema["properties"] | {field.name: field_schema(model, shape, field) for field in counts}
    return {
        **schema,
        "properties": properties,
        "required": [*schema["required"], *(field.name for field in counts)],
    }


def _lists(model: Model) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the schema name of each kind of list, its label, and the schema names of its items."""
    for shape in model.entities:
        label = model.ontology.labels(shape.collection)["en"]
        yield shape.name + LIST_SUFFIX, label, [shape.name + ITEM_SUFFIX]
    for role in ROLE_LISTS.values():
        if role.entity in model.by_name:
            label = model.ontology.labels(role.collection)["en"]
            yield role.member + LIST_SUFFIX, label, [role.member + ITEM_SUFFIX]
    yield SEARCH_LIST, "Search results", [shape.name + ITEM_SUFFIX for shape in model.entities]


def _list_schema(model: Model, label: str, item_names: list[str]) -> Schema:
    collection = describe(Collection)
    schema = object_schema(model, collection, collection.fields)
    alternatives = [schema_reference(name) for name in item_names]
    item = alternatives[0] if len(alternatives) == 1 else {"oneOf": alternatives}
    schema["properties"]["items"] = {"type": "array", "items": item}
    return {"description": f"{label}: a page of the list.", **schema}
