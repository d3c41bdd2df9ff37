"""Tests of processes that serve one database: same bytes from each, none older than an acknowledged commit.

TEST_LONG=1 in the environment makes twenty times as many commits.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

from api.settings import Settings
from api.store.log.actions import publish
from api.store.publishing.store import Store
from api.store_factory import create_store
from tests.operations.slow_clients import supervised
from tests.support.assertions import assert_command_failed
from tests.support.generators.records import record
from tests.support.processes import Server, environment, free_port, get, serving, started, until, workers
from tests.support.site import BASE, KINDS, ROOT
from tests.support.wait_limit import PATIENCE

COMMITS = 1_000 if os.environ.get("TEST_LONG") else 50

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
def settings(request, databases) -> dict[str, str]:
    """The settings of an installation with the network's own content."""
    return {"database": databases.make_with_content(request.param), "base": BASE}


@pytest.fixture(scope="module")
def store(settings) -> Iterator[Store]:
    """The store of the installation: the test writes to it, and other processes serve it."""
    store = create_store(Settings(**settings))
    yield store
    store.database.close()


@pytest.fixture(scope="module")
def servers(settings, tmp_path_factory) -> Iterator[tuple[Server, Server]]:
    """Two servers of one database: one with two workers, and one with one."""
    first_folder, second_folder = (tmp_path_factory.mktemp(name) for name in ("crew", "single"))
    with (
        serving(first_folder, workers=2, **settings) as two_workers,
        serving(second_folder, **settings) as one_worker,
    ):
        yield two_workers, one_worker


@pytest.fixture
def connections(servers) -> Iterator[list[HTTPConnection]]:
    """A connection to each of the three workers."""
    connections_by_worker = {
        worker: connection for server in servers for worker, connection in connect_to_workers(server)
    }
    assert len(connections_by_worker) == 3
    yield [*connections_by_worker.values()]
    for connection in connections_by_worker.values():
        connection.close()


def connect_to_workers(server: Server) -> Iterator[tuple[int, HTTPConnection]]:
    """Yield each worker of a server and a connection to it. The kernel chooses the worker of a connection."""
    missing, deadline = set(workers(server)), time.monotonic() + PATIENCE
    while missing:
        assert time.monotonic() < deadline
        connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        get(connection, "/livez")
        worker = next(pid for pid in workers(server) if owns_connection(pid, connection))
        if worker in missing:
            missing.remove(worker)
            yield worker, connection
        else:
            connection.close()


def owns_connection(worker: int, connection: HTTPConnection) -> bool:
    """Return True if a process has the other end of a connection."""
    ports = [connection.sock.getpeername()[1], connection.sock.getsockname()[1]]
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    sockets = {
        f"socket:[{line[9]}]" for line in lines if [int(address[-4:], 16) for address in line[1:3]] == ports
    }
    return any(target in sockets for target in open_descriptors(worker))


def open_descriptors(process: int) -> Iterator[str]:
    """Yield the targets of the open file descriptors of a process; it may close some meanwhile."""
    for file in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):
            yield str(file.readlink())


def test_no_process_serves_data_older_than_an_acknowledged_commit(store, connections):
    paths = ("/organisations/shared", "/organisations?id=shared", "/organisations/shared.ttl")
    for number in range(COMMITS):
        name = f"Name {number}"
        store.commit([publish(record("Organisation", "shared", name={"en": name}))], "editor")
        # Twice, as the second response may come from the cache.
        for path in (*paths, *paths):
            for connection in connections:
                status, _, body = get(connection, path)
                assert (status, f'"{name}"'.encode() in body) == (200, True)


def test_every_process_responds_with_the_same_bytes(connections):
    for path in PATHS:
        for coding in CODINGS:
            # Twice, as the second response may come from the cache.
            responses = [
                get(connection, path, accept_encoding=coding) for connection in (*connections, *connections)
            ]
            assert responses == [responses[0]] * 6
            assert responses[0][0] == 200


def _settings_without_content(databases, folder: Path) -> dict[str, object]:
    """Return settings for two workers without content, so that they start quickly."""
    (folder / "data").mkdir()
    return {"workers": 2, "database": databases.make("sqlite"), "data": folder / "data"}


