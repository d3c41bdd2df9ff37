"""What a client asks, read from the bytes of its request."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, cast
from urllib.parse import parse_qsl

from litestar.types import HTTPScope

from api.http.content_coding import EncodedResponse
from api.http.problems import BadParameter, BadQuery, UnknownParameter

_READ = "tikls.request"
"""The key of a scope with the request that was read of it."""

_HEADERS = frozenset(
    {b"host", b"accept", b"accept-encoding", b"if-none-match", b"content-length", b"transfer-encoding"}
)
"""The headers that something depends on."""

MAX_PARAMETERS = 250
"""More than the values that one question may name, as each may be a parameter of its own."""


@dataclass(slots=True)
class Request:
    """A request. The path is as it was sent, still percent-encoded; all headers together have a size in bytes."""

    method: str
    path: str
    query: str
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    size: int = 0
    cache_response: Callable[[EncodedResponse], None] | None = None
    """Takes the whole answer, to be given once more to whoever asks the same."""

    @classmethod
    def from_scope(cls, scope: HTTPScope) -> "Request":
        """Return the request of an ASGI scope, which is read once."""
        kept = cast("dict[str, Any]", scope)
        if known := kept.get(_READ):
            return cast("Request", known)
        size = 0
        headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            size += len(name) + len(value)
            if name in _HEADERS:
                headers[name] = b"%b, %b" % (headers[name], value) if name in headers else value
        path = (scope.get("raw_path") or b"").partition(b"?")[0].decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        request = kept[_READ] = cls(scope["method"], path, query, headers, size)
        return request

    def header(self, name: bytes) -> bytes:
        """Return a header's values as one list."""
        return self.headers.get(name, b"")

    def same_query_at(self, path: str) -> str:
        """Return another path, asked in the same way."""
        return f"{path}?{self.query}" if self.query else path

    def parameters(self, known: Collection[str], several: Collection[str] = ()) -> dict[str, str]:
        """Return the query's parameters. Raise a problem for what is not known, empty or doubled.

        Of those that take several values, what is given twice is the same as with a comma between.
        """
        found: dict[str, str] = {}
        for name, value in self._pairs():
            if name not in known:
                raise _unknown(name, known)
            if name in found and name not in several:
                message = f"The parameter {name!r} is given twice; it can have one value."
                raise BadParameter(message, parameter=name)
            if not value:
                message = f"The parameter {name!r} is empty."
                raise BadParameter(message, parameter=name)
            found[name] = f"{found[name]},{value}" if name in found else value
        return found

    def _pairs(self) -> list[tuple[str, str]]:
        try:
            return parse_qsl(
                self.query, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS
            )
        except UnicodeDecodeError as error:
            message = "The query is not percent-encoded UTF-8."
            raise BadQuery(message) from error
        except ValueError as error:
            message = f"The query has more than {MAX_PARAMETERS} parameters."
            raise BadQuery(message) from error


def _unknown(name: str, known: Collection[str]) -> UnknownParameter:
    given = name if len(name) <= 100 else f"{name[:100]}…"  # noqa: PLR2004 - long enough to know it by
    near = get_close_matches(name, known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    there_are = ", ".join(sorted(known)) or "none"
    message = f"There is no parameter {given!r} here.{hint} Parameters: {there_are}."
    return UnknownParameter(message, parameter=given)
