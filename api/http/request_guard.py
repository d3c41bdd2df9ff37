"""The request guard: refuses malformed requests before routing, at every address."""

import re
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import unquote_to_bytes

from litestar.enums import ScopeType
from litestar.types import HTTPScope, Receive, Scope, Send

from api.http.problem_messages import message
from api.http.problems import (
    BadHost,
    BadRequest,
    ContentTooLarge,
    HeadersTooLarge,
    UriTooLong,
    nothing_here,
    problem_from,
)
from api.http.request import Request
from api.http.response import ProblemResponder, encode_body, send_response

HttpApp = Callable[[HTTPScope, Receive, Send], Coroutine[Any, Any, None]]

MAX_URL_LENGTH = 8_192

MAX_HEADER_BYTES = 16_384

_HOST = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+;=%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
"""RFC 3986, section 3.2.2, without the comma, which would join two Host headers."""

_PATH = re.compile(r"/|(?:/[A-Za-z0-9._~!$&'()*+,;=:@-]+)+/?")


class RequestGuard:
    """The ASGI application behind the budget of server time: it passes well-formed requests on, and answers errors."""

    def __init__(self, app: HttpApp, respond_to_problem: ProblemResponder) -> None:
        self._app = app
        self._respond_to_problem = respond_to_problem

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer with a problem."""
        if scope["type"] == ScopeType.WEBSOCKET:
            await send({"type": "websocket.close", "code": 1000, "reason": None})
            return
        request = Request.from_scope(scope)
        try:
            _check(request)
            await self._app(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - the one place where internal errors become responses
            response = self._respond_to_problem(request, problem_from(error))
            await send_response(request, response.status, await encode_body(request, response), send)


def _check(request: Request) -> None:
    if len(request.path) + len(request.query) > MAX_URL_LENGTH:
        raise UriTooLong(message("url-too-long", most=MAX_URL_LENGTH))
    if request.size > MAX_HEADER_BYTES:
        raise HeadersTooLarge(message("headers-too-large", most=MAX_HEADER_BYTES))
    if not _HOST.fullmatch(request.header(b"host").strip()):
        # RFC 9112, section 3.2. It is required and never used.
        raise BadHost(message("host"))
    _check_path(request.path)
    if request.method in ("GET", "HEAD") and _has_content(request):
        raise ContentTooLarge(message("content"), {"connection": "close"})


def _check_path(path: str) -> None:
    if _PATH.fullmatch(path):
        return
    decoded = unquote_to_bytes(path)
    try:
        is_text = "\0" not in decoded.decode()
    except UnicodeDecodeError:
        is_text = False
    if not is_text:
        raise BadRequest(message("path-not-utf-8"))
    raise nothing_here()


def _has_content(request: Request) -> bool:
    return request.header(b"content-length").strip(b"0") != b"" or b"transfer-encoding" in request.headers
