"""Lookup of records by what may stand for them in a filter: their ids, former ones too, and their lookup keys."""

from collections import defaultdict
from collections.abc import Iterable

from pyroaring import BitMap

from api.store.database.array_parameter import json_array
from api.store.queries.document_batch import fetch_rows
from api.store.queries.select_statements import SelectStatements
from api.store.readers.reader import RunQuery
from schema.declaration.entity_base import RecordKey
from schema.index.lookup_keys import LOOKUP_KEY, lookup_key
from schema.index.record_index import posting_name
from schema.query.values import is_id

AMBIGUOUS = ""
"""In place of an id: several records have the lookup key."""


async def fetch_withdrawn(
    run_query: RunQuery, statements: SelectStatements, keys: Iterable[RecordKey]
) -> set[RecordKey]:
    """Return the keys of records that were public once, among keys of records that are not public."""
    ids = [key for key in keys if is_id(key[1])]
    rows = await fetch_rows(run_query, statements.changed_ids, ids)
    return {(entity, identifier) for entity, (identifier,) in rows}


async def fetch_ids(
    run_query: RunQuery, statements: SelectStatements, keys: Iterable[RecordKey]
) -> dict[RecordKey, str]:
    """Return the ids of the public records that have a lookup key, by the texts of these; or AMBIGUOUS."""
    texts = {(entity, text): lookup_key(text) for entity, text in keys}
    lookups = {(entity, value) for (entity, _), value in texts.items() if value}
    records = await _fetch_numbers(run_query, statements, lookups)
    single = {key: numbers[0] for key, numbers in records.items() if len(numbers) == 1}
    ids = await _fetch_ids_of_numbers(run_query, statements, single.values())
    found = {key: ids[single[key]] if key in single else AMBIGUOUS for key in records}
    return {key: found[key[0], value] for key, value in texts.items() if (key[0], value) in found}


async def fetch_ids_of_key(
    run_query: RunQuery, statements: SelectStatements, key: RecordKey, limit: int
) -> list[str]:
    """Return the first ids of the records that have a lookup key, at most `limit`."""
    lookup = key[0], lookup_key(key[1])
    records = await _fetch_numbers(run_query, statements, [lookup])
    ids = await _fetch_ids_of_numbers(run_query, statements, records[lookup])
    return sorted(ids.values())[:limit]


async def fetch_neighbours(
    run_query: RunQuery, statements: SelectStatements, entity: str, key: str, limit: int
) -> dict[str, str]:
    """Return the ids of public records next to a lookup key, in the order of their ids and of their lookup keys.

    There are at most `limit` in each direction. They are by spelling: an id, or a lookup key with hyphens.
    """
    neighbours: dict[str, str] = {}
    values = {"entity": entity, "id": key.replace(" ", "-"), "limit": limit}
    for statement in statements.neighbouring_ids:
        neighbours |= {identifier: identifier for (identifier,) in await run_query(statement, values)}
    values = {"name": posting_name(entity, LOOKUP_KEY), "value": key, "limit": limit}
    for statement, is_descending in zip(statements.neighbouring_values, (False, True), strict=True):
        rows = await run_query(statement, values)
        numbers = [(value, number) for value, records in rows for number in BitMap.deserialize(records)]
        ids = await _fetch_ids_of_numbers(run_query, statements, (number for _, number in numbers))
        nearest = sorted(((value, ids[number]) for value, number in numbers), reverse=is_descending)
        neighbours |= {value.replace(" ", "-"): identifier for value, identifier in nearest[:limit]}
    return neighbours


async def _fetch_numbers(
    run_query: RunQuery, statements: SelectStatements, lookups: Iterable[RecordKey]
) -> dict[RecordKey, BitMap]:
    """Return the numbers of the public records with each lookup key of an entity that any record has."""
    values_by_entity: dict[str, list[str]] = defaultdict(list)
    for entity, value in sorted(lookups):
        values_by_entity[entity].append(value)
    numbers: dict[RecordKey, BitMap] = defaultdict(BitMap)
    for entity, values in values_by_entity.items():
        bind = {"name": posting_name(entity, LOOKUP_KEY), "values": json_array(values)}
        for value, records in await run_query(statements.index.posting_lists, bind):
            numbers[entity, value] |= BitMap.deserialize(records)
    return numbers


async def _fetch_ids_of_numbers(
    run_query: RunQuery, statements: SelectStatements, numbers: Iterable[int]
) -> dict[int, str]:
    """Return the ids of the records with some numbers."""
    rows = await run_query(statements.records, {"numbers": json_array(sorted({*numbers}))})
    return {number: identifier for number, identifier, _ in rows}
