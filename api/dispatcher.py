"""The reading side: one ASGI mount, driven by the declarations."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache

from litestar.types import HTTPScope, Receive, Send

from api.endpoints.endpoint import Read, Singles
from api.endpoints.sitemap import Sitemaps
from api.endpoints.static_files import fixed
from api.formats.document import Asked, Document
from api.formats.registry import BY_NAME, OF_SOME_FORMATS, Format, offered
from api.formats.serializers import Writer
from api.http.language import languages
from api.http.negotiation import best
from api.http.parameters import FIELDS, INCLUDE
from api.http.problems import (
    BadParameter,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    Problem,
    UnknownParameter,
    away,
    too_slow,
)
from api.http.request import Request
from api.http.response import Response, headers, of_problem, send_response
from api.http.urls import Address
from api.openapi.description import Description
from api.resources.representation import Representation
from api.resources.router import Places
from api.store.queries.select_statements import Statements
from api.store.readers.reader import DatabaseAwayError, Reader, TooSlowError
from schema.documents.renderer import Renderer
from schema.documents.static import pages
from schema.storage.tables import Tables

_log = logging.getLogger("tikls")

_MOST_KEPT, _LONGEST_KEPT = 500, 512
"""Addresses for which it is kept what they ask for, and the characters that each has at most, with its Accept."""

_METHODS = "GET, HEAD, OPTIONS"

Answer = Callable[[Reader, str], Awaitable[Response]]
"""What answers a request; where it is for any record, that for the one with an id."""


class Mount:
    """Answers every public address of one installation. The reader is there while it serves."""

    def __init__(self, renderer: Renderer, tables: Tables) -> None:
        self.reader: Reader | None = None
        self._renderer = renderer
        self._base = renderer.addresses.base
        self._writer = Writer(renderer)
        self._statements = Statements(tables)
        self._pages = {path: Document.of(body) for path, body in pages(renderer)}
        self._places = Places(renderer, self._statements, self._pages)
        self._fixed = dict(fixed(renderer, self._writer))
        self.lists = self._places.lists
        self.description = Description(renderer, self._places, self._pages, self._fixed)
        self._kept = lru_cache(_MOST_KEPT)(self._found)
        self._singles: tuple[Singles, ...] = (self.description, Sitemaps(renderer, self._statements))

    async def __call__(self, scope: HTTPScope, _: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request.of(scope)
        try:
            response = await self._answer(request)
        except DatabaseAwayError as error:
            _log.warning("The database does not answer: %r", error.__cause__)
            response = of_problem(away(), self._base)
        except TooSlowError:
            _log.warning("It took too long to answer %r.", f"{request.path}?{request.query}")
            response = of_problem(too_slow(), self._base)
        except Problem as problem:
            is_single = request.path in self._fixed or self._single(request.path)
            negotiated = Address.of(request.path).suffix is None and not is_single
            response = of_problem(problem, self._base, negotiated=negotiated)
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
        address, identifier = self._places.parted(Address.of(request.path))
        accept = request.header(b"accept")
        is_short = len(request.path) + len(request.query) + len(accept) <= _LONGEST_KEPT
        find = self._kept if is_short else self._found
        answer = find(address, request.query, accept)
        return await answer(self._open_reader(), identifier)

    def _found(self, address: Address, query: str, accept: bytes) -> Answer:
        """Return what answers at an address, or at that of any record. Raise a problem if nothing can."""
        request = Request("GET", address.path({}), query)
        if single := self._single(request.path):
            request.parameters(())
            return lambda reader, _: single(reader)
        if moved := self._places.moved(address):
            return _moved(f"{self._base}{request.to(moved)}")
        resource = self._places.resource(address)
        offers = offered(to_list=resource.is_list)
        of_formats = {name for one in offers for name in one.parameters} & resource.shapes
        known = (*resource.parameters, "format", *sorted(of_formats))
        given = request.parameters(known, {*resource.several, FIELDS, INCLUDE})
        chosen = _format(accept.decode("latin-1"), address, given, offers)
        _check_parameters(given, chosen)
        reading = resource.asked(given, chosen)
        return Representation(self._writer, resource, Asked(address, given), chosen, reading).answer

    def _open_reader(self) -> Reader:
        if self.reader is None:
            raise away()
        return self.reader

    def _single(self, path: str) -> Read | None:
        return next((read for one in self._singles if (read := one.at(path))), None)


def _moved(location: str) -> Answer:
    async def answer(_: Reader, __: str) -> Response:
        return Response(308, headers({"location": location}))

    return answer


def _format(accepted: str, address: Address, given: Mapping[str, str], offers: Sequence[Format]) -> Format:
    """Return the format asked for: by suffix, then by name, then by Accept."""
    name, names = given.get("format"), [one.name for one in offers]
    if name is not None and name not in names:
        message = f"There is no format {name[:100]!r} here; there are {', '.join(names)}."
        raise BadParameter(message, parameter="format")
    if address.suffix is not None and address.suffix not in names:
        message = f"There is no {address.suffix} here; there are {', '.join(names)}."
        raise NotFound(message)
    if chosen := address.suffix or name:
        return BY_NAME[chosen]
    # Whoever gives a parameter gets a format that takes it, if one is welcome: links in pages have a language.
    special = given.keys() & OF_SOME_FORMATS
    able = [one.media_type for one in offers if special <= {*one.parameters}]
    by_media_type = {one.media_type: one for one in offers}
    liked = (best(accepted, able) if able else None) or best(accepted, [*by_media_type])
    if liked is None:
        message = f"There are {', '.join(by_media_type)}."
        raise NotAcceptable(message, offers=list(by_media_type))
    return by_media_type[liked]


def _check_parameters(given: Mapping[str, str], chosen: Format) -> None:
    """Raise UnknownParameter for one that belongs to other formats."""
    for name in sorted(given.keys() & OF_SOME_FORMATS - {*chosen.parameters}):
        takes = ", ".join(one.name for one in BY_NAME.values() if name in one.parameters)
        message = f"The parameter {name!r} is for {takes} only, and this is {chosen.name}."
        raise UnknownParameter(message, parameter=name)
    if not chosen.is_page:
        languages(given)


def _preflight() -> Response:
    """Return the answer to a browser that asks whether it may ask (Fetch, section 3.2)."""
    allowed = {"access-control-allow-methods": _METHODS, "access-control-allow-headers": "*"}
    return Response(204, headers({"allow": _METHODS, "access-control-max-age": "86400", **allowed}))
