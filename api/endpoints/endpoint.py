"""An endpoint: an address, or a family of them, that is no record, list or concept."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from litestar.handlers import HTTPRouteHandler

from api.formats.format import Formats
from api.http.response import Response, response_headers, vary_header
from api.resources.router import Router
from api.store.digests import digest
from api.store.queries.select_statements import SelectStatements
from api.store.readers.reader import Reader
from api.store.record_index.current_index import CurrentIndex
from schema.documents.renderer import Renderer


@dataclass(frozen=True)
class PathParameter:
    """A variable part of a path: one of some values, or any text that matches a pattern."""

    name: str
    description: str
    values: tuple[str, ...] = ()
    pattern: str = "[^/]*"
    schema: Mapping[str, Any] = field(default_factory=dict)
    """The OpenAPI schema, unless it follows from the values."""
    example: str | int = ""
    """The OpenAPI example: by default the first value."""


@dataclass(frozen=True)
class EndpointContext:
    """What handlers are built from: an installation, and the registries that it serves."""

    renderer: Renderer
    statements: SelectStatements
    index: CurrentIndex
    formats: Formats
    router: Router
    endpoints: "tuple[Endpoint, ...]"


@dataclass(frozen=True)
class EndpointRequest:
    """A request to an endpoint: the values of the path parameters and the negotiated media type.

    `reader` is None where the endpoint reads nothing from the database.
    """

    reader: Reader | None
    values: Mapping[str, str]
    media_type: str
    is_negotiated: bool
    parameters: Mapping[str, str] = field(default_factory=dict)
    """The query parameters, normalized."""

    @property
    def open_reader(self) -> Reader:
        """Return the reader of the database."""
        assert self.reader  # noqa: S101 - the dispatcher passes it where `reads_database` is set
        return self.reader

    def response(
        self, body: bytes, content_type: str = "", headers: Mapping[str, str] | None = None
    ) -> Response:
        """Return a response that caches may store and revalidate by its ETag."""
        common = {
            "content-type": content_type or self.media_type,
            "vary": vary_header(negotiated=self.is_negotiated),
        }
        return Response(200, response_headers({**common, **(headers or {})}), body, digest(body))


Handler = Callable[[EndpointRequest], Awaitable[Response]]
"""Answers a GET. Raises a Problem if there is nothing to answer with."""


def no_parameters(_: EndpointContext) -> tuple[PathParameter, ...]:
    """Return the path parameters of an endpoint with one address."""
    return ()


@dataclass(frozen=True)
class Endpoint:
    """A row of the registry. `path` may have `{parameters}`, which `path_parameters` describes."""

    path: str
    operation_id: str
    tag: str
    summary: str
    content: Mapping[str, Mapping[str, Any]]
    """Media type to OpenAPI media type object."""
    create_handler: Callable[[EndpointContext], Handler] | None = None
    """Builds the handler of an installation, once."""
    route: HTTPRouteHandler | None = None
    """The Litestar handler that answers instead, also while the database is unavailable."""
    path_parameters: Callable[[EndpointContext], tuple[PathParameter, ...]] = no_parameters
    parameters: tuple[str, ...] = ()
    """The names of the query parameters that it takes; they are components of the OpenAPI document."""
    reads_database: bool = False
    """Whether responses depend on content. All others are made once and kept."""
    headers: tuple[str, ...] = ()
    """Response headers beside those that every endpoint has."""
    is_negotiated: bool = False
    """Whether Accept chooses among the media types (RFC 9110, section 12.5.1); else the address decides."""
    relation: str = ""
    """The link relation by which the entry point links here; only for a path without parameters."""
