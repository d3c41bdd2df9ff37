"""Processes on Linux: their core, CPU time and private memory."""

import os
import re
import resource
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.figures import CannotMeasureError

SERVER_CORE, LOAD_CORE = 0, 1

_TIMEOUT = 30

_PROC = Path("/proc")

_TICKS = os.sysconf("SC_CLK_TCK")


def pinned(core: int, command: Sequence[str]) -> list[str]:
    """Return a command that runs on one core only. Raise CannotMeasureError if this machine cannot."""
    taskset = shutil.which("taskset")
    if taskset is None or not {SERVER_CORE, LOAD_CORE} <= os.sched_getaffinity(0):
        message = "server and load need a core each, 0 and 1, and taskset (apt-get install util-linux)"
        raise CannotMeasureError(message)
    return [taskset, "-c", str(core), *command]


def process_tree(pid: int) -> Iterator[int]:
    """Yield the ids of a process and of its descendants."""
    yield pid
    for children in _PROC.glob(f"{pid}/task/*/children"):
        for child in children.read_text().split():
            yield from process_tree(int(child))


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process and its descendants so far."""
    return sum(parse_ticks((_PROC / f"{member}/stat").read_text()) for member in process_tree(pid)) / _TICKS


def children_cpu() -> float:
    """Return the CPU time of all ended child processes of this process, in seconds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def wait_until_idle(pid: int) -> None:
    """Wait until a server has finished abandoned requests, so that the next one has the core for itself."""
    deadline = time.monotonic() + _TIMEOUT
    previous = -1.0
    while (current := cpu_seconds(pid)) > previous:
        if time.monotonic() > deadline:
            message = f"a server goes on working {_TIMEOUT} seconds after it was asked last"
            raise CannotMeasureError(message)
        previous = current
        time.sleep(0.05)


def parse_ticks(stat: str) -> int:
    """Return user and system time from /proc/PID/stat, those of ended children included, in clock ticks."""
    # The second field is a name in parentheses and may contain spaces.
    fields = stat.rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15])


def private_memory(pid: int) -> int:
    """Return the anonymous memory of a process and its descendants, in bytes."""
    return sum(
        parse_anonymous_memory((_PROC / f"{member}/smaps_rollup").read_text()) for member in process_tree(pid)
    )


def parse_anonymous_memory(rollup: str) -> int:
    """Return the anonymous memory from /proc/PID/smaps_rollup, in bytes; shared pages count in proportion."""
    match = re.search(r"^Pss_Anon:\s+(\d+) kB$", rollup, re.MULTILINE)
    if match is None:
        message = "this kernel does not tell private memory (Pss_Anon in smaps_rollup)"
        raise CannotMeasureError(message)
    return int(match[1]) * 1024
