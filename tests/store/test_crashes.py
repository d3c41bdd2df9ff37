"""Tests of killed writers: acknowledged change sets are in the log, and every change set is complete.

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
from tests.support.forkserver import FORKSERVER
from tests.support.generators.records import record
from tests.support.processes import serving
from tests.support.site import BASE, KINDS, site_on
from tests.support.wait_limit import PATIENCE

ROUNDS = 50 if os.environ.get("TEST_LONG") else 5

MAX_ACKNOWLEDGED = 12

MAX_DELAY = 0.05

PATHS = (
    "/organisations/organisation",
    "/programmes/programme",
    "/projects/project",
    "/projects/other",
    "/grants/grant",
)


def marked_records(marker: str) -> list:
    """Return records that link to each other and all contain a marker."""
    links = [{"id": "p", "role": "partner", "organisation": "organisation"}]
    return [
        record("Organisation", "organisation", name={"en": marker}),
        record("Programme", "programme", name={"en": marker}, funders=["organisation"]),
        record("Project", "project", title={"en": marker}, participations=links),
        record("Project", "other", title={"en": marker}),
        record("Grant", "grant", number=marker, projects=["other", "project"], programme="programme"),
    ]


def write_change_sets(address: str, pipe) -> None:
    """Publish change sets and acknowledge each, until killed."""
    store = create_store(Settings(database=address, base=BASE))
    name = pipe.recv()
    number = 0
    while True:
        number += 1
        marker = f"{name}-{number}"
        store.commit([publish(entity, note=marker) for entity in marked_records(marker)], "writer")
        pipe.send(marker)


class Writer:
    """A process that writes change sets after a start signal."""

    def __init__(self, address: str) -> None:
        self.pipe, child_end = FORKSERVER.Pipe()
        self.process = FORKSERVER.Process(target=write_change_sets, args=(address, child_end))
        self.process.start()
        child_end.close()

    def kill_at(self, name: str, count: int, delay: float) -> list[str]:
        """Start the writer, kill it some time after `count` acknowledgements, and return all of them."""
        self.pipe.send(name)
        markers = []
        while len(markers) < count:
            assert self.pipe.poll(PATIENCE), "the writer does not write"
            markers.append(self.pipe.recv())
        deadline = time.monotonic() + delay
        while self.pipe.poll(max(0, deadline - time.monotonic())) and time.monotonic() < deadline:
            markers.append(self.pipe.recv())
        self.kill()
        return markers + list(self._unread())

    def kill(self) -> None:
        self.process.kill()
        self.process.join(PATIENCE)

    def _unread(self):
        """Yield the acknowledgements that were sent but not read when the writer was killed."""
        try:
            while True:
                yield self.pipe.recv()
        except (EOFError, ConnectionResetError):
            self.pipe.close()


@contextmanager
def writers(address: str):
    """Yield a function that returns a ready writer and starts the next; kill all at the end."""
    started = [Writer(address)]

    def next_writer() -> Writer:
        started.append(Writer(address))
        return started[-2]

    try:
        yield next_writer
    finally:
        for writer in started:
            writer.kill()


def rows(store, table) -> list:
    with store.database.reading() as connection:
        return connection.execute(select(table).order_by(*table.primary_key)).all()


def assert_consistent(store) -> None:
    if store.database.path:
        with store.database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert not connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    numbers = [row.number for row in rows(store, store.tables.change)]
    assert numbers == list(range(1, len(numbers) + 1))


def assert_change_sets_are_complete(store, acknowledged: list[str], killed: int) -> None:
    """Check that each acknowledged change set is in the log, and each change set in it is complete."""
    revisions = rows(store, store.tables.revision)
    rows_by_marker = Counter(row.note for row in revisions)
    assert set(rows_by_marker.values()) == {len(PATHS)}
    assert rows_by_marker.keys() >= set(acknowledged)
    assert len(rows_by_marker) <= len(acknowledged) + killed, "more change sets than were begun"
    versions: Counter[str] = Counter()
    for row in revisions:
        versions[row.id] += 1
        assert row.version == versions[row.id]
    assert len(set(versions.values())) == 1


def assert_serves_newest_change_set(get, store) -> None:
    """Check that every document contains the marker of the newest change set."""
    newest = rows(store, store.tables.revision)[-1].note
    for path in PATHS:
        status, body = get(path)
        assert (status, newest in json.dumps(json.loads(body))) == (200, True), path


@pytest.mark.parametrize("kind", KINDS)
def test_a_writer_killed_at_any_moment_loses_no_acknowledged_change_set_and_leaves_none_partial(
    request, databases, kind, tmp_path
):
    address = databases.make(kind)
    store = create_store(Settings(database=address, base=BASE))
    request.addfinalizer(store.database.close)
    store.rebuild()
    rng, acknowledged = random.Random(f"{kind} {ROUNDS}"), []  # noqa: S311 - the same delays each time
    with writers(address) as next_writer:
        for number in range(1, ROUNDS + 1):
            count, delay = rng.randint(1, MAX_ACKNOWLEDGED), rng.uniform(0, MAX_DELAY)
            acknowledged += next_writer().kill_at(f"round-{number}", count, delay)
            # The rebuild waits for the lock, so for the end of the killed writer's transaction.
            assert not store.rebuild()
            assert_consistent(store)
            assert_change_sets_are_complete(store, acknowledged, number)
            with site_on(address) as site:
                assert_serves_newest_change_set(lambda path, site=site: site.raw(path)[::2], store)
    with serving(tmp_path, database=address, base=BASE) as server:
        assert_serves_newest_change_set(server.get, store)
