"""What a server holds in memory, and what its readers feel of a writer: G14 and G16."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.bench.content import address, copy
from tests.bench.figures import CannotMeasureError, Goal, Plan, Row, in_turn, middle, ratios
from tests.bench.load import Load, Slice
from tests.bench.processes import LOAD_CORE, pinned, private_memory
from tests.bench.servers import ROOT, ours
from tests.bench.stage import Stage, limit_of

_ADDRESSES = 500


@dataclass(frozen=True)
class Held:
    """What a server holds for itself after it was asked."""

    bytes: int


@dataclass(frozen=True)
class Felt:
    """What readers felt, and how many projects were published meanwhile."""

    p50: float
    p99: float
    commits: int


def memory(stage: Stage) -> Iterator[Plan]:
    """G14: private memory after records in five formats, lists and searches, without the cache."""
    yield Plan("G14", "private memory", partial(_memory, stage))


def _memory(stage: Stage) -> Iterator[Row]:
    sample, count = stage.sample, min(_ADDRESSES, stage.projects)
    details = [
        path for suffix in ("", ".ttl", ".nt", ".jsonld", ".rdf") for path in sample.details(count, suffix)
    ]
    asked = [*details, *sample.lists(), *sample.lists("&sort=-start"), *sample.searches()]
    with ours(address(stage.file), cache=0) as server, limit_of(Load(server, details[:count])) as limit:
        sides = {"ours": _held(Load(server, asked), stage), "limit": _held(limit, stage)}
        rounds = in_turn(sides, stage.rounds)
    found = ratios(rounds, "ours", "limit", "bytes")
    sizes = [f"{middle(rounds, side, 'bytes') / 2**20:.0f}" for side in sides]
    beside = f"{' / '.join(sizes)} MB"
    yield Row("private memory, ours / bare Litestar", Goal(1.4, at_most=True), found, rounds, beside)


def _held(load: Load, stage: Stage) -> Callable[[], Held]:
    def measure() -> Held:
        load.run(stage.seconds)
        return Held(private_memory(load.server.pid))

    return measure


def beside_a_writer(stage: Stage) -> Iterator[Plan]:
    """G16: readers while an editor publishes without pause, and while nobody does."""
    yield Plan("G16", "readers beside a writer", partial(_beside_a_writer, stage))


def _beside_a_writer(stage: Stage) -> Iterator[Row]:
    paths = stage.sample.details(min(_ADDRESSES, stage.projects))
    with (
        copy(stage.file, "written") as file,
        ours(address(file), cache=0) as server,
        _editor(file) as editor,
    ):
        load = Load(server, paths)
        sides = {
            "writing": lambda: editor.beside(lambda: load.run(stage.seconds)),
            "quiet": lambda: editor.without(lambda: load.run(stage.seconds)),
        }
        rounds = in_turn(sides, stage.rounds)
    found = ratios(rounds, "writing", "quiet", "p99")
    slowest = " / ".join(f"{middle(rounds, side, 'p99') / 1000:.1f}" for side in sides)
    each = middle(rounds, "writing", "commits") / stage.seconds
    beside = f"{slowest} ms; {each:.0f} projects published a second"
    yield Row(
        "readers' p99, beside an editor on the load's core / without",
        Goal(1.5, at_most=True),
        found,
        rounds,
        beside,
    )


@dataclass(frozen=True)
class _Editor:
    """A process that publishes without pause, unless it is held."""

    process: subprocess.Popen[bytes]
    counted: Path

    def beside(self, measure: Callable[[], Slice]) -> Felt:
        """Return what readers feel while it works."""
        os.kill(self.process.pid, signal.SIGCONT)
        found = self.without(measure)
        os.kill(self.process.pid, signal.SIGSTOP)
        if not found.commits:
            message = "the editor published nothing meanwhile"
            raise CannotMeasureError(message)
        return found

    def without(self, measure: Callable[[], Slice]) -> Felt:
        """Return what readers feel while it is as it is."""
        before = self.counted.stat().st_size
        found = measure()
        return Felt(found.p50, found.p99, self.counted.stat().st_size - before)


@contextmanager
def _editor(file: Path) -> Iterator[_Editor]:
    """Yield an editor who waits to be let go on."""
    counted = file.with_name(f"{file.name}.count")
    counted.touch()
    command = [sys.executable, "-m", "tests.bench.editing", address(file), str(counted)]
    process = subprocess.Popen(pinned(LOAD_CORE, command), cwd=ROOT)
    try:
        while not counted.stat().st_size:
            if process.poll() is not None:
                message = "the editor ended before it published anything"
                raise CannotMeasureError(message)
        os.kill(process.pid, signal.SIGSTOP)
        yield _Editor(process, counted)
    finally:
        process.kill()
        process.wait()
