"""What can go wrong over HTTP: one class per problem, written as RFC 9457 says."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

import msgspec
from litestar.exceptions import HTTPException

_log = logging.getLogger("tikls")

MEDIA_TYPE = "application/problem+json"

NOT_FOUND_DETAIL = "There is nothing here; the entry point, /, shows what there is."


class Problem(Exception):
    """A problem that the client receives. `code` is the last segment of its `type`, `title` the same for all."""

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, detail: str, headers: Mapping[str, str] | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = headers or {}
        self.members = members

    def body(self, base: str) -> bytes:
        """Return the problem document."""
        return msgspec.json.encode(
            {
                "type": f"{base}/problems/{self.code}",
                "title": self.title,
                "status": self.status,
                "detail": self.detail,
                **self.members,
            }
        )


class NotFound(Problem):
    """There is nothing at this address."""

    status = 404
    code = "not-found"
    title = "There is nothing at this address"


class Gone(Problem):
    """There was something at this address, and it was withdrawn."""

    status = 410
    code = "gone"
    title = "There was something at this address, and it was withdrawn"


class BadHost(Problem):
    """A request needs exactly one Host."""

    status = 400
    code = "bad-host"
    title = "A request needs exactly one Host"


class BadQuery(Problem):
    """The query cannot be read."""

    status = 400
    code = "bad-query"
    title = "The query cannot be read"


class UnknownParameter(Problem):
    """A parameter is not known here."""

    status = 400
    code = "unknown-parameter"
    title = "A parameter is not known here"


class BadParameter(Problem):
    """A parameter has a value that it cannot have."""

    status = 400
    code = "bad-parameter"
    title = "A parameter has a value that it cannot have"


class MethodNotAllowed(Problem):
    """The address does not take that method."""

    status = 405
    code = "method-not-allowed"
    title = "The address does not take that method"


class NotAcceptable(Problem):
    """None of the formats that were asked for is to be had here."""

    status = 406
    code = "not-acceptable"
    title = "None of the formats that were asked for is to be had here"


class ContentTooLarge(Problem):
    """The address takes no content."""

    status = 413
    code = "content-too-large"
    title = "The address takes no content"


class HeadersTooLarge(Problem):
    """The headers of the request are too large."""

    status = 431
    code = "headers-too-large"
    title = "The headers of the request are too large"


class UriTooLong(Problem):
    """The address is too long."""

    status = 414
    code = "uri-too-long"
    title = "The address is too long"


class Unavailable(Problem):
    """The service cannot answer just now."""

    status = 503
    code = "unavailable"
    title = "The service cannot answer just now"


class TooSlow(Problem):
    """The question takes too long to answer."""

    status = 503
    code = "too-slow"
    title = "The question takes too long to answer"


class InternalError(Problem):
    """Something went wrong here, and it is not the client's fault."""

    status = 500
    code = "internal-error"
    title = "Something went wrong here, and it is not the client's fault"


class BadRequest(Problem):
    """The request cannot be read."""

    status = 400
    code = "bad-request"
    title = "The request cannot be read"


def database_unavailable() -> Unavailable:
    """Return the problem of a database that cannot be asked now."""
    return Unavailable("The database does not answer; try again soon.", {"retry-after": "5"})


def query_timeout() -> TooSlow:
    """Return the problem of a question that took longer than it may."""
    return TooSlow(
        "Ask for less at once: fewer alternatives, a narrower country, funder or year, or a smaller limit."
    )


def problem_from(error: Exception) -> Problem:
    """Return what a client may know of an error; the rest is for the log."""
    match error:
        case Problem():
            return error
        case HTTPException(status_code=HTTPStatus.METHOD_NOT_ALLOWED):
            return MethodNotAllowed("This address takes GET, HEAD.", {"allow": "GET, HEAD"})
        case HTTPException(status_code=status) if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return BadRequest("The request cannot be read.")
        case _:
            _log.error("A request failed.", exc_info=error)
            return InternalError("The fault is noted; try again later.")


PROBLEMS: Mapping[str, type[Problem]] = {problem.code: problem for problem in Problem.__subclasses__()}
"""Every problem by name."""
