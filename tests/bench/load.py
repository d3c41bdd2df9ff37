"""Load on a server, made by `wrk`, and the CPU time that the server takes for it."""

import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from tests.bench.figures import CannotMeasureError
from tests.bench.process_resources import LOAD_CORE, cpu_seconds, pinned, wait_until_idle
from tests.bench.servers import BenchServer

CONNECTIONS = 16

_SCRIPT = Path(__file__).with_name("draw.lua")


@dataclass(frozen=True)
class Slice:
    """The measurements of one server during a slice of load."""

    requests: int
    seconds: float
    p50: float
    """The median of latencies, in microseconds."""
    p99: float
    cpu: float
    """CPU time of the server for each request, user and system, in microseconds."""

    @property
    def rate(self) -> float:
        """Return requests per second."""
        return self.requests / self.seconds


class _WrkSummary(msgspec.Struct):
    requests: int
    microseconds: int
    p50: float
    p99: float
    refused: int
    lost: int


@dataclass(frozen=True)
class Load:
    """Requests to a server: paths to draw from, headers, number of connections."""

    server: BenchServer
    paths: Sequence[str]
    headers: Mapping[str, str] = field(default_factory=dict)
    connections: int = CONNECTIONS

    def run(self, seconds: int) -> Slice:
        """Send requests for some seconds. Raise CannotMeasureError if a request fails."""
        with tempfile.NamedTemporaryFile("w", suffix=".paths") as paths:
            paths.write("\n".join(self.paths) + "\n")
            paths.flush()
            cpu_before = cpu_seconds(self.server.pid)
            output = self._run_wrk(seconds, paths.name)
            cpu = cpu_seconds(self.server.pid) - cpu_before
        wait_until_idle(self.server.pid)
        return parse_slice(output, cpu, self.connections)

    def request_each(self) -> None:
        """Request every path once, so that the responses are in the cache."""
        with closing(self.server.connect()) as connection:
            for path in dict.fromkeys(self.paths):
                connection.request("GET", path, headers=dict(self.headers))
                connection.getresponse().read()

    def _run_wrk(self, seconds: int, paths: str) -> str:
        url = f"http://127.0.0.1:{self.server.port}"
        options = ["-t1", f"-c{self.connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(_SCRIPT)]
        headers = [f"{name}: {value}" for name, value in self.headers.items()]
        command = pinned(LOAD_CORE, [wrk_path(), *options, url, "--", paths, *headers])
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def wrk_path() -> str:
    """Return the path of `wrk`. Raise CannotMeasureError, with how to install it, if it is missing."""
    if path := shutil.which("wrk"):
        return path
    message = "wrk is not installed; it makes the load: apt-get install wrk, or https://github.com/wg/wrk"
    raise CannotMeasureError(message)


def parse_slice(output: str, cpu: float, connections: int) -> Slice:
    """Parse the summary that `wrk` writes in its last line. Raise CannotMeasureError if a request failed."""
    lines = [line for line in output.splitlines() if line.startswith("{")]
    if not lines:
        message = f"wrk told nothing: {output.strip()[-200:]}"
        raise CannotMeasureError(message)
    summary = msgspec.json.decode(lines[-1], type=_WrkSummary)
    if summary.refused or summary.lost:
        message = f"of {summary.requests} requests {summary.refused} were refused and {summary.lost} lost"
        raise CannotMeasureError(message)
    seconds = summary.microseconds / 1e6
    if not summary.requests:  # every request takes longer than the slice
        return Slice(0, seconds, summary.microseconds, summary.microseconds, cpu * 1e6 / connections)
    return Slice(summary.requests, seconds, summary.p50, summary.p99, cpu * 1e6 / summary.requests)
