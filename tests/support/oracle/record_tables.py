"""Contents of the tables of records, and their comparison with the log and with each other."""

from collections import Counter
from typing import Any

import msgspec
from pyroaring import BitMap
from sqlalchemy import Connection, Table, select

from api.store.digests import digest
from api.store.log.actions import PUBLIC_ACTIONS, PUBLISHING, RERENDER
from api.store.publishing.store import Store
from api.store.zstd_frame import decompress
from schema.index.record_index import posting_name
from schema.index.record_numbers import CHUNK_BITS, record_number
from tests.support.oracle.search import stems

Entry = tuple[str, str, int]
"""The name of a posting list or sort key, a value, and the number of a record that has it."""

SET_WHEN_WRITTEN = ("changed_at", "commit_number")


def record_tables(store: Store) -> dict[str, Any]:
    """Return the records by number, without what is set when they are written, and all entries of both indexes."""
    with store.database.reading() as connection:
        return {
            "record": _records(store, connection),
            "posting": postings(store, connection),
            "sort_key": {*_rows(connection, store.tables.sort_key)},
            "document": {*_rows(connection, store.tables.document)},
            "search_document": {*_rows(connection, store.tables.search_document)},
            "word": {*_rows(connection, store.tables.word)},
        }


def assert_record_tables_agree(store: Store) -> None:
    """Check records with the log and the other tables, and posting lists and sort keys with records."""
    with store.database.reading() as connection:
        records = _records(store, connection)
        numbers = {(row["entity"], row["id"]): number for number, row in records.items()}
        assert numbers == expected_numbers(store, connection)
        assert _public(records) == _logged(store, connection)
        _assert_contents_agree(store, connection, records)
        entries = [msgspec.json.decode(row["index_entries"]) for row in records.values()]
        expected = [
            Counter(
                (posting_name(row["entity"], name), value, number)
                for (number, row), index in zip(records.items(), entries, strict=True)
                for name, values in index[position].items()
                for value in values
            )
            for position in (0, 1)
        ]
        assert postings(store, connection) == expected[0].keys()
        sort_keys = {*_rows(connection, store.tables.sort_key)}
        assert sort_keys == expected[1].keys()
        assert {*expected[0].values(), *expected[1].values()} <= {1}, "a value is stated twice"


def postings(store: Store, connection: Connection) -> set[Entry]:
    """Return all entries of the posting lists, and check their chunks."""
    entries = set()
    for name, value, chunk, numbers in _rows(connection, store.tables.posting):
        bitmap = BitMap.deserialize(numbers)
        assert {number >> CHUNK_BITS for number in bitmap} == {chunk}, (name, value)
        entries |= {(name, value, number) for number in bitmap}
    return entries


def expected_numbers(store: Store, connection: Connection) -> dict[tuple[str, str], int]:
    """Return the number of each record with public changes: its place among the first ones of its entity."""
    change = store.tables.change
    numbers: dict[tuple[str, str], int] = {}
    ordinals: Counter[str] = Counter()
    for entity, identifier in connection.execute(
        select(change.c.entity, change.c.id).order_by(change.c.number)
    ):
        if (entity, identifier) not in numbers:
            ordinals[entity] += 1
            place = store.renderer.model.number_places[entity]
            numbers[entity, identifier] = record_number(place, ordinals[entity])
    return numbers


def _records(store: Store, connection: Connection) -> dict[int, dict[str, Any]]:
    rows = connection.execute(select(store.tables.record)).mappings()
    return {
        row["number"]: {name: row[name] for name in row if name not in SET_WHEN_WRITTEN}
        for row in sorted(rows, key=lambda row: row["number"])
    }


def _public(records: dict[int, dict[str, Any]]) -> set[tuple[Any, ...]]:
    withdrawn = [row for row in records.values() if row["revision"] is None]
    assert {(row["created"], row["modified"], row["etag"], row["list_item"]) for row in withdrawn} <= {
        ("", "", "", b"")
    }
    assert {row["index_entries"] for row in withdrawn} <= {b"[{},{}]"}
    names = ("entity", "id", "revision", "created", "modified")
    return {tuple(row[name] for name in names) for row in records.values() if row["revision"] is not None}


def _logged(store: Store, connection: Connection) -> set[tuple[Any, ...]]:
    """Return the public records as the log has them: key, revision, first publication, last change."""
    revisions, actions = {}, {}
    for row in connection.execute(select(store.tables.revision).order_by(store.tables.revision.c.seq)):
        if row.action in PUBLIC_ACTIONS:
            revisions[row.entity, row.id] = row.seq
            actions[row.entity, row.id] = row.action
    moments: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for row in connection.execute(select(store.tables.change).order_by(store.tables.change.c.number)):
        if row.action != RERENDER:
            moments.setdefault((row.entity, row.id), []).append((row.at, row.action))
    return {
        (*key, seq, next(at for at, action in moments[key] if action == "publish"), moments[key][-1][0])
        for key, seq in revisions.items()
        if actions[key] in PUBLISHING
    }


def _assert_contents_agree(store: Store, connection: Connection, records: dict[int, dict[str, Any]]) -> None:
    """Check that public records, and no others, have a document with their ETag, and a search document."""
    public = {number for number, row in records.items() if row["revision"] is not None}
    documents = {number: decompress(frame) for number, frame in _rows(connection, store.tables.document)}
    assert {number: digest(body) for number, body in documents.items()} == {
        number: records[number]["etag"] for number in public
    }
    for number, body in documents.items():
        item = msgspec.json.decode(records[number]["list_item"])
        assert item.items() <= msgspec.json.decode(body).items()
    texts = {row[0]: row[-1] for row in _rows(connection, store.tables.search_document)}
    assert texts.keys() == public
    tokens = {token for text in texts.values() for token in text.split()}
    words = {token for token in tokens if stems(token)}
    assert {(word, *dict(sorted(stems(word))).values()) for word in words} == {
        *_rows(connection, store.tables.word)
    }


def _rows(connection: Connection, table: Table) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(select(table))]
