"""Addresses that have one representation, and no parameters."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from api.http.response import Response, response_headers, vary_header
from api.store.digests import digest
from api.store.readers.reader import Reader

Read = Callable[[Reader], Awaitable[Response]]


class Singles(Protocol):
    """Some such addresses, whose answers are made from what is public when they are asked for."""

    def at(self, path: str) -> Read | None:
        """Return what answers at a path, or None if the path is not among them."""


def alone(body: bytes, content_type: str, own: Mapping[str, str] | None = None) -> Response:
    """Return the answer of such an address."""
    alike = {"cache-control": "no-cache", "vary": vary_header(negotiated=False)}
    return Response(
        200, response_headers({"content-type": content_type, **alike, **(own or {})}), body, digest(body)
    )
