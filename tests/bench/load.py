"""Asking a server as fast as it answers, with `wrk`, and what its process took for it."""

import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from tests.bench.figures import CannotMeasureError
from tests.bench.processes import LOAD_CORE, cpu_seconds, pinned, wait_until_idle
from tests.bench.servers import Server

CONNECTIONS = 16

_SCRIPT = Path(__file__).with_name("draw.lua")


@dataclass(frozen=True)
class Slice:
    """What was measured while one server was asked for a while."""

    requests: int
    seconds: float
    p50: float
    """Microseconds in which half of the answers came."""
    p99: float
    cpu: float
    """Microseconds of a processor, user and system, that the server took for each request."""

    @property
    def rate(self) -> float:
        """Return requests per second."""
        return self.requests / self.seconds


class _Said(msgspec.Struct):
    requests: int
    microseconds: int
    p50: float
    p99: float
    refused: int
    lost: int


@dataclass(frozen=True)
class Load:
    """What a server is asked for: addresses to draw from, with some headers, on some connections."""

    server: Server
    paths: Sequence[str]
    headers: Mapping[str, str] = field(default_factory=dict)
    connections: int = CONNECTIONS

    def run(self, seconds: int) -> Slice:
        """Ask for some seconds. Raise CannotMeasureError if anything but answers came."""
        with tempfile.NamedTemporaryFile("w", suffix=".paths") as paths:
            paths.write("\n".join(self.paths) + "\n")
            paths.flush()
            before = cpu_seconds(self.server.pid)
            said = self._asked(seconds, paths.name)
            taken = cpu_seconds(self.server.pid) - before
        wait_until_idle(self.server.pid)
        return slice_of(said, taken, self.connections)

    def ask_each(self) -> None:
        """Ask for every address once, so that whatever is kept of them is kept."""
        with closing(self.server.connected()) as connection:
            for path in dict.fromkeys(self.paths):
                connection.request("GET", path, headers=dict(self.headers))
                connection.getresponse().read()

    def _asked(self, seconds: int, paths: str) -> str:
        address = f"http://127.0.0.1:{self.server.port}"
        options = ["-t1", f"-c{self.connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(_SCRIPT)]
        headers = [f"{name}: {value}" for name, value in self.headers.items()]
        command = pinned(LOAD_CORE, [wrk(), *options, address, "--", paths, *headers])
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def wrk() -> str:
    """Return where `wrk` is. Raise CannotMeasureError, saying how to get it, if it is not there."""
    if found := shutil.which("wrk"):
        return found
    message = "wrk is not installed; it makes the load: apt-get install wrk, or https://github.com/wg/wrk"
    raise CannotMeasureError(message)


def slice_of(said: str, cpu: float, connections: int) -> Slice:
    """Return what `wrk` said in its last line. Raise CannotMeasureError if not everything was answered."""
    lines = [line for line in said.splitlines() if line.startswith("{")]
    if not lines:
        message = f"wrk told nothing: {said.strip()[-200:]}"
        raise CannotMeasureError(message)
    found = msgspec.json.decode(lines[-1], type=_Said)
    if found.refused or found.lost:
        message = f"of {found.requests} requests {found.refused} were refused and {found.lost} lost"
        raise CannotMeasureError(message)
    seconds = found.microseconds / 1e6
    if not found.requests:  # each of those that were begun takes longer than there was time
        return Slice(0, seconds, found.microseconds, found.microseconds, cpu * 1e6 / connections)
    return Slice(found.requests, seconds, found.p50, found.p99, cpu * 1e6 / found.requests)
