"""HTTP messages of responses that are sent without the application: whole, in English, on connections that then close."""

from collections.abc import Mapping

from api.endpoints.health import ALIVE, livez
from api.http.problems import MEDIA_TYPE, Problem, starting
from api.http.response import COMMON_HEADERS

_LANGUAGE = "en"
"""The language of a response before the languages of a client were read."""


def problem_message(problem: Problem, base: str) -> bytes:
    """Return the HTTP response with a problem of status 503, below the base address of the installation."""
    headers = {"content-type": MEDIA_TYPE, "content-language": _LANGUAGE, **problem.headers}
    return _message("503 Service Unavailable", headers, problem.body(base, _LANGUAGE))


def startup_message(request_line: bytes, percent: int, base: str) -> bytes:
    """Return the HTTP response to a request during a start, of whose work a part is done."""
    method, _, target = request_line.partition(b" ")
    path = target.partition(b" ")[0].partition(b"?")[0].decode("latin-1")
    if path in livez.paths:
        response = _message("200 OK", {"content-type": "application/json"}, ALIVE)
    else:
        response = problem_message(starting(percent), base)
    header, end, _ = response.partition(b"\r\n\r\n")
    return header + end if method == b"HEAD" else response


def _message(status: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return an HTTP response that no cache stores."""
    fields = {
        **COMMON_HEADERS,
        **headers,
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "connection": "close",
    }
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
