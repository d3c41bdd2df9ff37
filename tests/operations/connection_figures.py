"""Figures of many slow clients and of killed workers: `python -m tests.operations.connection_figures`.

They are of a server with the default settings and the network's own content.
"""

import os
import re
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path

import click

from api.settings import Settings
from tests.operations.slow_clients import (
    closed_count,
    connection_count,
    raise_own_descriptor_limit,
    slow_clients,
)
from tests.support.processes import Server, get, serving, until, workers
from tests.support.wait_limit import PATIENCE

PATH = "/projects/ensie"

CLIENTS = {"slow reader": 1_000, "silent": 5_000, "idle": 2_000, "half header": 1_000}

SECONDS = 6
"""The time of a measurement, while all clients are connected."""

KILLS = 50


def p99(server: Server, path: str) -> str:
    """Return the 99th percentile of the time of a request for a cached record."""
    times, end = [], time.monotonic() + SECONDS
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as connection:
        while time.monotonic() < end:
            start = time.perf_counter()
            assert get(connection, path)[0] == 200
            times.append(1000 * (time.perf_counter() - start))
    return f"p99 of a cached record {statistics.quantiles(times, n=100)[98]:.2f} ms of {len(times)} requests"


def memory(server: Server) -> str:
    """Return the anonymous memory of the last worker."""
    status = Path(f"/proc/{workers(server)[-1]}/status").read_text(encoding="utf-8")
    kilobytes = int(re.search(r"RssAnon:\s+(\d+)", status)[1])
    return f"memory {kilobytes // 1024} MB"


def _wait(condition: Callable[[], bool]) -> None:
    """Wait until a condition is true, without taking time from the server."""
    while not condition():
        time.sleep(0.5)


def _cpu_ticks(server: Server) -> int:
    """Return the processor time of the last worker, in ticks."""
    status = Path(f"/proc/{workers(server)[-1]}/stat").read_text(encoding="utf-8")
    return sum(map(int, status.rpartition(")")[2].split()[11:13]))


def _wait_until_idle(server: Server) -> None:
    """Wait until the last worker does next to nothing for half a second, at most 15 seconds."""
    before, end = -100, time.monotonic() + 15
    while (after := _cpu_ticks(server)) - before > 2 and time.monotonic() < end:
        before = after
        time.sleep(0.5)


def measure_slow_clients(server: Server, path: str) -> None:
    """Report what thousands of slow clients cost the others, and when the server lets them go."""
    p99(server, path)
    click.echo(f"alone: {p99(server, path)}; {memory(server)}")
    with ExitStack() as cleanup:
        clients, opened_at = {}, {}
        for kind, count in CLIENTS.items():
            clients[kind] = cleanup.enter_context(slow_clients(server.port, kind, count))
            opened_at[kind] = time.monotonic()
            if kind == "slow reader":
                _wait_until_idle(server)
            click.echo(f"beside {count} more clients: {kind}; {memory(server)}")
        click.echo(
            f"beside all: {p99(server, path)}; {memory(server)}; {connection_count(server.port)} are connected"
        )
        for kind in ("silent", "idle", "half header", "slow reader"):
            if (
                kind == "slow reader"
            ):  # The kernel drops their connections without a word, and they are the last.
                _wait(lambda: connection_count(server.port) == 0)
            else:
                _wait(lambda kind=kind: closed_count(clients[kind]) == len(clients[kind]))
            click.echo(
                f"{kind}: let go {time.monotonic() - opened_at[kind]:.1f} s after the last of them connected"
            )


def measure_kills(server: Server) -> None:
    """Report how long the only worker is away when it is killed."""
    times = []
    for _ in range(KILLS):
        os.kill(workers(server)[-1], signal.SIGKILL)
        start, count = time.monotonic(), len(workers(server))
        assert server.get("/readyz")[0] == 200
        times.append(time.monotonic() - start)
        until(lambda count=count: len(workers(server)) == count + 1)
    click.echo(
        f"{KILLS} kills of the only worker: /readyz after {statistics.median(times):.2f} s, at most {max(times):.2f} s"
    )


def main() -> None:
    """Measure and report."""
    if raise_own_descriptor_limit() < sum(CLIENTS.values()) + 100:
        sys.exit("The limit of open files is too low.")
    with tempfile.TemporaryDirectory() as folder:
        settings = {"database": f"sqlite:///{folder}/new.db", "deadline": Settings().deadline, "budget": 0}
        with serving(Path(folder), **settings) as server:
            measure_slow_clients(server, PATH)
            measure_kills(server)
            with slow_clients(server.port, "half header", 1_000):
                start = time.monotonic()
                server.stop()
                click.echo(f"SIGTERM beside 1,000 half headers: {time.monotonic() - start:.2f} s to the end")


if __name__ == "__main__":
    main()
