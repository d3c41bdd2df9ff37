"""Lookup of records by what may stand for them in a filter: their ids, former ones too, and their lookup keys."""

from collections.abc import Iterable

from api.store.queries.document_batch import fetch_rows
from api.store.queries.select_statements import SelectStatements
from api.store.readers.reader import RunQuery
from schema.declaration.entity_base import RecordKey
from schema.index.lookup_keys import lookup_key
from schema.query.values import is_id

AMBIGUOUS = ""
"""In place of an id: several records have the lookup key."""


async def fetch_public(
    run_query: RunQuery, statements: SelectStatements, keys: Iterable[RecordKey]
) -> set[RecordKey]:
    """Return the keys of public records among some keys."""
    rows = await fetch_rows(run_query, statements.item_ids, _ids(keys))
    return {(entity, identifier) for entity, (identifier,) in rows}


async def fetch_withdrawn(
    run_query: RunQuery, statements: SelectStatements, keys: Iterable[RecordKey]
) -> set[RecordKey]:
    """Return the keys of records that were public once, among keys of records that are not public."""
    rows = await fetch_rows(run_query, statements.changed_ids, _ids(keys))
    return {(entity, identifier) for entity, (identifier,) in rows}


async def fetch_ids(
    run_query: RunQuery, statements: SelectStatements, keys: Iterable[RecordKey]
) -> dict[RecordKey, str]:
    """Return the ids of the public records that have a lookup key, by the texts of these; or AMBIGUOUS."""
    texts = {(entity, text): lookup_key(text) for entity, text in keys}
    lookups = [(entity, value) for (entity, _), value in texts.items() if value]
    rows = await fetch_rows(run_query, statements.lookup_keys, lookups)
    ids = {(entity, value): first if first == last else AMBIGUOUS for entity, (value, first, last) in rows}
    return {key: ids[key[0], value] for key, value in texts.items() if (key[0], value) in ids}


async def fetch_ids_of_key(
    run_query: RunQuery, statements: SelectStatements, key: RecordKey, limit: int
) -> list[str]:
    """Return the first ids of the records that have a lookup key, at most `limit`."""
    values = {"entity": key[0], "value": lookup_key(key[1]), "limit": limit}
    return [identifier for (identifier,) in await run_query(statements.ids_of_lookup_key, values)]


async def fetch_neighbours(
    run_query: RunQuery, statements: SelectStatements, entity: str, key: str, limit: int
) -> dict[str, str]:
    """Return the ids of public records next to a lookup key, in the order of their ids and of their lookup keys.

    There are at most `limit` in each direction. They are by spelling: an id, or a lookup key with hyphens.
    """
    neighbours: dict[str, str] = {}
    values = {"entity": entity, "id": key.replace(" ", "-"), "key": key, "limit": limit}
    for statement in statements.neighbours:
        rows = await run_query(statement, values)
        neighbours |= {spelling.replace(" ", "-"): identifier for spelling, identifier in rows}
    return neighbours


def _ids(keys: Iterable[RecordKey]) -> list[RecordKey]:
    """Return the keys whose second part may be an id."""
    return [key for key in keys if is_id(key[1])]
