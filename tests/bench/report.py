"""What is told of a run: a table, the machine, and every round as JSON."""

import os
import platform
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from tests.bench.content import FOLDER
from tests.bench.figures import Row
from tests.bench.load import wrk

_HEADER = "| goal | what | target | figure (min–max) | verdict | beside it |\n|---|---|---|---|---|---|"


def table(rows: Sequence[Row], unmeasured: Mapping[str, str]) -> str:
    """Return the rows as Markdown, with what could not be measured and why."""
    lines = [_HEADER, *(line(row) for row in rows)]
    lines += [f"| {goal} | | | | not measured | {reason} |" for goal, reason in unmeasured.items()]
    return "\n".join(lines)


def line(row: Row) -> str:
    """Return one row of the table."""
    return f"| {row.goal} | {row.what} | {row.target} | {row.shown()} | {row.verdict} | {row.beside} |"


def machine() -> dict[str, Any]:
    """Return what was measured on, and how busy it was before."""
    found = {
        "cores": os.cpu_count(),
        "processor": _first("/proc/cpuinfo", "model name"),
        "memory": _first("/proc/meminfo", "MemTotal"),
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "wrk": subprocess.run([wrk(), "-v"], check=False, capture_output=True, text=True)
        .stdout.split("[")[0]
        .strip(),
        "load before": " ".join(f"{one:.2f}" for one in os.getloadavg()),
    }
    return found | {name: version(name) for name in ("litestar", "granian", "msgspec", "sqlalchemy")}


def keep(rows: Sequence[Row], unmeasured: Mapping[str, str], said: Mapping[str, Any]) -> Path:
    """Write every round to a file, and return it."""
    moment = datetime.now().astimezone()
    measured = [
        {
            "goal": row.goal,
            "what": row.what,
            "target": str(row.target),
            "figure": row.figure,
            "ratios": row.ratios,
            "verdict": row.verdict,
            "beside": row.beside,
            "rounds": [{side: asdict(found) for side, found in one.items()} for one in row.rounds],
        }
        for row in rows
    ]
    whole = {"at": moment.isoformat(), **said, "rows": measured, "not measured": unmeasured}
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"results-{moment:%Y%m%dT%H%M%S}.json"
    file.write_bytes(msgspec.json.format(msgspec.json.encode(whole), indent=1))
    return file


def _first(file: str, name: str) -> str:
    lines = (line.partition(":") for line in Path(file).read_text().splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == name), "unknown")
