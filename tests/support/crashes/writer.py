"""A process that commits change sets and is killed, mostly inside a commit."""

import itertools
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from multiprocessing.connection import Connection
from statistics import median

from sqlalchemy import event

from api.settings import Settings
from api.store.log.actions import publish
from api.store.publishing.store import Store
from api.store_factory import create_store
from tests.support.crashes.change_sets import marked_records
from tests.support.forkserver import FORKSERVER
from tests.support.site import BASE
from tests.support.wait_limit import PATIENCE

FIRST = "first"
"""The marker of the change set that every database begins with."""

_MAX_ACKNOWLEDGED = 4
"""The largest number of change sets that a writer commits before it is killed."""

_COMMITTING_SHARE = 0.3
"""The share of kills that are aimed at the COMMIT statement; the others at any moment of a transaction."""

_MAX_COMMITTING_DELAY = 0.0005


class Moment(Enum):
    """A moment in the life of a writer, which is reported with the marker of a change set or a process id."""

    STARTED = auto()
    BEGINNING = auto()
    COMMITTING = auto()
    ACKNOWLEDGED = auto()
    KILLED = auto()


Report = tuple[Moment, str | int]


@dataclass
class KilledCommits:
    """The change sets of killed writers.

    `inside` counts the kills between the beginning of a commit and its acknowledgement, `committing` those of
    them after the COMMIT statement was begun.
    """

    acknowledged: list[str] = field(default_factory=list)
    kills: int = 0
    inside: int = 0
    committing: int = 0

    def add(self, reports: list[Report]) -> None:
        """Add the reports of a writer that was killed."""
        self.acknowledged += [str(marker) for moment, marker in reports if moment is Moment.ACKNOWLEDGED]
        self.kills += 1
        self.inside += reports[-1][0] is not Moment.ACKNOWLEDGED
        self.committing += reports[-1][0] is Moment.COMMITTING


class Writers:
    """Writers on one database, one after the other.

    A process commits the first change set and forks the writers, so that each has all statements compiled.
    """

    def __init__(self, address: str) -> None:
        self._pipe, child_end = FORKSERVER.Pipe()
        self._process = FORKSERVER.Process(target=_fork_writers, args=(address, child_end))
        self._process.start()
        child_end.close()
        self._reports_until(Moment.ACKNOWLEDGED)

    def kill_in_commit(self, name: str, rng: random.Random) -> list[Report]:
        """Start a writer, kill it in a commit after some others, and return all its reports."""
        self._pipe.send(name)
        ((_, process),) = self._reports_until(Moment.STARTED)
        reports, durations = [], []
        for _ in range(rng.randint(1, _MAX_ACKNOWLEDGED)):
            start = time.monotonic()
            reports += self._reports_until(Moment.ACKNOWLEDGED)
            durations.append(time.monotonic() - start)
        if rng.random() < _COMMITTING_SHARE:
            reports += self._reports_until(Moment.COMMITTING)
            delay = rng.uniform(0, _MAX_COMMITTING_DELAY)
        else:
            reports += self._reports_until(Moment.BEGINNING)
            delay = rng.uniform(0, median(durations))
        time.sleep(delay)
        os.kill(int(process), signal.SIGKILL)
        return [*reports, *self._reports_until(Moment.KILLED)[:-1]]

    def close(self) -> None:
        """End the process that forks the writers."""
        self._process.kill()
        self._process.join(PATIENCE)

    def _reports_until(self, last: Moment) -> list[Report]:
        reports: list[Report] = []
        while not reports or reports[-1][0] is not last:
            assert self._pipe.poll(PATIENCE), "the writer does not write"
            reports.append(self._pipe.recv())
        return reports


def _fork_writers(address: str, pipe: Connection) -> None:
    """Commit the first change set; then fork a writer for each name that is received, and wait for its end."""
    store = create_store(Settings(database=address, base=BASE))
    store.rebuild()
    _commit(store, FIRST)
    store.database.close()  # a connection must not be shared with a fork
    pipe.send((Moment.ACKNOWLEDGED, FIRST))
    while True:
        name = pipe.recv()
        if not (child := os.fork()):
            _write_change_sets(store, name, pipe)
        os.waitpid(child, 0)
        pipe.send((Moment.KILLED, child))


def _write_change_sets(store: Store, name: str, pipe: Connection) -> None:
    """Publish change sets and report the moments of each commit, until killed."""
    pipe.send((Moment.STARTED, os.getpid()))
    marker = ""
    event.listen(store.database.engine, "commit", lambda _: pipe.send((Moment.COMMITTING, marker)))
    for number in itertools.count(1):
        marker = f"{name}-{number}"
        pipe.send((Moment.BEGINNING, marker))
        _commit(store, marker)
        pipe.send((Moment.ACKNOWLEDGED, marker))


def _commit(store: Store, marker: str) -> None:
    store.commit([publish(entity, note=marker) for entity in marked_records(marker)], "writer")


@contextmanager
def writers(address: str) -> Iterator[Writers]:
    """Start writers on a database, and end them at the end."""
    started = Writers(address)
    try:
        yield started
    finally:
        started.close()
