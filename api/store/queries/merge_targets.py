"""Merges: the records that ids of merged records lead to, read from the public changes."""

from collections.abc import Iterable

from api.store.queries.select_statements import SelectStatements
from api.store.readers.reader import RunQuery
from schema.declaration.entity_base import RecordKey


async def fetch_merge_targets(
    run_query: RunQuery, statements: SelectStatements, keys: Iterable[RecordKey]
) -> dict[RecordKey, RecordKey]:
    """Return the record that each merged one among some keys leads to, along all merges since."""
    targets: dict[RecordKey, RecordKey] = {}
    pending = {key: key for key in keys}
    while pending:
        steps = await _fetch_steps(run_query, statements, sorted(set(pending.values())))
        pending = {key: steps[reached] for key, reached in pending.items() if reached in steps}
        targets |= pending
    return targets


async def _fetch_steps(
    run_query: RunQuery, statements: SelectStatements, keys: list[RecordKey]
) -> dict[RecordKey, RecordKey]:
    """Return the record that each merged one among some keys was merged into."""
    # Padded with the last key to a power of two, so that there are few different statements.
    size = 1 << (len(keys) - 1).bit_length()
    values = {}
    for index in range(size):
        values[f"entity{index}"], values[f"id{index}"] = keys[min(index, len(keys) - 1)]
    rows = await run_query(statements.merges(size), values)
    return {(entity, identifier): (entity, into) for entity, identifier, into in rows}
