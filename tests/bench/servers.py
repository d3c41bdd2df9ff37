"""Servers that are measured: each in processes of its own, on one core, at a free port, ended in any case."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO

import msgspec

from api.settings import Settings
from tests.bench.figures import CannotMeasureError
from tests.bench.processes import SERVER_CORE, pinned

ROOT = Path(__file__).parent.parent.parent

BASE = Settings().base
"""What IRIs begin with, the same at any port, so that the same bytes are served."""

_PATIENCE = 120


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    pid: int
    port: int

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Ask for one address, and return everything that came."""
        with closing(self.connected()) as connection:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, named, answer.read()

    def connected(self) -> HTTPConnection:
        """Return a connection to ask on."""
        return HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return our environment with these settings and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIKLS_")}
    return {**kept, **settings}


@contextmanager
def ours(database: str, *, cache: int | None) -> Iterator[Server]:
    """Serve a database as in production, but for the megabytes of whole answers that are kept, if they are given."""
    settings = {"TIKLS_DATABASE": database, "TIKLS_BASE": BASE}
    if cache is not None:
        settings["TIKLS_CACHE"] = str(cache)
    port = _free_port()
    command = [sys.executable, "-m", "api", "serve"]
    with _started(command, port, settings | {"TIKLS_PORT": str(port)}, "/readyz") as server:
        yield server


@contextmanager
def limit(route: str, file: Path, media_type: str, path: str) -> Iterator[Server]:
    """Serve the bytes of a file from a bare Litestar application; the path is one that the route takes."""
    port = _free_port()
    command = [sys.executable, "-m", "tests.bench.limit", route, str(file), media_type, str(port)]
    with _started(command, port, {}, path) as server:
        yield server


@contextmanager
def function(file: Path, headers: Mapping[str, str], path: str) -> Iterator[Server]:
    """Serve the bytes of a file with some headers, at any path, from an ASGI function."""
    port = _free_port()
    said = msgspec.json.encode(headers).decode()
    command = [sys.executable, "-m", "tests.bench.function", str(file), said, str(port)]
    with _started(command, port, {}, path) as server:
        yield server


@contextmanager
def bare(database: Path, route: str, statements: Path, path: str) -> Iterator[Server]:
    """Serve lists of a SQLite file from a bare Litestar application that runs the statements in a file."""
    port = _free_port()
    command = [sys.executable, "-m", "tests.bench.bare", str(database), route, str(statements), str(port)]
    with _started(command, port, {}, path) as server:
        yield server


@contextmanager
def mapped(database: str, path: str) -> Iterator[Server]:
    """Serve a PostgreSQL database through an ORM."""
    port = _free_port()
    command = [sys.executable, "-m", "tests.bench.mapped", database, str(port)]
    with _started(command, port, {}, path) as server:
        yield server


@contextmanager
def datasette(program: Path, database: Path, metadata: Path) -> Iterator[Server]:
    """Serve a SQLite file with Datasette, told that nobody writes to it."""
    port = _free_port()
    options = ["--host", "127.0.0.1", "--port", str(port), "--metadata", str(metadata)]
    with _started(
        [str(program), "serve", "-i", str(database), *options], port, {}, "/-/versions.json"
    ) as server:
        yield server


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def _started(command: Sequence[str], port: int, settings: Mapping[str, str], path: str) -> Iterator[Server]:
    """Start a server, wait until it answers at a path, and end it whatever happens."""
    if _is_taken(port):
        message = f"somebody listens at port {port} already, and would be measured instead"
        raise CannotMeasureError(message)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            pinned(SERVER_CORE, command), cwd=ROOT, env=environment(settings), stdout=said, stderr=said
        )
        try:
            _wait(process, Server(process.pid, port), path, said)
            yield Server(process.pid, port)
        finally:
            _end(process)


def _is_taken(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


def _wait(process: subprocess.Popen[bytes], server: Server, path: str, said: IO[bytes]) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            said.seek(0)
            message = f"a server ended before it served: {said.read().decode().strip()[-500:]}"
            raise CannotMeasureError(message)
        try:
            if server.get(path)[0] == 200:
                return
        except (OSError, HTTPException):
            time.sleep(0.05)
    message = f"a server does not answer at {path}"
    raise CannotMeasureError(message)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
