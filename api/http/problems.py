"""Problem details (RFC 9457): one class per problem type, with its status, code and title."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

import msgspec
from litestar.exceptions import HTTPException

from api.http.problem_messages import message
from schema.declaration.messages import LocalizedMessage, Suggestion, hint

_log = logging.getLogger("tikls")

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """An error with a problem document. `code` is the last segment of its `type`, and has one title.

    `suggestion` has the valid words nearest to an invalid one of the request: of a parameter, its values or the path.
    """

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[LocalizedMessage]
    explanation: ClassVar[LocalizedMessage]
    """The explanation of a problem in plain words, for readers of its page."""
    retry_after: ClassVar[int | None] = None
    """The number of seconds in Retry-After. Statuses that ask for a later attempt need it."""

    def __init_subclass__(cls) -> None:
        """Raise TypeError if the status asks for a later attempt, but nothing says when."""
        if (
            cls.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
            and not cls.retry_after
        ):
            error = f"{cls.__name__} has the status {cls.status:d}, but no `retry_after`"
            raise TypeError(error)

    def __init__(
        self,
        detail: LocalizedMessage,
        headers: Mapping[str, str] | None = None,
        suggestion: Suggestion | None = None,
        **members: Any,
    ) -> None:
        super().__init__(str(detail))
        self.detail = detail
        retry = {"retry-after": str(self.retry_after)} if self.retry_after else {}
        self.headers = {**retry, **(headers or {})}
        self.suggestion = suggestion
        self.members = members

    def body(self, base: str, language: str) -> bytes:
        """Return the problem document in a language."""
        return msgspec.json.encode(
            {
                "type": f"{base}/problems/{self.code}",
                "code": self.code,
                "title": self.title.text(language),
                "status": self.status,
                "detail": self.detail.text(language),
                **self.members,
            }
        )


class NotFound(Problem):
    """There is nothing at this address."""

    status = 404
    code = "not-found"
    title = LocalizedMessage({"en": "There is nothing at this address", "lv": "Šajā adresē nekā nav"})
    explanation = LocalizedMessage(
        {
            "en": "The link may be out of date, or the address may be mistyped.",
            "lv": "Iespējams, saite ir novecojusi vai adresē ieviesusies kļūda.",
        }
    )


class Gone(Problem):
    """The record was withdrawn."""

    status = 410
    code = "gone"
    title = LocalizedMessage({"en": "The record was withdrawn", "lv": "Ieraksts ir atsaukts"})
    explanation = LocalizedMessage(
        {
            "en": "This record was public, and was taken back.",
            "lv": "Šis ieraksts bija publicēts, bet ir atsaukts.",
        }
    )


class BadHost(Problem):
    """A request needs exactly one Host header."""

    status = 400
    code = "bad-host"
    title = LocalizedMessage(
        {
            "en": "A request needs exactly one Host header",
            "lv": "Pieprasījumā jābūt tieši vienai Host galvenei",
        }
    )
    explanation = LocalizedMessage(
        {
            "en": "The request was not sent as HTTP requires.",
            "lv": "Pieprasījums nav nosūtīts tā, kā to prasa HTTP.",
        }
    )


class BadQuery(Problem):
    """The query cannot be parsed."""

    status = 400
    code = "bad-query"
    title = LocalizedMessage({"en": "The query cannot be parsed", "lv": "Vaicājumu nevar nolasīt"})
    explanation = LocalizedMessage(
        {
            "en": "The part of the address after the question mark cannot be read.",
            "lv": "Adreses daļu aiz jautājuma zīmes nevar nolasīt.",
        }
    )


class UnknownParameter(Problem):
    """The parameter is unknown here."""

    status = 400
    code = "unknown-parameter"
    title = LocalizedMessage({"en": "The parameter is unknown here", "lv": "Šeit nav tāda parametra"})
    explanation = LocalizedMessage(
        {
            "en": "The address asks something that this page cannot answer.",
            "lv": "Adresē prasīts kaut kas tāds, uz ko šī lapa nevar atbildēt.",
        }
    )


class BadParameter(Problem):
    """The parameter has an invalid value."""

    status = 400
    code = "bad-parameter"
    title = LocalizedMessage(
        {"en": "The parameter has an invalid value", "lv": "Parametra vērtība nav derīga"}
    )
    explanation = LocalizedMessage(
        {
            "en": "A part of the address has a value that does not fit here.",
            "lv": "Vienai adreses daļai ir vērtība, kas šeit neder.",
        }
    )


class MethodNotAllowed(Problem):
    """The address does not take this method."""

    status = 405
    code = "method-not-allowed"
    title = LocalizedMessage(
        {"en": "The address does not take this method", "lv": "Adrese nepieņem šo metodi"}
    )
    explanation = LocalizedMessage(
        {"en": "This address can only be read.", "lv": "Šo adresi var tikai lasīt."}
    )


class NotAcceptable(Problem):
    """None of the accepted formats is available here."""

    status = 406
    code = "not-acceptable"
    title = LocalizedMessage(
        {
            "en": "None of the accepted formats is available here",
            "lv": "Šeit nav neviena no prasītajiem formātiem",
        }
    )
    explanation = LocalizedMessage(
        {
            "en": "The content is not available in the requested form.",
            "lv": "Saturs prasītajā veidā nav pieejams.",
        }
    )


class ContentTooLarge(Problem):
    """The address takes no content."""

    status = 413
    code = "content-too-large"
    title = LocalizedMessage({"en": "The address takes no content", "lv": "Adrese nepieņem saturu"})
    explanation = LocalizedMessage(
        {
            "en": "This address can only be read: nothing can be sent to it.",
            "lv": "Šo adresi var tikai lasīt: uz to neko nevar nosūtīt.",
        }
    )


class HeadersTooLarge(Problem):
    """The request headers are too large."""

    status = 431
    code = "headers-too-large"
    title = LocalizedMessage(
        {"en": "The request headers are too large", "lv": "Pieprasījuma galvenes ir pārāk lielas"}
    )
    explanation = LocalizedMessage(
        {
            "en": "The browser sent more than this site accepts. Deleting its cookies may help.",
            "lv": "Pārlūks nosūtīja vairāk, nekā šī vietne pieņem. Var palīdzēt sīkdatņu dzēšana.",
        }
    )


class UriTooLong(Problem):
    """The URL is too long."""

    status = 414
    code = "uri-too-long"
    title = LocalizedMessage({"en": "The URL is too long", "lv": "Adrese ir pārāk gara"})
    explanation = LocalizedMessage(
        {
            "en": "The address has more characters than this site accepts.",
            "lv": "Adresē ir vairāk rakstzīmju, nekā šī vietne pieņem.",
        }
    )


class Unavailable(Problem):
    """The service is unavailable."""

    status = 503
    code = "unavailable"
    retry_after = 5
    title = LocalizedMessage({"en": "The service is unavailable", "lv": "Pakalpojums pašlaik nav pieejams"})
    explanation = LocalizedMessage(
        {
            "en": "This is not your fault, and it should be over soon.",
            "lv": "Tā nav jūsu vaina, un tam drīz vajadzētu beigties.",
        }
    )


class TooSlow(Problem):
    """The query takes too long."""

    status = 503
    code = "too-slow"
    retry_after = 60
    title = LocalizedMessage({"en": "The query takes too long", "lv": "Vaicājums prasa pārāk ilgu laiku"})
    explanation = LocalizedMessage(
        {
            "en": "The answer would take too long. A narrower question helps.",
            "lv": "Atbilde prasītu pārāk ilgu laiku. Palīdzēs šaurāks vaicājums.",
        }
    )


class TooManyRequests(Problem):
    """Too many requests."""

    status = 429
    code = "too-many-requests"
    retry_after = 120
    title = LocalizedMessage({"en": "Too many requests", "lv": "Pārāk daudz pieprasījumu"})
    explanation = LocalizedMessage(
        {
            "en": "Too much was asked from your network in a short time. Please wait a little.",
            "lv": "No jūsu tīkla īsā laikā prasīts pārāk daudz. Lūdzu, nedaudz uzgaidiet.",
        }
    )


class InternalError(Problem):
    """An internal error occurred."""

    status = 500
    code = "internal-error"
    title = LocalizedMessage({"en": "An internal error occurred", "lv": "Notikusi iekšēja kļūda"})
    explanation = LocalizedMessage(
        {"en": "This is our fault, not yours.", "lv": "Tā ir mūsu vaina, nevis jūsu."}
    )


class BadRequest(Problem):
    """The request cannot be parsed."""

    status = 400
    code = "bad-request"
    title = LocalizedMessage({"en": "The request cannot be parsed", "lv": "Pieprasījumu nevar nolasīt"})
    explanation = LocalizedMessage(
        {"en": "The address or the request is damaged.", "lv": "Adrese vai pieprasījums ir bojāts."}
    )


def nothing_here(*nearest: str) -> NotFound:
    """Return the problem of an address where nothing is, given the paths that may be meant."""
    detail = message("nothing-here", choices=message("entry-point"), hint=hint(*nearest))
    return NotFound(detail, suggestion=Suggestion("", nearest))


def database_unavailable() -> Unavailable:
    """Return the problem of a database that cannot be reached."""
    return Unavailable(message("database-unavailable"))


def too_many_connections() -> Unavailable:
    """Return the problem of a worker whose connection slots are all taken."""
    return Unavailable(message("too-many-connections"), {"retry-after": "10"})


def starting(percent: int) -> Unavailable:
    """Return the problem of a server whose start makes the data ready, with the part that is done."""
    return Unavailable(message("starting", percent=percent), {"retry-after": "10"})


def query_timeout() -> TooSlow:
    """Return the problem of a query that exceeded the deadline."""
    return TooSlow(message("query-timeout"))


def too_many_queries() -> Unavailable:
    """Return the problem of a slow query that is refused at once, as too many wait."""
    return Unavailable(message("too-many-queries"))


def internal_error() -> InternalError:
    """Return the problem of an internal error, whose details go to the log only."""
    return InternalError(message("internal-error"))


def budget_spent(seconds: int, wait: int) -> TooManyRequests:
    """Return the problem of a peer that used all its server time, and may ask again after a number of seconds."""
    return TooManyRequests(message("budget-spent", seconds=seconds, wait=wait), {"retry-after": str(wait)})


def method_not_allowed(methods: str) -> MethodNotAllowed:
    """Return the problem of a method that an address does not take, given those that it takes."""
    return MethodNotAllowed(message("methods", methods=methods), {"allow": methods})


def problem_from(error: Exception) -> Problem:
    """Return the problem of an error."""
    match error:
        case Problem():
            return error
        case HTTPException(status_code=HTTPStatus.METHOD_NOT_ALLOWED):
            return method_not_allowed("GET, HEAD")
        case HTTPException(status_code=status) if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return BadRequest(message("not-a-request"))
        case _:
            _log.error("A request failed.", exc_info=error)
            return internal_error()


PROBLEMS: Mapping[str, type[Problem]] = {problem.code: problem for problem in Problem.__subclasses__()}
"""Every problem type by code."""
