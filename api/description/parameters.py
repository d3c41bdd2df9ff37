"""The parameters of requests in the OpenAPI document."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from api.reading.formats import FORMATS, HIGHLIGHT, PROFILE, Format, offered
from api.reading.languages import FALLBACK, LANGUAGE
from api.reading.table import SPREADSHEET
from schema.value_schema import Schema
from schema.values import TAG
from vocab.turtle import LANGUAGES

_OF_SHAPE: dict[str, tuple[str, Schema]] = {
    LANGUAGE: (
        (
            f"The language of texts, which are plain strings then; pages there are in {' and '.join(LANGUAGES)}, and "
            "RDF and JSON-LD have all languages all the same."
        ),
        {"type": "string", "pattern": TAG, "maxLength": 35},
    ),
    FALLBACK: (
        (
            "The languages of texts that are not there in the one that is asked for, the best first; `*` is any. "
            "`fallbacks` says where that was so. Without it such texts are left out."
        ),
        {"type": "array", "items": {"type": "string"}, "minItems": 1},
    ),
    HIGHLIGHT: (
        "Whether items show in `matches` where something was found. Of JSON and pages.",
        {"type": "string", "enum": ["true", "false"]},
    ),
    PROFILE: ("What the table is made for.", {"type": "string", "enum": [SPREADSHEET]}),
}


def parameter_components() -> dict[str, Schema]:
    """Return every parameter that several addresses take, by the name that it goes by here."""
    return {
        "format": _format(offered(to_list=False)),
        "format-of-list": _format(offered(to_list=True)),
        "limit": _limit(),
        "cursor": in_query(
            "cursor",
            "A place in the list, as an answer gave it in `view.next` or `view.previous`.",
            {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
        ),
        **{name: in_query(name, *_said(name)) for name in _OF_SHAPE},
        "If-None-Match": {
            "name": "If-None-Match",
            "in": "header",
            "description": "Tags (`ETag`) of what the client has: if it is still so, the answer is 304.",
            "schema": {"type": "string"},
        },
    }


def parameter_references(names: Iterable[str]) -> list[Schema]:
    """Return parameters, given the names that they go by."""
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def formats_parameters(shapes: Collection[str], *, to_list: bool) -> list[str]:
    """Return the names of the parameters that choose a format, or the shape of what it shows."""
    return ["format-of-list" if to_list else "format", *(name for name in _OF_SHAPE if name in shapes)]


def in_path(name: str, description: str, schema: Schema, example: str | int | None = None) -> Schema:
    """Return a parameter that is part of a path."""
    found = {"name": name, "in": "path", "required": True, "description": description, "schema": schema}
    return found | ({"example": example} if example is not None else {})


def _format(offers: Iterable[Format]) -> Schema:
    return in_query(
        "format",
        "The format of the answer, the same as a suffix and weaker than it; without both, `Accept` decides.",
        {"type": "string", "enum": [one.name for one in offers]},
    )


def _limit() -> Schema:
    formats: dict[tuple[int, int], list[str]] = defaultdict(list)
    for one in FORMATS:
        formats[one.limits.default, one.limits.most].append(one.name)
    said = [
        f"{', '.join(names)}: {default} unless asked, at most {most}."
        for (default, most), names in formats.items()
    ]
    most = max(one.limits.most for one in FORMATS)
    schema: Schema = {"type": "integer", "minimum": 1, "maximum": most}
    return in_query("limit", " ".join(["How many records a page has.", *said]), schema)


def _said(name: str) -> tuple[str, Schema]:
    """Return what a parameter of shape is for and its values, with the formats that take it."""
    description, schema = _OF_SHAPE[name]
    takes = ", ".join(one.name for one in FORMATS if name in one.parameters)
    return f"{description} Of {takes}.", schema


def in_query(name: str, description: str, schema: Schema) -> Schema:
    """Return a parameter that is part of the query; several values stand between commas."""
    found = {"name": name, "in": "query", "description": description, "schema": schema}
    several = {"style": "form", "explode": False} if schema["type"] == "array" else {}
    return found | several
