"""A writing process that is killed at any moment: what it acknowledged is there, and nothing is half done.

Five rounds on each engine; fifty with TEST_LONG=1 in the environment.
"""

import json
import os
import random
import time
from collections import Counter
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from api.settings import Settings
from api.store.log.actions import publish
from api.store_factory import create_store
from tests.support.deadlines import PATIENCE
from tests.support.forkserver import FORKSERVER
from tests.support.generators.records import record
from tests.support.processes import serving
from tests.support.site import BASE, KINDS, site_on

ROUNDS = 50 if os.environ.get("TEST_LONG") else 5

MOST_ACKNOWLEDGED = 12

LONGEST_DELAY = 0.05

PATHS = (
    "/organisations/organisation",
    "/programmes/programme",
    "/projects/project",
    "/projects/other",
    "/grants/grant",
)


def numbered(mark: str) -> list:
    """Return a set of records that refer to each other and all carry one mark."""
    links = [{"id": "p", "role": "partner", "organisation": "organisation"}]
    return [
        record("Organisation", "organisation", name={"en": mark}),
        record("Programme", "programme", name={"en": mark}, funders=["organisation"]),
        record("Project", "project", title={"en": mark}, participations=links),
        record("Project", "other", title={"en": mark}),
        record("Grant", "grant", number=mark, projects=["other", "project"], programme="programme"),
    ]


def write_sets(address: str, pipe) -> None:
    """Publish one set after another, and acknowledge each, until killed."""
    store = create_store(Settings(database=address, base=BASE))
    name = pipe.recv()
    number = 0
    while True:
        number += 1
        mark = f"{name}-{number}"
        store.commit([publish(one, note=mark) for one in numbered(mark)], "writer")
        pipe.send(mark)


class Writer:
    """A process that writes sets once it is told to begin."""

    def __init__(self, address: str) -> None:
        self.pipe, theirs = FORKSERVER.Pipe()
        self.process = FORKSERVER.Process(target=write_sets, args=(address, theirs))
        self.process.start()
        theirs.close()

    def kill_at(self, name: str, count: int, delay: float) -> list[str]:
        """Let it write, kill it a while after some acknowledgements; return all that it gave."""
        self.pipe.send(name)
        marks = []
        while len(marks) < count:
            assert self.pipe.poll(PATIENCE), "the writer does not write"
            marks.append(self.pipe.recv())
        deadline = time.monotonic() + delay
        while self.pipe.poll(max(0, deadline - time.monotonic())) and time.monotonic() < deadline:
            marks.append(self.pipe.recv())
        self.kill()
        return marks + list(self._rest())

    def kill(self) -> None:
        self.process.kill()
        self.process.join(PATIENCE)

    def _rest(self):
        """Yield what the writer had said and nobody had read when it was killed."""
        try:
            while True:
                yield self.pipe.recv()
        except (EOFError, ConnectionResetError):
            self.pipe.close()


@contextmanager
def writers(address: str):
    """Yield a function that returns a writer and has the next one make ready; all end in the end."""
    made = [Writer(address)]

    def following() -> Writer:
        made.append(Writer(address))
        return made[-2]

    try:
        yield following
    finally:
        for writer in made:
            writer.kill()


def rows(store, table) -> list:
    with store.database.reading() as connection:
        return connection.execute(select(table).order_by(*table.primary_key)).all()


def assert_whole(store) -> None:
    if store.database.path:
        with store.database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert not connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    numbers = [row.number for row in rows(store, store.tables.change)]
    assert numbers == list(range(1, len(numbers) + 1))


def assert_sets_are_whole(store, acknowledged: list[str], killed: int) -> None:
    """Check that each acknowledged set is in the log, and each set in it is complete."""
    revisions = rows(store, store.tables.revision)
    found = Counter(row.note for row in revisions)
    assert set(found.values()) == {len(PATHS)}
    assert found.keys() >= set(acknowledged)
    assert len(found) <= len(acknowledged) + killed, "more is there than was begun"
    versions: Counter[str] = Counter()
    for row in revisions:
        versions[row.id] += 1
        assert row.version == versions[row.id]
    assert len(set(versions.values())) == 1


def assert_serves_one_set(get, store) -> None:
    """Check that every document carries the mark of the newest set."""
    newest = rows(store, store.tables.revision)[-1].note
    for path in PATHS:
        status, body = get(path)
        assert (status, newest in json.dumps(json.loads(body))) == (200, True), path


@pytest.mark.parametrize("kind", KINDS)
def test_a_writer_killed_at_any_moment_loses_nothing_acknowledged_and_leaves_nothing_half_done(
    request, databases, kind, tmp_path
):
    address = databases.make(kind)
    store = create_store(Settings(database=address, base=BASE))
    request.addfinalizer(store.database.close)
    store.rebuild()
    dice, acknowledged = random.Random(f"{kind} {ROUNDS}"), []  # noqa: S311 - the same moments each time
    with writers(address) as following:
        for number in range(1, ROUNDS + 1):
            count, delay = dice.randint(1, MOST_ACKNOWLEDGED), dice.uniform(0, LONGEST_DELAY)
            acknowledged += following().kill_at(f"round-{number}", count, delay)
            # The rebuild waits for the lock, so for the end of whatever the killed one had begun.
            assert not store.rebuild()
            assert_whole(store)
            assert_sets_are_whole(store, acknowledged, number)
            with site_on(address) as site:
                assert_serves_one_set(lambda path, site=site: site.raw(path)[::2], store)
    with serving(tmp_path, database=address, base=BASE) as server:
        assert_serves_one_set(server.get, store)
