"""The record index as one snapshot of the database shows it: read through the cache, and brought up to date first."""

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from sys import maxunicode
from time import thread_time
from typing import Any, cast

from pyroaring import BitMap

from api.store.database.array_parameter import json_array
from api.store.database.statement import SelectQuery
from api.store.readers.reader import Rows, RunQuery, T
from api.store.record_index.cached_index import (
    CachedIndex,
    IndexVersion,
    NumberKey,
    OrderKey,
    PostingKey,
    RangeKey,
    SortKeysKey,
    StoredItem,
    ValuesKey,
)
from api.store.record_index.fulltext import INFLECTED, RANKS, Forms, match_expressions, phrase_texts
from api.store.record_index.index_selects import IndexSelects
from api.store.record_index.index_values import IndexValues, IndexValuesLoader
from api.store.record_index.keyset_order import RankedRecords
from api.store.record_index.record_order import RecordOrder
from api.store.zstd_frame import decompress
from schema.declaration.entity_base import RecordKey
from schema.entities.partner_and_funder_lists import RoleList
from schema.index.fulltext import SearchTerm
from schema.index.inflections import InflectedWord, inflected
from schema.index.record_index import decode_record_index, posting_name

_BATCH_SIZE, _VALUE_BATCH_SIZE = 2_000, 500
"""Rows that are read and handled at once, of sort keys and of posting lists: others are answered between two batches."""

PAUSE_INTERVAL = 0.005
"""Seconds of CPU time after which other requests are answered between two parts of a long step."""


class DataChangedError(RuntimeError):
    """Another answer has read a later version of the data: this one must begin again."""


class DamagedIndexError(RuntimeError):
    """The record index of the database is damaged: `doctor` finds what else is, and `rebuild` repairs it."""

    def __init__(self, damage: str) -> None:
        super().__init__(f"{damage} Run `doctor`, then `rebuild`.")


