"""Servers and commands in processes of their own."""

import os
import re
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from api.settings import MAX_DEADLINE, Settings
from tests.support.deadlines import PATIENCE
from tests.support.forkserver import Command


def environment(**settings: object) -> dict[str, str]:
    """Return the environment of this process with other settings, and a wide deadline unless it is one of them."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TIKLS_")}
    settings = {"deadline": MAX_DEADLINE, **settings}
    return inherited | {f"TIKLS_{name.upper()}": str(value) for name, value in settings.items()}


def run(*arguments: object, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and return its status and output; its port is free."""
    settings = {"port": free_port(), "base": Settings().base, **settings}
    words = [*map(str, arguments)]
    with tempfile.TemporaryDirectory() as folder:
        output, errors = Path(folder, "output"), Path(folder, "errors")
        command = Command(words, environment(**settings), output, errors)
        try:
            status = command.wait(PATIENCE)
        finally:
            command.kill()
        return subprocess.CompletedProcess(
            words, status, output.read_text(encoding="utf-8"), errors.read_text(encoding="utf-8")
        )


def until(true: Callable[[], object]) -> None:
    """Ask again and again, for a while; then fail."""
    deadline, pause = time.monotonic() + PATIENCE, threading.Event()
    while not true():
        assert time.monotonic() < deadline
        pause.wait(0.02)


class Server:
    """A server in a process of its own."""

    def __init__(self, process: Command, port: int, said: Path) -> None:
        self.process = process
        self.port = port
        self.said = said

    def get(self, path: str) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def send(self, request: bytes) -> bytes:
        """Send bytes and return everything that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(65_536), b""))

    def wait_until_ready(self) -> None:
        """Return when the server answers. Raise AssertionError with its output if it ends before."""
        until(self._is_ready)

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, self.said.read_text()
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False

    def stop(self) -> int:
        """Ask the server to end, and return its status."""
        self.process.terminate()
        return self.process.wait(PATIENCE)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def started(folder: Path, port: int, **settings: object) -> Iterator[Server]:
    """Start a server, and end it whatever happens."""
    output = folder / "said"
    command = Command(["serve"], environment(port=port, **settings), output, output)
    server = Server(command, port, output)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def serving(folder: Path, **settings: object) -> Iterator[Server]:
    """Start a server on a free port, and wait until it answers."""
    with started(folder, free_port(), **settings) as server:
        server.wait_until_ready()
        yield server


def workers(server: Server) -> list[int]:
    """Return the processes of a server that answer."""
    return [int(one) for one in re.findall(r"worker-\d+ with PID: (\d+)", server.said.read_text())]


def ask(connection: HTTPConnection, path: str, **headers: str) -> tuple[int, list[tuple[str, str]], bytes]:
    connection.request("GET", path, headers={name.replace("_", "-"): one for name, one in headers.items()})
    answer = connection.getresponse()
    kept = sorted((name.lower(), value) for name, value in answer.getheaders() if name.lower() != "date")
    return answer.status, kept, answer.read()
