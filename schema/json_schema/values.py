"""JSON Schema of single values, as they stand in answers."""

from typing import Any

from msgspec import Meta

from schema.declaration.annotations import Computed, DerivedAlongLinks
from schema.declaration.datatypes import (
    LANGUAGE_TAG,
    Decimal,
    Duration,
    Iri,
    Kind,
    Money,
    PartialDate,
    Prose,
    Slug,
    Text,
    Texts,
)
from schema.declaration.shapes import Field
from schema.declaration.type_hints import parse_hint, value_limits

Schema = dict[str, Any]

_LIMITS = {
    "pattern": "pattern",
    "min_length": "minLength",
    "max_length": "maxLength",
    "ge": "minimum",
    "le": "maximum",
}

_FORMATS = {Kind.DAY: "date", Kind.INSTANT: "date-time", Kind.IRI: "iri"}

_NAMED = {
    "Id": (Slug, "What tells a thing from its like: small letters, digits and hyphens."),
    "Iri": (Iri, "An http or https address, as written: its host need not be ASCII."),
    "Text": (Text, "One line in several languages: language tag (BCP 47) to text."),
    "Prose": (Prose, "A longer text in several languages: language tag (BCP 47) to text."),
    "Texts": (Texts, "Lines in several languages: language tag (BCP 47) to lines."),
    "PartialDate": (
        PartialDate,
        "A year, month, season (21 to 24) or day, as exactly as it is known (EDTF).",
    ),
    "Duration": (Duration, "Years, months and days (xsd:duration)."),
    "Decimal": (Decimal, "An exact number, as text."),
    "Money": (Money, "An exact amount of money, as text."),
}


def named_value_schemas() -> dict[str, Schema]:
    """Return the schemas of values that go by a name."""
    found = {name: {"description": said, **_NAMED_SCHEMAS[name]} for name, (_, said) in _NAMED.items()}
    # The address of a list says what was asked, so it can be longer than any that a record states.
    del found["Iri"]["maxLength"]
    return found


def value_schema(field: Field) -> Schema:
    """Return the schema of one value of a field that is neither a card nor a part."""
    # What follows from other fields keeps to their limits, and not to those of this one.
    leaf = Meta() if isinstance(field.derived, Computed | DerivedAlongLinks) else field.limits
    schema = _schema(field.kind, leaf)
    named = (name for name, other in _NAMED_SCHEMAS.items() if other == schema)
    return next((schema_reference(name) for name in named), schema)


def schema_reference(name: str) -> Schema:
    """Return what stands for a schema that goes by a name."""
    return {"$ref": f"#/components/schemas/{name}"}


def language_map_schema(value: Schema) -> Schema:
    """Return the schema of values by language."""
    tags = {"pattern": LANGUAGE_TAG, "maxLength": 35}
    return {"type": "object", "propertyNames": tags, "additionalProperties": value}


def _schema(kind: Kind, leaf: Meta) -> Schema:
    limits = {name: limit for key, name in _LIMITS.items() if (limit := getattr(leaf, key, None)) is not None}
    match kind:
        case Kind.INTEGER:
            return {"type": "integer", **limits}
        case Kind.TEXT:
            return language_map_schema({"type": "string", **limits})
        case Kind.TEXTS:
            texts = {"type": "array", "items": {"type": "string", **limits}, "minItems": 1}
            return language_map_schema(texts)
        case _:
            form = {"format": _FORMATS[kind]} if kind in _FORMATS else {}
            return {"type": "string", **form, **limits}


def _of_alias(alias: Any) -> Schema:
    hint = parse_hint(alias)
    kind = next((meta.extra["kind"] for meta in hint.all(Meta) if meta.extra), Kind.STRING)
    return _schema(kind, value_limits(str(alias), kind, hint))


_NAMED_SCHEMAS = {name: _of_alias(alias) for name, (alias, _) in _NAMED.items()}
