"""JSON Schema of whole answers: documents and lists, in every shape that they can be asked for in."""

from collections.abc import Iterator

from schema.answer_schema import answer_schemas, field_schema, thing
from schema.answer_variants import IN_LANGUAGE, SOME, in_language, some_fields
from schema.declare import describe
from schema.frames import FRAMES, Collection
from schema.marks import ByRole
from schema.model import Model
from schema.roles import Role
from schema.value_schema import Schema, reference

SEARCH = "SearchList"
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


def answers(model: Model) -> dict[str, Schema]:
    """Return the schemas of all answers and of what they are made of, by name."""
    found = answer_schemas(model)
    included = {"type": "array", "items": {"anyOf": [reference(shape.name) for shape in model.entities]}}
    matches = {"type": "array", "items": reference("Match"), "minItems": 1}
    for shape in model.entities:
        found[shape.name]["properties"]["included"] = included
        found[f"{shape.name}Item"]["properties"]["matches"] = matches
        found[shape.name + SOME] = some_fields(found[shape.name])
        found[shape.name + SOME]["properties"] = found[shape.name]["properties"] | {"matches": matches}
        for kept in (f"{shape.name}Item", shape.name + SOME):
            found |= _by_role(model, found[kept], kept)
    for name, label, items in _lists(model):
        found[name] = _list(model, label, items)
        found[name]["properties"]["included"] = included
    found["Match"] = _MATCH
    frames = {describe(frame).name for frame in FRAMES}
    tops = {name for name in found if name.endswith(("List", SOME))} | frames
    return found | in_language(found, tops)


def shapes_of(model: Model, name: str, *, localised: bool) -> list[str]:
    """Return the names of the schemas that one answer may have, as it was asked for."""
    names = [name, f"{name}{SOME}"] if name in model.by_name else [name]
    return [*names, names[-1] + IN_LANGUAGE] if localised else names


def list_name(entity: str, role: Role | None) -> str:
    """Return the name of the schema of a list."""
    return f"{entity}ByRoleList" if role else f"{entity}List"


def _by_role(model: Model, schema: Schema, name: str) -> Iterator[tuple[str, Schema]]:
    """Yield what lists by role show of an entity, if it has such lists."""
    shape = next(one for one in model.entities if name.startswith(one.name))
    for field in shape.fields:
        if isinstance(field.derived, ByRole):
            properties = schema["properties"] | {field.name: field_schema(model, shape, field)}
            required = [*schema["required"], field.name]
            yield f"{name}ByRole", {**schema, "properties": properties, "required": required}


def _lists(model: Model) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the name of each list, what it is called, and the names of what is in it."""
    for shape in model.entities:
        items = [f"{shape.name}Item", shape.name + SOME]
        yield f"{shape.name}List", model.ontology.labels(shape.collection)["en"], items
        if any(isinstance(field.derived, ByRole) for field in shape.fields):
            yield f"{shape.name}ByRoleList", f"{shape.name}s by role", [f"{item}ByRole" for item in items]
    yield SEARCH, "What a search found", [f"{shape.name}Item" for shape in model.entities]


def _list(model: Model, label: str, items: list[str]) -> Schema:
    collection = describe(Collection)
    schema = thing(model, collection, collection.fields)
    arms = [reference(name) for name in items]
    schema["properties"]["items"] = {"type": "array", "items": {"anyOf": arms}}
    return {"description": f"{label}: a page of the list.", **schema}
