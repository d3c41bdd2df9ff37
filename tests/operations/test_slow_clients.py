"""Tests of clients that keep many connections open, over real sockets."""

import json
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from api.cli.descriptor_limit import few_connections_warning
from tests.operations.slow_clients import (
    closed_count,
    connection_count,
    limited,
    raise_own_descriptor_limit,
    slow_clients,
    supervised,
)
from tests.support.processes import Server, environment, free_port, until
from tests.support.site import ROOT
from tests.support.wait_limit import PATIENCE

COUNT = 1_100

NEVER = 2 * PATIENCE
"""A deadline in seconds that no test waits for."""


@pytest.fixture(scope="module", autouse=True)
def descriptors() -> Iterator[None]:
    """Raise this process's limit of open files."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    if raise_own_descriptor_limit() < 4 * COUNT:
        pytest.skip("The limit of open files is too low for so many clients.")
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@pytest.fixture(scope="module")
def database(databases) -> str:
    return databases.make("sqlite")


def test_many_connections_of_each_kind_keep_nobody_out_and_delay_no_stop(database, tmp_path):
    kinds = ("silent", "half header", "idle")
    with ExitStack() as cleanup:
        server = cleanup.enter_context(supervised(tmp_path, 1, header=NEVER, stall=NEVER, database=database))
        server.wait_until_ready()
        clients = []
        for kind in kinds:
            clients += cleanup.enter_context(slow_clients(server.port, kind, COUNT))
            assert server.get("/livez")[0] == 200
        clients += cleanup.enter_context(slow_clients(server.port, "slow reader", COUNT // 10))
        assert server.get("/readyz")[0] == 200
        assert closed_count(clients) == 0
        assert connection_count(server.port) >= len(clients)
        assert server.stop() == 0
        assert connection_count(server.port) == 0
        assert "Killing" not in server.output.read_text()


LARGE = (
    b"GET /openapi.json HTTP/1.1\r\nHost: a.example\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n"
)

STEADY_SCRIPT = """
import asyncio
from api.cli import supervisor, worker_application

def create_application():
    application = worker_application.create_application()
    entry = application.entry

    async def entry_of_steady_client(scope, receive, send):
        async def send_steadily(event):
            await send(event)
            if event.get("more_body"):
                await asyncio.sleep(0.15)

        await entry(scope, receive, send_steadily)

    application.entry = entry_of_steady_client
    return application

supervisor.create_application = create_application
"""
"""Makes the kernel have nothing to send between two parts of a response, as with a client that takes each at once."""


def test_a_client_that_takes_each_part_of_a_response_receives_all_of_it_during_a_stop(database, tmp_path):
    with supervised(
        tmp_path, 1, header=NEVER, stall=NEVER, script=STEADY_SCRIPT, database=database
    ) as server:
        server.wait_until_ready()
        with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as client:
            client.sendall(LARGE)
            received = client.recv(1)
            server.process.terminate()
            received += b"".join(iter(lambda: client.recv(65_536), b""))
        head, _, body = received.partition(b"\r\n\r\n")
        assert f"content-length: {len(body)}".encode() in head
        assert server.process.wait(PATIENCE) == 0
        assert "Killing" not in server.output.read_text()


def test_clients_that_leave_during_their_responses_have_no_lines_in_the_log(database, tmp_path):
    with supervised(tmp_path, 1, header=NEVER, stall=NEVER, database=database) as server:
        server.wait_until_ready()
        before = server.output.read_text()
        for _ in range(COUNT // 20):
            with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as client:
                client.sendall(LARGE)
                assert client.recv(1)
        until(lambda: connection_count(server.port) == 0)
        assert server.get("/livez")[0] == 200
        assert server.output.read_text() == before


def test_connections_of_each_kind_are_let_go_after_their_deadline(database, tmp_path):
    with ExitStack() as cleanup:
        server = cleanup.enter_context(supervised(tmp_path, 2, header=1, stall=1, database=database))
        server.wait_until_ready()
        for kind in ("silent", "half header", "idle", "half body", "half body of a GET", "HTTP/2 preface"):
            clients = cleanup.enter_context(slow_clients(server.port, kind, COUNT // 10))
            until(lambda clients=clients: closed_count(clients) == len(clients))
        cleanup.enter_context(slow_clients(server.port, "slow reader", COUNT // 10))
        until(lambda: connection_count(server.port) == 0)
        assert server.get("/livez")[0] == 200


def test_connections_beyond_the_connection_limit_are_refused_at_once_with_one_line_in_the_log(
    database, tmp_path
):
    script = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300))"
    with supervised(tmp_path, 1, header=NEVER, stall=NEVER, script=script, database=database) as server:
        server.wait_until_ready()
        with slow_clients(server.port, "silent", 172) as holders:
            until(lambda: connection_count(server.port) >= 172)
            responses = [response for _ in range(20) if (response := response_of(server))]
            assert responses
            for response in responses:
                assert_refused(response)
            assert closed_count(holders) == 0
            holders.pop().close()
        until(lambda: response_of(server).startswith(b"HTTP/1.1 200"))
        assert server.output.read_text().count("Refused") == 1


def assert_refused(response: bytes) -> None:
    """Check that a response is the whole problem document of a refused connection."""
    head, _, body = response.partition(b"\r\n\r\n")
    status, *fields = head.decode().split("\r\n")
    headers = dict(field.split(": ", 1) for field in fields)
    problem = json.loads(body)
    assert status == "HTTP/1.1 503 Service Unavailable"
    assert headers["content-type"] == "application/problem+json"
    assert headers["retry-after"] == "10"
    assert headers["content-length"] == str(len(body))
    assert (problem["status"], problem["code"]) == (503, "unavailable")
    assert problem["type"].endswith("/problems/unavailable")


def response_of(server: Server) -> bytes:
    """Return the response to a request, empty if the connection is reset."""
    try:
        return server.send(b"GET /livez HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")
    except ConnectionResetError:
        return b""


def test_a_server_with_too_few_open_files_does_not_start():
    command = limited(200, sys.executable, "-m", "api", "serve")
    result = subprocess.run(
        command, check=False, cwd=ROOT, env=environment(port=free_port()), capture_output=True, text=True
    )
    assert result.returncode == 1
    assert result.stderr == (
        "Cannot serve with at most 200 open files. "
        "Raise the limit of open files to 16512 (ulimit -n, LimitNOFILE=).\n"
    )


def test_a_server_with_few_open_files_says_how_many_connections_it_serves():
    assert "at most 896 connections" in few_connections_warning(896)
    assert few_connections_warning(16_384) is None
