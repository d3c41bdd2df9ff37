"""The reading side: one ASGI mount, driven by the declarations."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache

from litestar.types import HTTPScope, Receive, Send

from api.endpoints.endpoint import Read, Singles
from api.endpoints.sitemap import Sitemaps
from api.endpoints.static_files import fixed
from api.formats.document import JsonDocument, RequestTarget
from api.formats.registry import FORMAT_OPTIONS, FORMATS_BY_NAME, Format, formats_for
from api.formats.serializers import Writer
from api.http.language import requested_languages
from api.http.negotiation import best_media_type
from api.http.parameters import FIELDS, INCLUDE
from api.http.problems import (
    BadParameter,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    Problem,
    UnknownParameter,
    database_unavailable,
    query_timeout,
)
from api.http.request import Request
from api.http.response import Response, problem_response, response_headers, send_response
from api.http.urls import UrlPath
from api.openapi.description import Description
from api.resources.representation import Representation
from api.resources.router import Router
from api.store.queries.select_statements import SelectStatements
from api.store.readers.reader import DatabaseUnavailableError, QueryTimeoutError, Reader
from schema.documents.renderer import Renderer
from schema.documents.static import static_documents
from schema.storage.tables import Tables

_log = logging.getLogger("tikls")

_MOST_KEPT, _LONGEST_KEPT = 500, 512
"""Addresses for which it is kept what they ask for, and the characters that each has at most, with its Accept."""

_METHODS = "GET, HEAD, OPTIONS"

Responder = Callable[[Reader, str], Awaitable[Response]]
"""What answers a request; where it is for any record, that for the one with an id."""


class Dispatcher:
    """Answers every public address of one installation. The reader is there while it serves."""

    def __init__(self, renderer: Renderer, tables: Tables) -> None:
        self.reader: Reader | None = None
        self._renderer = renderer
        self._base = renderer.uris.base
        self._writer = Writer(renderer)
        self._statements = SelectStatements(tables)
        self._pages = {path: JsonDocument.from_body(body) for path, body in static_documents(renderer)}
        self._places = Router(renderer, self._statements, self._pages)
        self._fixed = dict(fixed(renderer, self._writer))
        self.lists = self._places.collections
        self.description = Description(renderer, self._places, self._pages, self._fixed)
        self._kept = lru_cache(_MOST_KEPT)(self._found)
        self._singles: tuple[Singles, ...] = (self.description, Sitemaps(renderer, self._statements))

    async def __call__(self, scope: HTTPScope, _: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request.from_scope(scope)
        try:
            response = await self._answer(request)
        except DatabaseUnavailableError as error:
            _log.warning("The database does not answer: %r", error.__cause__)
            response = problem_response(database_unavailable(), self._base)
        except QueryTimeoutError:
            _log.warning("It took too long to answer %r.", f"{request.path}?{request.query}")
            response = problem_response(query_timeout(), self._base)
        except Problem as problem:
            is_single = request.path in self._fixed or self._single(request.path)
            negotiated = UrlPath.parse(request.path).suffix is None and not is_single
            response = problem_response(problem, self._base, negotiated=negotiated)
        await send_response(request, response, send)

    async def _answer(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return _preflight()
        if request.method not in ("GET", "HEAD"):
            message = f"This address takes {_METHODS}."
            raise MethodNotAllowed(message, {"allow": _METHODS})
        if fixed := self._fixed.get(request.path):
            request.parameters(())
            return fixed
        address, identifier = self._places.split(UrlPath.parse(request.path))
        accept = request.header(b"accept")
        is_short = len(request.path) + len(request.query) + len(accept) <= _LONGEST_KEPT
        find = self._kept if is_short else self._found
        answer = find(address, request.query, accept)
        return await answer(self._open_reader(), identifier)

    def _found(self, address: UrlPath, query: str, accept: bytes) -> Responder:
        """Return what answers at an address, or at that of any record. Raise a problem if nothing can."""
        request = Request("GET", address.url({}), query)
        if single := self._single(request.path):
            request.parameters(())
            return lambda reader, _: single(reader)
        if moved := self._places.redirect(address):
            return _moved(f"{self._base}{request.same_query_at(moved)}")
        resource = self._places.match(address)
        offers = formats_for(to_list=resource.is_list)
        of_formats = {name for one in offers for name in one.parameters} & resource.options
        known = (*resource.parameters, "format", *sorted(of_formats))
        given = request.parameters(known, {*resource.multivalued, FIELDS, INCLUDE})
        chosen = _format(accept.decode("latin-1"), address, given, offers)
        _check_parameters(given, chosen)
        reading = resource.prepare(given, chosen)
        return Representation(self._writer, resource, RequestTarget(address, given), chosen, reading).answer

    def _open_reader(self) -> Reader:
        if self.reader is None:
            raise database_unavailable()
        return self.reader

    def _single(self, path: str) -> Read | None:
        return next((read for one in self._singles if (read := one.at(path))), None)


def _moved(location: str) -> Responder:
    async def answer(_: Reader, __: str) -> Response:
        return Response(308, response_headers({"location": location}))

    return answer


def _format(accepted: str, address: UrlPath, given: Mapping[str, str], offers: Sequence[Format]) -> Format:
    """Return the format asked for: by suffix, then by name, then by Accept."""
    name, names = given.get("format"), [one.name for one in offers]
    if name is not None and name not in names:
        message = f"There is no format {name[:100]!r} here; there are {', '.join(names)}."
        raise BadParameter(message, parameter="format")
    if address.suffix is not None and address.suffix not in names:
        message = f"There is no {address.suffix} here; there are {', '.join(names)}."
        raise NotFound(message)
    if chosen := address.suffix or name:
        return FORMATS_BY_NAME[chosen]
    # Whoever gives a parameter gets a format that takes it, if one is welcome: links in pages have a language.
    special = given.keys() & FORMAT_OPTIONS
    able = [one.media_type for one in offers if special <= {*one.parameters}]
    by_media_type = {one.media_type: one for one in offers}
    liked = (best_media_type(accepted, able) if able else None) or best_media_type(accepted, [*by_media_type])
    if liked is None:
        message = f"There are {', '.join(by_media_type)}."
        raise NotAcceptable(message, offers=list(by_media_type))
    return by_media_type[liked]


def _check_parameters(given: Mapping[str, str], chosen: Format) -> None:
    """Raise UnknownParameter for one that belongs to other formats."""
    for name in sorted(given.keys() & FORMAT_OPTIONS - {*chosen.parameters}):
        takes = ", ".join(one.name for one in FORMATS_BY_NAME.values() if name in one.parameters)
        message = f"The parameter {name!r} is for {takes} only, and this is {chosen.name}."
        raise UnknownParameter(message, parameter=name)
    if not chosen.is_page:
        requested_languages(given)


def _preflight() -> Response:
    """Return the answer to a browser that asks whether it may ask (Fetch, section 3.2)."""
    allowed = {"access-control-allow-methods": _METHODS, "access-control-allow-headers": "*"}
    return Response(204, response_headers({"allow": _METHODS, "access-control-max-age": "86400", **allowed}))
