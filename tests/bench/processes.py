"""Processes on Linux: which core they run on, the time of a processor they took, the memory that is theirs."""

import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.figures import CannotMeasureError

SERVER_CORE, LOAD_CORE = 0, 1

_PATIENCE = 30

_PROC = Path("/proc")

_TICKS = os.sysconf("SC_CLK_TCK")


def pinned(core: int, command: Sequence[str]) -> list[str]:
    """Return a command that runs on one core only. Raise CannotMeasureError where that cannot be had."""
    taskset = shutil.which("taskset")
    if taskset is None or not {SERVER_CORE, LOAD_CORE} <= os.sched_getaffinity(0):
        message = "server and load need a core each, 0 and 1, and taskset (apt-get install util-linux)"
        raise CannotMeasureError(message)
    return [taskset, "-c", str(core), *command]


def family(pid: int) -> Iterator[int]:
    """Yield a process and everything that it started."""
    yield pid
    for children in _PROC.glob(f"{pid}/task/*/children"):
        for child in children.read_text().split():
            yield from family(int(child))


def cpu_seconds(pid: int) -> float:
    """Return the time of a processor that a process and its children took so far."""
    return sum(ticks((_PROC / f"{one}/stat").read_text()) for one in family(pid)) / _TICKS


def wait_until_idle(pid: int) -> None:
    """Wait until a server has done what nobody waits for any more, so that the next has the core for itself."""
    end = time.monotonic() + _PATIENCE
    before = -1.0
    while (now := cpu_seconds(pid)) > before:
        if time.monotonic() > end:
            message = f"a server goes on working {_PATIENCE} seconds after it was asked last"
            raise CannotMeasureError(message)
        before = now
        time.sleep(0.05)


def ticks(stat: str) -> int:
    """Return user and system time, of ended children too, as /proc tells them in one line."""
    # The second field is a name in brackets and may hold spaces.
    fields = stat.rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15])


def private_memory(pid: int) -> int:
    """Return the bytes that a process and its children hold for themselves: neither files nor shared."""
    return sum(anonymous((_PROC / f"{one}/smaps_rollup").read_text()) for one in family(pid))


def anonymous(rollup: str) -> int:
    """Return the bytes of memory without a file behind it, as /proc tells them; what is shared counts in part."""
    found = re.search(r"^Pss_Anon:\s+(\d+) kB$", rollup, re.MULTILINE)
    if found is None:
        message = "this kernel does not tell private memory (Pss_Anon in smaps_rollup)"
        raise CannotMeasureError(message)
    return int(found[1]) * 1024
