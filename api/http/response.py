"""The response: status, headers, body and ETag, and the headers that every response has."""

from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple

from litestar.types import Send

from api.http.content_coding import (
    IDENTITY,
    EncodedResponse,
    Headers,
    apply_coding,
    encode_headers,
    encode_response,
    encode_stored,
    negotiate_coding,
    send_encoded,
)
from api.http.problems import Problem
from api.http.request import Request
from api.store import zstd_frame

COMMON_HEADERS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag, Link, Retry-After",
    "x-content-type-options": "nosniff",
}
"""The headers of every response."""

IMMUTABLE = "public, max-age=31536000, immutable"
"""The Cache-Control of what never changes at its address (RFC 8246)."""


class Response(NamedTuple):
    """A response before conditional requests and content coding.

    The ETag is unquoted. It is empty if there is none: caches must not store the response then. A body that is stored
    as a zstd frame is in `frame` instead.
    """

    status: int
    headers: Headers
    body: bytes = b""
    etag: str = ""
    frame: bytes = b""


ProblemResponder = Callable[[Request, Problem], Response]
"""Returns the response to a problem, in the format and the language that the request prefers."""


def cache_control(max_age: int, stale_while_revalidate: int) -> str:
    """Return the Cache-Control of documents, given the seconds for which caches may use them fresh and stale (RFC 5861)."""
    if not max_age and not stale_while_revalidate:
        return "no-cache"
    stale = f", stale-while-revalidate={stale_while_revalidate}" if stale_while_revalidate else ""
    return f"max-age={max_age}{stale}"


def with_cache_control(response: Response, value: str) -> Response:
    """Return a response with a Cache-Control if caches may store it, and if it has none of its own."""
    if not response.etag or b"cache-control" in dict(response.headers):
        return response
    return response._replace(headers=(*response.headers, *encode_headers({"cache-control": value})))


def response_headers(own: Mapping[str, str]) -> Headers:
    """Return the headers of a response, with those of every response."""
    return encode_headers({**COMMON_HEADERS, **own})


@lru_cache(maxsize=1024)
def last_modified_header(instant: str) -> Headers:
    """Return the Last-Modified header of an instant in UTC, which is empty if it is unknown."""
    if not instant:
        return ()
    return encode_headers({"last-modified": format_datetime(datetime.fromisoformat(instant), usegmt=True)})


def vary_header(*, negotiated: bool) -> str:
    """Return the value of Vary: the request headers that select the representation."""
    return "Accept, Accept-Encoding" if negotiated else "Accept-Encoding"


async def encode_body(request: Request, response: Response) -> EncodedResponse:
    """Return a response in the negotiated content coding."""
    _, headers, body, etag, frame = response
    coding = negotiate_coding(request.header(b"accept-encoding"))
    if frame:
        if stored := encode_stored(etag, headers, frame, coding):
            return stored
        body = zstd_frame.decompress(frame)
    encoded = encode_response(etag, headers, body)
    return encoded if coding is IDENTITY else await apply_coding(encoded, coding)


async def send_response(request: Request, status: int, encoded: EncodedResponse, send: Send) -> None:
    """Send an encoded response and cache it, or send 304 if its ETag is in If-None-Match."""
    if request.cache_response and status == HTTPStatus.OK and encoded[0]:
        request.cache_response(encoded)
    await send_encoded(request.method, request.header(b"if-none-match"), status, encoded, send)
