"""What is told of a run: a table, the machine, and every round as JSON."""

import os
import platform
import sqlite3
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from tests.bench.figures import Row
from tests.bench.load import wrk

_HEADER = "| goal | what | target | figure (min–max) | verdict | beside it |\n|---|---|---|---|---|---|"


@dataclass
class Results:
    """What was measured, by goal, and what could not be and why."""

    rows: list[tuple[str, Row]] = field(default_factory=list)
    unmeasured: list[tuple[str, str, str]] = field(default_factory=list)

    def table(self) -> str:
        """Return everything as Markdown."""
        lines = [line(goal, row) for goal, row in self.rows]
        lines += [f"| {goal} | {what} | | | not measured: {why} | |" for goal, what, why in self.unmeasured]
        return "\n".join([_HEADER, *lines])


def line(goal: str, row: Row) -> str:
    """Return one row of the table."""
    return f"| {goal} | {row.what} | {row.target} | {row.shown()} | {row.verdict} | {row.beside} |"


def machine() -> dict[str, Any]:
    """Return what was measured on, and how busy it was before."""
    found = {
        "cores": os.cpu_count(),
        "processor": _first("/proc/cpuinfo", "model name"),
        "memory": _first("/proc/meminfo", "MemTotal"),
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "wrk": _version_of_wrk(),
        "load before": " ".join(f"{one:.2f}" for one in os.getloadavg()),
    }
    return found | {name: version(name) for name in ("litestar", "granian", "msgspec", "sqlalchemy")}


def keep(results: Results, said: Mapping[str, Any], folder: Path) -> Path:
    """Write every round to a file in a folder, and return it."""
    moment = datetime.now().astimezone()
    rows = [_whole(goal, row) for goal, row in results.rows]
    whole = {"at": moment.isoformat(), **said, "rows": rows, "not measured": results.unmeasured}
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"results-{moment:%Y%m%dT%H%M%S}.json"
    file.write_bytes(msgspec.json.format(msgspec.json.encode(whole), indent=1))
    return file


def _whole(goal: str, row: Row) -> dict[str, Any]:
    return {
        "goal": goal,
        "what": row.what,
        "target": str(row.target),
        "figure": row.figure,
        "ratios": row.ratios,
        "verdict": row.verdict,
        "beside": row.beside,
        "rounds": [{side: asdict(found) for side, found in one.items()} for one in row.rounds],
    }


def _first(file: str, name: str) -> str:
    lines = (line.partition(":") for line in Path(file).read_text().splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == name), "unknown")


def _version_of_wrk() -> str:
    said = subprocess.run([wrk(), "-v"], check=False, capture_output=True, text=True).stdout
    return said.removeprefix("wrk ").split()[0]
