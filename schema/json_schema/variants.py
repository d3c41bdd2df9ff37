"""JSON Schema of response variants: sparse fieldsets, and texts in one language."""

from collections.abc import Iterator, Mapping
from typing import Any

from schema.json_schema.values import Schema, schema_reference

LOCALIZED_SUFFIX = "InLanguage"
"""Suffix of the name of a schema whose texts are in one language."""

SPARSE_SUFFIX = "Fields"
"""Suffix of the name of the schema of a sparse fieldset."""

_UNCONDITIONAL_FIELDS = ("id", "uri", "type")

_LOCALIZED_TEXTS: Mapping[str, Schema] = {
    "Text": {"type": "string"},
    "Prose": {"type": "string"},
    "Texts": {"type": "array", "items": {"type": "string"}},
}
"""The schema in one language of each schema component for texts."""

_FALLBACKS: Schema = {
    "fallbacks": {
        "description": "Texts in another language than the requested one: JSON Pointer to language tag.",
        "type": "object",
        "additionalProperties": {"type": "string"},
    }
}


def sparse_schema(schema: Schema) -> Schema:
    """Return the schema of an object that may lack any field but the identifying ones."""
    required = [name for name in schema["required"] if name in _UNCONDITIONAL_FIELDS]
    return {**schema, "description": f"Selected fields: {schema['description']}", "required": required}


def localized_schemas(schemas: Mapping[str, Schema], root_names: set[str]) -> dict[str, Schema]:
    """Return the variants in one language of all schemas that contain texts by language.

    `root_names` are the schemas of whole responses, which list the texts in a fallback language.
    """
    names = _names_with_texts(schemas)
    variants = {}
    for name in filter(names.__contains__, schemas):
        schema = _localized(schemas[name], names)
        if name in root_names:
            schema["properties"] |= _FALLBACKS
        variants[name + LOCALIZED_SUFFIX] = schema
    return variants


def _names_with_texts(schemas: Mapping[str, Schema]) -> set[str]:
    """Return the names of the schemas that contain texts by language, directly or by reference."""
    references = {name: {*_references(schema)} for name, schema in schemas.items()}
    names = {name for name, schema in schemas.items() if name not in _LOCALIZED_TEXTS and _has_texts(schema)}
    while added := {name for name, targets in references.items() if targets & names} - names:
        names |= added
    return names


def _references(value: Any) -> Iterator[str]:
    for child in _children(value):
        yield from _references(child)
    if isinstance(value, dict) and isinstance(value.get("$ref"), str):
        yield value["$ref"].rpartition("/")[2]


def _children(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _has_texts(value: Any) -> bool:
    return _localized_text(value) is not None or any(_has_texts(child) for child in _children(value))


def _localized_text(value: Any) -> Schema | None:
    """Return the schema in one language of a schema of texts by language; None for other schemas."""
    if not isinstance(value, dict):
        return None
    target = value.get("$ref", "").rpartition("/")[2] if isinstance(value.get("$ref"), str) else ""
    if target in _LOCALIZED_TEXTS:
        return _LOCALIZED_TEXTS[target]
    return value["additionalProperties"] if "propertyNames" in value else None


def _localized(value: Any, names: set[str]) -> Any:
    """Return a schema with its texts in one language, and references to the variants of `names`."""
    if (text := _localized_text(value)) is not None:
        description = {"description": value["description"]} if "description" in value else {}
        return text | description
    if isinstance(value, list):
        return [_localized(child, names) for child in value]
    if not isinstance(value, dict):
        return value
    schema = {key: _localized(child, names) for key, child in value.items()}
    if isinstance(schema.get("$ref"), str) and (name := schema["$ref"].rpartition("/")[2]) in names:
        schema["$ref"] = schema_reference(name + LOCALIZED_SUFFIX)["$ref"]
    if "required" in schema and "properties" in schema:
        # A text that exists in none of the requested languages is left out.
        optional = {key for key, child in value["properties"].items() if _localized_text(child) is not None}
        schema["required"] = [name for name in schema["required"] if name not in optional]
    return schema
