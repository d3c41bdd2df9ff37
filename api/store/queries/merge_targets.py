"""Merges: the records that ids of merged records lead to, read from the public changes."""

from collections.abc import Iterable

from api.store.queries.document_batch import fetch_rows
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
        rows = await fetch_rows(run_query, statements.merges, pending.values())
        steps = {(entity, identifier): (entity, into) for entity, (identifier, into) in rows}
        pending = {key: steps[reached] for key, reached in pending.items() if reached in steps}
        targets |= pending
    return targets
