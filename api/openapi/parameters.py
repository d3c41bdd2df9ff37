"""The parameters of questions to lists in the OpenAPI document."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from api.formats.registry import FORMATS, Format, formats_for
from api.formats.table.csv import SPREADSHEET
from api.http.language import FALLBACK, LANGUAGE
from api.http.parameters import FIELDS, HIGHLIGHT, INCLUDE, PROFILE, SEARCH, SORT
from api.lists.query import ListQuerySpec, SearchSpec
from api.resources.embedding import includable_links, selectable_fields
from schema.declaration.datatypes import AUTHORITY_TABLES, DECIMAL, LANGUAGE_TAG, PARTIAL_DATE, Kind
from schema.declaration.shapes import Shape
from schema.index.fulltext import MAX_SEARCH_LENGTH
from schema.json_schema.values import Schema
from schema.query.parameters import DISJUNCTION, FilterParameter
from vocab.turtle import LANGUAGES

_FEW = 60

_WORD = "social"
"""Something to search for that is found in most networks, and may be in any."""

_WHAT: dict[Kind, str] = {
    Kind.LINK: "ids or IRIs",
    Kind.CONCEPT: "codes or IRIs",
    Kind.YEAR: "years of four digits; a record is found by every year in which it goes on",
    Kind.REGION: "NUTS codes or beginnings of such",
    Kind.STRING: "names of fields",
}

_EDGES: dict[Kind, tuple[str, str]] = {
    Kind.PARTIAL_DATE: (
        "A year, month, season or day (EDTF). What is known in part may lie in the range.",
        PARTIAL_DATE,
    ),
    Kind.DECIMAL: ("An amount.", DECIMAL),
    Kind.INSTANT: ("A day or a moment in UTC: records whose document changed since.", "^[0-9]{4}-"),
}


def question_parameters(asking: ListQuerySpec | SearchSpec) -> Iterator[Schema]:
    """Yield the parameters that say which records are wanted, and in which order."""
    if isinstance(asking, ListQuerySpec):
        yield from (_parameter(one) for one in asking.parameters.values())
        several = sorted(one.name for one in asking.parameters.values() if one.is_multivalued)
        said = (
            f"Conditions of which one must hold, each a parameter, a colon and a value: {', '.join(several)}."
        )
        yield _several(DISJUNCTION, said, {"type": "string"})
    said = 'Words to search for: all of them, "some in a row", or those that begin with some letters: inkub*.'
    search = in_query(SEARCH, said, {"type": "string", "minLength": 1, "maxLength": MAX_SEARCH_LENGTH})
    needed = {"required": True, "example": _WORD} if isinstance(asking, SearchSpec) else {}
    yield search | needed
    if isinstance(asking, ListQuerySpec):
        keys = [one for name in asking.sortable for one in (name, f"-{name}")]
        said = "What the list is put in order by; with a minus downwards. What is not known comes last."
        yield _several(SORT, said, {"type": "string", "enum": keys})


def shape_parameters(shape: Shape, *, to_list: bool) -> Iterator[Schema]:
    """Yield the parameters that name fields of an entity."""
    said = "The fields that are wanted; id, uri and type are always there."
    yield _several(FIELDS, said, {"type": "string", "enum": [*selectable_fields(shape, to_list=to_list)]})
    said = "The links whose targets are wanted as whole documents, in `included`. Not of tables and pages."
    yield _several(INCLUDE, said, {"type": "string", "enum": [*includable_links(shape)]})


def _parameter(one: FilterParameter) -> Schema:
    if one.range_end:
        said, pattern = _EDGES[one.kind]
        beside = f" Of those with the given {one.scoped_by}." if one.scoped_by else ""
        return in_query(one.name, said + beside, {"type": "string", "pattern": pattern})
    kind = (
        f"{AUTHORITY_TABLES[one.kind].name} codes or IRIs"
        if one.kind in AUTHORITY_TABLES
        else _WHAT[one.kind]
    )
    codes = f": {', '.join(one.codes)}" if 0 < len(one.codes) <= _FEW else ""
    said = f"One of some {kind}{codes}. With a minus before it: not that one."
    return _several(one.name, said, {"type": "string", "minLength": 1})


def _several(name: str, description: str, one: Schema) -> Schema:
    return in_query(name, description, {"type": "array", "items": one, "minItems": 1})


_OF_SHAPE: dict[str, tuple[str, Schema]] = {
    LANGUAGE: (
        (
            f"The language of texts, which are plain strings then; pages there are in {' and '.join(LANGUAGES)}, and "
            "RDF and JSON-LD have all languages all the same."
        ),
        {"type": "string", "pattern": LANGUAGE_TAG, "maxLength": 35},
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
        "format": _format(formats_for(to_list=False)),
        "format-of-list": _format(formats_for(to_list=True)),
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
        formats[one.limits.default, one.limits.maximum].append(one.name)
    said = [
        f"{', '.join(names)}: {default} unless asked, at most {most}."
        for (default, most), names in formats.items()
    ]
    most = max(one.limits.maximum for one in FORMATS)
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
