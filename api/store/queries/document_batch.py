"""Reading other records for an answer: many at once, in few questions of few shapes."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Select

from api.store.readers.reader import RunQuery
from schema.declaration.entity import RecordKey

_MOST_AT_ONCE = 256


async def fetch_documents(
    ask: RunQuery, statement: Callable[[int], Select[Any]], keys: Iterable[RecordKey]
) -> dict[RecordKey, bytes]:
    """Return the bodies of those of some records that are public."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for entity, identifier in sorted(set(keys)):
        wanted[entity].append(identifier)
    found: dict[RecordKey, bytes] = {}
    for entity, ids in wanted.items():
        for start in range(0, len(ids), _MOST_AT_ONCE):
            some = ids[start : start + _MOST_AT_ONCE]
            # Filled up to a power of two, so that there are few statements.
            number = 1 << (len(some) - 1).bit_length()
            values = {f"id{place}": some[min(place, len(some) - 1)] for place in range(number)}
            rows = await ask(statement(number), {"entity": entity, **values})
            found |= {(entity, identifier): body for identifier, body in rows}
    return found
