"""The report of a run: a table, the machine, and every round as JSON."""

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
from tests.bench.load import wrk_path

_HEADER = "| goal | what | target | figure (min–max) | verdict | beside it |\n|---|---|---|---|---|---|"


@dataclass
class Results:
    """The rows of a run by goal, and the rows that failed, with the reason."""

    rows: list[tuple[str, Row]] = field(default_factory=list)
    unmeasured: list[tuple[str, str, str]] = field(default_factory=list)

    def table(self) -> str:
        """Return the table in Markdown."""
        lines = [table_line(goal, row) for goal, row in self.rows]
        lines += [
            f"| {goal} | {label} | | | not measured: {reason} | |" for goal, label, reason in self.unmeasured
        ]
        return "\n".join([_HEADER, *lines])


def table_line(goal: str, row: Row) -> str:
    """Return one row of the table in Markdown."""
    return f"| {goal} | {row.label} | {row.target} | {row.format()} | {row.verdict} | {row.notes} |"


def machine() -> dict[str, Any]:
    """Return the hardware, the versions, and the load of the machine before the run."""
    machine_fields = {
        "cores": os.cpu_count(),
        "processor": _proc_value("/proc/cpuinfo", "model name"),
        "memory": _proc_value("/proc/meminfo", "MemTotal"),
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "wrk": _wrk_version(),
        "load before": " ".join(f"{average:.2f}" for average in os.getloadavg()),
    }
    return machine_fields | {name: version(name) for name in ("litestar", "granian", "msgspec", "sqlalchemy")}


def write_results(results: Results, run: Mapping[str, Any], folder: Path) -> Path:
    """Write every round to a new JSON file in a folder, and return its path."""
    moment = datetime.now().astimezone()
    rows = [_row_document(goal, row) for goal, row in results.rows]
    document = {"at": moment.isoformat(), **run, "rows": rows, "not measured": results.unmeasured}
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"results-{moment:%Y%m%dT%H%M%S}.json"
    file.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=1))
    return file


def _row_document(goal: str, row: Row) -> dict[str, Any]:
    return {
        "goal": goal,
        "what": row.label,
        "target": str(row.target),
        "figure": row.figure,
        "ratios": row.ratios,
        "verdict": row.verdict,
        "beside": row.notes,
        "rounds": [{side: asdict(measured) for side, measured in sides.items()} for sides in row.rounds],
    }


def _proc_value(file: str, name: str) -> str:
    lines = (line.partition(":") for line in Path(file).read_text().splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == name), "unknown")


def _wrk_version() -> str:
    output = subprocess.run([wrk_path(), "-v"], check=False, capture_output=True, text=True).stdout
    return output.removeprefix("wrk ").split()[0]
