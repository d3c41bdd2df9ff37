"""The headers of answers in the OpenAPI document."""

from collections.abc import Iterable

from api.formats.registry import FORMATS
from api.http.content_coding import CODINGS
from api.http.response import COMMON_HEADERS, vary_header
from schema.json_schema.values import Schema

_ALWAYS = [name.title() for name in COMMON_HEADERS]

PROBLEM_HEADERS = (*_ALWAYS, "Cache-Control-Of-Problems", "Vary-Of-Problems")
"""The headers of every problem, by the names that they go by here."""

_TAG: Schema = {"type": "string", "pattern": f'^"[0-9a-f]{{32}}(-({"|".join(CODINGS)}))?"$'}

_SECONDS: Schema = {"type": "string", "pattern": "^[0-9]+$"}

ANSWER_HEADERS = (*_ALWAYS, "ETag", "Cache-Control", "Vary")
"""The headers of every answer that may be kept."""


def header_components() -> dict[str, Schema]:
    """Return every header that an answer may have, by the name that it goes by here."""
    both = [vary_header(negotiated=True), vary_header(negotiated=False)]
    found = {
        "ETag": _header("What tells this representation from every other; for `If-None-Match`.", _TAG),
        "Cache-Control": _header("It may be kept, and must be asked about.", _constant("no-cache")),
        "Vary": _header("What the answer depends on besides its address.", {"enum": both}),
        "Link": _header(
            "The other formats (`alternate`), the licence, the JSON-LD context, the schema (`describedby`), "
            "and, of lists, the pages beside this one (`first`, `next`, `prev`); RFC 8288.",
            {"type": "string"},
        ),
        "Cache-Control-Of-Problems": _header("It must not be kept.", _constant("no-store")),
        "Vary-Of-Problems": _header("As of answers.", {"enum": both}, required=False),
        "Allow": _header("The methods that the address takes.", {"type": "string"}),
        "Location": _header("Where it is.", {"type": "string"}),
        "Retry-After": _header("How many seconds to wait, if waiting helps.", _SECONDS, required=False),
    }
    for name, value in COMMON_HEADERS.items():
        found[name.title()] = _header("The same with every answer.", _constant(value))
    for one in FORMATS:
        for name, value in one.headers.items():
            found[name.title()] = _header(f"Of {one.name} only.", _constant(value), required=False)
    return found


def header_references(names: Iterable[str]) -> dict[str, Schema]:
    """Return the headers of a response, given the names that they go by."""
    return {
        name.removesuffix("-Of-Problems"): {"$ref": f"#/components/headers/{name}"}
        for name in sorted(names, key=str.lower)
    }


def _header(description: str, schema: Schema, *, required: bool = True) -> Schema:
    return {"description": description, "required": required, "schema": schema}


def _constant(value: str) -> Schema:
    return {"type": "string", "const": value}
