"""Batch fetch of rows and documents by record key."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select

from api.store.database.array_parameter import json_array
from api.store.queries.select_statements import SelectStatements
from api.store.readers.reader import RunQuery
from schema.declaration.entity_base import RecordKey

_MAX_BATCH_SIZE = 256
"""Number of ids in one SELECT."""


async def fetch_documents(
    run_query: RunQuery, statements: SelectStatements, keys: Iterable[RecordKey]
) -> dict[RecordKey, bytes]:
    """Return the documents of the public records among some keys, as zstd frames."""
    rows = await fetch_rows(run_query, statements.documents, keys)
    return {(entity, identifier): frame for entity, (identifier, frame) in rows}


async def fetch_rows(
    run_query: RunQuery, statement: Select[Any], keys: Iterable[RecordKey]
) -> list[tuple[str, Sequence[Any]]]:
    """Return the rows of a SELECT for some keys, each with its entity.

    Its bind parameters are `entity` and `ids`, an array of ids of one entity.
    """
    ids_by_entity: dict[str, list[str]] = defaultdict(list)
    for entity, identifier in sorted(set(keys)):
        ids_by_entity[entity].append(identifier)
    found: list[tuple[str, Sequence[Any]]] = []
    for entity, ids in ids_by_entity.items():
        for start in range(0, len(ids), _MAX_BATCH_SIZE):
            batch = ids[start : start + _MAX_BATCH_SIZE]
            rows = await run_query(statement, {"entity": entity, "ids": json_array(batch)})
            found += [(entity, row) for row in rows]
    return found
