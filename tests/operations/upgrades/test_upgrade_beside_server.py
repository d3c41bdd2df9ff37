"""Tests of upgrades without an outage: a rebuild beside the server of the version before, and a start that rebuilds."""

import json
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from http.client import HTTPConnection
from typing import Self

import pytest

from api.cli import startup_responder
from api.cli.listening_socket import open_listener
from api.cli.startup_responder import StartupResponder
from api.http.response import COMMON_HEADERS
from api.settings import Settings
from api.store.log.actions import publish
from api.store.publishing.store import StaleReadModelError, Store
from api.store_factory import create_store
from tests.support.generators.records import record
from tests.support.processes import Server, free_port, serving, started, until
from tests.support.response_and_row_snapshots import stored_documents
from tests.support.site import BASE, KINDS
from tests.support.wait_limit import PATIENCE

PATHS = (
    "/projects/ensie",
    "/projects/ensie.ttl",
    "/projects?limit=50",
    "/projects?fields=record&limit=50",
    "/readyz",
)
"""Addresses that are asked for. Documents have the licence of each record, also those in a list with `fields`."""

WITH_LICENCE = ("/projects/ensie", "/projects/ensie.ttl", "/projects?fields=record&limit=50")

OLD, NEW = "https://example.org/old-licence", "https://example.org/new-licence"

READS = 12
"""Requests that each reader makes before, during and after the rebuild."""


