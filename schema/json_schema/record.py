"""JSON Schema of records: one schema per entity, for both sent and served documents."""

from typing import Any

import msgspec

from schema.declaration.datatypes import CARD_KINDS, Kind
from schema.declaration.shapes import Field, Shape
from vocab.uri_builder import Uris

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def record_schema(shape: Shape, uris: Uris) -> dict[str, Any]:
    """Return the JSON Schema of an entity.

    Derived fields are read-only and not required. A code may be replaced by a card: an object with
    that code as its `id`.
    """
    shapes = {part.name: part for part in _with_parts(shape)}
    _, definitions = msgspec.json.schema_components([shape.struct], ref_template="#/$defs/{name}")
    for name, definition_shape in shapes.items():
        _extend(definitions[name], definition_shape)
    return {
        "$schema": _DIALECT,
        "$id": uris.resolve(f"schemas/{shape.name.lower()}.json"),
        "$ref": f"#/$defs/{shape.name}",
        "$defs": definitions,
    }


def _extend(definition: dict[str, Any], shape: Shape) -> None:
    """Add the properties of served documents to the schema of sent ones, in place."""
    names = {field.name for field in shape.fields}
    properties = {name: schema for name, schema in definition["properties"].items() if name in names}
    definition["properties"] = properties
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
    alternatives = schema.get("anyOf", [schema])
    code, *null = [alternative for alternative in alternatives if alternative != {"type": "null"}] + [
        alternative for alternative in alternatives if alternative == {"type": "null"}
    ]
    return {"anyOf": [*_code_or_card(code)["anyOf"], *null]}


def _code_or_card(code: dict[str, Any]) -> dict[str, Any]:
    card = {"type": "object", "properties": {"id": code}, "required": ["id"]}
    return {"anyOf": [code, card]}


def _with_parts(shape: Shape) -> list[Shape]:
    parts = [field.part for field in shape.fields if field.part]
    return [shape, *(nested for part in parts for nested in _with_parts(part))]
