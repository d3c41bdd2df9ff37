"""Tests of clients that close their connection: the work for them ends, and others get their slots."""

import asyncio
import logging
import socket
from pathlib import Path

import pytest

from api.settings import Settings
from api.store_factory import create_store
from tests.support.failing_site import endless_lists
from tests.support.processes import serving, until, workers
from tests.support.site import BASE, KINDS, site_on
from tests.support.wait_limit import PATIENCE

MORE_THAN_SLOTS = 6


def scope(path: str) -> dict[str, object]:
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"data.example.org")],
        "client": ("192.0.2.1", 50_000),
    }


async def ask_and_leave(site, path: str) -> list[object]:
    """Send a request, leave when the server begins to watch its client, and return what was sent nevertheless."""
    sent = []
    is_asked = asyncio.Event()

    async def receive():
        if is_asked.is_set():
            return {"type": "http.disconnect"}
        is_asked.set()
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    async with asyncio.timeout(PATIENCE):
        await site.client.app(scope(path), receive, send)
    assert is_asked.is_set()
    return sent


@pytest.mark.parametrize("kind", KINDS)
def test_the_query_of_a_client_that_leaves_ends_and_its_slot_is_free(databases, kind, caplog):
    async def leave():
        return await asyncio.gather(*(ask_and_leave(site, "/projects") for _ in range(MORE_THAN_SLOTS)))

    with site_on(databases.make(kind)) as site:
        with endless_lists(site.store), caplog.at_level(logging.WARNING, "tikls"):
            assert site.client.blocking_portal.call(leave) == [[]] * MORE_THAN_SLOTS
        assert site.get("/projects").status_code == 200
    # No query ended by the deadline.
    assert not caplog.records


def test_a_server_notices_that_its_clients_have_left(databases, tmp_path):
    """None of their queries ends by the deadline: the log names no timeout."""
    address = databases.make_with_content("sqlite")
    store = create_store(Settings(database=address, base=BASE))
    with serving(tmp_path, database=address, base=BASE, workers=1) as server:
        with endless_lists(store):
            ticks = _ticks(server)
            clients = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(MORE_THAN_SLOTS)]
            for client in clients:
                client.sendall(b"GET /projects.json?limit=7 HTTP/1.1\r\nHost: x\r\n\r\n")
            until(lambda: _ticks(server) > ticks + 20)
            for client in clients:
                client.close()
        store.database.close()
        assert server.get("/projects.json?limit=7")[0] == 200
        assert "timed out" not in server.output.read_text(encoding="utf-8")


def _ticks(server) -> int:
    """Return the CPU time of a server's worker."""
    (worker,) = workers(server)
    return sum(map(int, Path(f"/proc/{worker}/stat").read_text(encoding="utf-8").split()[13:15]))
