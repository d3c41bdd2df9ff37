"""JSON Schema of response variants: texts in one language, and documents with some of their fields."""

from collections.abc import Iterator, Mapping
from typing import Any

from schema.json_schema.values import Schema, schema_reference

LOCALIZED_PREFIX = "Localized"
"""Prefix of the name of a schema whose texts are in one language."""

PARTIAL_PREFIX = "Partial"
"""Prefix of the name of a schema whose fields may all be missing, and whose texts are of either form."""

ITEM_SUFFIX, LIST_SUFFIX = "Item", "List"
"""Suffixes of the names of the schemas of list items and of list pages."""

_VIEW = "PartialCollectionView"
_UNCONDITIONAL_FIELDS = ("id",)
"""The fields that documents and list items have in every variant."""

_STRING: Schema = {"type": "string"}
_STRINGS: Schema = {"type": "array", "items": _STRING}
_LOCALIZED_TEXTS: Mapping[str, Schema] = {"Text": _STRING, "Prose": _STRING, "Texts": _STRINGS}
"""The schema in one language of each schema component for texts."""

_ANY_TEXTS: Mapping[str, Schema] = {
    "AnyText": {
        "description": "A text: by language, or in one.",
        "anyOf": [schema_reference("Prose"), _STRING],
    },
    "AnyTexts": {
        "description": "Lines of text: by language, or in one.",
        "anyOf": [schema_reference("Texts"), _STRINGS],
    },
}

_FALLBACKS: Schema = {
    "fallbacks": {
        "description": "Texts in another language than the requested one: JSON Pointer to language tag.",
        "type": "object",
        "additionalProperties": {"type": "string"},
    }
}


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
        variants[LOCALIZED_PREFIX + name] = schema
    return variants


def partial_schemas(schemas: Mapping[str, Schema], root_names: set[str]) -> dict[str, Schema]:
    """Return variants that are valid for every selection of fields and for texts of either form.

    There is one for each schema of an object. That of a list item has the fields of the whole document as well.
    The description of a page, its `view`, is the same in every variant.
    """
    names = {name for name, schema in schemas.items() if "properties" in schema} - {_VIEW}
    variants: dict[str, Schema] = dict(_ANY_TEXTS)
    for name in sorted(names, key=lambda name: name.endswith(ITEM_SUFFIX)):
        partial_name = _partial_name(name)
        whole = variants.get(partial_name, {"properties": {}})
        fields = schemas[name]["properties"].items()
        properties = whole["properties"] | {field: _partial(schema, names) for field, schema in fields}
        if name in root_names:
            properties |= _FALLBACKS
        variants[partial_name] = {
            "description": f"Parts of: {schemas[name].get('description', name)}",
            "type": "object",
            "properties": properties,
            "required": _always_present(name, schemas[name], root_names),
        }
    return variants


def _partial_name(name: str) -> str:
    return PARTIAL_PREFIX + name.removesuffix(ITEM_SUFFIX)


def _always_present(name: str, schema: Schema, root_names: set[str]) -> list[str]:
    """Return the names of the fields that an object has in every variant."""
    if name.endswith(LIST_SUFFIX):
        return list(schema["required"])
    is_root = name in root_names or name.endswith(ITEM_SUFFIX)
    return [field for field in schema["required"] if is_root and field in _UNCONDITIONAL_FIELDS]


def _partial(schema: Schema, names: set[str]) -> Schema:
    """Return a value's schema without description, with texts of either form, and with references to variants."""
    if (text := _localized_text(schema)) is not None:
        return schema_reference("AnyText" if text["type"] == "string" else "AnyTexts")
    if "$ref" in schema:
        name = _reference_name(schema)
        return schema_reference(_partial_name(name) if name in names else name)
    partial = {key: value for key, value in schema.items() if key != "description"}
    if "items" in schema:
        partial["items"] = _partial(schema["items"], names)
    for key in schema.keys() & {"anyOf", "oneOf"}:
        partial[key] = [_partial(alternative, names) for alternative in schema[key]]
    return partial


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
        yield _reference_name(value)


def _reference_name(value: Mapping[str, Any]) -> str:
    name: str = value["$ref"].rpartition("/")[2]
    return name


def _children(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _has_texts(value: Any) -> bool:
    return _localized_text(value) is not None or any(_has_texts(child) for child in _children(value))


def _localized_text(value: Any) -> Schema | None:
    """Return the schema in one language of a schema of texts by language; None for other schemas."""
    if not isinstance(value, dict):
        return None
    target = _reference_name(value) if isinstance(value.get("$ref"), str) else ""
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
    if isinstance(schema.get("$ref"), str) and (name := _reference_name(schema)) in names:
        schema["$ref"] = schema_reference(LOCALIZED_PREFIX + name)["$ref"]
    return schema
