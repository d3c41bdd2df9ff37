"""Rows beside the last commit before the record index, on the same generated network: G17."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path
from statistics import median

from tests.bench.databases import (
    FOLDER,
    database_url,
    generator_command,
    remove_database,
    writable_copy,
)
from tests.bench.figures import (
    CannotMeasureError,
    Goal,
    Plan,
    Row,
    measure_in_turn,
    median_of,
    ratios,
)
from tests.bench.load import Load
from tests.bench.reading_rows import rates_and_cpu
from tests.bench.sample import Sample
from tests.bench.servers import BASE, ROOT, environment, tikls_server
from tests.bench.stage import Stage
from tests.bench.writing_rows import run_load

EARLIER_COMMIT = "d9f8a56"

_PROJECTS, _LOADED, _EDITS = 10_000, 1_000, 10
"""Projects in the databases, projects loaded in one round, and commits of one project each in one round."""


@dataclass(frozen=True)
class DatabaseSize:
    """The size of a database."""

    bytes: int


@dataclass(frozen=True)
class LoadCost:
    """The CPU time of a load without that of starting the command, in seconds."""

    cpu: float


@dataclass(frozen=True)
class CommitCost:
    """The median CPU time of a commit in seconds, and its bytes in the write-ahead log."""

    cpu: float
    log: float


class _Checkout:
    """One version of the code, and its database of the generated network."""

    def __init__(self, name: str, root: Path, projects: int) -> None:
        self.root = root
        self._projects = projects
        self._file = FOLDER / f"beside-{name}.sqlite"

    def network(self) -> Path:
        """Load the network into a new database, and return its file."""
        remove_database(self._file)
        run_load(self._file, _network(self._projects), self.root)
        return self._file


def beside_earlier_commit(stage: Stage) -> Iterator[Plan]:
    """G17: bytes and CPU time of loading, publishing and lists, beside an earlier commit."""
    yield Plan("G17", "beside an earlier commit", partial(_rows, stage))


def _rows(stage: Stage) -> Iterator[Row]:
    projects = min(stage.projects, _PROJECTS)
    sides = {
        "ours": _Checkout("ours", ROOT, projects),
        "earlier": _Checkout("earlier", _earlier_root(), projects),
    }
    yield _load_row(stage, sides)
    files = {name: checkout.network() for name, checkout in sides.items()}
    yield _size_row(files, projects)
    yield from _publish_rows(stage, sides, files)
    yield _list_row(stage, sides, files)


def _earlier_root() -> Path:
    """Return the folder with the files of the earlier commit. Raise CannotMeasureError if it is not in the clone."""
    folder = FOLDER / EARLIER_COMMIT
    if not folder.exists():
        unfinished = folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        command = ["git", "archive", "--output", str(unfinished / "files.tar"), EARLIER_COMMIT]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            message = f"the commit {EARLIER_COMMIT} is not in this clone"
            raise CannotMeasureError(message)
        shutil.unpack_archive(unfinished / "files.tar", unfinished, filter="data")
        unfinished.rename(folder)
    return folder


def _network(projects: int) -> Path:
    file = FOLDER / f"network-{projects}.ndjson"
    with file.open("wb") as output:
        subprocess.run(generator_command(projects), cwd=ROOT, check=True, stdout=output)
    return file


def _load_row(stage: Stage, sides: dict[str, _Checkout]) -> Row:
    source, empty_source = _network(_LOADED), FOLDER / "nothing.ndjson"
    empty_source.touch()

    def measure(checkout: _Checkout) -> LoadCost:
        file = FOLDER / "beside.copy"
        remove_database(file)
        start = run_load(file, empty_source, checkout.root)
        return LoadCost(run_load(file, source, checkout.root).cpu - start.cpu)

    rounds = measure_in_turn(_partials(measure, sides), stage.rounds)
    seconds = " / ".join(f"{median_of(rounds, side, 'cpu'):.1f}" for side in sides)
    label = f"load of {_LOADED} projects, CPU, ours / {EARLIER_COMMIT}"
    quotients = ratios(rounds, "ours", "earlier", "cpu")
    return Row(label, Goal(0.6, at_most=True), quotients, rounds, f"{seconds} s")


def _size_row(files: dict[str, Path], projects: int) -> Row:
    rounds = [{name: DatabaseSize(_size(file)) for name, file in files.items()}]
    sizes = " / ".join(f"{median_of(rounds, side, 'bytes') / projects / 1000:.1f}" for side in files)
    label = f"bytes of {projects} projects, ours / {EARLIER_COMMIT}"
    quotients = ratios(rounds, "ours", "earlier", "bytes")
    return Row(label, Goal(0.45, at_most=True), quotients, rounds, f"{sizes} KB a project")


def _size(file: Path) -> int:
    """Return the bytes of a database without its free pages."""
    with closing(sqlite3.connect(file)) as connection:
        pages, free, size = (
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
    return int((pages - free) * size)


def _publish_rows(stage: Stage, sides: dict[str, _Checkout], files: dict[str, Path]) -> Iterator[Row]:
    def measure(item: tuple[_Checkout, Path]) -> CommitCost:
        checkout, source = item
        with writable_copy(source, "beside") as file:
            return _commit_cost(checkout.root, file)

    items = {name: (checkout, files[name]) for name, checkout in sides.items()}
    rounds = measure_in_turn(_partials(measure, items), stage.rounds)
    label = f"publish one of {min(stage.projects, _PROJECTS)} projects, {{}}, ours / {EARLIER_COMMIT}"
    milliseconds = " / ".join(f"{median_of(rounds, side, 'cpu') * 1000:.1f}" for side in sides)
    quotients = ratios(rounds, "ours", "earlier", "cpu")
    yield Row(label.format("CPU"), Goal(0.7, at_most=True), quotients, rounds, f"{milliseconds} ms")
    sizes = " / ".join(f"{median_of(rounds, side, 'log') / 1000:.0f}" for side in sides)
    quotients = ratios(rounds, "ours", "earlier", "log")
    yield Row(label.format("log"), Goal(0.55, at_most=True), quotients, rounds, f"{sizes} KB")


def _commit_cost(root: Path, file: Path) -> CommitCost:
    script = ROOT / "tests/bench/timed_edits.py"
    command = [sys.executable, "-P", str(script), database_url(file), str(file), str(_EDITS)]
    variables = environment({"TIKLS_BASE": BASE}) | {"PYTHONPATH": str(root)}
    process = subprocess.run(command, cwd=root, env=variables, check=True, stdout=subprocess.PIPE)
    cpu, log = zip(*json.loads(process.stdout), strict=True)
    return CommitCost(median(cpu), median(log))


def _list_row(stage: Stage, sides: dict[str, _Checkout], files: dict[str, Path]) -> Row:
    paths = _list_paths(Sample(files["ours"]))
    with (
        tikls_server(database_url(files["ours"]), cache=0) as ours,
        tikls_server(database_url(files["earlier"]), cache=0, root=sides["earlier"].root) as earlier,
    ):
        rounds = stage.measure({"ours": Load(ours, paths), "earlier": Load(earlier, paths)})
    quotients = ratios(rounds, "ours", "earlier", "rate")
    label = f"list with three filters and sort=title, ours / {EARLIER_COMMIT}"
    return Row(label, Goal(10), quotients, rounds, rates_and_cpu(rounds, "earlier"))


def _list_paths(sample: Sample) -> Sequence[str]:
    """Return lists of two countries, in one year, with one status, by title."""
    return [
        f"/projects?country={country},{other}&year={year}&status=completed&sort=title&limit=25"
        for country, other in combinations(sample.countries, 2)
        for year in (2018, 2020)
    ]


def _partials(
    measure: Callable[..., object], arguments: dict[str, object]
) -> dict[str, Callable[[], object]]:
    return {name: partial(measure, argument) for name, argument in arguments.items()}
