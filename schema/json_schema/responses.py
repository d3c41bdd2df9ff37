"""JSON Schema of whole answers: documents and lists, in every shape that they can be asked for in."""

from collections.abc import Iterator, Mapping

from schema.declaration.annotations import RoleCount
from schema.declaration.shapes import Shape, describe
from schema.entities.role_lists import RoleList
from schema.entities.system import SYSTEM_TYPES, Collection
from schema.json_schema.documents import document_schemas, field_schema, object_schema
from schema.json_schema.values import Schema, schema_reference
from schema.json_schema.variants import LOCALIZED_SUFFIX, SPARSE_SUFFIX, localized_schemas, sparse_schema
from schema.model import Model

SEARCH_LIST = "SearchList"

_MATCH: Schema = {
    "description": "A text in which a search found something, as HTML with `mark` elements.",
    "type": "object",
    "properties": {
        "field": {"type": "string"},
        "language": {"type": "string"},
        "text": {"type": "string"},
    },
    "required": ["field", "text"],
}


def response_schemas(model: Model) -> dict[str, Schema]:
    """Return the schemas of all answers and of what they are made of, by name."""
    found = document_schemas(model)
    included = {
        "type": "array",
        "items": {"anyOf": [schema_reference(shape.name) for shape in model.entities]},
    }
    matches = {"type": "array", "items": schema_reference("Match"), "minItems": 1}
    for shape in model.entities:
        found[shape.name]["properties"]["included"] = included
        found[f"{shape.name}Item"]["properties"]["matches"] = matches
        some = sparse_schema(found[shape.name])
        found[shape.name + SPARSE_SUFFIX] = {**some, "properties": some["properties"] | {"matches": matches}}
        for kind in ("Item", SPARSE_SUFFIX):
            if by_role := _by_role(model, found[shape.name + kind], shape):
                found[f"{shape.name}ByRole{kind}"] = by_role
    for name, label, items in [*_lists(model, found)]:
        found[name] = _list(model, label, items)
        found[name]["properties"]["included"] = included
    found["Match"] = _MATCH
    frames = {describe(frame).name for frame in SYSTEM_TYPES}
    tops = {name for name in found if name.endswith(("List", SPARSE_SUFFIX))} | frames | {*model.by_name}
    return found | localized_schemas(found, tops)


def response_variants(schemas: Mapping[str, Schema], name: str, *, localised: bool) -> list[str]:
    """Return the names of the schemas of one answer: as it is, with some fields, and both in one language."""
    stem, is_list, _ = name.partition("List")
    names = [one for one in (name, f"{stem}{SPARSE_SUFFIX}{is_list}") if one in schemas]
    return [*names, *(one + LOCALIZED_SUFFIX for one in names)] if localised else names


def list_schema_name(entity: str, role: RoleList | None) -> str:
    """Return the name of the schema of a list."""
    return f"{entity}ByRoleList" if role else f"{entity}List"


def _by_role(model: Model, schema: Schema, shape: Shape) -> Schema | None:
    """Return what lists by role show of an entity, if there are such lists of it."""
    for field in shape.fields:
        if isinstance(field.derived, RoleCount):
            properties = schema["properties"] | {field.name: field_schema(model, shape, field)}
            return {**schema, "properties": properties, "required": [*schema["required"], field.name]}
    return None


def _lists(model: Model, schemas: Mapping[str, Schema]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the name of each list, what it is called, and the names of what is in it."""
    for shape in model.entities:
        label = model.ontology.labels(shape.collection)["en"]
        for role, said in (("", label), ("ByRole", f"{label} by role")):
            if f"{shape.name}{role}Item" in schemas:
                yield f"{shape.name}{role}List", said, [f"{shape.name}{role}Item"]
                yield f"{shape.name}{role}{SPARSE_SUFFIX}List", said, [f"{shape.name}{role}{SPARSE_SUFFIX}"]
    yield SEARCH_LIST, "What a search found", [f"{shape.name}Item" for shape in model.entities]


def _list(model: Model, label: str, items: list[str]) -> Schema:
    collection = describe(Collection)
    schema = object_schema(model, collection, collection.fields)
    arms = [schema_reference(name) for name in items]
    one = arms[0] if len(arms) == 1 else {"oneOf": arms}
    schema["properties"]["items"] = {"type": "array", "items": one}
    return {"description": f"{label}: a page of the list.", **schema}
