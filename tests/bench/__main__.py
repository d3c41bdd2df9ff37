"""`python -m tests.bench`: measure the goals of speed, or some of them."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import click

from tests.bench import (
    earlier_commit_rows,
    memory_and_concurrency_rows,
    reading_rows,
    scaling_and_peer_rows,
    writing_rows,
)
from tests.bench.databases import FOLDER
from tests.bench.figures import CannotMeasureError, Plan
from tests.bench.load import wrk_path
from tests.bench.postgresql_copy import server_version
from tests.bench.report import Results, machine, table_line, write_results
from tests.bench.servers import ROOT
from tests.bench.stage import Stage

GOALS: Mapping[str, Callable[[Stage], Iterator[Plan]]] = {
    "G1": reading_rows.detail,
    "G2": reading_rows.lists,
    "G3": reading_rows.search,
    "G4": reading_rows.rdf,
    "G5": reading_rows.cached,
    "G6": scaling_and_peer_rows.scaling,
    "G7": reading_rows.pages,
    "G8": scaling_and_peer_rows.datasette,
    "G13": scaling_and_peer_rows.postgresql,
    "G14": memory_and_concurrency_rows.memory,
    "G15": writing_rows.writing,
    "G16": memory_and_concurrency_rows.concurrent_writer,
    "G17": earlier_commit_rows.beside_earlier_commit,
}


@click.command()
@click.option("--projects", default=100_000, show_default=True, help="Projects in the database.")
@click.option("--seconds", default=1, show_default=True, help="Seconds of each slice of load.")
@click.option("--rounds", default=7, show_default=True, type=click.IntRange(5), help="Rounds of each row.")
@click.option("--rows", default=",".join(GOALS), help="The goals to measure, by commas; all by default.")
def main(projects: int, seconds: int, rounds: int, rows: str) -> None:
    """Measure goals of speed, each as a ratio of what is measured in turn in one run."""
    goals = [name.strip() for name in rows.split(",")]
    if unknown := [name for name in goals if name not in GOALS]:
        message = f"{', '.join(unknown)}: the goals are {', '.join(GOALS)}"
        raise click.BadParameter(message, param_hint="--rows")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers are stopped
    try:
        wrk_path()
        machine_fields = machine()
        with ExitStack() as exit_stack:
            stage = Stage(projects, seconds, rounds, exit_stack)
            results = _measure(stage, goals)
            run = {
                "machine": machine_fields | _peer_versions(stage),
                "projects": projects,
                "seconds": seconds,
                "rounds": rounds,
            }
    except CannotMeasureError as error:
        raise click.ClickException(str(error)) from error
    file = write_results(results, run, FOLDER)
    click.echo(f"{_summary(run)}\n\n{results.table()}")
    click.echo(f"\nEvery round is in {file.relative_to(ROOT)}.", err=True)


def _measure(stage: Stage, goals: list[str]) -> Results:
    """Measure some goals. A failed measurement does not stop the others."""
    results = Results()
    for goal in goals:
        click.echo(f"Measuring {goal}: {(GOALS[goal].__doc__ or '').partition(': ')[2]}", err=True)
        with _failures_recorded(results, goal):
            for plan in GOALS[goal](stage):
                with _failures_recorded(results, goal, plan.label):
                    for row in plan.measure():
                        results.rows.append((goal, row))
                        click.echo(f"  {table_line(goal, row)}", err=True)
    return results


@contextmanager
def _failures_recorded(results: Results, goal: str, label: str = "") -> Iterator[None]:
    try:
        yield
    except (CannotMeasureError, OSError, subprocess.CalledProcessError) as error:
        reason = str(error).splitlines()[0]
        results.unmeasured.append((goal, label, reason))
        click.echo(f"  {label} not measured: {reason}", err=True)


def _peer_versions(stage: Stage) -> dict[str, Any]:
    """Return the versions of the peers that were started."""
    started = vars(stage)
    versions = {}
    if "postgresql" in started:
        versions["postgresql"] = server_version(stage.postgresql)
    if "datasette" in started:
        components = json.loads(stage.datasette.get("/-/versions.json")[2])
        versions["datasette"] = components["datasette"]["version"]
    return versions


def _summary(run: Mapping[str, Any]) -> str:
    machine_text = ", ".join(f"{name} {value}" for name, value in run["machine"].items())
    load_text = f"{run['projects']} projects, {run['rounds']} rounds of slices of {run['seconds']} s"
    return f"{load_text}. {machine_text}."


if __name__ == "__main__":
    main()
