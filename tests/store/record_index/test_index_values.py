"""Tests of the values of an index: sets and columns give the same counts, also after changes."""

import random
from collections import Counter
from sys import getsizeof

from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from api.store.record_index.index_values import (
    COUNTED_RECORDS,
    MAX_SETS,
    PART_RECORDS,
    IndexValuesLoader,
    ValueColumn,
    ValueSets,
    at_once,
)

PLACE = 3 << 27


def value_lists(dice: random.Random, numbers: list[int]) -> dict[int, set[str]]:
    """Return some values for each record, often none."""
    return {number: {f"v{dice.randrange(40)}" for _ in range(dice.randrange(4))} for number in numbers}


def by_value(values: dict[int, set[str]]) -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = {}
    for number, texts in values.items():
        for text in texts:
            numbers.setdefault(text, []).append(number)
    return numbers


def column(numbers: dict[str, list[int]]) -> ValueColumn:
    """Return a column of the values of some records."""
    made = ValueColumn()
    for text in sorted(numbers):
        at_once(made.load(text, BitMap(numbers[text])))
    for _ in made.finish_loading():
        pass
    return made


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_sets_and_columns_count_the_values_of_a_set_of_records_also_after_changes(seed):
    dice = random.Random(seed)  # noqa: S311 - a repeatable draw
    numbers = [PLACE + n for n in range(1, dice.choice((4, 200)))]
    values = value_lists(dice, numbers)
    first = by_value(values)
    both = [
        ValueSets({text: BitMap(listed) for text, listed in first.items()}),
        column(first),
    ]
    for _ in range(6):
        changed = value_lists(dice, dice.sample([*numbers, PLACE + 3_000], dice.randint(1, 3)))
        values |= changed
        for one in both:
            one.replace(BitMap(changed), by_value(changed))
        records = BitMap(dice.sample([*values], dice.randint(0, len(values))))
        expected = Counter(text for number in records for text in values[number])
        assert [at_once(one.counts(records)) for one in both] == [expected, expected]


def test_an_index_with_many_values_is_a_column_and_takes_a_fraction_of_the_memory():
    many = {f"value-{number}": BitMap([PLACE + number]) for number in range(MAX_SETS + 1)}
    loader = IndexValuesLoader()
    rows = sorted(many.items())
    for part in (rows[:700], rows[700:]):
        at_once(loader.add(part))
    assert not [*loader.finish()]
    values = loader.values
    assert isinstance(values, ValueColumn)
    assert 4 * values.size < ValueSets(many).size
    assert at_once(values.counts(BitMap([PLACE + 7, PLACE + 9]))) == {"value-7": 1, "value-9": 1}


def test_the_records_of_a_large_column_are_loaded_written_and_counted_in_several_steps():
    loader = IndexValuesLoader()
    rows = ((f"{number:05}", BitMap([PLACE + number])) for number in range(12_000))
    assert len([*loader.add(rows)]) == 12_000 // PART_RECORDS
    assert len([*loader.finish()]) == 12_000 // PART_RECORDS
    some = BitMap(range(PLACE, PLACE + 5_000))
    assert len([*loader.values.counts(some)]) == 5_000 // COUNTED_RECORDS
    assert at_once(loader.values.counts(some)) == {f"{number:05}": 1 for number in range(5_000)}


def test_a_column_returns_the_most_frequent_values_and_those_in_use():
    frequencies = {"a": 3, "b": 1, "c": 2, "d": 2, "e": 1}
    values = column({text: [PLACE + n for n in range(count)] for text, count in frequencies.items()})
    for records, others in ((range(9), {}), (range(1, 9), {"b": 0, "e": 0})):
        expected = {text: count - (len(records) == 8) for text, count in frequencies.items()}
        counted = at_once(values.counts(BitMap([PLACE + n for n in records]), 2, ["e", "unknown"]))
        assert counted == {
            text: expected[text] for text in ("a", "c", "d", "e") if others.get(text, expected[text])
        }


def test_values_become_a_column_in_several_steps():
    loader = IndexValuesLoader()
    rows = ((f"{number:05}", BitMap(range(PLACE, PLACE + 20))) for number in range(MAX_SETS + 1))
    assert len([*loader.add(rows)]) == (MAX_SETS + 1) * 20 // PART_RECORDS


def test_the_size_of_values_counts_their_texts():
    texts = [chr(0x1F600) * 250 + f"{number:05}" for number in range(MAX_SETS + 1)]
    size = sum(map(getsizeof, texts))
    assert column({text: [PLACE] for text in texts}).size > size
    assert ValueSets({text: BitMap([PLACE]) for text in texts}).size > size
