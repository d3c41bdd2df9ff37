"""The request: method, path, query and the headers that matter, parsed from an ASGI scope."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, cast
from urllib.parse import parse_qsl, quote, unquote_plus

from litestar.types import HTTPScope

from api.http.content_coding import EncodedResponse
from api.http.problem_messages import message
from api.http.problems import BadParameter, BadQuery, UnknownParameter
from schema.declaration.messages import Suggestion, hint

_SCOPE_KEY = "tikls.request"
"""The key of a scope under which its parsed request is stored."""
_HEADERS = frozenset(
    {
        b"host",
        b"accept",
        b"accept-encoding",
        b"if-none-match",
        b"content-length",
        b"transfer-encoding",
        b"x-forwarded-for",
    }
)
"""The headers that matter."""
_ASCII = bytes(range(128))
_MAX_QUOTED_LENGTH = 100
_MIN_BEGINNING = 4
_LIKENESS = 0.75
"""Names of parameters are short: below this ratio of difflib they have some letters in common, and no more."""
_MAX_FOREIGN_PARAMETERS = 20
"""More than tools add to a link; of each the nearest known name is searched."""
_CAMPAIGN = re.compile(r"(?:utm|mtm|pk|mc|mkt|fb|gad)_\w*|\w*cl?id")
"""The names of parameters by which campaigns and clicks are counted, such as utm_source: none is misspelt."""
MAX_PARAMETERS = 50
"""Query parameters of a request, repeated ones too."""


@dataclass(slots=True)
class Request:
    """A request. Path and query are percent-encoded; `size` is that of all headers in bytes."""

    method: str
    path: str
    query: str
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    size: int = 0
    cache_response: Callable[[EncodedResponse], None] | None = None
    """Stores the response in the response cache."""

    @classmethod
    def from_scope(cls, scope: HTTPScope) -> "Request":
        """Return the request of an ASGI scope, which is parsed once."""
        state = cast("dict[str, Any]", scope)
        if request := state.get(_SCOPE_KEY):
            return cast("Request", request)
        size = 0
        headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            size += len(name) + len(value)
            if name in _HEADERS:
                headers[name] = b"%b, %b" % (headers[name], value) if name in headers else value
        path = (scope.get("raw_path") or b"").partition(b"?")[0].decode("latin-1")
        query = _encode_query(scope["query_string"])
        parsed = state[_SCOPE_KEY] = cls(scope["method"], path, query, headers, size)
        return parsed

    def header(self, name: bytes) -> bytes:
        """Return the values of a header as one comma-separated list."""
        return self.headers.get(name, b"")

    def same_query_at(self, path: str) -> str:
        """Return another path with the query of this request."""
        return f"{path}?{self.query}" if self.query else path

    def parameters(self, known: Collection[str], multivalued: Collection[str] = ()) -> dict[str, str]:
        """Return the query parameters. Raise a Problem for an unknown, empty or repeated one.

        A repeated multivalued parameter equals one with commas.
        """
        parameters: dict[str, str] = {}
        for name, value in self._pairs():
            if name not in known:
                raise _unknown_parameter(name, known)
            if name in parameters and name not in multivalued:
                raise BadParameter(message("repeated-parameter", parameter=name), parameter=name)
            if not value:
                raise BadParameter(message("empty-parameter", parameter=name), parameter=name)
            parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
        return parameters

    def query_without_foreign_parameters(self, known: Collection[str]) -> str:
        """Return the query without the parameters that other sites add to links. Raise BadQuery if it is invalid.

        A name that is near to a known one stays, as it may be misspelt.
        """
        unknown = {name for name, _ in self._pairs() if name not in known}
        if not unknown or len(unknown) > _MAX_FOREIGN_PARAMETERS:
            return self.query
        foreign = {name for name in unknown if _CAMPAIGN.fullmatch(name) or not _nearest(name, known)}
        pairs = self.query.split("&")
        return "&".join(pair for pair in pairs if unquote_plus(pair.partition("=")[0]) not in foreign)

    def _pairs(self) -> list[tuple[str, str]]:
        try:
            return parse_qsl(
                self.query, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS
            )
        except UnicodeDecodeError as error:
            raise BadQuery(message("query-not-utf-8")) from error
        except ValueError as error:
            raise BadQuery(message("too-many-parameters", most=MAX_PARAMETERS)) from error


def _encode_query(query: bytes) -> str:
    """Return a query as ASCII; other bytes, which some clients send, are percent-encoded (RFC 3986, 2.1)."""
    return query.decode() if query.isascii() else quote(query, safe=_ASCII)


def _nearest(name: str, known: Collection[str]) -> tuple[str, ...]:
    """Return the known name that is closest to another, or that one of the two begins with, if there is one."""
    close = get_close_matches(name, known, n=1, cutoff=_LIKENESS)
    longer = (other for other in sorted(known) if _is_beginning(other, name) or _is_beginning(name, other))
    return tuple(close or [*longer][:1])


def _is_beginning(short: str, name: str) -> bool:
    return len(short) >= _MIN_BEGINNING and name.startswith(short)


def _unknown_parameter(name: str, known: Collection[str]) -> UnknownParameter:
    quoted = name if len(name) <= _MAX_QUOTED_LENGTH else f"{name[:_MAX_QUOTED_LENGTH]}…"
    matches = _nearest(name, known)
    choices = message("parameters" if known else "no-parameters", names=", ".join(sorted(known)))
    return UnknownParameter(
        message("unknown-parameter", parameter=quoted, hint=hint(*matches), choices=choices),
        suggestion=Suggestion(name, matches),
        parameter=quoted,
    )
