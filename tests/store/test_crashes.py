"""Tests of killed writers: acknowledged change sets are in the log, and every change set is complete.

A few rounds on each engine; `python -m tests.operations.crashes.kill_rounds` has the long form.
"""

import random

import pytest

from api.settings import Settings
from api.store_factory import create_store
from tests.support.crashes.change_sets import (
    assert_change_sets_are_complete,
    assert_consistent,
    assert_serves_newest_change_set,
)
from tests.support.crashes.writer import FIRST, KilledCommits, writers
from tests.support.processes import serving
from tests.support.site import BASE, KINDS

ROUNDS = 5


@pytest.mark.parametrize("kind", KINDS)
def test_a_writer_killed_at_any_moment_loses_no_acknowledged_change_set_and_leaves_none_partial(
    request, databases, kind, tmp_path
):
    address = databases.make(kind)
    store = create_store(Settings(database=address, base=BASE))
    request.addfinalizer(store.database.close)
    rng, commits = random.Random(f"{kind} {ROUNDS}"), KilledCommits([FIRST])  # noqa: S311 - the same moments each time
    with writers(address) as writer, serving(tmp_path, database=address, base=BASE) as server:
        for number in range(1, ROUNDS + 1):
            commits.add(writer.kill_in_commit(f"round-{number}", rng))
            # The rebuild waits for the lock, so for the end of the killed writer's transaction.
            assert not store.rebuild()
            assert_consistent(store)
            assert_change_sets_are_complete(store, commits.acknowledged, number)
            assert_serves_newest_change_set(server.get, store)
