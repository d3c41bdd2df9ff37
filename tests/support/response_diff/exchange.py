"""HTTP exchanges of the response diff: requests sent byte by byte, answers recorded without prose.

A record holds the SHA-256 of a body. Four documents hold prose that a refactoring may reword, and are
recorded as JSON that omits it: problem documents, `/problems/*`, `/openapi.json` and `/docs`. The order of
the keys of their objects does not count. Their ETag and Content-Length follow the prose and are masked.
The ETags of RDF formats digest the code that writes them, and are masked too.
"""

import gzip
import json
import re
import socket
from dataclasses import dataclass
from hashlib import sha256
from html.parser import HTMLParser
from http.client import HTTPResponse, RemoteDisconnected
from pathlib import Path
from typing import Any

BASE = "http://diff.example"
"""The public address of every installation under test, so that bodies are equal byte for byte."""

ETAG = "{etag}"
"""Placeholder in request headers for the ETag of the preceding answer, and in answers that repeat it."""

_PATIENCE = 120

_VOLATILE = {"date", "server"}

_PROBLEM = "application/problem+json"

_RDF = {"application/ld+json", "text/turtle", "application/n-triples", "application/rdf+xml"}

_DIGEST = re.compile("[0-9a-f]{32}")

_ANNOTATIONS = {"description", "summary", "title", "detail"}

Headers = tuple[tuple[str, str | None], ...]


@dataclass(frozen=True)
class Request:
    """A request. It has a valid Host header unless it names one; a header whose value is None is not sent."""

    target: str
    headers: Headers = ()
    method: str = "GET"
    content: str = ""

    @property
    def path(self) -> str:
        """Return the target without its query."""
        return self.target.partition("?")[0]

    def encode(self, etag: str) -> bytes:
        """Return the bytes to send, where the preceding answer had an ETag."""
        host = () if any(name == "Host" for name, _ in self.headers) else (("Host", "diff.example"),)
        fields = [
            f"{name}: {value.replace(ETAG, etag)}"
            for name, value in (*host, *self.headers)
            if value is not None
        ]
        head = "\r\n".join([f"{self.method} {self.target} HTTP/1.1", *fields])
        return f"{head}\r\n\r\n{self.content}".encode()


@dataclass(frozen=True)
class Answer:
    """An answer. The status is 0 if the connection was closed without one."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return the value of a header, or an empty string."""
        return dict(self.headers).get(name, "")

    def json(self) -> Any:
        """Return the decoded body."""
        return json.loads(self.body)


class Client:
    """Sends requests to a server on this machine, and records each with its answer."""

    def __init__(self, port: int, bodies: Path | None = None) -> None:
        """Take the port, and the folder in which bodies are kept, if they are."""
        self._port = port
        self._bodies = bodies
        self._etag = ""
        if bodies:
            bodies.mkdir(parents=True, exist_ok=True)
        self.exchanges: list[dict[str, Any]] = []

    def send(self, request: Request) -> Answer:
        """Return the answer to a request, which is recorded. Raise TimeoutError if there is none in time."""
        with socket.create_connection(("127.0.0.1", self._port), timeout=_PATIENCE) as connection:
            connection.sendall(request.encode(self._etag))
            try:
                answer = _read(connection, request.method)
            except TimeoutError as error:
                error.add_note(f"There is no answer to {request}.")
                raise
        self.exchanges.append(_exchange(request, answer, self._etag))
        self._etag = answer.header("etag")
        if self._bodies and answer.body:
            (self._bodies / sha256(answer.body).hexdigest()).write_bytes(answer.body)
        return answer


def _read(connection: socket.socket, method: str) -> Answer:
    response = HTTPResponse(connection, method=method)
    try:
        response.begin()
    except (RemoteDisconnected, ConnectionResetError):
        return Answer(0)
    headers = sorted((name.lower(), value) for name, value in response.getheaders())
    return Answer(response.status, tuple(headers), response.read())


def _exchange(request: Request, answer: Answer, etag: str) -> dict[str, Any]:
    return {
        "method": request.method,
        "target": request.target,
        "request_headers": request.headers,
        "content": request.content,
        "status": answer.status,
        "headers": _headers(request, answer, etag),
        "body": _body(request, answer),
    }


def request_of(exchange: dict[str, Any]) -> Request:
    """Return the request of a recorded exchange."""
    headers = tuple((name, value) for name, value in exchange["request_headers"])
    return Request(exchange["target"], headers, exchange["method"], exchange["content"])


def _headers(request: Request, answer: Answer, etag: str) -> list[list[str]]:
    """Return the headers of an answer without volatile ones, with ETags masked that follow prose or code."""
    has_prose = _has_prose(request, answer)
    omitted = _VOLATILE | ({"content-length"} if has_prose else set())
    is_conditional = any(ETAG in (value or "") for _, value in request.headers)
    is_masked = has_prose or answer.header("content-type").partition(";")[0] in _RDF
    headers = []
    for name, value in answer.headers:
        compared = value
        if name == "etag" and is_conditional and value == etag:
            compared = ETAG
        elif name == "etag" and is_masked:
            compared = _DIGEST.sub("{digest}", value)
        if name not in omitted:
            headers.append([name, compared])
    return headers


def _has_prose(request: Request, answer: Answer) -> bool:
    is_described = request.path in ("/openapi.json", "/docs") or request.path.startswith("/problems/")
    return is_described or answer.header("content-type") == _PROBLEM


def _body(request: Request, answer: Answer) -> Any:
    """Return the digest of a body, or the JSON that remains of it without prose."""
    if not answer.body:
        return ""
    if not _has_prose(request, answer):
        return sha256(answer.body).hexdigest()
    coding = answer.header("content-encoding")
    if coding not in ("", "gzip"):
        return f"prose in {coding}"  # The standard library cannot decode it.
    content = gzip.decompress(answer.body) if coding else answer.body
    if answer.header("content-type").startswith("text/html"):
        return _landmarks(content.decode())
    return _without_annotations(json.loads(content))


def _without_annotations(value: Any, *, has_names: bool = False) -> Any:
    """Return a JSON value without its annotations; the keys of `properties` are names and stay."""
    if isinstance(value, list):
        return [_without_annotations(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _without_annotations(item, has_names=key == "properties")
        for key, item in value.items()
        if has_names or key not in _ANNOTATIONS or not isinstance(item, str)
    }


def _landmarks(page: str) -> list[str]:
    """Return the landmarks of an HTML page: they identify operations, parameters, schemas and responses."""
    parser = _Landmarks()
    parser.feed(page)
    return sorted(parser.landmarks)


class _Landmarks(HTMLParser):
    """Collects ids, links, code in headings and terms, and commands."""

    _BLOCKS = frozenset({"p", "dd", "dt", "h1", "h2", "h3", "h4", "li", "pre", "summary"})
    _NAMING = frozenset({"dt", "h3", "li", "summary"})

    def __init__(self) -> None:
        super().__init__()
        self.landmarks: set[str] = set()
        self._elements: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the attributes of an element."""
        self.landmarks.update(f"{name}={value}" for name, value in attrs if name in ("id", "href", "src"))
        self._elements.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close an element, and those within it that have no end tag."""
        while self._elements and self._elements.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Collect text that is a name or a command."""
        block = next((tag for tag in reversed(self._elements) if tag in self._BLOCKS), "")
        is_name = block in self._NAMING and self._elements[-1] == "code"
        if is_name or (block == "pre" and data.startswith("curl ")):
            self.landmarks.add(f"{block}: {data}")
