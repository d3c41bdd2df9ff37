"""Servers and commands in processes of their own."""

import os
import re
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

from api.settings import MAX_DEADLINE, Settings
from tests.support.forkserver import Command
from tests.support.wait_limit import PATIENCE


def environment(**settings: object) -> dict[str, str]:
    """Return the environment of this process with other settings; deadline and budget are wide unless they are set.

    The content of tests may be years old, so the date of the clock is confirmed.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TIKLS_")}
    settings = {
        "deadline": MAX_DEADLINE,
        "budget": 0,
        "today": datetime.now(UTC).date().isoformat(),
        **settings,
    }
    return inherited | {f"TIKLS_{name.upper()}": str(value) for name, value in settings.items()}


def run(*arguments: object, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and return its status and output; its port is free."""
    settings = {"port": free_port(), "base": Settings().base, **settings}
    words = [*map(str, arguments)]
    with tempfile.TemporaryDirectory() as folder:
        output, errors = Path(folder, "output"), Path(folder, "errors")
        command = Command(["-m", "api", *words], environment(**settings), output, errors)
        try:
            status = command.wait(PATIENCE)
        finally:
            command.kill()
        return subprocess.CompletedProcess(
            words, status, output.read_text(encoding="utf-8"), errors.read_text(encoding="utf-8")
        )


def until(condition: Callable[[], object]) -> None:
    """Wait until a condition is true. Raise AssertionError after `PATIENCE` seconds."""
    deadline, pause = time.monotonic() + PATIENCE, threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(0.02)


class Server:
    """A server in a process of its own."""

    def __init__(self, process: Command, port: int, output: Path) -> None:
        self.process = process
        self.port = port
        self.output = output

    def get(self, path: str) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def send(self, request: bytes) -> bytes:
        """Send the bytes of a request, and return those of all responses."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(65_536), b""))

    def wait_until_ready(self) -> None:
        """Wait until the server is ready. Raise AssertionError with its output if it ends before."""
        until(self._is_ready)

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, self.output.read_text()
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False

    def stop(self) -> int:
        """Stop the server by a signal, and return its exit status."""
        self.process.terminate()
        return self.process.wait(PATIENCE)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def started(
    folder: Path, port: int, options: Sequence[str] = (), *, own_interpreter: bool = False, **settings: object
) -> Iterator[Server]:
    """Start a server, and stop it at the end; with an interpreter of its own, it imports all code, as for users."""
    output = folder / "output"
    arguments = ["-m", "api", "serve", *options]
    command = Command(
        arguments, environment(port=port, **settings), output, output, own_interpreter=own_interpreter
    )
    server = Server(command, port, output)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def serving(folder: Path, *, own_interpreter: bool = False, **settings: object) -> Iterator[Server]:
    """Start a server on a free port, and wait until it is ready."""
    with started(folder, free_port(), own_interpreter=own_interpreter, **settings) as server:
        server.wait_until_ready()
        yield server


def workers(server: Server) -> list[int]:
    """Return the process ids of the workers of a server."""
    return [int(pid) for pid in re.findall(r"worker-\d+ with PID: (\d+)", server.output.read_text())]


def get(connection: HTTPConnection, path: str, **headers: str) -> tuple[int, list[tuple[str, str]], bytes]:
    connection.request(
        "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    response = connection.getresponse()
    stable = sorted((name.lower(), value) for name, value in response.getheaders() if name.lower() != "date")
    return response.status, stable, response.read()
