"""Tests of `serve` over real sockets: first start, responses, and end."""

import json
import re
from collections.abc import Iterator

import pytest

from api.settings import Settings
from api.store_factory import create_store
from tests.support.processes import Server, free_port, serving, started, until
from tests.support.site import KINDS, ROOT
from tests.support.wait_limit import PATIENCE


@pytest.fixture(scope="module", params=KINDS)
def server(request, databases, tmp_path_factory) -> Iterator[Server]:
    """A server that was started on an empty database."""
    with serving(
        tmp_path_factory.mktemp("server"), own_interpreter=True, database=databases.empty(request.param)
    ) as server:
        yield server


def test_the_first_start_migrates_loads_and_serves(server):
    status, body = server.get("/projects/ensie")
    assert status == 200
    assert json.loads(body)["uri"] == f"http://127.0.0.1:{server.port}/projects/ensie#this"
    assert json.loads(server.get("/projects")[1])["total"] == len(list((ROOT / "data/projects").iterdir()))


def test_the_start_prints_addresses_that_respond(server):
    output = server.output.read_text()
    base = f"http://127.0.0.1:{server.port}"
    paths = [address.removeprefix(base) for address in re.findall(rf"^ +({base}\S*)$", output, re.MULTILINE)]
    assert len(paths) > 2
    assert {server.get(path)[0] for path in paths} == {200}
    assert "\x1b" not in output
    assert "Traceback" not in output


def test_repeated_requests_get_the_same_response(server):
    assert {server.get("/projects/ensie") for _ in range(50)} == {server.get("/projects/ensie")}
    assert server.get("/livez") == (200, b'{"status":"alive"}')


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /projects/ensie HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET /projects/ensie HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a.example\r\nhost: a.example\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n",
    ],
    ids=["none", "none in 1.0", "two", "the same twice", "empty"],
)
def test_a_request_without_exactly_one_host_is_refused(server, request_):
    assert server.send(request_).split(b" ")[1] == b"400"


def test_paths_over_the_wire_are_not_normalized(server):
    for path, status in [
        ("/projects/%65nsie", 404),
        ("/projects/ensie/", 308),
        ("/projects/ensie//", 404),
        ("//projects", 404),
        ("projects", 404),
        ("/", 200),
    ]:
        request = f"GET {path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"
        assert server.send(request.encode()).split(b" ")[1] == str(status).encode(), path


def test_a_response_to_head_over_the_wire_has_no_body(server):
    response = server.send(b"HEAD /projects/ensie HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")
    head, _, body = response.partition(b"\r\n\r\n")
    assert b"200" in head
    assert body == b""
    length = int(re.search(rb"content-length: (\d+)", head.lower())[1])
    assert length == len(server.get("/projects/ensie")[1])


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_ends_quietly_and_a_second_start_publishes_nothing(request, databases, kind, tmp_path):
    address = databases.empty(kind)
    store = create_store(Settings(database=address))
    request.addfinalizer(store.database.close)
    observations = []
    for _ in range(2):
        with serving(tmp_path, database=address, base="https://data.example.org") as server:
            observations.append(server.get("/projects/ensie"))
            assert server.stop() == 0, server.output.read_text()
        assert "Traceback" not in server.output.read_text()
        with store.database.reading() as connection:
            observations.append(connection.execute(store.tables.revision.select().order_by("seq")).all())
    assert observations[:2] == observations[2:]


def test_responses_leave_no_lines_in_the_log(server):
    server.get("/readyz")
    output = server.output.read_text()
    for path in ("/readyz", "/projects/ensie", "/nothing"):
        server.get(path)
    assert server.output.read_text() == output
    assert "alembic" not in output


def test_a_server_does_not_start_with_invalid_content(tmp_path):
    (tmp_path / "data/projects").mkdir(parents=True)
    (tmp_path / "data/projects/bad.json").write_bytes(b"{")
    database = f"sqlite:///{tmp_path / 'new.db'}"
    with started(tmp_path, free_port(), database=database, data=tmp_path / "data") as server:
        assert server.process.wait(PATIENCE) == 1
        (line,) = server.output.read_text().splitlines()
        assert line.endswith("[not-json]")


def test_a_port_that_is_in_use_is_reported_in_one_line(server, tmp_path):
    with started(tmp_path, server.port, database=f"sqlite:///{tmp_path / 'new.db'}") as second:
        assert second.process.wait(PATIENCE) == 1
        assert second.output.read_text() == (
            f"Cannot listen at http://127.0.0.1:{server.port}: Address already in use. "
            f"Set another port, such as TIKLS_PORT={server.port + 1}, or another TIKLS_HOST.\n"
        )


def test_a_killed_server_leaves_its_port_free(databases, tmp_path):
    address = databases.empty("sqlite")
    with serving(tmp_path, database=address) as server:
        server.process.kill()
        server.process.wait(PATIENCE)
        until(lambda: not responds(server))
        with started(tmp_path, server.port, database=address) as another:
            another.wait_until_ready()
            assert another.get("/projects/ensie")[0] == 200


def responds(server: Server) -> bool:
    try:
        return bool(server.get("/livez"))
    except OSError:
        return False
