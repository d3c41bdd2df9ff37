"""Tests of orders and keyset pages: each page equals that of a sorted list, also after records have moved."""

import random
from dataclasses import dataclass, field
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from api.store.record_index.keyset_order import DirectedOrder, KeysetOrder, SortPosition
from api.store.record_index.record_order import NoRoomError, RecordOrder

PLACE = 6 << 27
"""The first number of an entity."""

FEW_VALUES, MANY_VALUES = 3, 5_000
"""Different values of a sort key: with a few, many records have the same one."""


@dataclass
class SortKey:
    """The values of a sort key by record, and the order that must agree with them."""

    values: dict[int, str]
    order: RecordOrder = field(default_factory=RecordOrder)

    @classmethod
    def random(cls, dice: random.Random, numbers: list[int]) -> "SortKey":
        """Return a sort key of most of some records, read in two batches."""
        key = cls({number: key_value(dice, dice.choice((FEW_VALUES, MANY_VALUES))) for number in numbers})
        for number in dice.sample(numbers, len(numbers) // 5):
            del key.values[number]
        rows = key.rows
        middle = dice.randrange(len(rows) + 1)
        for part in (rows[:middle], rows[middle:]):
            key.order.append(part)
        return key

    @property
    def rows(self) -> list[tuple[str, int]]:
        """Return the rows of the database, in order."""
        return sorted((value, number) for number, value in self.values.items())

    def move(self, number: int, value: str | None) -> None:
        """Give a record another value, or none."""
        self.order.remove(number)
        self.values.pop(number, None)
        if value is None:
            return
        following = next((row for row in self.rows if row[0] >= value), None)
        if following is None:
            self.order.insert(number)
        elif following[0] == value:
            self.order.insert(number, equal_to=following[1])
        else:
            self.order.insert(number, before=following[1])
        self.values[number] = value

    def label(self, value: str | None) -> float | None:
        """Return the label of a value, or one that is right before the next value."""
        following = None if value is None else next((row for row in self.rows if row[0] >= value), None)
        if value is None:
            return None
        return self.order.label_of(
            following[1] if following else None, exact=bool(following) and following[0] == value
        )


def key_value(dice: random.Random, different: int) -> str:
    return f"{dice.randrange(different):06}"


def expected(numbers, keys: list[tuple[SortKey, bool]], *, descending: bool) -> list[int]:
    """Return some records in the order of sort keys with their directions: those without a value last."""
    listed = sorted(numbers, reverse=descending)
    for key, is_descending in reversed(keys):
        # A sort in reverse keeps equal records in their order.
        known = [number for number in listed if number in key.values]
        known.sort(key=key.values.__getitem__, reverse=is_descending)
        listed = known + [number for number in listed if number not in key.values]
    return listed


def pages(order: KeysetOrder, records: BitMap, limit: int, *, backwards: bool) -> list[int]:
    """Return all records of a set, read page by page."""
    listed: list[int] = []
    start: SortPosition | None = None
    while page := [*islice(order.walk(records, start, backwards=backwards), limit)]:
        listed += page
        start = order.position(page[-1])
    return listed


def check_pages(dice: random.Random, numbers: list[int], keys: list[SortKey]) -> None:
    """Compare the pages of a random set in a random order with the sorted list, in both directions."""
    chosen = [(key, dice.random() < 0.5) for key in dice.sample(keys, dice.randint(0, len(keys)))]
    descending = chosen[-1][1] if chosen else dice.random() < 0.5
    order = KeysetOrder(tuple(DirectedOrder(key.order, down) for key, down in chosen), descending)
    records = BitMap(dice.sample(numbers, dice.randint(0, len(numbers))))
    listed = expected(records, chosen, descending=descending)
    assert pages(order, records, 97, backwards=False) == listed
    assert pages(order, records, 97, backwards=True) == listed[::-1]
    # From a position that no record need have: the values of one, and the number of another.
    here, there = dice.choice(numbers), dice.choice(numbers)
    values = [
        f"{key.values[here]}!" if here in key.values and dice.random() < 0.5 else key.values.get(here)
        for key, _ in chosen
    ]
    labels = [key.label(value) for (key, _), value in zip(chosen, values, strict=True)]
    start = order.position_of_values(labels, there)
    ghost = [
        (SortKey(_with_value(key.values, there, value)), down)
        for (key, down), value in zip(chosen, values, strict=True)
    ]
    placed = expected({*records, there}, ghost, descending=descending)
    index = placed.index(there)
    others = records - BitMap([there])
    assert [*order.walk(others, start)] == placed[index + 1 :]
    assert [*order.walk(others, start, backwards=True)] == placed[:index][::-1]


def _with_value(values: dict[int, str], number: int, value: str | None) -> dict[int, str]:
    others = {other: text for other, text in values.items() if other != number}
    return others if value is None else {**others, number: value}


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.sampled_from([0, 3, 40, 700, 3_000]))
def test_pages_of_every_order_are_those_of_the_sorted_list(seed, size):
    dice = random.Random(seed)  # noqa: S311 - a repeatable draw
    numbers = [PLACE + n for n in dice.sample(range(2 * size + 1), size)] or [PLACE]
    keys = [SortKey.random(dice, numbers) for _ in range(2)]
    for _ in range(4):
        check_pages(dice, numbers, keys)


@settings(max_examples=30)
@given(st.integers(0, 2**32))
def test_an_order_with_moved_records_equals_one_that_is_read_again(seed):
    dice = random.Random(seed)  # noqa: S311 - a repeatable draw
    numbers = [PLACE + n for n in range(dice.choice((5, 800)))]
    keys = [SortKey.random(dice, numbers) for _ in range(2)]
    for _ in range(80):
        different = dice.choice((FEW_VALUES, MANY_VALUES))
        value = key_value(dice, different) + dice.choice(("", "a", "b"))
        dice.choice(keys).move(dice.choice([*numbers, PLACE + 5_000]), dice.choice((None, value, value)))
    for key in keys:
        again = RecordOrder()
        again.append(key.rows)
        assert key.order.known == again.known == BitMap(key.values)
    check_pages(dice, [*{*numbers, *keys[0].values, *keys[1].values}], keys)


def test_an_order_without_room_between_two_values_must_be_read_again():
    order = RecordOrder()
    order.append([("a", PLACE), ("b", PLACE + 1)])
    inserted = [PLACE]

    def insert_before_the_last(numbers):
        for number in numbers:
            order.insert(number, before=PLACE + 1)
            inserted.append(number)

    with pytest.raises(NoRoomError):
        insert_before_the_last(range(PLACE + 2, PLACE + 100))
    assert [*KeysetOrder((DirectedOrder(order, descending=False),)).walk(order.known)] == [
        *inserted,
        PLACE + 1,
    ]
