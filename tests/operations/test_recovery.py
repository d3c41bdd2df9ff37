"""A database that goes away and comes back, and a server that is asked to end: nothing is torn."""

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
from tests.support.assertions import assert_told
from tests.support.databases import Databases
from tests.support.deadlines import PATIENCE
from tests.support.generators.records import record
from tests.support.log_scenarios import NETWORK_ACTS
from tests.support.processes import run, serving, until
from tests.support.site import site_on

PUBLIC = ("/projects", "/projects/project", "/projects/project.ttl", "/grants?limit=1")

RESTARTS = 5


class Cluster:
    """A PostgreSQL of our own, which can be stopped and started."""

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
        """Be stopped meanwhile, and started again whatever happens."""
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
        environment.delenv("TEST_DATABASE", raising=False)  # that one is not ours to stop
        with postgresql.server() as address:
            yield Cluster(address)


@pytest.fixture
def postgres(cluster, tmp_path) -> Iterator[str]:
    """The address of a migrated database on our own cluster."""
    made = Databases(cluster.address, tmp_path)
    yield made.make("postgresql")
    made.drop_all()


def assert_unavailable(site) -> None:
    """Check that what needs the database says so, and that the process itself is well."""
    for path in (*PUBLIC, "/readyz", *PUBLIC):
        answer = site.get(path)
        assert answer.status_code == 503, (path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json()["status"] == 503
    assert site.get("/livez").status_code == 200


def answers(site) -> list[tuple[int, bytes]]:
    found = [site.get(path) for path in (*PUBLIC, "/readyz")]
    assert {one.status_code for one in found} == {200}
    return [(one.status_code, one.content) for one in found]


def test_a_stopped_postgresql_gives_503_and_the_server_recovers_when_it_is_there_again(cluster, postgres):
    with site_on(postgres) as site:
        site.store.commit(NETWORK_ACTS, "editor")
        before = answers(site)
        for _ in range(2):
            with cluster.stopped():
                assert_unavailable(site)
            assert answers(site) == before


def test_connections_that_are_terminated_are_made_anew(cluster, postgres):
    with site_on(postgres) as site:
        site.store.commit(NETWORK_ACTS, "editor")
        before = answers(site)
        for _ in range(RESTARTS):
            with psycopg.connect(cluster.address, autocommit=True) as connection:
                others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'tikls%'"
                assert connection.execute(others).rowcount
            assert answers(site) == before


def test_restarts_under_load_give_nothing_but_answers_and_503(cluster, postgres, tmp_path):
    counted: Counter[int] = Counter()
    with serving(tmp_path, database=postgres) as server:
        stop = threading.Event()

        def ask() -> None:
            while not stop.is_set():
                counted[server.get("/projects")[0]] += 1

        asking = [threading.Thread(target=ask) for _ in range(2)]
        for thread in asking:
            thread.start()
        try:
            for _ in range(RESTARTS):
                with cluster.stopped():
                    until(lambda: server.get("/projects")[0] == 503)
                until(lambda: server.get("/projects")[0] == 200)
        finally:
            stop.set()
            for thread in asking:
                thread.join(PATIENCE)
        assert server.get("/readyz")[0] == 200
        said = server.said.read_text()
        assert "Traceback" not in said, said[said.index("Traceback") :]
    assert counted.keys() <= {200, 503}
    assert counted[200]
    assert counted[503]


def test_a_file_that_is_moved_away_gives_503_and_nothing_is_lost_when_it_is_back(databases):
    with site_on(databases.make("sqlite")) as site:
        site.store.commit(NETWORK_ACTS, "editor")
        before, path = answers(site), site.store.database.path
        away = path.with_name("away")
        for _ in range(2):
            path.rename(away)
            assert_unavailable(site)
            assert not path.exists()
            away.rename(path)
            assert answers(site) == before
        site.store.commit([publish(record("Organisation", "later"))], "editor")
        assert site.get("/organisations/later").status_code == 200
        assert not site.store.rebuild()


def test_a_file_that_is_replaced_by_another_is_served_from_then_on(databases):
    with site_on(databases.make("sqlite")) as other:
        other.store.commit([publish(record("Project", "other"))], "editor")
        other.store.commit([publish(record("Project", "another"))], "editor")
        new = other.store.database.path
    with site_on(databases.make("sqlite")) as site:
        site.store.commit(NETWORK_ACTS, "editor")
        site.store.commit([publish(record("Organisation", "later"))], "editor")
        answers(site)
        path = site.store.database.path
        for end in ("-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)
        new.replace(path)
        assert site.get("/projects/project").status_code == 404
        assert site.json("/projects/other")["title"] == {"en": "Project other"}
        assert site.json("/projects")["total"] == 2
        assert site.get("/readyz").status_code == 200


@contextmanager
def asking(port: int, path: str) -> Iterator[socket.socket]:
    """Send a request, and yield the socket that its answer will come from."""
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


def test_a_server_that_is_asked_to_end_answers_what_it_was_asked_before(postgres, tmp_path):
    with serving(tmp_path, database=postgres, cache=0) as server:  # so that it has to wait for the database
        expected = server.get("/projects/ensie")
        with psycopg.connect(postgres) as holding:
            holding.execute("LOCK TABLE document IN ACCESS EXCLUSIVE MODE")
            with asking(server.port, "/projects/ensie") as connection:
                until(lambda: is_waiting(postgres))
                server.process.terminate()
                until(lambda: refuses(server.port))
                assert server.process.poll() is None
                holding.rollback()
                answer = http.client.HTTPResponse(connection)
                answer.begin()
                assert (answer.status, answer.read()) == expected
        assert server.process.wait(PATIENCE) == 0, server.said.read_text()
        assert refuses(server.port)
        assert "Traceback" not in server.said.read_text()


@pytest.mark.parametrize("command", ["serve", "load", "rebuild"])
def test_a_database_that_is_not_there_is_told_in_a_line(command):
    with tempfile.TemporaryDirectory() as empty:
        address = f"postgresql://postgres@/postgres?host={empty}"
        (line,) = assert_told(run(command, database=address), 1)
    assert "database" in line


def test_a_database_that_its_server_does_not_have_is_told_in_a_line(cluster):
    address = cluster.address.replace("/postgres?", "/nothing?")
    (line,) = assert_told(run("serve", database=address), 1)
    assert "nothing" in line


def test_a_folder_that_cannot_be_made_is_told_in_a_line(tmp_path):
    (tmp_path / "file").touch()
    assert_told(run("serve", database=f"sqlite:///{tmp_path / 'file/new.db'}"), 1)
