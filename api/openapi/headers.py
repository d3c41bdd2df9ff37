"""Response headers in the OpenAPI document."""

from collections.abc import Iterable

from api.formats.format import Formats
from api.http.content_coding import CODINGS
from api.http.response import COMMON_HEADERS, IMMUTABLE, vary_header
from schema.json_schema.values import Schema
from vocab.turtle_parser import LANGUAGES

_COMMON = [name.title() for name in COMMON_HEADERS]
PROBLEM_HEADERS = (*_COMMON, "Cache-Control-Of-Problems", "Content-Language", "Vary-Of-Problems")
"""The component names of the headers of every problem."""
CACHED_HEADERS = (*_COMMON, "ETag", "Last-Modified", "Cache-Control", "Vary")
"""The component names of the headers of every response that caches may store."""
UNCACHED_HEADERS = (*_COMMON, "Cache-Control-Of-Problems")
"""The component names of the headers of responses that caches may not store."""
REDIRECT_HEADERS = (*_COMMON, "Location")
"""The component names of the headers of every redirect."""
_ETAG: Schema = {"type": "string", "pattern": f'^"[0-9a-f]{{32}}(-({"|".join(CODINGS)}))?"$'}
_MAX_AGE = "max-age=[0-9]+(, stale-while-revalidate=[0-9]+)?"
_SECONDS: Schema = {"type": "string", "pattern": "^[0-9]+$"}


def header_components(formats: Formats) -> dict[str, Schema]:
    """Return every response header, by component name."""
    vary_values = [vary_header(negotiated=True), vary_header(negotiated=False)]
    headers = {
        **_caching_headers(),
        "Vary": _header("The request headers that select the representation.", {"enum": vary_values}),
        "Link": _header(
            "The other formats (`alternate`), the licence, the JSON-LD context, the schema (`describedby`), "
            "and the other pages of a list (`first`, `next`, `prev`); RFC 8288.",
            {"type": "string"},
        ),
        "Link-Of-Representations": _header(
            "As in the response with content, where that has it.", {"type": "string"}, required=False
        ),
        "Cache-Control-Of-Problems": _header("Caches must not store the response.", _constant("no-store")),
        "Vary-Of-Problems": _header(
            "The request headers that select the representation.", {"enum": vary_values}, required=False
        ),
        "Content-Language": _header("The language of the problem.", {"enum": sorted(LANGUAGES)}),
        "Allow": _header("The methods that the address takes.", {"type": "string"}),
        "Location": _header("Where the client is redirected to.", {"type": "string"}),
        "Retry-After": _header("The number of seconds to wait before a retry.", _SECONDS),
    }
    for name, value in COMMON_HEADERS.items():
        headers[name.title()] = _header("The same in every response.", _constant(value))
    for row in formats:
        for name, value in row.headers.items():
            headers[name.title()] = _header(f"Of {row.name} only.", _constant(value), required=False)
    return headers


def _caching_headers() -> dict[str, Schema]:
    """Return the headers by which caches revalidate and keep responses."""
    http_date = r"^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$"
    return {
        "ETag": _header("The entity tag of the representation, for `If-None-Match`.", _ETAG),
        "Last-Modified": _header(
            "When a commit or rebuild last changed the record, or any content of a list; of other documents, when "
            "the database was rebuilt for this version. `If-Modified-Since` is ignored.",
            {"type": "string", "pattern": http_date},
            required=False,
        ),
        "Cache-Control": _header(
            "Caches may store the response. They must revalidate it, unless the installation grants them some seconds "
            "or the address has a digest of the content.",
            {"type": "string", "pattern": f"^(no-cache|{_MAX_AGE}|{IMMUTABLE})$"},
        ),
    }


def header_references(names: Iterable[str]) -> dict[str, Schema]:
    """Return the headers of a response, given their component names."""
    return {
        name.partition("-Of-")[0]: {"$ref": f"#/components/headers/{name}"}
        for name in sorted(names, key=str.lower)
    }


def _header(description: str, schema: Schema, *, required: bool = True) -> Schema:
    return {"description": description, "required": required, "schema": schema}


def _constant(value: str) -> Schema:
    return {"type": "string", "const": value}
