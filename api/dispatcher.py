"""The dispatcher: the ASGI application that answers every public address."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from litestar.types import HTTPScope, Receive, Send

from api.endpoints.endpoint import Endpoint, EndpointContext
from api.endpoints.endpoint_matcher import HTML, EndpointMatcher
from api.endpoints.registry import ENDPOINTS
from api.formats.document import JsonDocument, RequestTarget
from api.formats.format import Format, Formats, LinkContext, SerializerContext
from api.formats.messages import message
from api.formats.problem_renderer import ProblemRenderer
from api.formats.registry import FORMATS
from api.formats.serializers import serializer_version
from api.http.content_coding import EncodedResponse
from api.http.language_parameters import LANGUAGE, normalize_languages, page_language, requested_languages
from api.http.negotiation import best_media_type
from api.http.parameter_names import FIELDS, FORMAT, INCLUDE
from api.http.problems import (
    BadParameter,
    NotAcceptable,
    NotFound,
    Problem,
    UnknownParameter,
    database_unavailable,
    internal_error,
    method_not_allowed,
    query_timeout,
    too_many_queries,
)
from api.http.request import Request
from api.http.response import (
    Response,
    encode_body,
    response_headers,
    send_response,
    vary_header,
    with_cache_control,
)
from api.http.shape_parameter import is_plain
from api.http.url_path_and_format_suffix import UrlPath
from api.lists.page_reader import Paginator
from api.openapi.endpoints import OPENAPI_ENDPOINTS
from api.resources.collection import looked_up_values
from api.resources.record import RecordMovedError
from api.resources.representation import Representation
from api.resources.router import Router
from api.store.readers.reader import DatabaseUnavailableError, Reader, TooManyQueriesError
from api.store.record_index.index_snapshot import DamagedIndexError
from api.store.zstd_frame import DamagedDocumentError
from schema.declaration.messages import DEFAULT_LANGUAGE
from schema.documents.entry_point_and_vocabulary import static_documents
from schema.documents.renderer import Renderer

_log = logging.getLogger("tikls")
_MAX_CACHED_TARGETS, _MAX_CACHED_LENGTH = 500, 512
"""Request targets whose responders are cached, and the characters of the longest, with its Accept."""
_GRACE = 0.5
"""Seconds after the deadline of a query, in which the reader ends it in a way that keeps its connection."""
_METHODS = "GET, HEAD, OPTIONS"

Responder = Callable[[Reader, str], Awaitable[Response]]
"""Answers a request target; that of a record pattern takes the id."""

ALL_ENDPOINTS = (*ENDPOINTS, *OPENAPI_ENDPOINTS)


class ForeignParametersError(Exception):
    """The query of a page has parameters that other sites added; `query` is that without them."""

    def __init__(self, query: str) -> None:
        super().__init__(query)
        self.query = query


class Dispatcher:
    """Answers every public address of one installation. The reader is set while the application runs."""

    def __init__(
        self,
        renderer: Renderer,
        paginator: Paginator,
        formats: Sequence[Format] = FORMATS,
        endpoints: Sequence[Endpoint] = ALL_ENDPOINTS,
        cache_control: str = "no-cache",
    ) -> None:
        self.reader: Reader | None = None
        self.deadline: float | None = None
        """Seconds for the whole making of a response, without limit if None."""
        self._renderer = renderer
        self._base = renderer.uris.base
        self._cache_control = cache_control
        self._formats = Formats(formats)
        documents = {path: JsonDocument.from_body(body) for path, body in static_documents(renderer)}
        paths = [row.path for row in endpoints if "{" not in row.path]
        self.router = Router(renderer, paginator, documents, self._formats, paths)
        self.context = EndpointContext(
            renderer, paginator.statements, paginator.index, self._formats, self.router, tuple(endpoints)
        )
        self._endpoints = EndpointMatcher(self.context)
        serializer_context = SerializerContext(renderer, self._formats)
        serializer_version()  # Reads files, so not in the event loop later.
        self._serializers = {row.name: row.create_serializer(serializer_context) for row in self._formats}
        self.respond_to_problem = ProblemRenderer(renderer, self._formats, self._is_valid)
        self._cached_responder = lru_cache(_MAX_CACHED_TARGETS)(self._responder)

    async def __call__(self, scope: HTTPScope, _: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request.from_scope(scope)
        await self.answer(request, self._encoded_response(request), send)

    async def answer(
        self, request: Request, encoded_response: Awaitable[tuple[int, EncodedResponse]], send: Send
    ) -> None:
        """Send a status and a response that are made within the deadline, or the problem that prevents it."""
        try:
            async with asyncio.timeout(self.deadline and self.deadline + _GRACE):
                status, encoded = await encoded_response
        except DatabaseUnavailableError as error:
            _log.warning("The database is unavailable: %r", error.__cause__)
            status, encoded = await self._encoded_problem(request, database_unavailable())
        except TimeoutError:
            _log.warning("The query of %r timed out.", f"{request.path}?{request.query}")
            status, encoded = await self._encoded_problem(request, query_timeout())
        except TooManyQueriesError:
            status, encoded = await self._encoded_problem(request, too_many_queries())
        except (DamagedIndexError, DamagedDocumentError) as error:
            _log.error("The database is damaged: %s", error)
            status, encoded = await self._encoded_problem(request, internal_error())
        except Problem as problem:
            status, encoded = await self._encoded_problem(request, problem)
        await send_response(request, status, encoded, send)

    async def _encoded_response(self, request: Request) -> tuple[int, EncodedResponse]:
        response = with_cache_control(await self._response(request), self._cache_control)
        return response.status, await encode_body(request, response)

    async def _encoded_problem(self, request: Request, problem: Problem) -> tuple[int, EncodedResponse]:
        response = self.respond_to_problem(request, problem)
        return response.status, await encode_body(request, response)

    async def _response(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return _preflight()
        if request.method not in ("GET", "HEAD"):
            raise method_not_allowed(_METHODS)
        path, identifier = self.router.split(UrlPath.parse(request.path))
        accept = request.header(b"accept")
        is_short = len(request.path) + len(request.query) + len(accept) <= _MAX_CACHED_LENGTH
        responder = self._cached_responder if is_short else self._responder
        try:
            respond = responder(path, request.query, accept)
            return await respond(self._open_reader(), identifier)
        except RecordMovedError as moved:
            location = path.for_record(moved.identifier).url({})
            return _redirect(f"{self._base}{request.same_query_at(location)}")
        except ForeignParametersError as error:
            return self._cleaned(request, error.query)

    def _cleaned(self, request: Request, query: str) -> Response:
        """Return the redirect to the address of a request with another query. Its path works behind any host."""
        negotiated = UrlPath.parse(request.path).suffix not in self._formats.by_name
        path = urlsplit(self._base).path + request.path
        headers = {
            "location": f"{path}?{query}" if query else path,
            "cache-control": "no-store",
            "vary": vary_header(negotiated=negotiated),
        }
        return Response(302, response_headers(headers))

    def _responder(self, path: UrlPath, query: str, accept: bytes) -> Responder:
        """Return the responder of a request target, with `{id}` for the id of a record. Raise a Problem."""
        request = Request("GET", path.url({}), query)
        accept_text = accept.decode("latin-1")
        known = self._endpoints.page_parameters(request.path, accept_text)
        _check_foreign(request, known or (), is_page=known is not None)
        if respond := self._endpoints.responder(request, accept_text):
            return lambda reader, _: respond(reader)
        if location := self.router.redirect(path) or self._endpoints.redirect(request.path):
            response = _redirect(f"{self._base}{request.same_query_at(location)}")
            return lambda _, __: _completed(response)
        return self._representation(request, path, accept).respond

    def _representation(self, request: Request, path: UrlPath, accept: bytes) -> Representation:
        resource = self.router.match(path)
        offers = self._formats.applicable(resource.kind)
        options = {option for row in offers for option in row.options} & resource.options
        names = (*resource.parameters, FORMAT, *sorted(options))
        preferred = self._formats.preferred(path, request.query, accept.decode("latin-1"))
        _check_foreign(request, names, is_page=bool(preferred and preferred.is_page))
        parameters = normalize_languages(request.parameters(names, {*resource.multivalued, FIELDS, INCLUDE}))
        chosen = self._choose_format(accept.decode("latin-1"), path, parameters, offers)
        self._check_options(path, parameters, chosen)
        if path.language and not chosen.is_page:
            # The same as with `lang`, which the links of the response have.
            parameters |= {LANGUAGE: page_language(path.language, parameters, path.language)}
            path = path.with_suffix(chosen.name)
        context = LinkContext(
            self._renderer,
            self._formats,
            resource.kind,
            RequestTarget(path, parameters),
            resource.schema_url,
            self._endpoints.service_links,
        )
        load = resource.prepare(parameters, chosen)
        return Representation(context, chosen, self._serializers[chosen.name], load)

    def _choose_format(
        self, accept: str, path: UrlPath, parameters: Mapping[str, str], offers: Sequence[Format]
    ) -> Format:
        """Return the requested format: by suffix, else by `format=`, else by Accept. Raise a Problem."""
        requested, names = parameters.get(FORMAT), [row.name for row in offers]
        if requested is not None and requested not in names:
            detail = message("unknown-format", text=requested[:100], names=", ".join(names))
            raise BadParameter(detail, parameter=FORMAT)
        if path.suffix is not None and path.suffix not in names:
            raise NotFound(message("unknown-suffix", suffix=path.suffix, names=", ".join(names)))
        if name := path.suffix or requested:
            return self._formats.by_name[name]
        # A representation option selects a format that takes it, among those that the client accepts.
        options = parameters.keys() & self._formats.options
        taking = [row.media_type for row in offers if options <= {*row.options}]
        by_media_type = {row.media_type: row for row in offers}
        media_type = (best_media_type(accept, taking) if taking else None) or best_media_type(
            accept, [*by_media_type]
        )
        if media_type is None:
            offered = list(by_media_type)
            raise NotAcceptable(message("media-types", names=", ".join(offered)), offers=offered)
        return by_media_type[media_type]

    def _check_options(self, path: UrlPath, parameters: Mapping[str, str], chosen: Format) -> None:
        """Raise UnknownParameter for an option of other formats, BadParameter for an invalid language or shape."""
        for name in sorted(parameters.keys() & self._formats.options - {*chosen.options}):
            taking = ", ".join(self._formats.taking(name))
            detail = message("option-of-others", parameter=name, taking=taking, format=chosen.name)
            raise UnknownParameter(detail, parameter=name)
        if chosen.is_page:
            page_language(path.language, parameters, DEFAULT_LANGUAGE)
        else:
            requested_languages(parameters)
        is_plain(parameters)

    def _is_valid(self, path: str, query: str, word: str) -> bool:
        """Return True if a page is at an address, and a word is the only value that would be looked up."""
        split, _ = self.router.split(UrlPath.parse(path))
        try:
            self._responder(split, query, HTML.encode())
            return self._looked_up(split, query) <= {word}
        except (Problem, ForeignParametersError):
            return False

    def _looked_up(self, path: UrlPath, query: str) -> frozenset[str]:
        """Return the values in a valid query that only the data can refuse."""
        if self._endpoints.is_negotiated(path.url({})) is not None:
            return frozenset()
        parameters: dict[str, str] = {}
        for name, value in parse_qsl(query):
            parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
        return looked_up_values(self.router.match(path), parameters)

    def _open_reader(self) -> Reader:
        if self.reader is None:
            raise database_unavailable()
        return self.reader


def _check_foreign(request: Request, known: Collection[str], *, is_page: bool) -> None:
    """Raise ForeignParametersError if a page is requested with parameters that are not even near to known ones."""
    query = request.query_without_foreign_parameters(known) if is_page else request.query
    if query != request.query:
        raise ForeignParametersError(query)


async def _completed(response: Response) -> Response:
    return response


def _redirect(location: str) -> Response:
    """Return the permanent redirect to a URL; caches may store it, as no id is used again."""
    return Response(308, response_headers({"location": location}))


def _preflight() -> Response:
    """Return the response to a CORS preflight request (Fetch, section 3.2.2)."""
    allowed = {"access-control-allow-methods": _METHODS, "access-control-allow-headers": "*"}
    return Response(204, response_headers({"allow": _METHODS, "access-control-max-age": "86400", **allowed}))
