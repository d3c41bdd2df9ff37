"""`python -m tests.bench`: measure the goals, or some of them."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import click

from tests.bench import other_rows, reading_rows, running_rows, writing_rows
from tests.bench.content import FOLDER
from tests.bench.figures import CannotMeasureError, Plan
from tests.bench.load import wrk
from tests.bench.postgresql_copy import version as postgresql_version
from tests.bench.report import Results, keep, line, machine
from tests.bench.servers import ROOT
from tests.bench.stage import Stage

GOALS: Mapping[str, Callable[[Stage], Iterator[Plan]]] = {
    "G1": reading_rows.detail,
    "G2": reading_rows.lists,
    "G3": reading_rows.search,
    "G4": reading_rows.rdf,
    "G5": reading_rows.hot,
    "G6": other_rows.flatness,
    "G8": other_rows.beside_datasette,
    "G13": other_rows.on_postgresql,
    "G14": running_rows.memory,
    "G15": writing_rows.writing,
    "G16": running_rows.beside_a_writer,
}


@click.command()
@click.option("--projects", default=100_000, show_default=True, help="Projects in the database.")
@click.option("--seconds", default=1, show_default=True, help="Seconds of each slice of load.")
@click.option("--rounds", default=7, show_default=True, type=click.IntRange(5), help="Rounds of each row.")
@click.option("--rows", default=",".join(GOALS), help="The goals to measure, by commas; all by default.")
def main(projects: int, seconds: int, rounds: int, rows: str) -> None:
    """Measure goals of speed, each as a ratio of what is measured in turn in one run."""
    chosen = [name.strip() for name in rows.split(",")]
    if unknown := [name for name in chosen if name not in GOALS]:
        message = f"{', '.join(unknown)}: the goals are {', '.join(GOALS)}"
        raise click.BadParameter(message, param_hint="--rows")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that servers end
    try:
        wrk()
        before = machine()
        with ExitStack() as running:
            stage = Stage(projects, seconds, rounds, running)
            results = _measured(stage, chosen)
            said = {
                "machine": before | _peers(stage),
                "projects": projects,
                "seconds": seconds,
                "rounds": rounds,
            }
    except CannotMeasureError as error:
        raise click.ClickException(str(error)) from error
    file = keep(results, said, FOLDER)
    click.echo(f"{_told(said)}\n\n{results.table()}")
    click.echo(f"\nEvery round is in {file.relative_to(ROOT)}.", err=True)


def _measured(stage: Stage, chosen: list[str]) -> Results:
    """Measure some goals; what cannot be measured does not keep the rest from it."""
    results = Results()
    for goal in chosen:
        click.echo(f"Measuring {goal}: {(GOALS[goal].__doc__ or '').partition(': ')[2]}", err=True)
        with _told_of(results, goal):
            for plan in GOALS[goal](stage):
                with _told_of(results, goal, plan.what):
                    for row in plan.measure():
                        results.rows.append((goal, row))
                        click.echo(f"  {line(goal, row)}", err=True)
    return results


@contextmanager
def _told_of(results: Results, goal: str, what: str = "") -> Iterator[None]:
    try:
        yield
    except (CannotMeasureError, OSError, subprocess.CalledProcessError) as error:
        why = str(error).splitlines()[0]
        results.unmeasured.append((goal, what, why))
        click.echo(f"  {what} not measured: {why}", err=True)


def _peers(stage: Stage) -> dict[str, Any]:
    """Return the versions of what was started."""
    started = vars(stage)
    found = {}
    if "postgresql" in started:
        found["postgresql"] = postgresql_version(stage.postgresql)
    if "datasette" in started:
        versions = json.loads(stage.datasette.get("/-/versions.json")[2])
        found["datasette"] = versions["datasette"]["version"]
    return found


def _told(said: Mapping[str, Any]) -> str:
    machine = ", ".join(f"{name} {value}" for name, value in said["machine"].items())
    how = f"{said['projects']} projects, {said['rounds']} rounds of slices of {said['seconds']} s"
    return f"{how}. {machine}."


if __name__ == "__main__":
    main()
