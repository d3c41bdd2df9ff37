"""Clients that keep connections open: silent, idle, with half a header, or without reading their responses."""

import resource
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.support.forkserver import Command
from tests.support.processes import Server, environment, free_port
from tests.support.wait_limit import PATIENCE

_LARGE = b"GET /openapi.json HTTP/1.1\r\nHost: a.example\r\nAccept-Encoding: identity\r\n\r\n"

OPENINGS = {
    "silent": b"",
    "half header": b"GET /livez HTTP/1.1\r\nHost: a.example\r\nX: ",
    "idle": b"GET /livez HTTP/1.1\r\nHost: a.example\r\n\r\n",
    # Pipelined requests, as one response fits in the kernel's buffers.
    "slow reader": _LARGE * 10,
    "half body": b"POST /projects HTTP/1.1\r\nHost: a.example\r\nContent-Length: 100000\r\n\r\nabc",
    "half body of a GET": b"GET /projects HTTP/1.1\r\nHost: a.example\r\nContent-Length: 100000\r\n\r\nabc",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
}
"""The bytes that each kind of client sends. After them it sends and reads nothing."""


def raise_own_descriptor_limit() -> int:
    """Raise the limit of open files of this process as far as it can be, and return it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


@contextmanager
def slow_clients(port: int, kind: str, count: int) -> Iterator[list[socket.socket]]:
    """Yield a number of connected clients of a kind, closed at the end."""
    with ExitStack() as cleanup:
        clients = []
        for _ in range(count):
            client = cleanup.enter_context(socket.socket())
            client.settimeout(PATIENCE)
            if kind == "slow reader":
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            client.connect(("127.0.0.1", port))
            client.sendall(OPENINGS[kind])
            clients.append(client)
        yield clients


def closed_count(clients: list[socket.socket]) -> int:
    """Return the number of clients whose connection the server has closed or reset."""
    poll = select.poll()
    for client in clients:
        poll.register(client, select.POLLRDHUP)
    return len(poll.poll(0))


def connection_count(port: int) -> int:
    """Return the number of open connections of a server, without those of which only the kernel sends the rest."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return sum(int(local[-4:], 16) == port and state == "01" for _, local, _, state, *_ in lines)


def limited(descriptors: int, *command: str) -> list[str]:
    """Return a command that runs another with a limit of open files."""
    return ["sh", "-c", f'ulimit -n {descriptors} && exec "$@"', "sh", *command]


@contextmanager
def supervised(
    folder: Path,
    workers: int,
    *,
    header: float,
    stall: float,
    script: str = "",
    **settings: object,
) -> Iterator[Server]:
    """Start a server with other deadlines of clients; with a script, its own interpreter runs that first."""
    port, output = free_port(), folder / "output"
    code = (
        f"{script}\nfrom api.cli import supervisor; "
        f"supervisor.run(supervisor.ListeningAddress('127.0.0.1', {port}), {workers}, 60, "
        f"supervisor.ClientDeadlines({header}, {stall}))"
    )
    command = Command(
        ["-c", code], environment(port=port, **settings), output, output, own_interpreter=bool(script)
    )
    server = Server(command, port, output)
    try:
        yield server
    finally:
        command.terminate()
        try:
            command.wait(PATIENCE)
        except TimeoutError:
            command.kill()
