"""Problem details (RFC 9457): one class per problem type, with its status, code and title."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

import msgspec
from litestar.exceptions import HTTPException

_log = logging.getLogger("tikls")

MEDIA_TYPE = "application/problem+json"

NOT_FOUND_DETAIL = "There is nothing here. The entry point, /, links to everything."


class Problem(Exception):
    """An error with a problem document. `code` is the last segment of its `type`; `title` is the same for each."""

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
    """The record was withdrawn."""

    status = 410
    code = "gone"
    title = "The record was withdrawn"


class BadHost(Problem):
    """A request needs exactly one Host header."""

    status = 400
    code = "bad-host"
    title = "A request needs exactly one Host header"


class BadQuery(Problem):
    """The query cannot be parsed."""

    status = 400
    code = "bad-query"
    title = "The query cannot be parsed"


class UnknownParameter(Problem):
    """The parameter is unknown here."""

    status = 400
    code = "unknown-parameter"
    title = "The parameter is unknown here"


class BadParameter(Problem):
    """The parameter has an invalid value."""

    status = 400
    code = "bad-parameter"
    title = "The parameter has an invalid value"


class MethodNotAllowed(Problem):
    """The address does not take this method."""

    status = 405
    code = "method-not-allowed"
    title = "The address does not take this method"


class NotAcceptable(Problem):
    """None of the accepted formats is available here."""

    status = 406
    code = "not-acceptable"
    title = "None of the accepted formats is available here"


class ContentTooLarge(Problem):
    """The address takes no content."""

    status = 413
    code = "content-too-large"
    title = "The address takes no content"


class HeadersTooLarge(Problem):
    """The request headers are too large."""

    status = 431
    code = "headers-too-large"
    title = "The request headers are too large"


class UriTooLong(Problem):
    """The URL is too long."""

    status = 414
    code = "uri-too-long"
    title = "The URL is too long"


class Unavailable(Problem):
    """The service is unavailable."""

    status = 503
    code = "unavailable"
    title = "The service is unavailable"


class TooSlow(Problem):
    """The query takes too long."""

    status = 503
    code = "too-slow"
    title = "The query takes too long"


class InternalError(Problem):
    """An internal error occurred."""

    status = 500
    code = "internal-error"
    title = "An internal error occurred"


class BadRequest(Problem):
    """The request cannot be parsed."""

    status = 400
    code = "bad-request"
    title = "The request cannot be parsed"


def database_unavailable() -> Unavailable:
    """Return the problem of a database that cannot be reached."""
    return Unavailable("The database does not answer. Try again in a few seconds.", {"retry-after": "5"})


def query_timeout() -> TooSlow:
    """Return the problem of a query that exceeded the deadline."""
    return TooSlow("Narrow the query: fewer alternatives, one country, funder or year, or a smaller limit.")


def problem_from(error: Exception) -> Problem:
    """Return the problem of an error. Details of an internal error go to the log only."""
    match error:
        case Problem():
            return error
        case HTTPException(status_code=HTTPStatus.METHOD_NOT_ALLOWED):
            return MethodNotAllowed("This address takes GET, HEAD.", {"allow": "GET, HEAD"})
        case HTTPException(status_code=status) if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return BadRequest("The request cannot be parsed.")
        case _:
            _log.error("A request failed.", exc_info=error)
            return InternalError("The error was logged. Try again later.")


PROBLEMS: Mapping[str, type[Problem]] = {problem.code: problem for problem in Problem.__subclasses__()}
"""Every problem type by code."""
