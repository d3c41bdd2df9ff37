"""Tests of damaged rows of numbered records, posting lists and sort keys: they are found, counted and repaired."""

import pytest
from pyroaring import BitMap
from sqlalchemy import delete, insert, select, update

from api.store.maintenance.doctor import run_checks
from tests.support.oracle.record_tables import assert_record_tables_agree, record_tables
from tests.support.response_and_row_snapshots import NETWORK_ACTIONS

PROJECT, GRANT = (1 << 27) + 1, (2 << 27) + 1


def lost_posting(tables):
    return delete(tables.posting).where(tables.posting.c.name == "Project funder")


def added_posting(tables):
    return insert(tables.posting).values(
        name="Project country", value="LV", chunk=PROJECT >> 16, numbers=BitMap([PROJECT]).serialize()
    )


def posting_of_another_record(tables):
    numbers = BitMap([PROJECT + 1]).serialize()
    return update(tables.posting).where(tables.posting.c.name == "Project").values(numbers=numbers)


def posting_in_another_chunk(tables):
    return update(tables.posting).where(tables.posting.c.name == "Project").values(chunk=0)


def unreadable_posting(tables):
    return update(tables.posting).where(tables.posting.c.name == "Grant").values(numbers=b"no bitmap")


def empty_posting(tables):
    return insert(tables.posting).values(name="Thing size", value="9", chunk=1, numbers=b"")


def lost_sort_key(tables):
    return delete(tables.sort_key).where(tables.sort_key.c.name == "Project title")


def wrong_sort_key(tables):
    return update(tables.sort_key).where(tables.sort_key.c.number == GRANT).values(value="0")


def lost_record(tables):
    return delete(tables.record).where(tables.record.c.id == "project")


def wrong_number(tables):
    return update(tables.record).where(tables.record.c.number == PROJECT).values(number=PROJECT + 5)


def wrong_list_item(tables):
    return update(tables.record).where(tables.record.c.id == "project").values(list_item=b"{}")


def unreadable_index_entries(tables):
    return update(tables.record).where(tables.record.c.id == "project").values(index_entries=b"[")


def other_index_entries(tables):
    entries = b'[{"country":["LV"]},{"title":["a"]}]'
    return update(tables.record).where(tables.record.c.id == "project").values(index_entries=entries)


@pytest.mark.parametrize(
    ("damage", "differing", "counts"),
    [
        (lost_posting, {"project"}, {"posting": 1}),
        (added_posting, {"project"}, {"posting": 1}),
        (posting_of_another_record, {"project"}, {"posting": 1}),
        (posting_in_another_chunk, {"project"}, {"posting": 1}),
        (unreadable_posting, {"grant"}, {"posting": 1}),
        (empty_posting, set(), {"posting": 1}),
        (lost_sort_key, {"project"}, {"sort_key": 1}),
        (lost_record, {"project"}, None),
        (wrong_number, {"project"}, None),
        (wrong_list_item, {"project"}, {"record": 1}),
        (unreadable_index_entries, {"project"}, None),
        (other_index_entries, {"project"}, None),
    ],
)
def test_damage_is_found_by_doctor_and_repaired_by_rebuild(site, damage, differing, counts):
    """The records concerned get a new commit number, so that processes read them again."""
    store = site.store
    store.commit(NETWORK_ACTIONS, "editor")
    before = record_tables(store)
    with store.database.writing() as connection:
        connection.execute(damage(store.tables))
    with store.database.reading() as connection:
        found = store.differences_on(connection)
    assert found
    assert found.keys() <= before.keys()
    assert counts in (None, dict(found))
    (text,) = [check.text for check in run_checks(store) if "differs from the log" in check.text]
    assert all(f"{count} in {table}" in text for table, count in found.items())
    repaired = store.rebuild()
    assert counts in (None, dict(repaired))
    assert record_tables(store) == before
    assert_record_tables_agree(store)
    record, head = store.tables.record, store.tables.head
    with store.database.reading() as connection:
        last = connection.scalar(select(head.c.commit_number))
        written = connection.scalars(select(record.c.id).where(record.c.commit_number == last))
        assert differing <= {*written}
    assert not store.rebuild()


def test_a_wrong_sort_key_is_counted_with_the_value_that_it_should_have(site):
    site.store.commit(NETWORK_ACTIONS, "editor")
    before = record_tables(site.store)
    with site.store.database.writing() as connection:
        connection.execute(wrong_sort_key(site.store.tables))
    keys = [key for key in before["sort_key"] if key[2] == GRANT]
    assert site.store.rebuild() == {"sort_key": 2 * len(keys)}
    assert record_tables(site.store) == before
