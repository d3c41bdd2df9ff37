"""What is answered, and the headers that every answer has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from litestar.types import Send

from api.problems import MEDIA_TYPE, Problem
from api.reading.ready import coded, coding_of, ready, send_ready
from api.reading.request import Request

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
    plain = ready(response.tag, {**ALWAYS, **response.headers}, response.body)
    answer = await coded(plain, coding_of(request.header("accept-encoding").encode("latin-1")))
    if request.keep and response.status == HTTPStatus.OK and response.headers["cache-control"] == "no-cache":
        request.keep(answer)
    condition = request.header("if-none-match").encode("latin-1")
    await send_ready(request.method, condition, response.status, answer, send)
