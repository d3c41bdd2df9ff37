"""Several processes that serve one database: the same bytes from each, and none older than what was acknowledged.

TEST_LONG=1 in the environment makes it twenty times as many.
"""

import os
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from api.settings import Settings
from api.store.log.actions import publish
from api.store.publishing.store import Store
from api.store_factory import create_store
from tests.support.deadlines import PATIENCE
from tests.support.generators.records import record
from tests.support.processes import Server, ask, free_port, serving, started, until, workers
from tests.support.site import BASE, KINDS

ACTS = 1_000 if os.environ.get("TEST_LONG") else 50

PATHS = (
    "/",
    "/projects",
    "/projects/ensie",
    "/projects/ensie.ttl",
    "/organisations?limit=3",
    "/projects.csv",
)

CODINGS = ("identity", "gzip", "br", "zstd")


@pytest.fixture(scope="module", params=KINDS)
def store(request, databases) -> Iterator[Store]:
    """The network's own content, written to by us and served by others."""
    made = create_store(Settings(database=databases.make_with_content(request.param), base=BASE))
    yield made
    made.database.close()


def settings_of(store: Store) -> dict[str, str]:
    address = f"sqlite:///{store.database.path}" if store.database.path else store.database.address
    return {"database": address, "base": BASE}


@pytest.fixture(scope="module")
def servers(store, tmp_path_factory) -> Iterator[tuple[Server, Server]]:
    """Two servers of one database: one with two workers, and one with one."""
    one, other = (tmp_path_factory.mktemp(name) for name in ("crew", "single"))
    with (
        serving(one, workers=2, **settings_of(store)) as crew,
        serving(other, **settings_of(store)) as single,
    ):
        yield crew, single


@pytest.fixture
def connections(servers) -> Iterator[list[HTTPConnection]]:
    """A connection to each of the three processes that answer."""
    found = {worker: connection for server in servers for worker, connection in to_each_worker(server)}
    assert len(found) == 3
    yield [*found.values()]
    for connection in found.values():
        connection.close()


def to_each_worker(server: Server) -> Iterator[tuple[int, HTTPConnection]]:
    """Yield each worker of a server and a connection to it: the system chooses, so it is asked until it has chosen all."""
    missing, deadline = set(workers(server)), time.monotonic() + PATIENCE
    while missing:
        assert time.monotonic() < deadline
        connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        ask(connection, "/livez")
        worker = next(one for one in workers(server) if holds(one, connection))
        if worker in missing:
            missing.remove(worker)
            yield worker, connection
        else:
            connection.close()


def holds(worker: int, connection: HTTPConnection) -> bool:
    """Tell whether a process has the other end of a connection."""
    ends = [connection.sock.getpeername()[1], connection.sock.getsockname()[1]]
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    sockets = {f"socket:[{one[9]}]" for one in lines if [int(end[-4:], 16) for end in one[1:3]] == ends}
    return any(str(one.readlink()) in sockets for one in Path(f"/proc/{worker}/fd").iterdir())


def test_no_process_shows_what_is_older_than_acknowledged(store, connections):
    paths = ("/organisations/shared", "/organisations?id=shared", "/organisations/shared.ttl")
    for number in range(ACTS):
        name = f"Name {number}"
        store.commit([publish(record("Organisation", "shared", name={"en": name}))], "editor")
        # Twice, as the second answer may be one that was kept.
        for path in (*paths, *paths):
            for connection in connections:
                status, _, body = ask(connection, path)
                assert (status, f'"{name}"'.encode() in body) == (200, True)


def test_every_process_answers_with_the_same_bytes(connections):
    for path in PATHS:
        for coding in CODINGS:
            # Twice, as the second answer may be one that was kept.
            found = [ask(one, path, accept_encoding=coding) for one in (*connections, *connections)]
            assert found == [found[0]] * 6
            assert found[0][0] == 200


def _empty(databases, folder: Path) -> dict[str, object]:
    """Return settings for two workers that serve nothing, so that they are quickly there."""
    (folder / "data").mkdir()
    return {"workers": 2, "database": databases.make("sqlite"), "data": folder / "data"}


@pytest.fixture
def crew(databases, tmp_path) -> Iterator[Server]:
    """A server with two workers, of which the second may still be on its way."""
    with serving(tmp_path, **_empty(databases, tmp_path)) as server:
        yield server


def test_workers_that_are_asked_to_end_while_they_start_end(databases, tmp_path):
    with started(tmp_path, free_port(), **_empty(databases, tmp_path)) as server:
        until(lambda: len(workers(server)) == 2)
        pids = workers(server)
        assert server.stop() == 0
        assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
        assert "Traceback" not in server.said.read_text()


def test_workers_end_together_and_quietly(crew):
    pids = workers(crew)
    connections = dict(to_each_worker(crew))
    assert connections.keys() == set(pids)
    for connection in connections.values():
        connection.close()
    assert crew.stop() == 0
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    assert "Traceback" not in crew.said.read_text()


def test_workers_do_not_outlive_a_server_that_was_killed(crew):
    pids = workers(crew)
    crew.process.kill()
    crew.process.wait(PATIENCE)
    until(lambda: not any(is_alive(pid) for pid in pids))


def is_alive(process: int) -> bool:
    """Tell whether a process is there and has not ended, whoever is to be told of its end."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
