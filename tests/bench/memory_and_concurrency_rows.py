"""Rows of private memory and of readers beside a writer: G14 and G16."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.bench.databases import database_url, writable_copy
from tests.bench.figures import CannotMeasureError, Goal, Plan, Row, measure_in_turn, median_of, ratios
from tests.bench.load import Load, Slice
from tests.bench.process_resources import LOAD_CORE, pinned, private_memory
from tests.bench.servers import ROOT, tikls_server
from tests.bench.stage import Stage, limit_load

_MAX_PATHS = 500


@dataclass(frozen=True)
class PrivateMemory:
    """The private memory of a server after a slice of load."""

    bytes: int


@dataclass(frozen=True)
class ReaderLatency:
    """Latencies of readers, and the number of projects published meanwhile."""

    p50: float
    p99: float
    commits: int


def memory(stage: Stage) -> Iterator[Plan]:
    """G14: private memory after records in five formats, lists and searches, without the cache."""
    yield Plan("G14", "private memory", partial(_memory_row, stage))


def _memory_row(stage: Stage) -> Iterator[Row]:
    sample, count = stage.sample, min(_MAX_PATHS, stage.projects)
    details = [
        path
        for suffix in ("", ".ttl", ".nt", ".jsonld", ".rdf")
        for path in sample.detail_paths(count, suffix)
    ]
    paths = [*details, *sample.list_paths(), *sample.list_paths("&sort=-start"), *sample.search_paths()]
    with (
        tikls_server(database_url(stage.file), cache=0) as server,
        limit_load(Load(server, details[:count])) as limit,
    ):
        sides = {"ours": _measure_memory(Load(server, paths), stage), "limit": _measure_memory(limit, stage)}
        rounds = measure_in_turn(sides, stage.rounds)
    quotients = ratios(rounds, "ours", "limit", "bytes")
    sizes = [f"{median_of(rounds, side, 'bytes') / 2**20:.0f}" for side in sides]
    notes = f"{' / '.join(sizes)} MB"
    yield Row("private memory, ours / bare Litestar", Goal(1.4, at_most=True), quotients, rounds, notes)


def _measure_memory(load: Load, stage: Stage) -> Callable[[], PrivateMemory]:
    def measure() -> PrivateMemory:
        load.run(stage.seconds)
        return PrivateMemory(private_memory(load.server.pid))

    return measure


def concurrent_writer(stage: Stage) -> Iterator[Plan]:
    """G16: readers while an editor publishes without pause, and without an editor."""
    yield Plan("G16", "readers beside a writer", partial(_concurrent_writer_row, stage))


def _concurrent_writer_row(stage: Stage) -> Iterator[Row]:
    paths = stage.sample.detail_paths(min(_MAX_PATHS, stage.projects))
    with (
        writable_copy(stage.file, "written") as file,
        tikls_server(database_url(file), cache=0) as server,
        _editor(file) as editor,
    ):
        load = Load(server, paths)
        sides = {
            "writing": lambda: editor.while_publishing(lambda: load.run(stage.seconds)),
            "quiet": lambda: editor.measure(lambda: load.run(stage.seconds)),
        }
        rounds = measure_in_turn(sides, stage.rounds)
    quotients = ratios(rounds, "writing", "quiet", "p99")
    slowest = " / ".join(f"{median_of(rounds, side, 'p99') / 1000:.1f}" for side in sides)
    commits = median_of(rounds, "writing", "commits") / stage.seconds
    notes = f"{slowest} ms; {commits:.0f} projects published a second"
    yield Row(
        "readers' p99, beside an editor on the load's core / without",
        Goal(1.5, at_most=True),
        quotients,
        rounds,
        notes,
    )


@dataclass(frozen=True)
class _Editor:
    """A process that publishes without pause, except while it is stopped."""

    process: subprocess.Popen[bytes]
    count_file: Path

    def while_publishing(self, run: Callable[[], Slice]) -> ReaderLatency:
        """Measure readers while the process runs."""
        os.kill(self.process.pid, signal.SIGCONT)
        latency = self.measure(run)
        os.kill(self.process.pid, signal.SIGSTOP)
        if not latency.commits:
            message = "the editor published nothing meanwhile"
            raise CannotMeasureError(message)
        return latency

    def measure(self, run: Callable[[], Slice]) -> ReaderLatency:
        """Measure readers, without a change to the process."""
        before = self.count_file.stat().st_size
        load = run()
        return ReaderLatency(load.p50, load.p99, self.count_file.stat().st_size - before)


@contextmanager
def _editor(file: Path) -> Iterator[_Editor]:
    """Yield an editor that is stopped until readers are measured beside it."""
    count_file = file.with_name(f"{file.name}.count")
    count_file.touch()
    command = [sys.executable, "-m", "tests.bench.background_editor", database_url(file), str(count_file)]
    process = subprocess.Popen(pinned(LOAD_CORE, command), cwd=ROOT)
    try:
        while not count_file.stat().st_size:
            if process.poll() is not None:
                message = "the editor ended before it published anything"
                raise CannotMeasureError(message)
        os.kill(process.pid, signal.SIGSTOP)
        yield _Editor(process, count_file)
    finally:
        process.kill()
        process.wait()
