"""Tests of the rows of numbered records: they agree with the log and the read model after any actions.

TEST_LONG=1 in the environment runs 500 commits.
"""

import os
import random
from contextlib import suppress

from sqlalchemy import delete, func, select

from api.store.log import revision_reader
from api.store.log.actions import ChangesRefusedError, merge, publish, redact, restore, save, unpublish
from api.store.log.actions import delete as delete_record
from tests.support.generators.actions import FIRST, random_actions
from tests.support.generators.records import random_record, record
from tests.support.oracle.record_tables import assert_record_tables_agree, record_tables
from tests.support.response_and_row_snapshots import NETWORK_ACTIONS

COMMITS = 500 if os.environ.get("TEST_LONG") else 60


def test_after_any_commits_the_tables_equal_those_of_a_fresh_rebuild(site, monkeypatch):
    # Small batches, so that records of a commit are rendered in several.
    monkeypatch.setattr(revision_reader.batches, "__defaults__", (3,))
    rng, ended = random.Random(site.kind), set()  # noqa: S311 - the same actions each time
    site.store.commit([publish(random_record(rng, key, "Word", FIRST, links=0)) for key in FIRST], "editor")
    for number in range(COMMITS):
        actions = random_actions(rng, ended)
        with suppress(ChangesRefusedError):
            site.store.commit(actions, "editor")
            ended |= {action.key for action in actions if action.action in ("delete", "merge")}
        if number % 20 == 0:
            assert not site.store.rebuild()
            assert_record_tables_agree(site.store)
    assert_record_tables_agree(site.store)
    assert_fresh_rebuild_equals(site.store)


def assert_fresh_rebuild_equals(store) -> None:
    before = record_tables(store)
    assert all(before.values())
    with store.database.writing() as connection:
        for name in before:
            connection.execute(delete(getattr(store.tables, name)))
    assert store.rebuild()["record"] == len(before["record"])
    assert record_tables(store) == before


def rows(store) -> dict[tuple[str, str], tuple]:
    """Return number, revision and commit number of each record, by key."""
    record_table = store.tables.record
    with store.database.reading() as connection:
        return {
            (row.entity, row.id): (row.number, row.revision, row.commit_number)
            for row in connection.execute(select(record_table))
        }


def numbers(store) -> dict[str, int]:
    return {identifier: number for (_, identifier), (number, *_) in rows(store).items()}


def commit_number(store) -> int:
    with store.database.reading() as connection:
        return connection.scalar(select(store.tables.head.c.commit_number))


def written(store) -> set[str]:
    """Return the ids of the records that the last public commit wrote."""
    last = commit_number(store)
    return {identifier for (_, identifier), (*_, number) in rows(store).items() if number == last}


def test_records_of_one_commit_are_numbered_in_the_order_of_its_actions(site):
    names = ("zebra", "apple", "melon")
    site.store.commit([publish(record("Organisation", name)) for name in names], "editor")
    site.store.commit([publish(record("Organisation", name)) for name in ("b", "apple", "a")], "editor")
    first = 4 << 27
    assert numbers(site.store) == {
        "zebra": first + 1, "apple": first + 2, "melon": first + 3, "b": first + 4, "a": first + 5
    }  # fmt: skip
    assert_fresh_rebuild_equals(site.store)


def test_a_record_keeps_its_number_when_it_is_withdrawn_restored_redacted_or_ended(site):
    store, first = site.store, 4 << 27
    store.commit(
        [publish(record("Organisation", name)) for name in ("one", "two", "three", "four")], "editor"
    )
    given = {name: first + ordinal for ordinal, name in enumerate(("one", "two", "three", "four"), 1)}
    for actions in (
        [unpublish(("Organisation", "one"))],
        [publish(record("Organisation", "one", summary={"en": "Again, with Word"}))],
        [redact(("Organisation", "one"), "Word")],
        [unpublish(("Organisation", "one"))],
        [restore(("Organisation", "one"))],
        [delete_record(("Organisation", "two"))],
        [merge(("Organisation", "three"), "one")],
        [restore(("Organisation", "one"), 1)],
    ):
        store.commit(actions, "editor")
        assert numbers(store) == given
        assert_record_tables_agree(store)
    store.commit([publish(record("Organisation", "five"))], "editor")
    assert numbers(store) == {**given, "five": first + 5}, "no number is given twice"
    assert {row[1] for key, row in rows(store).items() if key[1] in ("two", "three")} == {None}
    assert_fresh_rebuild_equals(store)


def test_drafts_and_commits_without_public_effect_get_no_commit_number(site):
    site.store.commit(NETWORK_ACTIONS, "editor")
    before = rows(site.store), commit_number(site.store)
    site.store.commit([save(record("Organisation", "draft"))], "editor")
    site.store.commit([save(record("Organisation", "partner", name={"en": "Draft"}))], "editor")
    site.store.commit(NETWORK_ACTIONS, "editor")
    site.store.rebuild()
    assert (rows(site.store), commit_number(site.store)) == before


def test_a_commit_marks_every_record_whose_list_item_or_index_entries_change(site):
    site.store.commit(NETWORK_ACTIONS, "editor")
    renamed = record("Organisation", "funder", name={"en": "A new name"})
    site.store.commit([publish(renamed)], "editor")
    # Cards of the funder are in the items of its programme, grant and project; the log has a change of it alone.
    assert written(site.store) == {"funder", "programme", "grant", "project"}
    with site.store.database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(site.store.tables.change)) == 6
    assert_record_tables_agree(site.store)
    site.store.commit([unpublish(("Grant", "grant"))], "editor")
    assert written(site.store) == {"grant", "project"}
    assert_record_tables_agree(site.store)
