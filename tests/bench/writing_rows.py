"""Rows of writing beside the same rows in plain SQL: G15."""

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

from api.store.log.clock import utc_now
from api.store.maintenance.migrate import migrate
from tests.bench.background_editor import open_store, title_edits
from tests.bench.databases import (
    FOLDER,
    database_url,
    ensure_database,
    generator_command,
    start_load,
    writable_copy,
)
from tests.bench.figures import (
    CannotMeasureError,
    Goal,
    Plan,
    Row,
    format_figure,
    measure_in_turn,
    median_of,
    ratios,
)
from tests.bench.process_resources import children_cpu
from tests.bench.recorded_commit_statements import execute, open_connection, record_commits, row_counts
from tests.bench.sample import Sample
from tests.bench.servers import ROOT
from tests.bench.stage import Stage

_MAX_PROJECTS, _EDITS = 10_000, 5
"""Size of the database in which projects are published, one per commit, and their number in one round."""

_LOADED = 1_000
"""Number of projects that are loaded into an empty database in one round."""


@dataclass(frozen=True)
class ElapsedTime:
    """The wall-clock time and the CPU time of a measurement, in seconds."""

    seconds: float
    cpu: float


def writing(stage: Stage) -> Iterator[Plan]:
    """G15: one project published, and many loaded."""
    yield Plan("G15", "publish one project", partial(_publish_row, stage))
    yield Plan("G15", "bulk load", partial(_load_row, stage))


def _publish_row(stage: Stage) -> Iterator[Row]:
    # Copies of a larger database do not fit in memory, and the disk would be measured.
    projects = min(stage.projects, _MAX_PROJECTS)
    source = ensure_database(projects)
    ids = Sample(source).draw((stage.rounds + 1) * _EDITS)
    # One time for all: each second with changes has a row of its own.
    moment = utc_now()
    with writable_copy(source, "captured") as file:
        store = open_store(database_url(file), lambda: moment)
        commits = record_commits(store, title_edits(store, ids, 1))
    with (
        writable_copy(source, "published") as published_file,
        writable_copy(source, "replayed") as replayed_file,
    ):
        store = open_store(database_url(published_file), lambda: moment)
        actions = iter(title_edits(store, ids, 1))
        rows = iter(commits)
        with closing(open_connection(replayed_file)) as connection:
            sides = {
                "published": _measure_edits(lambda: store.commit([next(actions)], "bench")),
                "rows": _measure_edits(lambda: execute(connection, next(rows))),
            }
            rounds = measure_in_turn(sides, stage.rounds)
        names = [table.name for table in store.tables.metadata.sorted_tables]
        if row_counts(published_file, names) != row_counts(replayed_file, names):
            message = "what was written again is not what was published"
            raise CannotMeasureError(message)
    quotients = ratios(rounds, "published", "rows", "seconds")
    by_cpu = format_figure(median(ratios(rounds, "published", "rows", "cpu")))
    times = [f"{median_of(rounds, side, 'seconds') / _EDITS * 1000:.1f}" for side in sides]
    notes = f"{' / '.join(times)} ms; by CPU {by_cpu}"
    label = f"publish one of {projects} projects / the same rows"
    yield Row(label, Goal(2, at_most=True), quotients, rounds, notes)


def _measure_edits(edit: Callable[[], Any]) -> Callable[[], ElapsedTime]:
    def measure() -> ElapsedTime:
        clock, cpu = time.perf_counter(), time.process_time()
        for _ in range(_EDITS):
            edit()
        return ElapsedTime(time.perf_counter() - clock, time.process_time() - cpu)

    return measure


def _load_row(stage: Stage) -> Iterator[Row]:
    source, empty_source = FOLDER / "loaded.ndjson", FOLDER / "nothing.ndjson"
    empty_source.touch()
    with source.open("wb") as file:
        subprocess.run(generator_command(_LOADED), cwd=ROOT, check=True, stdout=file)
    empty = FOLDER / "empty.sqlite"
    empty.unlink(missing_ok=True)
    store = open_store(database_url(empty))
    migrate(store.database)
    with writable_copy(empty, "loaded") as file:
        run_load(file, source)
        rows = _rows(file, [table.name for table in store.tables.metadata.sorted_tables])
    sides = {
        "load": lambda: _measure_load(empty, source, empty_source),
        "executemany": lambda: _executemany(empty, rows),
    }
    rounds = measure_in_turn(sides, stage.rounds)
    quotients = ratios(rounds, "executemany", "load", "seconds")
    by_cpu = format_figure(median(ratios(rounds, "executemany", "load", "cpu")))
    times = [f"{median_of(rounds, side, 'seconds'):.1f}" for side in ("load", "executemany")]
    notes = f"{' / '.join(times)} s for {_LOADED} projects; by CPU {by_cpu}"
    label = f"bulk load of {_LOADED} projects / plain executemany, in speed"
    yield Row(label, Goal(0.3), quotients, rounds, notes)


def _measure_load(empty: Path, source: Path, empty_source: Path) -> ElapsedTime:
    """Return the time of a load without that of starting the command."""
    with writable_copy(empty, "loaded") as file:
        start, total = run_load(file, empty_source), run_load(file, source)
    return ElapsedTime(total.seconds - start.seconds, total.cpu - start.cpu)


def run_load(file: Path, source: Path, root: Path = ROOT) -> ElapsedTime:
    """Return the time of the command `load` for one file. `root` is the code to run."""
    clock, cpu = time.perf_counter(), children_cpu()
    with start_load(database_url(file), str(source), root) as process:
        if process.wait():
            message = f"{source.name} could not be loaded by the code in {root}"
            raise CannotMeasureError(message)
    return ElapsedTime(time.perf_counter() - clock, children_cpu() - cpu)


def _rows(file: Path, tables: Sequence[str]) -> dict[str, list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(file)) as connection:
        return {table: connection.execute(f'SELECT * FROM "{table}"').fetchall() for table in tables}  # noqa: S608 - ours


def _executemany(empty: Path, rows: dict[str, list[tuple[Any, ...]]]) -> ElapsedTime:
    with writable_copy(empty, "plain") as file, closing(open_connection(file)) as connection:
        clock, cpu = time.perf_counter(), time.process_time()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM head")
        for table, table_rows in rows.items():
            if table_rows:
                placeholders = ", ".join("?" * len(table_rows[0]))
                connection.executemany(f'INSERT INTO "{table}" VALUES ({placeholders})', table_rows)  # noqa: S608 - ours
        connection.execute("COMMIT")
        return ElapsedTime(time.perf_counter() - clock, time.process_time() - cpu)
