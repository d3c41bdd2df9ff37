"""Server memory: constant under many different requests, and bounded with slow clients.

TEST_LONG=1 in the environment asks a million times.
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
from tests.support.deadlines import PATIENCE
from tests.support.generators.records import record
from tests.support.processes import Server, ask, serving, until, workers
from tests.support.site import BASE

ASKED = 500_000 if os.environ.get("TEST_LONG") else 1_500

MEGABYTE = 1_000_000

RECORDS = 150

SLOW = 12


@pytest.fixture(scope="module")
def server(databases, tmp_path_factory) -> Iterator[Server]:
    """A server of a list of some megabytes, with room for the answers of some hundred questions."""
    address = databases.make("sqlite")
    store = create_store(Settings(database=address, base=BASE))
    some = (
        record("Project", f"project-{n}", summary={"en": " ".join([f"word-{n}"] * 4_500)})
        for n in range(RECORDS)
    )
    store.commit([publish(one) for one in some], "editor")
    store.database.close()
    with serving(tmp_path_factory.mktemp("memory"), database=address, base=BASE, cache=2) as server:
        yield server


def memory(server: Server) -> int:
    """Return the bytes that a server's worker has for itself."""
    (worker,) = workers(server)
    status = Path(f"/proc/{worker}/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+)", status)[1]) * 1024


def ask_differently(connection: HTTPConnection, numbers: range) -> None:
    """Ask as often as there are numbers, each time something that was not asked before."""
    for number in numbers:
        path = f"/projects?id=project-{number % RECORDS}&limit={number // RECORDS % 200 + 1}"
        accept = f"application/json;q=0.{number % 997:03}1"
        status, _, _ = ask(connection, path, accept=accept, accept_encoding=("br", "identity")[number % 2])
        assert status == 200


def test_memory_stays_flat_however_much_is_asked(server):
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as connection:
        ask_differently(connection, range(ASKED))
        before = memory(server)
        ask_differently(connection, range(ASKED, 2 * ASKED))
        # Some hundred bytes kept of each would be more.
        assert memory(server) - before < MEGABYTE / 2


@contextmanager
def slow_clients(server: Server) -> Iterator[None]:
    """Let a dozen clients begin to read the long list, and take no more of it."""
    asked = b"GET /projects.csv HTTP/1.1\r\nHost: a.example\r\nAccept-Encoding: identity\r\n\r\n"
    with ExitStack() as all_of_them:
        for _ in range(SLOW):
            slow = all_of_them.enter_context(socket.socket())
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.connect(("127.0.0.1", server.port))
            slow.sendall(asked)
            assert slow.recv(100).startswith(b"HTTP/1.1 200")
        yield


def open_files(server: Server) -> int:
    (worker,) = workers(server)
    return len([*Path(f"/proc/{worker}/fd").iterdir()])


def test_slow_clients_cost_one_copy_each_of_what_they_read_and_the_next_ones_have_that_memory(server):
    size = max(len(server.get("/projects.csv")[1]) for _ in range(10))
    assert size > 5 * MEGABYTE
    idle = open_files(server)
    with slow_clients(server):
        # What a thread has had while it made a list stays with it, so a dozen has been there before.
        before = memory(server)
        with slow_clients(server):
            most = memory(server)
            assert most - before < 1.5 * SLOW * size
            assert server.get("/projects?limit=1")[0] == 200
    until(lambda: open_files(server) <= idle)
    with slow_clients(server), slow_clients(server):
        assert memory(server) - most < 0.5 * SLOW * size
