"""Tests of the cached part of the record index: what it costs to keep and to change, and how much it keeps."""

from sys import getsizeof

from pyroaring import BitMap

from api.store.record_index.cached_index import (
    CachedIndex,
    ChangedRecord,
    IndexVersion,
    NumberKey,
    PostingKey,
    SortKeysKey,
)
from schema.index.fulltext import SearchTerm
from schema.index.record_index import RecordIndex

PLACE = 4 << 27

SIZE = 32_000_000


class CountingText(str):
    """A text that counts how often one is compared."""

    __slots__ = ()
    comparisons = 0
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        CountingText.comparisons += 1
        return str.__eq__(self, other)


def version(number: int) -> IndexVersion:
    return IndexVersion(number, "", number, number, None, None, None)


def started_index(size: int = SIZE) -> CachedIndex:
    index = CachedIndex(size)
    index.restart(version(1))
    return index


def change(number: int, identifier: str) -> ChangedRecord:
    postings = {"": [""], "keyword": ["changed"]}
    return ChangedRecord(PLACE + number, ("Project", identifier), RecordIndex(postings, {}))


def test_records_that_are_kept_are_not_compared_with_those_that_a_commit_changes():
    index = started_index()
    for number in range(5_000):
        index.put(NumberKey("Project", CountingText(f"p-{number}")), PLACE + number)
        index.put(PLACE + number, ("item", "etag", b"{}"))
        index.put(SortKeysKey(PLACE + number), {})
    kept = len(index.cache)
    CountingText.comparisons = 0
    index.apply(version(2), [change(number, f"p-{number}") for number in range(200)], {})
    assert CountingText.comparisons <= 4 * 200
    assert len(index.cache) == kept - 3 * 200


def test_a_commit_changes_at_most_five_thousand_sets_but_many_items_are_kept():
    index = started_index()
    for number in range(12_000):
        index.put(PLACE + number, ("item", "etag", b"{}"))
    for number in range(12_000):
        index.put(PostingKey("Project", "keyword", f"v-{number}"), BitMap([PLACE + number]))
    assert sum(isinstance(key, PostingKey) for key, _ in index.cache.entries()) <= 5_000
    items = started_index()
    for number in range(12_000):
        items.put(PLACE + number, ("item", "etag", b"{}"))
    assert len(items.cache) == 12_000


def test_a_changed_record_leaves_its_sets_and_enters_those_that_it_belongs_in():
    index = started_index()
    index.put(PostingKey("Project", "keyword", "changed"), BitMap([PLACE + 9]))
    index.put(PostingKey("Project", "keyword", "other"), BitMap([PLACE + 1, PLACE + 2]))
    index.apply(version(2), [change(1, "p-1")], {})
    assert index.cache.get(PostingKey("Project", "keyword", "changed")) == BitMap([PLACE + 1, PLACE + 9])
    assert index.cache.get(PostingKey("Project", "keyword", "other")) == BitMap([PLACE + 2])


def test_the_size_counts_the_texts_of_keys_and_of_sort_keys():
    text = chr(0x1F600) * 250
    for key, value in (
        (PostingKey("Project", "keyword", text), BitMap()),
        (("matches", (SearchTerm((text,)),), None, True), BitMap()),
        (SortKeysKey(PLACE), {"title": text}),
        (PLACE, (text, "etag", b"{}")),
    ):
        index = started_index()
        index.put(key, value)
        assert index.size > getsizeof(text)
