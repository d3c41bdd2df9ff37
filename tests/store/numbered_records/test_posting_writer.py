"""Tests of the writer of posting lists: chunks are made, changed and removed as records gain and lose values."""

import random

import pytest
from pyroaring import BitMap

from api.store.projection.posting_writer import PostingWriter, serialize, serialize_bitmap
from schema.index.record_index import NO_INDEX, RecordIndex
from tests.support.oracle.record_tables import postings

FIRST = 1 << 27

NUMBERS = [FIRST + offset for offset in (1, 2, 65_535, 65_536, 65_537, 131_072, 200_000)]
"""Record numbers of four chunks."""

VALUES = ("a", "b", "ā ż")


def test_posting_lists_follow_any_gains_and_losses(site):
    rng, indexes = random.Random(5), {}  # noqa: S311 - the same values each time
    for _ in range(30):
        with site.store.database.writing() as connection:
            writer = PostingWriter(site.store.session(connection))
            for number in rng.sample(NUMBERS, rng.randint(1, 4)):
                names = {
                    name: rng.sample(VALUES, rng.randint(1, 3))
                    for name in ("kind", ".link")
                    if rng.random() < 0.7
                }
                new = RecordIndex(names, {})
                old = indexes.get(number, NO_INDEX)
                writer.replace("Project", number, old, new)
                indexes[number] = new
            writer.write()
        expected = {
            (f"Project {name}" if name == "kind" else f"Project{name}", value, number)
            for number, index in indexes.items()
            for name, values in index.postings.items()
            for value in values
        }
        with site.store.database.reading() as connection:
            assert postings(site.store, connection) == expected


def test_a_value_of_new_records_in_several_chunks_has_a_row_for_each(site):
    with site.store.database.writing() as connection:
        writer = PostingWriter(site.store.session(connection))
        for number in NUMBERS:
            writer.add("Project", number, RecordIndex({"": [""]}, {}))
        writer.write()
    with site.store.database.reading() as connection:
        assert postings(site.store, connection) == {("Project", "", number) for number in NUMBERS}
        assert len(connection.exec_driver_sql("SELECT 1 FROM posting").all()) == 4


@pytest.mark.parametrize("number", [1, NUMBERS[2], NUMBERS[3], (1 << 31) - 1])
def test_one_number_is_serialized_as_a_bitmap_of_it(number):
    assert serialize([number]) == BitMap([number]).serialize()


def test_many_consecutive_numbers_are_serialized_as_a_run():
    numbers = BitMap(range(FIRST, FIRST + 65_536))
    assert len(serialize_bitmap(numbers)) < 40
    assert BitMap.deserialize(serialize_bitmap(numbers)) == numbers
