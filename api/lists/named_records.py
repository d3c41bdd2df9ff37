"""The records that a list query names: by id, former id, lookup key or IRI."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from api.http.problems import BadParameter
from api.lists.messages import message
from api.store.queries.merge_targets import fetch_merge_targets
from api.store.queries.record_lookup import (
    AMBIGUOUS,
    fetch_ids,
    fetch_ids_of_key,
    fetch_neighbours,
    fetch_withdrawn,
)
from api.store.queries.select_statements import SelectStatements
from api.store.readers.reader import RunQuery
from api.store.record_index.index_snapshot import IndexSnapshot
from api.store.record_index.list_query import ListQuery
from schema.declaration.entity_base import RecordKey
from schema.declaration.messages import Suggestion, hint
from schema.index.lookup_keys import lookup_key
from schema.query.parser import QueryParameters, QueryParser, RecordValue
from schema.query.values import MAX_ECHO_LENGTH, is_id

_MAX_NEIGHBOURS = 64
"""Ids, and lookup keys, in each direction that an unknown one is compared with."""

_MAX_SUGGESTIONS, _MAX_NAMED = 3, 10
"""Nearest ids, and ids of records with one lookup key, that an error message has."""


class UnknownRecordsError(LookupError):
    """A query names records by keys that no public record has as its id or a former id."""

    def __init__(self, keys: frozenset[RecordKey]) -> None:
        super().__init__(keys)
        self.keys = keys


async def follow_merges(snapshot: IndexSnapshot, statements: SelectStatements, query: ListQuery) -> ListQuery:
    """Return a query with the ids of merged records replaced. Raise UnknownRecordsError for unknown ids."""
    public = {*await snapshot.numbers(query.linked_keys)}
    others = query.linked_keys - public
    if not others:
        return query
    ids = [key for key in others if is_id(key[1])]
    merges = await fetch_merge_targets(snapshot.run_query, statements, ids)
    public |= {*await snapshot.numbers(merges.values())}
    unknown = frozenset(key for key in others if merges.get(key) not in public)
    if unknown:
        raise UnknownRecordsError(unknown)
    return query.with_merges_replaced(merges)


@dataclass(frozen=True)
class RecordNames:
    """The lookup of what a query names records by, in one snapshot."""

    run_query: RunQuery
    statements: SelectStatements
    parser: QueryParser

    async def with_ids(self, parameters: QueryParameters, unknown: frozenset[RecordKey]) -> dict[str, str]:
        """Return the parameters of a query with ids in place of lookup keys.

        `unknown` are the keys that are no ids of public records. Raise BadParameter for the first of them
        that names no record, or several, or one that was withdrawn: an id, even a former one, is no lookup key.
        """
        withdrawn = await fetch_withdrawn(self.run_query, self.statements, unknown)
        ids = await fetch_ids(self.run_query, self.statements, unknown - withdrawn)
        for value in self.parser.record_values(parameters):
            if value.key in withdrawn:
                raise await self._withdrawal(value)
            if ids.get(value.key) == AMBIGUOUS:
                raise await self._ambiguity(value)
            if value.key in unknown and value.key not in ids:
                raise await self._absence(value)
        return self.parser.with_ids(parameters, ids)

    async def _withdrawal(self, value: RecordValue) -> BadParameter:
        """Return the problem of a record that was withdrawn, or merged into one that was: when and why."""
        merges = await fetch_merge_targets(self.run_query, self.statements, [value.key])
        entity, identifier = merges.get(value.key, value.key)
        key = {"entity": entity, "id": identifier}
        ((action, at, reason, *_),) = await self.run_query(self.statements.last_change, key)
        name = "deleted-record" if action == "delete" else "withdrawn-record"
        merge = message("merged-before" if merges else "not-merged", target=identifier)
        return _bad_value(value, name, merge=merge, at=at, reason=f" {reason}" if reason else "")

    async def _ambiguity(self, value: RecordValue) -> BadParameter:
        """Return the problem of a lookup key that several records have, with their ids."""
        ids = await fetch_ids_of_key(self.run_query, self.statements, value.key, _MAX_NAMED + 1)
        named, more = ids[:_MAX_NAMED], ", …" if len(ids) > _MAX_NAMED else ""
        return _bad_value(value, "ambiguous-record", named, ids=", ".join(map(repr, named)) + more)

    async def _absence(self, value: RecordValue) -> BadParameter:
        """Return the problem of a key that no record has, with the nearest ids."""
        nearest = await nearest_ids(self.run_query, self.statements, *value.key)
        return _bad_value(value, "unknown-record", nearest, hint=hint(*nearest))


async def nearest_ids(run_query: RunQuery, statements: SelectStatements, entity: str, text: str) -> list[str]:
    """Return the ids of the public records whose ids or lookup keys are closest to a text."""
    key = lookup_key(text[:MAX_ECHO_LENGTH].strip())
    if not key or "://" in key:
        return []
    neighbours = await fetch_neighbours(run_query, statements, entity, key, _MAX_NEIGHBOURS)
    closest = _closest(key.replace(" ", "-"), neighbours)
    return [*dict.fromkeys(neighbours[spelling] for spelling in closest)][:_MAX_SUGGESTIONS]


def _closest(spelling: str, spellings: dict[str, str]) -> Iterator[str]:
    """Yield the spellings that are closest to one, then those that begin with its words."""
    yield from get_close_matches(spelling, sorted(spellings), n=_MAX_SUGGESTIONS)
    yield from (other for other in sorted(spellings) if other.startswith(f"{spelling}-"))


def _bad_value(
    value: RecordValue, name: str, nearest: Iterable[str] = (), **arguments: object
) -> BadParameter:
    """Return the problem of a value, given the name and the arguments of its message."""
    _, text = value.key
    parameter = value.parameter.name
    detail = message(name, text=text[:MAX_ECHO_LENGTH], parameter=parameter, **arguments)
    return BadParameter(detail, suggestion=Suggestion(text, tuple(nearest)), parameter=value.reported_name)
