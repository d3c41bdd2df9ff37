"""Servers under measurement: each in processes of its own, on one core, at a free port."""

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
from tests.bench.process_resources import SERVER_CORE, pinned

ROOT = Path(__file__).parent.parent.parent

BASE = Settings().base
"""The base of IRIs, the same at any port, so that the same bytes are served."""

_TIMEOUT = 120


@dataclass(frozen=True)
class BenchServer:
    """A running server."""

    pid: int
    port: int

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Send a GET request, and return status, headers and body."""
        with closing(self.connect()) as connection:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            received = {name.lower(): value for name, value in response.getheaders()}
            return response.status, received, response.read()

    def connect(self) -> HTTPConnection:
        """Return a new connection."""
        return HTTPConnection("127.0.0.1", self.port, timeout=_TIMEOUT)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of this process with these settings of Tikls and no others."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TIKLS_")}
    return {**inherited, **settings}


@contextmanager
def tikls_server(database: str, *, cache: int | None, root: Path = ROOT) -> Iterator[BenchServer]:
    """Serve a database as in production, by the code in a folder.

    `cache` is the size of the response cache in MB, or the default.
    """
    # One client asks for all that the server can give; its server time is counted as any other.
    settings = {"TIKLS_DATABASE": database, "TIKLS_BASE": BASE, "TIKLS_BUDGET": "3600"}
    if cache is not None:
        settings["TIKLS_CACHE"] = str(cache)
    port = _free_port()
    command = [sys.executable, "-m", "api", "serve"]
    with _running(command, port, settings | {"TIKLS_PORT": str(port)}, "/readyz", root) as server:
        yield server


@contextmanager
def limit_server(route: str, file: Path, media_type: str, path: str) -> Iterator[BenchServer]:
    """Serve the bytes of a file from a bare Litestar application. `path` is a path that matches the route."""
    port = _free_port()
    command = [
        sys.executable,
        "-m",
        "tests.bench.fixed_response_litestar",
        route,
        str(file),
        media_type,
        str(port),
    ]
    with _running(command, port, {}, path) as server:
        yield server


@contextmanager
def function_server(file: Path, headers: Mapping[str, str], path: str) -> Iterator[BenchServer]:
    """Serve the bytes of a file with some headers, at any path, from an ASGI function."""
    port = _free_port()
    headers_json = msgspec.json.encode(headers).decode()
    command = [sys.executable, "-m", "tests.bench.fixed_response_asgi", str(file), headers_json, str(port)]
    with _running(command, port, {}, path) as server:
        yield server


@contextmanager
def bare_server(database: Path, route: str, statements: Path, path: str) -> Iterator[BenchServer]:
    """Serve lists of a SQLite file from a bare Litestar application that runs the statements in a file."""
    port = _free_port()
    command = [
        sys.executable,
        "-m",
        "tests.bench.bare_list_server",
        str(database),
        route,
        str(statements),
        str(port),
    ]
    with _running(command, port, {}, path) as server:
        yield server


@contextmanager
def orm_server(database: str, path: str) -> Iterator[BenchServer]:
    """Serve a PostgreSQL database through an ORM."""
    port = _free_port()
    command = [sys.executable, "-m", "tests.bench.sqlalchemy_peer", database, str(port)]
    with _running(command, port, {}, path) as server:
        yield server


@contextmanager
def datasette_server(program: Path, database: Path, metadata: Path) -> Iterator[BenchServer]:
    """Serve a SQLite file with Datasette, as an immutable database."""
    port = _free_port()
    options = ["--host", "127.0.0.1", "--port", str(port), "--metadata", str(metadata)]
    with _running(
        [str(program), "serve", "-i", str(database), *options], port, {}, "/-/versions.json"
    ) as server:
        yield server


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def _running(
    command: Sequence[str], port: int, settings: Mapping[str, str], path: str, root: Path = ROOT
) -> Iterator[BenchServer]:
    """Start a server, wait until a path of it responds, and stop it at the end."""
    if _is_taken(port):
        message = f"somebody listens at port {port} already, and would be measured instead"
        raise CannotMeasureError(message)
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            pinned(SERVER_CORE, command), cwd=root, env=environment(settings), stdout=output, stderr=output
        )
        try:
            _wait_until_ready(process, BenchServer(process.pid, port), path, output)
            yield BenchServer(process.pid, port)
        finally:
            _stop(process)


def _is_taken(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def _wait_until_ready(
    process: subprocess.Popen[bytes], server: BenchServer, path: str, output: IO[bytes]
) -> None:
    deadline = time.monotonic() + _TIMEOUT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            output.seek(0)
            message = f"a server ended before it served: {output.read().decode().strip()[-500:]}"
            raise CannotMeasureError(message)
        try:
            if server.get(path)[0] == 200:
                return
        except (OSError, HTTPException):
            time.sleep(0.05)
    message = f"a server does not answer at {path}"
    raise CannotMeasureError(message)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
