"""What is answered, and the headers that every answer has."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from litestar.types import Send

from api.http.content_coding import (
    IDENTITY,
    Headers,
    apply_coding,
    encode_headers,
    encode_response,
    negotiate_coding,
    send_encoded,
)
from api.http.problems import MEDIA_TYPE, Problem
from api.http.request import Request

COMMON_HEADERS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag, Link",
    "x-content-type-options": "nosniff",
}
"""The headers of every answer."""

_MAY_BE_KEPT = (b"cache-control", b"no-cache")


class Response(NamedTuple):
    """An answer as it is before conditions and compression. The tag tells its bytes from all others."""

    status: int
    headers: Headers
    body: bytes = b""
    etag: str = ""


def response_headers(own: Mapping[str, str]) -> Headers:
    """Return the headers of an answer: its own, and those that every one has."""
    return encode_headers({**COMMON_HEADERS, **own})


def problem_response(problem: Problem, base: str, *, negotiated: bool = True) -> Response:
    """Return the answer that tells a problem; caches must not keep it."""
    own = {
        "content-type": MEDIA_TYPE,
        "cache-control": "no-store",
        "vary": vary_header(negotiated=negotiated),
    }
    return Response(problem.status, response_headers(own | dict(problem.headers)), problem.body(base))


def vary_header(*, negotiated: bool) -> str:
    """Return what an answer depends on besides its address."""
    return "Accept, Accept-Encoding" if negotiated else "Accept-Encoding"


async def send_response(request: Request, response: Response, send: Send) -> None:
    """Send an answer, or 304 if the client has it; HEAD gets the headers alone."""
    status, headers, body, tag = response
    answer, coding = encode_response(tag, headers, body), negotiate_coding(request.header(b"accept-encoding"))
    if coding is not IDENTITY:
        answer = await apply_coding(answer, coding)
    if request.cache_response and status == HTTPStatus.OK and _MAY_BE_KEPT in headers:
        request.cache_response(answer)
    await send_encoded(request.method, request.header(b"if-none-match"), status, answer, send)
