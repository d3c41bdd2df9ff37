"""JSON Schema of scalar values and of texts by language."""

from typing import Any

from msgspec import Meta

from schema.declaration.annotations import Computed, DerivedAlongLinks, Label
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
"""A JSON Schema (draft 2020-12) as an object."""

_KEYWORDS = {
    "pattern": "pattern",
    "min_length": "minLength",
    "max_length": "maxLength",
    "ge": "minimum",
    "le": "maximum",
}
"""JSON Schema keywords by the attributes of `msgspec.Meta`."""

_FORMATS = {Kind.DAY: "date", Kind.INSTANT: "date-time", Kind.IRI: "iri"}

_NAMED_TYPES = {
    "Id": (Slug, "An identifier: lower-case letters and digits, joined by single hyphens."),
    "Iri": (Iri, "An http or https IRI, as written: its host may contain non-ASCII characters."),
    "Text": (Text, "A line of text in several languages: language tag (BCP 47) to text."),
    "Prose": (Prose, "A longer text in several languages: language tag (BCP 47) to text."),
    "Texts": (Texts, "Lines of text in several languages: language tag (BCP 47) to lines."),
    "PartialDate": (
        PartialDate,
        (
            "A year, month, season (21 to 24) or day, as precise as it is known, or one of two dates of equal "
            "precision, the earlier one first, such as [2018-03,2018-04] (EDTF)."
        ),
    ),
    "Duration": (Duration, "A duration in years, months and days (xsd:duration)."),
    "Decimal": (Decimal, "An exact decimal number, as a string."),
    "Money": (Money, "An exact amount of money, as a string."),
}
"""Types with a schema component of their own: its name, the annotated type and the description."""


def named_value_schemas() -> dict[str, Schema]:
    """Return the schema components of values, by name."""
    schemas = {
        name: {"description": description, **_NAMED_SCHEMAS[name]}
        for name, (_, description) in _NAMED_TYPES.items()
    }
    # The URL of a list contains its query, so it may be longer than any IRI that a record states.
    del schemas["Iri"]["maxLength"]
    return schemas


def value_schema(field: Field) -> Schema:
    """Return the schema of one value of a field that holds neither cards nor parts."""
    # A derived value obeys the limits of the fields it comes from, not those of its own field.
    limits = Meta() if isinstance(field.derived, Computed | DerivedAlongLinks | Label) else field.limits
    schema = _schema(field.kind, limits)
    names = (name for name, other in _NAMED_SCHEMAS.items() if other == schema)
    return next((schema_reference(name) for name in names), schema)


def schema_reference(name: str) -> Schema:
    """Return a reference to a schema component."""
    return {"$ref": f"#/components/schemas/{name}"}


def language_map_schema(value: Schema) -> Schema:
    """Return the schema of an object from language tags to values."""
    tags = {"pattern": LANGUAGE_TAG, "maxLength": 35}
    return {"type": "object", "propertyNames": tags, "additionalProperties": value}


def _schema(kind: Kind, limits: Meta) -> Schema:
    keywords = {
        keyword: limit
        for attribute, keyword in _KEYWORDS.items()
        if (limit := getattr(limits, attribute, None)) is not None
    }
    match kind:
        case Kind.INTEGER:
            return {"type": "integer", **keywords}
        case Kind.BOOLEAN:
            return {"type": "boolean"}
        case Kind.TEXT:
            return language_map_schema({"type": "string", **keywords})
        case Kind.TEXTS:
            texts = {"type": "array", "items": {"type": "string", **keywords}, "minItems": 1}
            return language_map_schema(texts)
        case _:
            format_ = {"format": _FORMATS[kind]} if kind in _FORMATS else {}
            return {"type": "string", **format_, **keywords}


def _type_schema(annotated: Any) -> Schema:
    hint = parse_hint(annotated)
    kind = next((meta.extra["kind"] for meta in hint.all(Meta) if meta.extra), Kind.STRING)
    return _schema(kind, value_limits(str(annotated), kind, hint))


_NAMED_SCHEMAS = {name: _type_schema(annotated) for name, (annotated, _) in _NAMED_TYPES.items()}
