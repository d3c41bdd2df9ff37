"""The endpoints of an installation, found by the path of a request."""

import re
from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace

from api.endpoints.endpoint import Endpoint, EndpointContext, EndpointRequest, Handler, PathParameter
from api.formats.messages import message
from api.http.language_parameters import normalize_languages
from api.http.link_value import link_value
from api.http.negotiation import best_media_type
from api.http.problems import NotAcceptable
from api.http.request import Request
from api.http.response import Response, last_modified_header
from api.store.queries.select_statements import read_moments
from api.store.readers.reader import Reader

HTML = "text/html"

Responder = Callable[[Reader], Awaitable[Response]]


@dataclass(frozen=True)
class _BoundEndpoint:
    """An endpoint with the handler and the path pattern of an installation."""

    endpoint: Endpoint
    handler: Handler
    parameters: tuple[PathParameter, ...]
    pattern: re.Pattern[str]

    def values(self, path: str) -> Mapping[str, str] | None:
        """Return the path parameters in a path, or None if it is another endpoint's."""
        match = self.pattern.fullmatch(path)
        if match is None:
            return None
        values = match.groupdict()
        for parameter in self.parameters:
            if parameter.values and values[parameter.name] not in parameter.values:
                return None
        return values

    def media_type(self, accept: str) -> str:
        """Return the media type of a response. Raise NotAcceptable if the client accepts none of them."""
        offers = list(self.endpoint.content)
        if not self.endpoint.is_negotiated:
            return offers[0]
        media_type = best_media_type(accept, offers)
        if media_type is None:
            raise NotAcceptable(message("media-types", names=", ".join(offers)), offers=offers)
        return media_type


class EndpointMatcher:
    """Finds the endpoint at a path, and keeps the responses that do not depend on content."""

    def __init__(self, context: EndpointContext) -> None:
        self._base = context.renderer.uris.base
        self._statements = context.statements
        self._endpoints = [*_bound(context)]
        self._responses: dict[Hashable, Response] = {}
        self.service_links = self._service_links()
        """The Link values of the entry point: the endpoints that have a relation."""

    def is_negotiated(self, path: str) -> bool | None:
        """Return True if responses at a path depend on Accept, None if no endpoint is there."""
        bound = next((one for one in self._endpoints if one.values(path) is not None), None)
        return bound.endpoint.is_negotiated if bound else None

    def responder(self, request: Request, accept: str) -> Responder | None:
        """Return the responder of a request target, or None if no endpoint is there. Raise a Problem."""
        for bound in self._endpoints:
            if (values := bound.values(request.path)) is not None:
                return self._responder(bound, request, values, accept)
        return None

    def page_parameters(self, path: str, accept: str) -> tuple[str, ...] | None:
        """Return the names of the query parameters of a page, or None if no endpoint answers HTML at a path.

        Raise NotAcceptable if an endpoint is there and the client accepts none of its media types.
        """
        bound = next((one for one in self._endpoints if one.values(path) is not None), None)
        return bound.endpoint.parameters if bound and bound.media_type(accept) == HTML else None

    def redirect(self, path: str) -> str | None:
        """Return the path of an endpoint that a path with one slash too many leads to, or None."""
        corrected = path.removesuffix("/")
        is_endpoint = corrected != path and self.is_negotiated(corrected) is not None
        return corrected if is_endpoint else None

    def _service_links(self) -> tuple[str, ...]:
        return tuple(
            link_value(f"{self._base}{row.path}", row.relation, next(iter(row.content)))
            for row in (bound.endpoint for bound in self._endpoints)
            if row.relation
        )

    def _responder(
        self, bound: _BoundEndpoint, request: Request, values: Mapping[str, str], accept: str
    ) -> Responder:
        media_type = bound.media_type(accept)
        parameters = normalize_languages(request.parameters(bound.endpoint.parameters))
        target = EndpointRequest(None, values, media_type, bound.endpoint.is_negotiated, parameters)

        async def current_response(reader: Reader) -> Response:
            if bound.endpoint.reads_database:
                return await bound.handler(replace(target, reader=reader))
            key = (request.path, media_type, *parameters.items())
            if key not in self._responses:
                self._responses[key] = await bound.handler(target)
            return self._responses[key]

        async def respond(reader: Reader) -> Response:
            response = await current_response(reader)
            served_at, fingerprint_at = await read_moments(reader, self._statements)
            modified = last_modified_header(served_at if bound.endpoint.reads_database else fingerprint_at)
            return response._replace(headers=(*response.headers, *modified))

        return respond


def _bound(context: EndpointContext) -> Iterator[_BoundEndpoint]:
    for endpoint in context.endpoints:
        if endpoint.create_handler:
            parameters = endpoint.path_parameters(context)
            handler = endpoint.create_handler(context)
            yield _BoundEndpoint(endpoint, handler, parameters, _pattern(endpoint.path, parameters))


def _pattern(path: str, parameters: tuple[PathParameter, ...]) -> re.Pattern[str]:
    pattern = re.escape(path)
    for parameter in parameters:
        group = f"(?P<{parameter.name}>{parameter.pattern})"
        pattern = pattern.replace(re.escape(f"{{{parameter.name}}}"), group)
    return re.compile(pattern)