@pytest.fixture
def two_worker_server(databases, tmp_path) -> Iterator[Server]:
    """A server with two workers, of which the second may still be starting."""
    with serving(tmp_path, **_settings_without_content(databases, tmp_path)) as server:
        yield server


def test_workers_that_are_terminated_during_their_start_end(databases, tmp_path):
    with started(tmp_path, free_port(), **_settings_without_content(databases, tmp_path)) as server:
        until(lambda: len(workers(server)) == 2)
        pids = workers(server)
        assert server.stop() == 0
        assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
        assert "Traceback" not in server.output.read_text()


def test_workers_end_together_and_quietly(two_worker_server):
    pids = workers(two_worker_server)
    connections = dict(connect_to_workers(two_worker_server))
    assert connections.keys() == set(pids)
    for connection in connections.values():
        connection.close()
    assert two_worker_server.stop() == 0
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    assert "Traceback" not in two_worker_server.output.read_text()


def test_workers_do_not_outlive_a_server_that_was_killed(two_worker_server):
    pids = workers(two_worker_server)
    two_worker_server.process.kill()
    two_worker_server.process.wait(PATIENCE)
    until(lambda: not any(is_alive(pid) for pid in pids))


@pytest.mark.parametrize("count", [1, 2])
def test_a_killed_worker_is_started_again_and_no_request_but_its_own_fails(databases, tmp_path, count):
    settings = _settings_without_content(databases, tmp_path) | {"workers": count}
    with serving(tmp_path, **settings) as server:
        until(lambda: server.output.read_text().count("Started worker") == count)
        for kills in range(1, 4):
            killed, *others = reversed([pid for pid in workers(server) if is_alive(pid)])
            os.kill(killed, signal.SIGKILL)
            for _ in range(10):
                assert server.get("/readyz")[0] == 200
            until(lambda kills=kills: server.output.read_text().count("Started worker") == count + kills)
            assert all(is_alive(pid) for pid in others)
        assert server.stop() == 0
        assert not any(is_alive(pid) for pid in workers(server))


def test_a_new_worker_has_the_application_and_the_templates_of_the_supervisor(databases, tmp_path):
    script = """
import os, sys
from jinja2 import Environment

class Reporter:
    def find_spec(name, *_):
        if name.split(".")[0] in ("api", "babel", "litestar", "schema", "sqlalchemy", "vocab"):
            print("Imported", name, flush=True)

def report_new_work():
    sys.meta_path.insert(0, Reporter)
    Environment.compile = lambda *_: print("Compiled", flush=True)

os.register_at_fork(after_in_child=report_new_work)
"""
    database = databases.make_with_content("sqlite")
    with supervised(tmp_path, 1, header=10, stall=10, script=script, database=database) as server:
        server.wait_until_ready()
        os.kill(*workers(server), signal.SIGKILL)
        assert server.get("/projects.html")[0] == 200
        assert len(workers(server)) == 2
        output = server.output.read_text()
        assert "Imported" not in output
        assert "Compiled" not in output


def test_a_server_whose_worker_fails_at_its_start_ends_with_status_1(tmp_path):
    script = "import os; os.register_at_fork(after_in_child=lambda: os._exit(1))"
    with supervised(tmp_path, 2, header=10, stall=10, script=script) as server:
        assert server.process.wait(PATIENCE) == 1
        output = server.output.read_text()
    assert "times before it served" in output
    assert len(workers(server)) <= 6


def test_a_supervisor_with_invalid_settings_reports_them_in_one_line():
    finished = subprocess.run(
        [sys.executable, "-m", "api.cli.supervisor", "127.0.0.1", str(free_port()), "1", "5"],
        check=False,
        cwd=ROOT,
        env=environment(cache="many"),
        capture_output=True,
        text=True,
    )
    (line,) = assert_command_failed(finished, 1)
    assert "TIKLS_CACHE" in line


def is_alive(process: int) -> bool:
    """Return True if a process exists and is not a zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
