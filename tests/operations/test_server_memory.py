"""Tests of server memory: constant under many different requests, and bounded with slow clients.

TEST_LONG=1 in the environment sends a million requests.
"""

import os
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from api.settings import Settings
from api.store.log.actions import publish
from api.store_factory import create_store
from tests.support.generators.records import record
from tests.support.processes import Server, get, serving, until, workers
from tests.support.site import BASE
from tests.support.wait_limit import PATIENCE

REQUESTS = 500_000 if os.environ.get("TEST_LONG") else 3_000

SAMPLE = 250

MEGABYTE = 1_000_000

RECORDS = 150

SLOW_CLIENTS = 12


@pytest.fixture(scope="module")
def server(databases, tmp_path_factory) -> Iterator[Server]:
    """A server of a list of some megabytes, with a cache of some hundred responses."""
    address = databases.make("sqlite")
    store = create_store(Settings(database=address, base=BASE))
    records = (
        record("Project", f"project-{n}", summary={"en": " ".join([f"word-{n}"] * 2_200)})
        for n in range(RECORDS)
    )
    store.commit([publish(project) for project in records], "editor")
    store.database.close()
    with serving(
        tmp_path_factory.mktemp("memory"), own_interpreter=True, database=address, base=BASE, cache=2
    ) as server:
        yield server


def memory(server: Server) -> int:
    """Return the anonymous memory of a server's worker, in bytes."""
    (worker,) = workers(server)
    status = Path(f"/proc/{worker}/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+)", status)[1]) * 1024


def send_different_requests(connection: HTTPConnection, numbers: range) -> None:
    """Send a request for each number. All requests are different."""
    for number in numbers:
        path = f"/projects?id=project-{number % RECORDS}&limit={number // RECORDS % 200 + 1}"
        accept = f"application/json;q=0.{number % 997:03}1"
        status, _, _ = get(connection, path, accept=accept, accept_encoding=("br", "identity")[number % 2])
        assert status == 200


def peak_memory(server: Server, connection: HTTPConnection, numbers: range) -> int:
    """Send a request for each number, and return the most memory after any sample of them.

    The allocator returns a megabyte or two to the system now and then: single measurements cannot be compared.
    """
    peak = 0
    for start in numbers[::SAMPLE]:
        send_different_requests(connection, range(start, start + SAMPLE))
        peak = max(peak, memory(server))
    return peak


def test_memory_stays_constant_under_many_requests(server):
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as connection:
        # The caches are full, and the memory of the threads is constant, after some two thousand requests.
        before = peak_memory(server, connection, range(REQUESTS))
        # Some hundred bytes stored for each request would be more.
        assert peak_memory(server, connection, range(REQUESTS, 2 * REQUESTS)) - before < MEGABYTE / 2


@contextmanager
def slow_clients(server: Server) -> Iterator[None]:
    """Open a dozen connections that read only the beginning of the long list."""
    request = b"GET /projects.csv HTTP/1.1\r\nHost: a.example\r\nAccept-Encoding: identity\r\n\r\n"
    with ExitStack() as cleanup:
        for _ in range(SLOW_CLIENTS):
            client = cleanup.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", server.port))
            client.sendall(request)
            assert client.recv(100).startswith(b"HTTP/1.1 200")
        yield


def open_sockets(server: Server) -> int:
    """Return the number of sockets of a server's worker.

    SQLite retains the file descriptor of a closed connection for the next one: open files may increase by one.
    """
    (worker,) = workers(server)
    # A file that was closed since it was listed is none.
    return sum(file.is_socket() for file in Path(f"/proc/{worker}/fd").iterdir())


def test_each_slow_client_costs_one_copy_of_its_response_and_later_clients_reuse_that_memory(server):
    size = max(len(server.get("/projects.csv")[1]) for _ in range(10))
    assert size > 5 * MEGABYTE
    idle = open_sockets(server)
    with slow_clients(server):
        # A thread retains the memory in which it rendered a list, so serve a dozen clients first.
        before = memory(server)
        with slow_clients(server):
            peak = memory(server)
            assert peak - before < 1.5 * SLOW_CLIENTS * size
            assert server.get("/projects?limit=1")[0] == 200
    until(lambda: open_sockets(server) <= idle)
    with slow_clients(server), slow_clients(server):
        assert memory(server) - peak < 0.5 * SLOW_CLIENTS * size
