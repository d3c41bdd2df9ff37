"""The hostile door: whatever is sent, the right refusal, in process, over sockets, on both engines."""

import gc
import gzip
import json
import random
import re
import socket
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

import pytest
from conftest import BASE, FORMATS, KINDS, ROOT, Site, addresses, site_on
from test_serving import PATIENCE, Server, free_port, started

from api.loading import load

MEDIA = "application/problem+json"
INSIDE = re.compile(rb'Traceback|SELECT|sqlite|psycopg|asyncpg|sqlalchemy|File "|\.py\b|/home/|site-packages')
OF_THE_CONNECTION = {"date", "server", "connection"}
LARGE = 20 * 1024 * 1024


class Ask(NamedTuple):
    """A request, byte by byte; every one has one Host unless it says otherwise."""

    target: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    method: str = "GET"
    body: bytes = b""
    hosts: tuple[bytes, ...] = (b"data.example.org",)

    @property
    def fields(self) -> list[tuple[bytes, bytes]]:
        found = [*((b"host", one) for one in self.hosts), *self.headers, (b"connection", b"close")]
        is_chunked = any(name == b"transfer-encoding" for name, _ in self.headers)
        sized = [(b"content-length", str(len(self.body)).encode())] if self.body and not is_chunked else []
        return found + sized

    @property
    def bytes(self) -> bytes:
        lines = [b" ".join((self.method.encode(), self.target, b"HTTP/1.1"))]
        lines += [name + b": " + value for name, value in self.fields]
        return b"\r\n".join([*lines, b"", self.body])


class Answer(NamedTuple):
    """Everything an answer consists of, but for what belongs to the moment and the connection."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def of(cls, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> "Answer":
        named = ((name.decode().lower(), value.decode("latin-1")) for name, value in headers)
        return cls(status, tuple(sorted(one for one in named if one[0] not in OF_THE_CONNECTION)), body)

    @classmethod
    def parse(cls, raw: bytes) -> "Answer":
        head, _, body = raw.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        return cls.of(int(first.split(b" ")[1]), [tuple(one.split(b": ", 1)) for one in lines], body)

    def header(self, name: str) -> str:
        return dict(self.headers).get(name, "")


def answers(site: Site, asks: Iterable[Ask]) -> list[Answer]:
    """Ask in process, where nothing stands between the bytes and the application."""

    async def all_of_them() -> list[Answer]:
        return [await _answer(site, ask) for ask in asks]

    return site.client.blocking_portal.call(all_of_them)


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
        "headers": ask.fields,
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8000),
        "extensions": {},
    }
    sent = []

    async def receive():
        pytest.fail(f"the content of {ask.method} {path!r} is read")

    async def send(message):
        sent.append(message)

    await site.client.app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Answer.of(sent[0]["status"], sent[0]["headers"], body)


def talk(server: Server, parts: Iterable[bytes]) -> bytes:
    """Send as much as the server takes, and return everything that comes back until it closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except ConnectionError:
            pass  # It has heard enough; what it said is there to be read.
        try:
            return b"".join(iter(lambda: connection.recv(65_536), b""))
        except ConnectionResetError:
            return b""


class Door(NamedTuple):
    """One database behind two doors: in process, and over sockets."""

    site: Site
    server: Server


@pytest.fixture(scope="module")
def doors(databases, tmp_path_factory) -> Iterator[list[Door]]:
    with ExitStack() as stack:
        found = []
        for kind in KINDS:
            address = databases.make(kind)
            site = stack.enter_context(site_on(address))
            load(site.store, ROOT / "data")
            folder = tmp_path_factory.mktemp(kind)
            server = stack.enter_context(started(folder, free_port(), database=address, base=BASE))
            found.append(Door(site, server))
        for _, server in found:
            server.wait_until_ready()
        yield found


def serves_on(doors: Iterable[Door]) -> None:
    for door in doors:
        assert door.server.get("/livez") == (200, b'{"status":"alive"}')
        assert door.server.get("/readyz")[0] == 200


def check(answer: Answer) -> None:
    """Check what must hold of any answer at all."""
    body = gzip.decompress(answer.body) if answer.header("content-encoding") and answer.body else answer.body
    assert not INSIDE.search(body), body
    if not (200 <= answer.status < 300 or answer.status == 304):
        assert answer.header("content-type") == MEDIA, answer
        assert answer.header("cache-control") == "no-store"
        assert not body or json.loads(body)["status"] == answer.status


# Rows that every door answers alike: how it is asked, the status, the problem.
RECORD = b"/projects/ensie"
