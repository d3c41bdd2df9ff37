"""Tests of recovery from a stopped or replaced database, and of the graceful end of a server.

TEST_LONG=1 in the environment restarts PostgreSQL twenty times as often.
"""

import http.client
import os
import signal
import socket
import subprocess
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url

from api.application import create
from api.settings import MAX_DEADLINE, Settings
from api.store.log.actions import publish
from api.store.readers import postgresql_connection, postgresql_data_version
from tests.support import postgresql
from tests.support.assertions import assert_command_failed
from tests.support.databases import Databases
from tests.support.generators.records import record
from tests.support.processes import run, serving, until
from tests.support.response_and_row_snapshots import NETWORK_ACTIONS
from tests.support.run_cleanup import new_folder
from tests.support.site import BASE, site_on
from tests.support.validating_openapi_client import DescribedClient
from tests.support.wait_limit import PATIENCE

PUBLIC_PATHS = ("/projects", "/projects/project", "/projects/project.ttl", "/grants?limit=1")

RESTARTS = 100 if os.environ.get("TEST_LONG") else 5

SHORT_DEADLINE = 0.3

FULL = 4
"""Connections that a full server gives: one reads the version of the data, the others are shared by all queries."""

CLIENTS = 12


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

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Suspend all processes of the server, which then keeps its connections and answers nothing."""
        with psycopg.connect(self.address) as connection:
            data = Path(connection.execute("SHOW data_directory").fetchone()[0])
        postmaster = (data / "postmaster.pid").read_text(encoding="utf-8").split()[0]
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text(encoding="utf-8").split()
        processes = [int(process) for process in (postmaster, *children)]
        for process in processes:
            with suppress(ProcessLookupError):  # that of the connection above ends meanwhile
                os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGCONT)

    def _run(self, *arguments: str) -> None:
        subprocess.run([*self._control, *arguments], check=True, stdout=subprocess.DEVNULL, cwd="/")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with postgresql.running(new_folder()) as address:
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


def test_a_frozen_postgresql_gives_503_by_the_deadline_and_the_server_recovers(
    cluster, postgres, monkeypatch
):
    """Connecting and cancelling may take very long here: no response waits for more than its deadline."""
    monkeypatch.setattr(postgresql_connection, "GRACE_PERIOD", SHORT_DEADLINE)
    monkeypatch.setattr(postgresql_data_version, "_TIMEOUT", SHORT_DEADLINE)
    with site_on(postgres, deadline=SHORT_DEADLINE) as site:
        site.store.commit(NETWORK_ACTIONS, "editor")
        for path in (*PUBLIC_PATHS, "/readyz"):
            until(lambda path=path: site.get(path).status_code == 200)
        for _ in range(2):
            with cluster.frozen():
                assert_unavailable(site)
            for path in (*PUBLIC_PATHS, "/readyz"):
                until(lambda path=path: site.get(path).status_code == 200)


def server_processes(address: str, role: str) -> set[int]:
    query = "SELECT pid FROM pg_stat_activity WHERE usename = %s"
    with psycopg.connect(address) as connection:
        return {pid for (pid,) in connection.execute(query, [role])}


def test_a_full_postgresql_is_served_with_the_connections_that_it_gave(postgres):
    """Other clients have all other connections, and take those that come free."""
    with site_on(postgres) as site:
        site.store.commit(NETWORK_ACTIONS, "editor")
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE reader LOGIN PASSWORD 'reader' CONNECTION LIMIT {FULL}")
        connection.execute("GRANT pg_read_all_data TO reader")
    address = make_url(postgres).set(username="reader", password="reader").render_as_string(False)  # noqa: FBT003, S106
    settings = Settings(database=address, base=BASE, deadline=MAX_DEADLINE, cache=0)
    with DescribedClient(create(settings)) as client, ThreadPoolExecutor(CLIENTS) as threads:

        def statuses() -> Counter[int]:
            paths = PUBLIC_PATHS * CLIENTS
            return Counter(threads.map(lambda path: client.get(path).status_code, paths))

        assert statuses().keys() == {200}
        before = server_processes(postgres, "reader")
        with psycopg.connect(postgres) as holder:
            holder.execute("LOCK TABLE document IN ACCESS EXCLUSIVE MODE")
            slow = threads.submit(client.get, "/projects/project")
            until(lambda: waiting_queries(postgres))
            quick = waiting_queries(postgres)
            # Its budget is over: it begins again as a slow query.
            until(lambda: waiting_queries(postgres) - quick)
            holder.rollback()
            assert slow.result(PATIENCE).status_code == 200
        assert statuses().keys() == {200}
        assert len(before) == FULL
        assert server_processes(postgres, "reader") == before


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


def waiting_queries(address: str) -> set[tuple[object, ...]]:
    """Return process id and start of the queries that wait for a lock."""
    query = "SELECT pid, query_start FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
    with psycopg.connect(address) as connection:
        return set(connection.execute(query, [connection.info.dbname]))


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
            holder.execute("LOCK TABLE record IN ACCESS EXCLUSIVE MODE")
            with open_request(server.port, "/projects/ensie") as connection:
                until(lambda: waiting_queries(postgres))
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
