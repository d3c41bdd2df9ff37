"""Evaluation of list queries on the record index: the set of records of a list, and its pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import NamedTuple

from msgspec.json import decode
from pyroaring import BitMap

from api.store.record_index.cached_index import RangeKey
from api.store.record_index.index_snapshot import IndexSnapshot
from api.store.record_index.keyset_order import DirectedOrder, KeysetOrder, RankedRecords, SortPosition
from api.store.record_index.list_query import CursorKey, ListQuery
from schema.index.fulltext import searched_texts
from schema.index.record_index import ALL_RECORDS, range_names
from schema.index.record_numbers import number_place, number_range
from schema.index.sort_keys import BY_ID
from schema.model import Model
from schema.query.parameters import ID_FILTER
from schema.query.parser import Clause, Condition


class NumberPage(NamedTuple):
    """The record numbers of a page, and whether there are other pages."""

    numbers: list[int]
    has_previous: bool
    has_next: bool


@dataclass(frozen=True)
class ListEvaluation:
    """The evaluation of list queries in one snapshot of the index."""

    snapshot: IndexSnapshot
    model: Model

    async def records(self, query: ListQuery) -> BitMap:
        """Return the numbers of the records of a list, whose ids of merged records have been replaced."""
        if query.terms:
            records = (await self._matches(query)).known
        else:
            (records,) = await self.snapshot.postings(query.entity, ALL_RECORDS, [ALL_RECORDS])
        for clause in query.query:
            records = await self._satisfying(records, query.entity, clause)
        if query.role:
            records = records & await self.snapshot.role_members(query.role)
        return records

    async def order(self, query: ListQuery) -> KeysetOrder:
        """Return the order of a list."""
        if query.is_ranked:
            return KeysetOrder((DirectedOrder(await self._matches(query), descending=False),))
        keys = [
            DirectedOrder(await self.snapshot.order(query.entity, key.name), key.descending)
            for key in query.sort_keys
        ]
        return KeysetOrder(tuple(keys), descending=bool(keys) and keys[-1].descending)

    async def position(self, query: ListQuery, order: KeysetOrder, keys: Sequence[CursorKey]) -> SortPosition:
        """Return the position of the keys of a cursor in the order of its list. Its record may be gone."""
        if query.is_ranked:
            rank, number = keys
            return order.position_of_values([float(str(rank))], int(str(number)))
        labels: list[float | None] = []
        for key, value in zip(query.sort_keys, keys, strict=False):
            text = None if value is None else str(value)
            labels.append(await self.snapshot.label(query.entity, key.name, text))
        number = keys[-1]
        if query.sort_keys and query.sort_keys[-1].name == BY_ID:
            record = query.entity, str(number)
            number = (await self.snapshot.numbers([record])).get(record, 0)
        return order.position_of_values(labels, int(str(number)))

    async def rank(self, query: ListQuery, number: int) -> int:
        """Return the rank of a match of a search."""
        return int((await self._matches(query)).label(number))

    async def records_with_word(self, entity: str, word: str) -> BitMap:
        """Return the records of an entity, or of all, that have a word."""
        return await self.snapshot.records_with_word(word, self._number_range(entity))

    async def searched_texts(self, number: int) -> list[str]:
        """Return the texts that a record is searched by."""
        (document,) = await self.snapshot.items([number], full_documents=True)
        places = self.model.number_places
        entity = next(entity for entity, place in places.items() if place == number_place(number))
        return [*searched_texts(self.model, self.model.by_name[entity], decode(document.body))]

    async def _matches(self, query: ListQuery) -> RankedRecords:
        number_range = self._number_range(query.entity)
        return await self.snapshot.matches(query.terms, number_range, is_ranked=query.is_ranked)

    def _number_range(self, entity: str) -> tuple[int, int] | None:
        return number_range(self.model.number_places[entity]) if entity else None

    async def _satisfying(self, records: BitMap, entity: str, clause: Clause) -> BitMap:
        """Return the records of a set that satisfy one of the conditions of a clause."""
        satisfying: list[BitMap] = []
        for (name, holds), group in groupby(sorted(clause, key=_name_and_sign), _name_and_sign):
            sets = await self._condition_sets(entity, name, [*group])
            satisfying += [records & one if holds else records - one for one in sets]
        return satisfying[0] if len(satisfying) == 1 else BitMap.union(BitMap(), *satisfying)

    async def _condition_sets(
        self, entity: str, name: str, conditions: Sequence[Condition]
    ) -> Iterable[BitMap]:
        """Return the records that have a value in the range of each of some conditions on one index."""
        if name == ID_FILTER:
            keys = [(entity, condition.minimum) for condition in conditions]
            numbers = await self.snapshot.numbers(keys)
            return [BitMap([numbers[key]] if key in numbers else []) for key in keys]
        is_sort_key = name in range_names(self.model.by_name[entity])
        values = [one.minimum for one in conditions if one.minimum == one.maximum and not is_sort_key]
        sets = await self.snapshot.postings(entity, name, values) if values else []
        for condition in conditions:
            if is_sort_key or condition.minimum != condition.maximum:
                key = RangeKey(entity, name, condition.minimum, condition.maximum, is_sort_key)
                sets.append(await self.snapshot.in_range(key))
        return sets


def number_page(
    order: KeysetOrder, records: BitMap, start: SortPosition | None, limit: int, *, backwards: bool
) -> NumberPage:
    """Return the page of a set after a position, or before it: up to `limit` numbers in the order of the list."""
    numbers = [*islice(order.walk(records, start, backwards=backwards), limit + 1)]
    has_beyond = len(numbers) > limit
    has_behind = start is not None and _has_behind(order, records, start, backwards=backwards)
    del numbers[limit:]
    if backwards:
        return NumberPage(numbers[::-1], has_beyond, has_behind)
    return NumberPage(numbers, has_behind, has_beyond)


def _has_behind(order: KeysetOrder, records: BitMap, start: SortPosition, *, backwards: bool) -> bool:
    """Return True if a record is at a position or on the other side of it than the page."""
    for number in order.walk(records, backwards=backwards):
        position = order.position(number)
        return position >= start if backwards else position <= start
    return False


def _name_and_sign(condition: Condition) -> tuple[str, bool]:
    return condition.index_name, condition.holds
