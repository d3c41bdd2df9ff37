"""What can be asked of the service itself: how it is, what describes it, where everything is."""

from collections.abc import Iterator

from api.endpoints.sitemap import SITEMAP, names
from api.http.response import COMMON_HEADERS
from api.openapi.headers import ANSWER_HEADERS
from api.openapi.operation import MISSING, READING, SERVICE, Operation
from api.openapi.parameters import in_path
from schema.json_schema.values import Schema
from schema.model import Model

_XML = {"application/xml": {"schema": {"type": "string"}}}

_OPENAPI = {"type": "object", "additionalProperties": True}


def other_operations(model: Model) -> Iterator[Operation]:
    """Yield the operations on what has one representation, made when it is asked for."""
    yield _health("/livez", "getLiveness", "Whether the process answers", "alive")
    yield _health("/readyz", "getReadiness", "Whether reading works", "ready")
    yield Operation(
        path="/openapi.json",
        name="getOpenApi",
        tag=SERVICE,
        summary="This description",
        content={"application/json": {"schema": _OPENAPI}},
        problems=READING,
    )
    yield Operation(
        path="/docs",
        name="getDocumentation",
        tag=SERVICE,
        summary="This description as a page",
        content={"text/html": {"schema": {"type": "string"}}},
        headers=[*ANSWER_HEADERS, "Content-Security-Policy"],
        problems=READING,
    )
    yield from _sitemaps(model)


def _sitemaps(model: Model) -> Iterator[Operation]:
    yield Operation(
        path=SITEMAP,
        name="getSitemap",
        tag=SERVICE,
        summary="The sitemaps (sitemaps.org)",
        content=_XML,
        problems=READING,
    )
    collection: Schema = {"type": "string", "enum": [*names(model)]}
    number: Schema = {"type": "integer", "minimum": 1}
    yield Operation(
        path="/sitemaps/{collection}-{number}.xml",
        name="getSitemapPart",
        tag=SERVICE,
        summary="One of the sitemaps, with the addresses of documents and when they changed",
        content=_XML,
        in_path=[
            in_path("collection", "A collection, or all other pages.", collection, "pages"),
            in_path("number", "The number of the sitemap among those of the collection.", number, 1),
        ],
        problems=MISSING | READING,
    )


def _health(path: str, name: str, summary: str, status: str) -> Operation:
    value: Schema = {"type": "string", "const": status}
    schema = {"type": "object", "properties": {"status": value}, "required": ["status"]}
    return Operation(
        path=path,
        name=name,
        tag=SERVICE,
        summary=summary,
        content={"application/json": {"schema": schema, "example": {"status": status}}},
        headers=[*(header.title() for header in COMMON_HEADERS), "Cache-Control-Of-Problems"],
        problems=READING if path == "/readyz" else (),
        is_tagged=False,
    )
