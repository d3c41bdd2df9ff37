"""Writing beside writing the same rows and nothing else: G15."""

import resource
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from api.store.log.head import utc_now
from api.store.maintenance.migrate import migrate
from tests.bench.content import FOLDER, address, copy, loading, made, stream
from tests.bench.editing import edits, store_at
from tests.bench.figures import CannotMeasureError, Goal, Plan, Row, in_turn, middle, ratios, short
from tests.bench.sample import Sample
from tests.bench.servers import ROOT
from tests.bench.stage import Stage
from tests.bench.statements import opened, sizes, write, written

_AMONG, _EDITS = 10_000, 5
"""Projects of which some are published, each by itself, and how many in one round."""

_LOADED = 1_000
"""Projects that are loaded in one round, into an empty database."""


@dataclass(frozen=True)
class Taken:
    """What something took, by the clock and of a processor."""

    seconds: float
    cpu: float


def writing(stage: Stage) -> Iterator[Plan]:
    """G15: one project published, and many loaded."""
    yield Plan("G15", "publish one project", partial(_publishing, stage))
    yield Plan("G15", "bulk load", partial(_loading, stage))


def _publishing(stage: Stage) -> Iterator[Row]:
    # Copies of more would not stay in memory, and the disk would be measured.
    among = min(stage.projects, _AMONG)
    source = made(among)
    ids = Sample(source).drawn((stage.rounds + 1) * _EDITS)
    # At one moment: each second of changes has a row of its own.
    moment = utc_now()
    with copy(source, "captured") as file:
        store = store_at(address(file), lambda: moment)
        statements = written(store, edits(store, ids, 1))
    with copy(source, "published") as one, copy(source, "replayed") as other:
        store = store_at(address(one), lambda: moment)
        acts = iter(edits(store, ids, 1))
        rows = iter(statements)
        with closing(opened(other)) as connection:
            sides = {
                "published": _each(lambda: store.commit([next(acts)], "bench")),
                "rows": _each(lambda: write(connection, next(rows))),
            }
            rounds = in_turn(sides, stage.rounds)
        names = [table.name for table in store.tables.metadata.sorted_tables]
        if sizes(one, names) != sizes(other, names):
            message = "what was written again is not what was published"
            raise CannotMeasureError(message)
    found = ratios(rounds, "published", "rows", "seconds")
    by_cpu = short(median(ratios(rounds, "published", "rows", "cpu")))
    times = [f"{middle(rounds, side, 'seconds') / _EDITS * 1000:.1f}" for side in sides]
    beside = f"{' / '.join(times)} ms; by CPU {by_cpu}"
    what = f"publish one of {among} projects / the same rows"
    yield Row(what, Goal(2, at_most=True), found, rounds, beside)


def _each(do: Callable[[], Any]) -> Callable[[], Taken]:
    def measure() -> Taken:
        clock, cpu = time.perf_counter(), time.process_time()
        for _ in range(_EDITS):
            do()
        return Taken(time.perf_counter() - clock, time.process_time() - cpu)

    return measure


def _loading(stage: Stage) -> Iterator[Row]:
    source, nothing = FOLDER / "loaded.ndjson", FOLDER / "nothing.ndjson"
    nothing.touch()
    with source.open("wb") as file:
        subprocess.run(stream(_LOADED), cwd=ROOT, check=True, stdout=file)
    empty = FOLDER / "empty.sqlite"
    empty.unlink(missing_ok=True)
    store = store_at(address(empty))
    migrate(store.database)
    with copy(empty, "loaded") as file:
        _loaded(file, source)
        rows = _rows(file, [table.name for table in store.tables.metadata.sorted_tables])
    sides = {
        "load": lambda: _load_of(empty, source, nothing),
        "executemany": lambda: _executemany(empty, rows),
    }
    rounds = in_turn(sides, stage.rounds)
    found = ratios(rounds, "executemany", "load", "seconds")
    by_cpu = short(median(ratios(rounds, "executemany", "load", "cpu")))
    times = [f"{middle(rounds, side, 'seconds'):.1f}" for side in ("load", "executemany")]
    beside = f"{' / '.join(times)} s for {_LOADED} projects; by CPU {by_cpu}"
    what = f"bulk load of {_LOADED} projects / plain executemany, in speed"
    yield Row(what, Goal(0.3), found, rounds, beside)


def _load_of(empty: Path, source: Path, nothing: Path) -> Taken:
    """Return what loading takes beyond what the command takes to start."""
    with copy(empty, "loaded") as file:
        start, whole = _loaded(file, nothing), _loaded(file, source)
    return Taken(whole.seconds - start.seconds, whole.cpu - start.cpu)


def _loaded(file: Path, source: Path) -> Taken:
    clock, cpu = time.perf_counter(), _of_children()
    with loading(address(file), str(source)) as process:
        if process.wait():
            message = f"{source.name} could not be loaded"
            raise CannotMeasureError(message)
    return Taken(time.perf_counter() - clock, _of_children() - cpu)


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _rows(file: Path, tables: Sequence[str]) -> dict[str, list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(file)) as connection:
        return {one: connection.execute(f'SELECT * FROM "{one}"').fetchall() for one in tables}  # noqa: S608 - ours


def _executemany(empty: Path, rows: dict[str, list[tuple[Any, ...]]]) -> Taken:
    with copy(empty, "plain") as file, closing(opened(file)) as connection:
        clock, cpu = time.perf_counter(), time.process_time()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM head")
        for table, several in rows.items():
            if several:
                places = ", ".join("?" * len(several[0]))
                connection.executemany(f'INSERT INTO "{table}" VALUES ({places})', several)  # noqa: S608 - ours
        connection.execute("COMMIT")
        return Taken(time.perf_counter() - clock, time.process_time() - cpu)