class Readers:
    """Readers of a server, one for each path, that ask without a pause."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._is_ending = threading.Event()
        self.responses: dict[str, list[tuple[int, bytes]]] = {path: [] for path in PATHS}
        self._threads = [threading.Thread(target=self._read, args=(path,)) for path in PATHS]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_ending.set()
        for thread in self._threads:
            thread.join()

    def wait_for_reads(self) -> None:
        """Wait until each reader has made some more requests."""
        counts = {path: len(responses) + READS for path, responses in self.responses.items()}
        until(lambda: all(len(self.responses[path]) >= count for path, count in counts.items()))

    def _read(self, path: str) -> None:
        connection = HTTPConnection("127.0.0.1", self._server.port, timeout=PATIENCE)
        while not self._is_ending.is_set():
            connection.request("GET", path)
            response = connection.getresponse()
            self.responses[path].append((response.status, response.read()))
        connection.close()


class Writer:
    """A thread that publishes a record by a store, which may have to wait."""

    def __init__(self, store, identifier: str) -> None:
        self._store = store
        self._record = record("Organisation", identifier)
        self.result: object = None
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    @property
    def is_waiting(self) -> bool:
        return self._thread.is_alive()

    def finish(self) -> object:
        """Return the number of records that were changed, or the error that refused it."""
        self._thread.join(PATIENCE)
        return self.result

    def _write(self) -> None:
        try:
            self.result = self._store.commit([publish(self._record)], "editor")
        except StaleReadModelError as error:
            self.result = error


def settings_of(address: str, licence: str) -> dict[str, str]:
    return {"database": address, "base": BASE, "licence": licence}


@pytest.fixture(params=KINDS)
def versions(request, databases) -> Iterator[tuple[str, Store, Store]]:
    """The address of a database, and the stores of two versions, of which the first has rendered it."""
    with databases.temporary(request.param, with_content=True) as address:
        old, new = (create_store(Settings(**settings_of(address, licence))) for licence in (OLD, NEW))
        old.rebuild()
        yield address, old, new
        for store in (old, new):
            store.database.close()


def test_a_rebuild_beside_the_server_before_shows_whole_old_or_whole_new_answers(versions, tmp_path):
    address, old, new = versions
    writers: list[Writer] = []

    def track(sequence):
        """Iterate, with readers and writers beside everything that is written, before the commit."""
        yield from sequence
        writers.extend([Writer(new, "by-the-new-version"), Writer(old, "by-the-old-version")])
        readers.wait_for_reads()
        assert all(writer.is_waiting for writer in writers)

    with serving(tmp_path, **settings_of(address, OLD)) as server:
        before = {path: server.get(path) for path in PATHS}
        with Readers(server) as readers:
            readers.wait_for_reads()
            new.rebuild(track)
            acknowledged, refused = [writer.finish() for writer in writers]
            readers.wait_for_reads()
        after = {path: server.get(path) for path in PATHS}
        assert_turn_once(readers.responses, before, after)
        assert (acknowledged, type(refused)) == (1, StaleReadModelError)
        assert server.get("/organisations/by-the-new-version")[0] == 200
        assert server.get("/organisations/by-the-old-version")[0] == 404
    documents = stored_documents(new)
    with serving(tmp_path, **settings_of(address, NEW)) as restarted:
        assert "rendered again" not in restarted.output.read_text()
        assert {path: restarted.get(path) for path in PATHS} == after
    assert stored_documents(new) == documents


def assert_turn_once(responses, before, after) -> None:
    """Check that the responses at each path are the old one, then the new one, and each of one licence only."""
    for path, received in responses.items():
        assert before[path][0] == after[path][0] == 200
        assert (received[0], received[-1]) == (before[path], after[path])
        turn = received.index(after[path])
        assert received == [before[path]] * turn + [after[path]] * (len(received) - turn), path
    for path in WITH_LICENCE:
        for (_, body), licence, other in ((before[path], OLD, NEW), (after[path], NEW, OLD)):
            assert (licence.encode() in body, other.encode() in body) == (True, False), path


@pytest.mark.parametrize("kind", KINDS)
def test_a_start_that_must_rebuild_answers_at_once_and_serves_when_it_is_done(databases, kind, tmp_path):
    with databases.temporary(kind, with_content=True) as address:
        store, settings = create_store(Settings(database=address, base=BASE)), settings_of(address, NEW)
        with store.database.writing() as connection, ExitStack() as stack:
            # The start waits for the lock of this transaction before it can rebuild.
            connection.execute(store.tables.head.update().values(number=store.tables.head.c.number))
            server = stack.enter_context(started(tmp_path, free_port(), **settings))
            until(lambda: is_listening(server))
            for path in ("/readyz", "/projects/ensie?lang=lv", "/nothing"):
                status, headers, body = response(server, path)
                assert (status, headers["retry-after"]) == (503, "10")
                assert headers["content-type"] == "application/problem+json"
                assert headers.items() >= COMMON_HEADERS.items()
                assert json.loads(body)["detail"].startswith("The server is starting")
            assert response(server, "/livez")[::2] == (200, b'{"status":"alive"}')
            assert response(server, "/readyz", "HEAD")[::2] == (503, b"")
            outlasting = stack.pop_all()
        with outlasting:
            server.wait_until_ready()
            assert NEW.encode() in server.get("/projects/ensie")[1]
            assert " documents were rendered again" in server.output.read_text()
        store.database.close()


def is_listening(server: Server) -> bool:
    assert server.process.poll() is None, server.output.read_text()
    try:
        server.get("/livez")
    except OSError:
        return False
    return True


def response(server: Server, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    connection.request(method, path)
    answer = connection.getresponse()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    content = answer.status, headers, answer.read()
    connection.close()
    return content


def test_the_responses_of_a_start_have_its_progress_and_later_connections_wait(tmp_path):
    port = free_port()
    server = Server(None, port, tmp_path)
    with open_listener("127.0.0.1", port) as listener:
        with StartupResponder(listener, BASE) as responder:
            responder.start()
            for index in responder.tracked(iter)(range(4)):
                assert f": {25 * index} % is done." in json.loads(server.get("/projects")[1])["detail"]
            assert server.send(b"GET /livez HTTP/1.0\r\n\r\n").endswith(b'{"status":"alive"}')
            assert server.send(b"\r\n\r\n").startswith(b"HTTP/1.1 503 ")
        waiting = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        waiting.request("GET", "/projects")
        accepted, _ = listener.accept()
        assert accepted.recv(100).startswith(b"GET /projects ")
        accepted.close()
        waiting.close()


@pytest.fixture
def responder(monkeypatch) -> Iterator[tuple[StartupResponder, socket.socket, Server]]:
    """The responder of a start with its listening socket, and a server without a process, at the same port."""
    monkeypatch.setattr(startup_responder, "COMPLETION_SECONDS", PATIENCE)
    port = free_port()
    with open_listener("127.0.0.1", port) as listener:
        yield StartupResponder(listener, BASE), listener, Server(None, port, None)


def requesting(port: int) -> socket.socket:
    """Return a connection on which a request was sent, and nothing will be."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    connection.sendall(b"GET /projects HTTP/1.1\r\n\r\n")
    connection.shutdown(socket.SHUT_WR)
    return connection


