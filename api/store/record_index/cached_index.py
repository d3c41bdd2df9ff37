"""The cache of the record index in a process: sets, orders, list items and matches of searches, of one version."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from pyroaring import BitMap

from api.store.database.size_bounded_cache import SizeBoundedCache
from api.store.readers.reader import Rows
from api.store.record_index.index_values import CHARACTER_BYTES, ValueColumn, ValueSets, bitmap_size
from api.store.record_index.keyset_order import RankedRecords
from api.store.record_index.record_order import NoRoomError, RecordOrder
from schema.declaration.entity_base import RecordKey
from schema.index.fulltext import SearchTerm
from schema.index.record_index import RecordIndex
from schema.index.sort_keys import BY_ID
from schema.query.parser import Condition
from schema.storage.commit_numbers import epoch_of

_ENTRY_BYTES = 400
"""Memory of a cache entry beside its key and its value, in bytes."""

_OBJECT_BYTES = 100
"""Memory of an object beside its parts, in bytes."""

_ITEM_BYTES = _ENTRY_BYTES + 6 * _OBJECT_BYTES
"""Memory of the entry of a list item with its objects, beside the texts and the body, in bytes."""

_MAX_SET_ENTRIES = 5_000
"""Sets, orders and values of indexes that are kept: a commit changes all of them in one step."""


class IndexVersion(NamedTuple):
    """The version of the data that a snapshot shows, from the row of `head`.

    A generation is never reused. `commit_number` counts the commits of an epoch of the database, `change` is the
    number of its last public change.
    """

    generation: int
    served_at: str
    commit_number: int
    change: int
    change_at: str | None
    change_entity: str | None
    change_id: str | None

    @property
    def epoch(self) -> int:
        """Return the number of the epoch, which a restore or a rebuild that has repaired records begins."""
        return epoch_of(self.commit_number)

    @property
    def last_change(self) -> tuple[str | None, str | None, str | None]:
        """Return the time, the entity and the id of the last public change."""
        return self.change_at, self.change_entity, self.change_id


# List items are cached by record number. All other keys have a kind, as a named tuple equals others with its values.


class PostingKey(NamedTuple):
    """The cache key of the records with a value of an index."""

    entity: str
    name: str
    value: str
    kind: str = "posting"


class ValuesKey(NamedTuple):
    """The cache key of all values of an index, each with its records."""

    entity: str
    name: str
    kind: str = "values"


class RangeKey(NamedTuple):
    """The cache key of the records with a value in a range, of an index or of a sort key."""

    entity: str
    name: str
    minimum: str
    maximum: str
    is_sort_key: bool
    kind: str = "range"


class OrderKey(NamedTuple):
    """The cache key of the order of a sort key; `id` is one."""

    entity: str
    name: str
    kind: str = "order"


class NumberKey(NamedTuple):
    """The cache key of the number of a public record."""

    entity: str
    id: str
    kind: str = "number"


class SortKeysKey(NamedTuple):
    """The cache key of the sort keys of a record."""

    number: int
    kind: str = "sort_keys"


class StoredItem(NamedTuple):
    """A list item or a full document of a record, with its ETag."""

    entity: str
    id: str
    etag: str
    body: bytes


class ChangedRecord(NamedTuple):
    """A record that a commit has written: its key, and its index entries, which are empty if it is not public."""

    number: int
    key: RecordKey
    entries: RecordIndex

    def sort_key(self, name: str) -> str | None:
        """Return the value of a sort key, or None if it is missing."""
        if name == BY_ID:
            return self.key[1] if self.entries.postings else None
        return next(iter(self.entries.sort_keys.get(name, ())), None)


FollowingRows = Mapping[tuple[str, str, str], Rows]
"""By entity, sort key and value: the first rows of the sort key with this or a greater value."""

_RecordsByValue = dict[tuple[str, str], dict[str, list[int]]]
"""By entity and name: the numbers of changed records by value."""


_RECORD_KEYS = int, NumberKey, SortKeysKey
"""The types of cache keys of one record: its list item, which has its number as the key, its number, its sort keys."""

_EMPTY_SHARE = 64
"""The part of the memory that is for posting lists without records: anybody may ask for any value."""

_RESULTS_SHARE = 16
"""The part of the memory that is for results of list queries: anybody may ask for any query."""

_Set = PostingKey | ValuesKey | RangeKey | OrderKey
"""The cache keys of values that have the numbers of many records."""


class CachedIndex:
    """A cache of the record index of a database, of one version. It is used in the thread of the event loop only."""

    def __init__(self, max_size: int) -> None:
        """Make an empty index that keeps up to `max_size` bytes."""
        self.version: IndexVersion | None = None
        reserved = max_size // _EMPTY_SHARE + max_size // _RESULTS_SHARE
        self.cache: SizeBoundedCache[Hashable, Any] = SizeBoundedCache(max_size - reserved)
        self._empty: SizeBoundedCache[PostingKey, BitMap] = SizeBoundedCache(max_size // _EMPTY_SHARE)
        """The posting lists without records, until the next commit."""
        self.results: SizeBoundedCache[str, Any] = SizeBoundedCache(max_size // _RESULTS_SHARE)
        """The result of each list query, by its canonical text, until the next commit."""
        self._min_set_size = max_size // _MAX_SET_ENTRIES

    @property
    def size(self) -> int:
        """Return the memory of what is kept in bytes, by an upper estimate."""
        return self.cache.size + self._empty.size + self.results.size

    def get(self, key: Hashable) -> Any:
        """Return the cached value of a key, or None."""
        if isinstance(key, PostingKey) and (empty := self._empty.get(key)) is not None:
            return empty
        return self.cache.get(key)

    def put(self, key: Hashable, value: Any) -> None:
        """Keep what was read for a key, if it is not larger than all that may be kept.

        A small set counts as a larger one, so that the limit of the memory is also one of their number.
        """
        size = _ENTRY_BYTES + _size(key) + _size(value)
        if isinstance(key, PostingKey) and not value:
            self._empty.put(key, value, size)
            return
        self.cache.put(key, value, size if _is_of_record(key) else max(size, self._min_set_size))

    def put_item(self, number: int, item: StoredItem) -> None:
        """Keep the list item of a record, as `put` does; a page has many that are read at once."""
        texts = CHARACTER_BYTES * (len(item.entity) + len(item.id) + len(item.etag))
        self.cache.put(number, item, _ITEM_BYTES + texts + len(item.body))

    def put_result(self, query: str, value: Any) -> None:
        """Keep the result of a list query, given as canonical text."""
        self.results.put(query, value, _ENTRY_BYTES + _size(query) + _size(value))

    def restart(self, version: IndexVersion) -> None:
        """Forget everything, and begin with a version."""
        self.cache.clear()
        self._empty.clear()
        self.results.clear()
        self.version = version

    @property
    def orders(self) -> list[OrderKey]:
        """Return the keys of the orders that are kept."""
        return [key for key, _ in self.cache.entries() if isinstance(key, OrderKey)]

    def apply(
        self, version: IndexVersion, changes: Sequence[ChangedRecord], following: FollowingRows
    ) -> None:
        """Change everything that is kept to a later version, given all records that were written since.

        `following` has the rows of orders for the values of the changed records; an order without them is forgotten.
        """
        self._empty.clear()
        self.results.clear()
        _Update(self, changes, following).run()
        self.version = version


class _Update:
    """The update of a cached index by changed records: they are removed everywhere, and added where they belong now."""

    def __init__(
        self, index: CachedIndex, changes: Sequence[ChangedRecord], following: FollowingRows
    ) -> None:
        self._index = index
        self._changes = changes
        self._following = following
        self._numbers = BitMap([change.number for change in changes])
        self._keys = [
            *self._numbers,
            *(SortKeysKey(number) for number in self._numbers),
            *(NumberKey(*change.key) for change in changes),
        ]
        self._entities = {change.key[0] for change in changes}
        self._postings = _records_by_value((change, change.entries.postings) for change in changes)
        self._sort_keys = _records_by_value((change, change.entries.sort_keys) for change in changes)
        self._sorted: dict[tuple[str, str, bool], list[str]] = {}

    def run(self) -> None:
        """Update or remove each entry of the cache; those of one record are found by their keys."""
        for key in self._keys:
            self._index.cache.remove(key)
        for key, value in self._index.cache.entries():
            if _is_of_record(key):
                continue
            if not isinstance(key, _Set):
                # Matches of searches and members of roles are read again.
                self._index.cache.remove(key)
            elif key.entity in self._entities:
                self._update(key, value)

    def _update(self, key: _Set, value: Any) -> None:
        match key:
            case OrderKey():
                self._update_order(key, value)
            case ValuesKey():
                value.replace(self._numbers, self._added(self._postings, key))
                self._index.put(key, value)
            case PostingKey():
                self._replace(key, value, self._added(self._postings, key).get(key.value, ()))
            case RangeKey():
                by_value = self._added(self._sort_keys if key.is_sort_key else self._postings, key)
                values = self._sorted_values(key, by_value)
                in_range = values[bisect_left(values, key.minimum) : bisect_right(values, key.maximum)]
                self._replace(key, value, [number for text in in_range for number in by_value[text]])

    def _replace(self, key: Hashable, records: BitMap, numbers: Sequence[int]) -> None:
        """Remove the changed records from a set, and add those that belong in it."""
        records.difference_update(self._numbers)
        if numbers:
            records.update(numbers)
            self._index.put(key, records)

    def _sorted_values(self, key: RangeKey, values: Iterable[str]) -> list[str]:
        """Return the values of changed records for the index or sort key of a range, in order."""
        name = key.entity, key.name, key.is_sort_key
        if name not in self._sorted:
            self._sorted[name] = sorted(values)
        return self._sorted[name]

    def _added(
        self, records: _RecordsByValue, key: PostingKey | ValuesKey | RangeKey
    ) -> Mapping[str, Sequence[int]]:
        return records.get((key.entity, key.name), {})

    def _update_order(self, key: OrderKey, order: RecordOrder) -> None:
        """Move the changed records in an order, or forget it if it must be read again."""
        changes = [change for change in self._changes if change.key[0] == key.entity]
        for change in changes:
            order.remove(change.number)
        try:
            for change in changes:
                value = change.sort_key(key.name)
                if value is not None:
                    _insert(order, change.number, value, self._following[key.entity, key.name, value])
        except (KeyError, NoRoomError):
            # It has no room, or was read while the rows that follow in the other orders were.
            self._index.cache.remove(key)
        else:
            self._index.put(key, order)


def _insert(order: RecordOrder, number: int, value: str, rows: Rows) -> None:
    """Insert a record before the next one that is in the order: others that changed may not be in it yet."""
    following = next((row for row in rows if row[1] in order.known), None)
    if following is None:
        order.insert(number)
    elif following[0] == value:
        order.insert(number, equal_to=following[1])
    else:
        order.insert(number, before=following[1])


def _records_by_value(
    changes: Iterable[tuple[ChangedRecord, Mapping[str, Iterable[str]]]],
) -> _RecordsByValue:
    records: _RecordsByValue = defaultdict(lambda: defaultdict(list))
    for change, values_by_name in changes:
        for name, values in values_by_name.items():
            for value in values:
                records[change.key[0], name][value].append(change.number)
    return records


def _is_of_record(key: Hashable) -> bool:
    """Return True for the key of a list item, of the number of a record or of its sort keys."""
    return isinstance(key, _RECORD_KEYS)


def _size(value: Any) -> int:
    """Return the memory of a key or of a value of the cache in bytes, by an upper estimate."""
    match value:
        case BitMap():
            return bitmap_size(value)
        case RecordOrder() | ValueSets() | ValueColumn():
            return value.size
        case RankedRecords():
            return sum(map(bitmap_size, (value.known, *value.by_rank)))
        case Condition():
            return _size((value.index_name, value.minimum, value.maximum))
        case SearchTerm():
            return _OBJECT_BYTES + _size(value.tokens)
        case tuple():
            return _OBJECT_BYTES + sum(map(_size, value))
        case Mapping():
            return _OBJECT_BYTES + sum(map(_size, value.items()))
        case _:
            return _OBJECT_BYTES + _text_size(value)


def _text_size(value: Any) -> int:
    """Return the memory of a text or of bytes at most, and nothing for numbers."""
    if isinstance(value, str):
        return CHARACTER_BYTES * len(value)
    return len(value) if isinstance(value, bytes) else 0
