"""JSON Schema of answers that were asked for in another shape: with some fields only, in one language."""

from collections.abc import Iterator, Mapping
from typing import Any

from schema.json_schema.values import Schema, schema_reference

LOCALIZED_SUFFIX = "InLanguage"

SPARSE_SUFFIX = "Fields"
"""Behind the name of a schema, what that is called with some of its fields only."""

_ALWAYS = ("id", "uri", "type")

_LOCALISED: Mapping[str, Schema] = {
    "Text": {"type": "string"},
    "Prose": {"type": "string"},
    "Texts": {"type": "array", "items": {"type": "string"}},
}

_FALLBACKS: Schema = {
    "fallbacks": {
        "description": "Texts that are in another language than the one asked for: JSON Pointer to language.",
        "type": "object",
        "additionalProperties": {"type": "string"},
    }
}


def sparse_schema(schema: Schema) -> Schema:
    """Return the schema of a thing of whose fields only some were asked for."""
    required = [name for name in schema["required"] if name in _ALWAYS]
    return {**schema, "description": f"Some fields: {schema['description']}", "required": required}


def localized_schemas(schemas: Mapping[str, Schema], tops: set[str]) -> dict[str, Schema]:
    """Return the schemas that have texts in them once more, with those of one language in their place.

    `tops` are whole answers, which say where they fell back to another language.
    """
    texts = _having_texts(schemas)
    found = {}
    for name in texts:
        schema = _localised(schemas[name], texts)
        if name in tops:
            # A text that there is in none of the languages is left out.
            schema["properties"] |= _FALLBACKS
        found[name + LOCALIZED_SUFFIX] = schema
    return found


def _having_texts(schemas: Mapping[str, Schema]) -> set[str]:
    """Return the names of all schemas in which texts by language are, at any depth."""
    inside = {name: {*_references(schema)} for name, schema in schemas.items()}
    found = {name for name, schema in schemas.items() if name not in _LOCALISED and _has_texts(schema)}
    while more := {name for name, named in inside.items() if named & found} - found:
        found |= more
    return found


def _references(value: Any) -> Iterator[str]:
    for inner in _inner(value):
        yield from _references(inner)
    if isinstance(value, dict) and isinstance(value.get("$ref"), str):
        yield value["$ref"].rpartition("/")[2]


def _inner(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _has_texts(value: Any) -> bool:
    return _text(value) is not None or any(_has_texts(inner) for inner in _inner(value))


def _text(value: Any) -> Schema | None:
    """Return what stands for texts by language in one language, if a schema is that of such texts."""
    if not isinstance(value, dict):
        return None
    named = value.get("$ref", "").rpartition("/")[2] if isinstance(value.get("$ref"), str) else ""
    if named in _LOCALISED:
        return _LOCALISED[named]
    return value["additionalProperties"] if "propertyNames" in value else None


def _localised(value: Any, texts: set[str]) -> Any:
    if (text := _text(value)) is not None:
        kept = {"description": value["description"]} if "description" in value else {}
        return text | kept
    if isinstance(value, list):
        return [_localised(one, texts) for one in value]
    if not isinstance(value, dict):
        return value
    found = {key: _localised(one, texts) for key, one in value.items()}
    if isinstance(found.get("$ref"), str) and (name := found["$ref"].rpartition("/")[2]) in texts:
        found["$ref"] = schema_reference(name + LOCALIZED_SUFFIX)["$ref"]
    if "required" in found and "properties" in found:
        optional = {key for key, one in value["properties"].items() if _text(one) is not None}
        found["required"] = [name for name in found["required"] if name not in optional]
    return found
