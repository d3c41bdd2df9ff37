"""Tests of recovery from a stopped or replaced database, and of the graceful end of a server."""

import http.client
import os
import socket
import subprocess
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from api.store.log.actions import publish
from tests.support import postgresql
from tests.support.assertions import assert_command_failed
from tests.support.databases import Databases
from tests.support.generators.records import record
from tests.support.processes import run, serving, until
from tests.support.response_and_row_snapshots import NETWORK_ACTIONS
from tests.support.site import site_on
from tests.support.time_limit import PATIENCE

PUBLIC_PATHS = ("/projects", "/projects/project", "/projects/project.ttl", "/grants?limit=1")

RESTARTS = 5


class Cluster:
    """A PostgreSQL server of the tests, which can be stopped and started."""

    def __init__(self, address: str) -> None:
        self.address = address
        sockets = conninfo_to_dict(address)["host"]
        with psycopg.connect(address) as connection:
            data = Path(connection.execute("SHOW data_directory").fetchone()[0])
        postmaster = (data / "postmaster.pid").read_text(encoding="utf-8").split()[0]
        program = Path(f"/proc/{postmaster}/exe").resolve().with_name("pg_ctl")
        as_owner = ["runuser", "-u", data.owner(), "--"] if os.geteuid() == 0 else []
        self._control = [
            *as_owner,
            str(program),
            "--silent",
            "--wait",
            f"--timeout={PATIENCE}",
            "-D",
            str(data),
        ]
        options = f"-c listen_addresses='' -k {sockets} -c fsync=off"
        self._start = ["-l", str(data / "log-of-starts"), "-o", options, "start"]

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the server, and start it again at the end in any case."""
        self._run("-m", "immediate", "stop")
        try:
            yield
        finally:
            self._run(*self._start)

    def _run(self, *arguments: str) -> None:
        subprocess.run([*self._control, *arguments], check=True, stdout=subprocess.DEVNULL, cwd="/")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("TEST_DATABASE", raising=False)  # its server must not be stopped
        with postgresql.server() as address:
            yield Cluster(address)


@pytest.fixture
def postgres(cluster, tmp_path) -> Iterator[str]:
    """The address of a migrated database on our own cluster."""
    databases = Databases(cluster.address, tmp_path)
    yield databases.make("postgresql")
    databases.drop_all()


def assert_unavailable(site) -> None:
    """Check that paths that need the database return 503, and that the process itself is alive."""
    for path in (*PUBLIC_PATHS, "/readyz", *PUBLIC_PATHS):
        response = site.get(path)
        assert response.status_code == 503, (path, response.text)
        assert response.headers["content-type"] == "application/problem+json"
        assert int(response.headers["retry-after"]) > 0
        assert response.json()["status"] == 503
    assert site.get("/livez").status_code == 200


def responses(site) -> list[tuple[int, bytes]]:
    received = [site.get(path) for path in (*PUBLIC_PATHS, "/readyz")]
    assert {response.status_code for response in received} == {200}
    return [(response.status_code, response.content) for response in received]


def test_a_stopped_postgresql_gives_503_and_the_server_recovers_when_it_is_started_again(cluster, postgres):
    with site_on(postgres) as site:
        site.store.commit(NETWORK_ACTIONS, "editor")
        before = responses(site)
        for _ in range(2):
            with cluster.stopped():
                assert_unavailable(site)
            assert responses(site) == before


def test_terminated_connections_are_replaced(cluster, postgres):
    with site_on(postgres) as site:
        site.store.commit(NETWORK_ACTIONS, "editor")
        before = responses(site)
        for _ in range(RESTARTS):
            with psycopg.connect(cluster.address, autocommit=True) as connection:
                statement = (
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'tikls%'"
                )
                assert connection.execute(statement).rowcount
            assert responses(site) == before


def test_restarts_under_load_cause_no_status_but_200_and_503(cluster, postgres, tmp_path):
    status_counts: Counter[int] = Counter()
    with serving(tmp_path, database=postgres) as server:
        stop = threading.Event()

        def send_requests() -> None:
            while not stop.is_set():
                status_counts[server.get("/projects")[0]] += 1

        threads = [threading.Thread(target=send_requests) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(RESTARTS):
                with cluster.stopped():
                    until(lambda: server.get("/projects")[0] == 503)
                until(lambda: server.get("/projects")[0] == 200)
        finally:
            stop.set()
            for thread in threads:
                thread.join(PATIENCE)
        assert server.get("/readyz")[0] == 200
        output = server.output.read_text()
        assert "Traceback" not in output, output[output.index("Traceback") :]
    assert status_counts.keys() <= {200, 503}
    assert status_counts[200]
    assert status_counts[503]


def test_a_file_that_is_moved_away_gives_503_and_nothing_is_lost_when_it_is_back(databases):
    with site_on(databases.make("sqlite")) as site:
        site.store.commit(NETWORK_ACTIONS, "editor")
        before, path = responses(site), site.store.database.path
        away = path.with_name("away")
        for _ in range(2):
            path.rename(away)
            assert_unavailable(site)
            assert not path.exists()
            away.rename(path)
            assert responses(site) == before
        site.store.commit([publish(record("Organisation", "later"))], "editor")
        assert site.get("/organisations/later").status_code == 200
        assert not site.store.rebuild()


def test_a_file_that_is_replaced_by_another_is_served_from_then_on(databases):
    with site_on(databases.make("sqlite")) as other:
        other.store.commit([publish(record("Project", "other"))], "editor")
        other.store.commit([publish(record("Project", "another"))], "editor")
        new = other.store.database.path
    with site_on(databases.make("sqlite")) as site:
        site.store.commit(NETWORK_ACTIONS, "editor")
        site.store.commit([publish(record("Organisation", "later"))], "editor")
        responses(site)
        path = site.store.database.path
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        new.replace(path)
        assert site.get("/projects/project").status_code == 404
        assert site.json("/projects/other")["title"] == {"en": "Project other"}
        assert site.json("/projects")["total"] == 2
        assert site.get("/readyz").status_code == 200


@contextmanager
def open_request(port: int, path: str) -> Iterator[socket.socket]:
    """Send a request, and yield the socket that will receive its response."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        request = f"GET {path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        yield connection


def is_waiting(address: str) -> bool:
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
    with psycopg.connect(address) as connection:
        return connection.execute(query, [connection.info.dbname]).fetchone()[0] > 0


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
    except OSError:
        return True
    return False


def test_a_server_completes_running_requests_before_it_ends(postgres, tmp_path):
    with serving(tmp_path, database=postgres, cache=0) as server:  # so that it has to wait for the database
        expected = server.get("/projects/ensie")
        with psycopg.connect(postgres) as holder:
            holder.execute("LOCK TABLE document IN ACCESS EXCLUSIVE MODE")
            with open_request(server.port, "/projects/ensie") as connection:
                until(lambda: is_waiting(postgres))
                server.process.terminate()
                until(lambda: refuses(server.port))
                assert server.process.poll() is None
                holder.rollback()
                response = http.client.HTTPResponse(connection)
                response.begin()
                assert (response.status, response.read()) == expected
        assert server.process.wait(PATIENCE) == 0, server.output.read_text()
        assert refuses(server.port)
        assert "Traceback" not in server.output.read_text()


@pytest.mark.parametrize("command", ["serve", "load", "rebuild"])
def test_a_missing_database_server_is_reported_in_one_line(command):
    with tempfile.TemporaryDirectory() as empty:
        address = f"postgresql://postgres@/postgres?host={empty}"
        (line,) = assert_command_failed(run(command, database=address), 1)
    assert "database" in line


def test_a_database_that_its_server_does_not_have_is_reported_in_one_line(cluster):
    address = cluster.address.replace("/postgres?", "/nothing?")
    (line,) = assert_command_failed(run("serve", database=address), 1)
    assert "nothing" in line


def test_a_folder_that_cannot_be_created_is_reported_in_one_line(tmp_path):
    (tmp_path / "file").touch()
    assert_command_failed(run("serve", database=f"sqlite:///{tmp_path / 'file/new.db'}"), 1)