def waiting(listener: socket.socket) -> set[tuple[str, int]]:
    """Accept all connections in the queue of a socket, and return the addresses of their clients."""
    addresses = set()
    listener.settimeout(0)
    with suppress(BlockingIOError):
        while True:
            connection, address = listener.accept()
            connection.close()
            addresses.add(address)
    return addresses


def test_each_connection_during_the_handover_is_answered_or_waits_for_the_first_worker(responder):
    responder, listener, server = responder
    connections: list[socket.socket] = []
    is_half = threading.Event()

    def connect() -> None:
        for number in range(60):
            connections.append(requesting(server.port))
            if number == 30:
                is_half.set()

    client = threading.Thread(target=connect)
    with responder:
        responder.start()
        client.start()
        is_half.wait(PATIENCE)
    client.join()
    addresses = {connection.getsockname() for connection in connections}
    queued = waiting(listener)
    answered = set()
    for connection in connections:
        with connection:
            if connection.getsockname() not in queued and connection.recv(100).startswith(b"HTTP/1.1 503 "):
                answered.add(connection.getsockname())
    assert len(addresses) == 60
    assert answered | queued == addresses


@pytest.mark.skipif(sys.platform != "linux", reason="the length of the queue is read as Linux states it")
def test_no_more_connections_than_the_limit_are_accepted_and_the_others_wait(responder, monkeypatch):
    responder, listener, server = responder
    monkeypatch.setattr(startup_responder, "MAX_CONNECTIONS", 2)
    with responder, ExitStack() as stack:
        responder.start()
        idle = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), PATIENCE))
            for _ in range(2)
        ]
        others = [stack.enter_context(requesting(server.port)) for _ in range(5)]
        until(lambda: queue_length(listener) == len(others))
        idle[0].close()
        for connection in others:
            with connection:
                assert connection.recv(100).startswith(b"HTTP/1.1 503 ")


def queue_length(listener: socket.socket) -> int:
    """Return the number of connections that wait to be accepted (`tcpi_unacked` of a listening socket)."""
    return int.from_bytes(listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 28)[24:], sys.byteorder)


def test_a_request_with_a_body_is_answered_during_a_start(responder):
    responder, _, server = responder
    with responder:
        responder.start()
        for method in ("PUT", "POST"):
            header = f"{method} /projects/ensie HTTP/1.1\r\ncontent-length: 500000\r\n\r\n"
            response = server.send(header.encode() + bytes(500_000))
            assert response.startswith(b"HTTP/1.1 503 ")
            assert b"The server is starting" in response


def test_a_start_that_only_loads_answers_meanwhile(databases, tmp_path):
    with databases.temporary("sqlite") as address:
        settings = {"database": address, "base": BASE, "data": tmp_path / "content"}
        settings["data"].mkdir()
        store = create_store(Settings(database=address, base=BASE))
        store.rebuild()
        with store.database.writing() as connection, ExitStack() as stack:
            # As after a start that ended before the load: this one waits for the lock of this transaction.
            connection.execute(store.tables.head.update().values(number=store.tables.head.c.number))
            server = stack.enter_context(started(tmp_path, free_port(), **settings))
            until(lambda: is_listening(server))
            assert server.get("/livez") == (200, b'{"status":"alive"}')
            assert server.get("/projects")[0] == 503
            outlasting = stack.pop_all()
        with outlasting:
            server.wait_until_ready()
        store.database.close()
