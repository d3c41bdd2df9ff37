"""The parameters of requests in the OpenAPI document."""

from collections import defaultdict
from collections.abc import Iterable

from api.reading.formats import FORMATS, Format, offered
from api.reading.table import SPREADSHEET
from schema.value_schema import Schema
from vocab.turtle import LANGUAGES

_OF_ONE_FORMAT: dict[str, tuple[str, Schema]] = {
    "lang": ("The language of the page.", {"type": "string", "enum": [*LANGUAGES]}),
    "profile": ("What the table is made for.", {"type": "string", "enum": [SPREADSHEET]}),
}


def parameter_components() -> dict[str, Schema]:
    """Return every parameter that several addresses take, by the name that it goes by here."""
    return {
        "format": _format(offered(to_list=False)),
        "format-of-list": _format(offered(to_list=True)),
        "limit": _limit(),
        "cursor": _query(
            "cursor",
            "A place in the list, as an answer gave it in `view.next` or `view.previous`.",
            {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
        ),
        **{name: _of_one_format(name, one) for one in FORMATS for name in one.parameters},
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


def formats_parameters(*, to_list: bool) -> list[str]:
    """Return the names of the parameters that choose a format, or belong to one."""
    own = [name for one in offered(to_list=to_list) for name in one.parameters]
    return ["format-of-list" if to_list else "format", *own]


def in_path(name: str, description: str, schema: Schema, example: str | int | None = None) -> Schema:
    """Return a parameter that is part of a path."""
    found = {"name": name, "in": "path", "required": True, "description": description, "schema": schema}
    return found | ({"example": example} if example is not None else {})


def _format(offers: Iterable[Format]) -> Schema:
    return _query(
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
    return _query("limit", " ".join(["How many records a page has.", *said]), schema)


def _of_one_format(name: str, of: Format) -> Schema:
    description, schema = _OF_ONE_FORMAT[name]
    return _query(name, f"{description} Of {of.name} only.", schema)


def _query(name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema}
