"""Sending an answer: conditions, compression, and the headers that every answer has."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field

from litestar.types import Send

from api.problems import MEDIA_TYPE, Problem
from api.reading.negotiation import accepts
from api.reading.request import Request

_SMALLEST_COMPRESSED = 400
ALWAYS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag, Link",
    "x-content-type-options": "nosniff",
}
"""The headers of every answer."""


@dataclass(frozen=True)
class Response:
    """An answer as it is before conditions and compression. The tag is the digest of its bytes."""

    status: int
    body: bytes = b""
    tag: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def of_problem(problem: Problem, base: str, *, negotiated: bool = True) -> Response:
    """Return the answer that tells a problem; caches must not keep it."""
    headers = {"content-type": MEDIA_TYPE, "cache-control": "no-store", "vary": vary(negotiated=negotiated)}
    return Response(problem.status, problem.body(base), headers=headers | dict(problem.headers))


def vary(*, negotiated: bool) -> str:
    """Return what an answer depends on besides its address."""
    return "Accept, Accept-Encoding" if negotiated else "Accept-Encoding"


async def send_response(request: Request, response: Response, send: Send) -> None:
    """Send an answer, or 304 if the client has it; HEAD gets the headers alone."""
    body, headers = response.body, {**ALWAYS, **response.headers}
    status = response.status
    coding = ""
    if len(body) >= _SMALLEST_COMPRESSED and accepts(request.header("accept-encoding"), "gzip"):
        body, coding = gzip.compress(body, 6, mtime=0), "gzip"
        headers["content-encoding"] = coding
    if response.tag:
        headers["etag"] = f'"{response.tag}-{coding}"' if coding else f'"{response.tag}"'
        if _matches(request.header("if-none-match"), headers["etag"]):
            status, body = 304, b""
            headers = {name: headers[name] for name in headers if not name.startswith("content-")}
    if status not in (204, 304):
        headers["content-length"] = str(len(body))
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        }
    )
    await send(
        {
            "type": "http.response.body",
            "body": b"" if request.method == "HEAD" else body,
            "more_body": False,
        }
    )


def _matches(condition: str, tag: str) -> bool:
    """Tell whether If-None-Match names a tag (RFC 9110, section 13.1.2)."""
    named = [one.strip().removeprefix("W/") for one in condition.split(",")]
    return tag in named or condition.strip() == "*"