class IndexSnapshot:
    """The record index in one snapshot. Its methods raise DataChangedError if the cache has a later version.

    Sets and orders belong to the cache, which may be brought up to date while something else is awaited: ask for them
    again then, and do not change them.
    """

    def __init__(self, index: CachedIndex, selects: IndexSelects, run_query: RunQuery) -> None:
        self._index = index
        self._selects = selects
        self.run_query = run_query
        self._step_start = thread_time()
        assert index.version is not None  # noqa: S101 - only a snapshot with a version is made
        self.version: IndexVersion = index.version

    async def postings(self, entity: str, name: str, values: Sequence[str]) -> list[BitMap]:
        """Return the records with each of some values of an index; of the empty name, all public ones."""
        keys = [PostingKey(entity, name, value) for value in values]
        cached = ((key, self._cached(key)) for key in keys)
        lists: dict[PostingKey, BitMap] = {key: records for key, records in cached if records is not None}
        missing = {key.value: key for key in keys if key not in lists}
        if missing:
            bind = {"name": posting_name(entity, name), "values": json_array(missing)}
            read = {key: BitMap() for key in missing.values()}
            for value, numbers in await self._rows(self._selects.posting_lists, bind):
                read[missing[value]] |= _bitmap(bind["name"], value, numbers)
            self._put(read)
            lists |= read
        return [lists[key] for key in keys]

    async def values(self, entity: str, name: str) -> IndexValues:
        """Return all values of an index with their records."""
        key = ValuesKey(entity, name)
        values: IndexValues | None = self._cached(key)
        if values is None:
            loader = IndexValuesLoader()
            name = posting_name(entity, name)
            bind = {"name": name, "value": "", "chunk": -1, "limit": _VALUE_BATCH_SIZE}
            while rows := await self._rows(self._selects.values, bind):
                for _ in loader.add((value, _bitmap(name, value, numbers)) for value, _, numbers in rows):
                    await self.pause()
                if len(rows) < _VALUE_BATCH_SIZE:
                    break
                bind["value"], bind["chunk"], _ = rows[-1]
            for _ in loader.finish():
                await self.pause()
            values = loader.values
            self._put({key: values})
        return values

    async def value_counts(
        self, index: tuple[str, str], records: BitMap, most: int | None = None, used: Iterable[str] = ()
    ) -> dict[str, int]:
        """Return the number of records with each value of an index among those of a set of this snapshot.

        `index` are the entity and the name. With `most` only the most frequent values, and those in `used`, are
        needed.
        """
        values = await self.values(*index)
        counting = values.counts(records, most, used)
        while True:
            try:
                next(counting)
            except StopIteration as stop:
                counts: dict[str, int] = stop.value
                return counts
            await self.pause()

    async def in_range(self, key: RangeKey) -> BitMap:
        """Return the records with a value from a minimum to a maximum, inclusive."""
        records: BitMap | None = self._cached(key)
        if records is None:
            bind = {"name": posting_name(key.entity, key.name), "maximum": key.maximum}
            records = BitMap()
            if key.is_sort_key:
                start = {**bind, "value": key.minimum, "number": -1}
                async for rows in self._batches(self._selects.numbers_in_range, start):
                    records.update([number for _, number in rows])
            else:
                rows = await self._rows(self._selects.values_in_range, {**bind, "minimum": key.minimum})
                records = BitMap.union(
                    records, *(_bitmap(bind["name"], value, numbers) for value, numbers in rows)
                )
            self._put({key: records})
        return records

    async def order(self, entity: str, name: str) -> RecordOrder:
        """Return the order of a sort key."""
        key = OrderKey(entity, name)
        order: RecordOrder | None = self._cached(key)
        if order is None:
            order = RecordOrder()
            select, bind = self._selects.sort_key_rows(entity, name)
            async for rows in self._batches(select, {**bind, "value": "", "number": -1}):
                order.append(rows)
            self._put({key: order})
        return order

    async def label(self, entity: str, name: str, value: str | None) -> float | None:
        """Return the label of a value in the order of a sort key, or of a position right before the next value.

        It is None for a missing value.
        """
        if value is None:
            return None
        order = await self.order(entity, name)
        select, bind = self._selects.sort_key_rows(entity, name)
        rows = await self._rows(select, {**bind, "value": value, "number": -1, "limit": 1})
        if not rows:
            return order.label_of(None, exact=False)
        return order.label_of(rows[0][1], exact=rows[0][0] == value)

    async def numbers(self, keys: Iterable[RecordKey]) -> dict[RecordKey, int]:
        """Return the numbers of the public records among some keys."""
        cached: dict[RecordKey, int | None] = {key: self._cached(NumberKey(*key)) for key in keys}
        missing: dict[str, list[str]] = {}
        for (entity, identifier), number in cached.items():
            if number is None:
                missing.setdefault(entity, []).append(identifier)
        for entity, ids in sorted(missing.items()):
            rows = await self._rows(
                self._selects.public_numbers, {"entity": entity, "ids": json_array(sorted(ids))}
            )
            found = dict(map(tuple, rows))
            for identifier in ids:
                if number := found.get(identifier):
                    cached[entity, identifier] = number
                    self._index.put(NumberKey(entity, identifier), number)
        return {key: number for key, number in cached.items() if number}

    async def role_members(self, role: RoleList) -> BitMap:
        """Return the records that other records refer to in a role."""
        key = ("role", role.collection)
        members: BitMap | None = self._cached(key)
        if members is None:
            names = [posting_name(entity, name) for entity, name in role.members]
            bind = {"entity": role.entity, "names": json_array(names)}
            members = _bitmap_of_rows(await self._rows(self._selects.role_members, bind))
            self._put({key: members})
        return members

    async def matches(
        self, terms: tuple[SearchTerm, ...], number_range: tuple[int, int] | None, *, is_ranked: bool
    ) -> RankedRecords:
        """Return the records that match a search, among those with a range of numbers or all.

        Without `is_ranked` all have the best rank.
        """
        key = ("matches", terms, number_range, is_ranked)
        matches: RankedRecords | None = self._cached(key)
        if matches is None:
            forms = await self.forms(terms)
            rows = []
            if is_ranked:
                rows = [*await self._match_rows(terms, {}, number_range, is_ranked=True)]
            if not is_ranked or forms:
                numbers = _bitmap_of_rows(await self._match_rows(terms, forms, number_range))
                rank = INFLECTED if is_ranked else 0
                rows += [(rank, number) for number in numbers - BitMap([number for _, number in rows])]
            matches = RankedRecords.of_rows(rows, RANKS)
            self._put({key: matches})
        return matches

    async def result(self, query: str, evaluate: Callable[[], Awaitable[T]]) -> T:
        """Return the result of a list query, given as canonical text and as its evaluation; it is kept."""
        self._check_version()
        value: T | None = self._index.results.get(query)
        if value is None:
            value = await evaluate()
            self._index.put_result(query, value)
        return value

    async def records_with_word(self, word: str, number_range: tuple[int, int] | None) -> BitMap:
        """Return the records that have a word, among those with a range of numbers or all; they are not kept."""
        terms = (SearchTerm((word,), is_quoted=True),)
        return _bitmap_of_rows(await self._match_rows(terms, {}, number_range))

    async def _match_rows(
        self,
        terms: tuple[SearchTerm, ...],
        forms: Forms,
        number_range: tuple[int, int] | None,
        *,
        is_ranked: bool = False,
    ) -> Rows:
        """Return the rows of the records that match a search by its words, or by some forms of them."""
        phrases = {f"phrase{index}": phrase for index, phrase in enumerate(phrase_texts(terms))}
        low, high = number_range or (0, 0)
        bind = {**match_expressions(terms, forms), **phrases, "low": low, "high": high}
        lengths = tuple(len(term.tokens) for term in terms)
        return await self._rows(self._selects.matches(lengths, is_ranked, number_range is None), bind)

    async def forms(self, terms: tuple[SearchTerm, ...]) -> Forms:
        """Return the forms of the words of a search that the index has other forms of."""
        asked_words = [term.tokens[0] for term in terms if term.has_inflections]
        if not asked_words:
            return {}
        key = ("forms", terms)
        forms: Forms | None = self._cached(key)
        if forms is None:
            asked = [inflected(word) for word in asked_words]
            bind = {
                "english_stems": json_array([word.english_stem for word in asked]),
                "latvian_stems": json_array([word.latvian_stem for word in asked]),
            }
            known = [InflectedWord(*row) for row in await self._rows(self._selects.forms, bind)]
            forms = {
                word.word: (word.word, *others)
                for word in asked
                if (others := sorted(one.word for one in known if one != word and one.has_common_stem(word)))
            }
            self._put({key: forms})
        return forms

    async def words(self, among: Iterable[str]) -> set[str]:
        """Return the words of the index among some words."""
        rows = await self._rows(self._selects.words, {"words": json_array(sorted({*among}))})
        return {word for (word,) in rows}

    async def similar_words(self, prefix: str, lengths: range, limit: int) -> list[str]:
        """Return up to `limit` words of the index with a prefix and one of some lengths, in no order."""
        bind = {
            "minimum": prefix,
            "maximum": prefix + chr(maxunicode),
            "shortest": lengths.start,
            "longest": lengths.stop - 1,
            "limit": limit,
        }
        return [word for (word,) in await self._rows(self._selects.similar_words, bind)]

    async def items(self, numbers: Sequence[int], *, full_documents: bool) -> list[StoredItem]:
        """Return the list items of some records, or their documents, which are not kept."""
        self._check_version()
        if not numbers:
            return []
        if full_documents:
            read = await self._read_items(self._selects.documents, numbers)
            return [item._replace(body=decompress(item.body)) for item in map(read.__getitem__, numbers)]
        items: list[StoredItem | None] = [*map(self._index.cache.get, numbers)]
        if None in items:
            missing = [number for number, item in zip(numbers, items, strict=True) if item is None]
            read = await self._read_items(self._selects.items, missing)
            for number, item in read.items():
                self._index.put_item(number, item)
            items = [item or read[number] for number, item in zip(numbers, items, strict=True)]
        return cast("list[StoredItem]", items)

    async def _read_items(self, select: SelectQuery, numbers: Sequence[int]) -> dict[int, StoredItem]:
        rows = await self._rows_of_version(select, numbers)
        return {row[0]: StoredItem(*row[2:]) for row in rows}

    async def sort_keys(self, numbers: Iterable[int]) -> dict[int, Mapping[str, str]]:
        """Return the sort keys of some records, by name."""
        keys: dict[int, Any] = {number: self._cached(SortKeysKey(number)) for number in numbers}
        if missing := [number for number, values in keys.items() if values is None]:
            for number, _, entries in await self._rows_of_version(self._selects.index_entries, missing):
                values = decode_record_index(entries).sort_keys
                keys[number] = {name: texts[0] for name, texts in values.items()}
                self._put({SortKeysKey(number): keys[number]})
        return keys

    async def pause(self) -> None:
        """Let other requests be answered, if it is time: a snapshot awaits nothing but its queries."""
        if thread_time() - self._step_start >= PAUSE_INTERVAL:
            await self._rows(self._selects.version, {})
            self._step_start = thread_time()

    async def _batches(self, select: SelectQuery, start: dict[str, Any]) -> AsyncIterator[Rows]:
        """Yield the rows of a SELECT of values and numbers, in batches."""
        bind = {**start, "limit": _BATCH_SIZE}
        while rows := await self._rows(select, bind):
            yield rows
            if len(rows) < _BATCH_SIZE:
                return
            bind["value"], bind["number"] = rows[-1]

    async def _rows(self, select: SelectQuery, bind: Mapping[str, Any]) -> Rows:
        rows = await self.run_query(select, bind)
        self._check_version()
        return rows

    async def _rows_of_version(self, select: SelectQuery, numbers: Sequence[int]) -> Rows:
        """Return the rows of some records: number, generation, and other columns.

        Raise DataChangedError if it is a later one: they may be read without a transaction, as the generation shows
        the version. Raise DamagedIndexError if some are missing.
        """
        rows = await self._rows(select, {"numbers": json_array(sorted(numbers))})
        if any(row[1] != self.version.generation for row in rows):
            raise DataChangedError
        if missing := {*numbers}.difference([row[0] for row in rows]):
            message = (
                f"Posting lists or sort keys have numbers that no public record has, such as {min(missing)}."
            )
            raise DamagedIndexError(message)
        return rows

    def _put(self, read: Mapping[Any, Any]) -> None:
        for key, value in read.items():
            self._index.put(key, value)

    def _cached(self, key: Hashable) -> Any:
        """Return the cached value of a key, or None."""
        self._check_version()
        return self._index.get(key)

    def _check_version(self) -> None:
        if self._index.version is not self.version:
            raise DataChangedError


def _bitmap_of_rows(rows: Rows) -> BitMap:
    """Return the records of rows of one number."""
    return BitMap([number for (number,) in rows])


def _bitmap(name: str, value: str, numbers: bytes) -> BitMap:
    """Return the records of a stored posting list. Raise DamagedIndexError if it cannot be read."""
    try:
        return BitMap.deserialize(numbers)
    except (IndexError, ValueError) as error:
        message = f"The posting list {name!r} of the value {value!r} cannot be read."
        raise DamagedIndexError(message) from error
