"""Requests and answers byte by byte, in process, where nothing stands between them and the application."""

import gzip
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

import brotli
import pytest
import zstandard

from tests.support.site import Site


class Ask(NamedTuple):
    """A request, byte by byte; it has one Host unless it says otherwise."""

    target: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    method: str = "GET"
    body: bytes = b""
    hosts: tuple[bytes, ...] = (b"data.example.org",)

    @property
    def sent_headers(self) -> list[tuple[bytes, bytes]]:
        found = [*((b"host", one) for one in self.hosts), *self.headers]
        if self.body and (b"transfer-encoding", b"chunked") not in found:
            found.append((b"content-length", str(len(self.body)).encode()))
        return found


class Answer(NamedTuple):
    """Everything an answer consists of, but for what belongs to the moment and the connection."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def of(cls, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> "Answer":
        named = [(name.decode().lower(), value.decode("latin-1")) for name, value in headers]
        kept = [one for one in named if one[0] not in ("date", "server", "connection")]
        return cls(status, tuple(sorted(kept)), body)

    def header(self, name: str) -> str:
        return dict(self.headers).get(name, "")

    @property
    def content(self) -> bytes:
        return plain(self.body, self.header("content-encoding")) if self.body else b""


def plain(body: bytes, coding: str) -> bytes:
    """Return what is in a body, decoded as its sender says."""
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
            pytest.fail(f"The coding {coding!r} was never asked for.")


def answers(site: Site, asks: Iterable[Ask]) -> list[Answer]:
    """Ask in turn, and hold every answer against its description."""

    async def in_turn() -> list[Answer]:
        return [await _answer(site, ask) for ask in asks]

    return site.client.blocking_portal.call(in_turn)


async def _answer(site: Site, ask: Ask) -> Answer:
    path, _, query = ask.target.partition(b"?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": ask.method,
        "scheme": "http",
        "path": unquote_to_bytes(path).decode(errors="replace"),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": ask.sent_headers,
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8000),
        "extensions": {},
    }
    sent = []

    async def receive():
        pytest.fail(f"The content of {ask.method} {path!r} was asked for.")

    async def send(message):
        sent.append(message)

    await site.client.app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    answer = Answer.of(sent[0]["status"], sent[0]["headers"], body)
    target = ask.target.decode("latin-1")
    site.client.described.check(ask.method, target, answer.status, dict(answer.headers), answer.content)
    return answer
