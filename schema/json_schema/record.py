"""JSON Schema: what a document of one entity may hold, when sent and when served."""

from typing import Any

import msgspec

from schema.declaration.datatypes import CARD_KINDS, Kind
from schema.declaration.shapes import Field, Shape
from vocab.uris import Uris

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def record_schema(shape: Shape, addresses: Uris) -> dict[str, Any]:
    """Return the schema of an entity's documents.

    One schema serves both ways: read-only keys are allowed and not required, and wherever there
    is a code there may be a card, an object with that code as its `id`.
    """
    shapes = {one.name: one for one in _with_parts(shape)}
    _, definitions = msgspec.json.schema_components([shape.struct], ref_template="#/$defs/{name}")
    for name, one in shapes.items():
        _open(definitions[name], one)
    return {
        "$schema": _DIALECT,
        "$id": addresses.resolve(f"schemas/{shape.name.lower()}.json"),
        "$ref": f"#/$defs/{shape.name}",
        "$defs": definitions,
    }


def _open(definition: dict[str, Any], shape: Shape) -> None:
    """Let in what is served besides what is sent."""
    properties = definition["properties"]
    properties["uri"] = {"type": "string", "format": "iri", "readOnly": True}
    properties["type"] = {"const": shape.name, "readOnly": True}
    for field in shape.fields:
        schema = properties.setdefault(field.name, {"type": "string", "format": "date"})
        if field.kind is Kind.COLLECTION_CARD:
            schema = properties[field.name] = {"type": "object", "required": ["uri", "type", "total"]}
        elif field.kind in CARD_KINDS:
            schema = properties[field.name] = _with_cards(schema, field)
        if field.derived:
            schema["readOnly"] = True
        schema.pop("default", None)


def _with_cards(schema: dict[str, Any], field: Field) -> dict[str, Any]:
    if field.is_list:
        return schema | {"items": _code_or_card(schema["items"])}
    arms = schema.get("anyOf", [schema])
    code, *null = [arm for arm in arms if arm != {"type": "null"}] + [
        arm for arm in arms if arm == {"type": "null"}
    ]
    return {"anyOf": [*_code_or_card(code)["anyOf"], *null]}


def _code_or_card(code: dict[str, Any]) -> dict[str, Any]:
    card = {"type": "object", "properties": {"id": code}, "required": ["id"]}
    return {"anyOf": [code, card]}


def _with_parts(shape: Shape) -> list[Shape]:
    inner = [field.part for field in shape.fields if field.part]
    return [shape, *(found for part in inner for found in _with_parts(part))]
