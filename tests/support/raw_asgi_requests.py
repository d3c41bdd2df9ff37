"""Requests sent to the ASGI application byte by byte, without a client library, and their responses."""

import asyncio
import gzip
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

import brotli
import pytest
import zstandard

from tests.support.site import Site


class RawRequest(NamedTuple):
    """A request byte by byte, with one Host by default."""

    target: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    method: str = "GET"
    body: bytes = b""
    hosts: tuple[bytes, ...] = (b"data.example.org",)

    @property
    def sent_headers(self) -> list[tuple[bytes, bytes]]:
        headers = [*((b"host", host) for host in self.hosts), *self.headers]
        if self.body and (b"transfer-encoding", b"chunked") not in headers:
            headers.append((b"content-length", str(len(self.body)).encode()))
        return headers


class RawResponse(NamedTuple):
    """A response: status, sorted headers without those of the moment or the connection, and body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def of(cls, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> "RawResponse":
        texts = [(name.decode().lower(), value.decode("latin-1")) for name, value in headers]
        stable = [header for header in texts if header[0] not in ("date", "server", "connection")]
        return cls(status, tuple(sorted(stable)), body)

    def header(self, name: str) -> str:
        return dict(self.headers).get(name, "")

    @property
    def content(self) -> bytes:
        return plain(self.body, self.header("content-encoding")) if self.body else b""


def plain(body: bytes, coding: str) -> bytes:
    """Return a body without its content coding."""
    match coding:
        case "":
            return body
        case "gzip":
            return gzip.decompress(body)
        case "br":
            return brotli.decompress(body)
        case "zstd":
            return zstandard.decompress(body)
        case _:
            pytest.fail(f"No request accepts the coding {coding!r}.")


def send_requests(
    site: Site, requests: Iterable[RawRequest], client: tuple[object, int] = ("127.0.0.1", 50_000)
) -> list[RawResponse]:
    """Send requests of a client in turn, and check each response against the OpenAPI document."""

    async def send_all() -> list[RawResponse]:
        return [await _send(site, request, client) for request in requests]

    return site.client.blocking_portal.call(send_all)


async def _send(site: Site, request: RawRequest, client: tuple[object, int]) -> RawResponse:
    path, _, query = request.target.partition(b"?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote_to_bytes(path).decode(errors="replace"),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": request.sent_headers,
        "client": client,
        "server": ("127.0.0.1", 8000),
        "extensions": {},
    }
    messages = []

    async def receive():
        if not request.body:
            return await asyncio.Event().wait()  # The client does not leave.
        pytest.fail(f"The content of {request.method} {path!r} was read.")

    async def send(message):
        messages.append(message)

    await site.client.app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in messages[1:])
    response = RawResponse.of(messages[0]["status"], messages[0]["headers"], body)
    target = request.target.decode("latin-1")
    site.client.described.check(
        request.method, target, response.status, dict(response.headers), response.content
    )
    return response
