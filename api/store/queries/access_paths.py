"""Where the records of a list are read from, on what conditions, in which order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Text,
    and_,
    bindparam,
    exists,
    or_,
    select,
    union,
)

from api.store.queries.conditions import ENTITY, BindPosition, any_of, bind_positions
from api.store.queries.fulltext import has_phrases, matching_numbers, rank
from api.store.queries.keyset import SortColumn
from api.store.queries.list_query import QueryShape
from api.store.queries.planner import AccessPath, QueryPlan
from schema.entities.role_lists import RoleList
from schema.storage.tables import Tables

_FIRST: Any = bindparam("order0", type_=Text)
"""The name of the first sort key."""


@dataclass
class RowSource:
    """The records of a list."""

    table: FromClause
    item: ColumnElement[int]
    id: ColumnElement[str]
    entity: ColumnElement[str]
    conditions: list[ColumnElement[bool]]
    keys: list[SortColumn] = field(default_factory=list)
    bodies: FromClause | None = None
    """The table with the bodies of the records, if that is where they are read from."""
    by: str = "number"
    """The column of items that `item` is a value of."""

    @property
    def before_id(self) -> list[ColumnElement[Any]]:
        """Return what records are put in order by before their id."""
        return [*takewhile(lambda column: column is not self.id, (column for column, _ in self.keys))]


def row_source(tables: Tables, outline: QueryShape, plan: QueryPlan) -> RowSource:
    """Return where a list is read from."""
    source = _begun(tables, outline, plan)
    clauses = enumerate(bind_positions(outline.clauses))
    # How many records have words PostgreSQL does not know well enough, and would look for them time and again.
    of_each = bool(outline.phrase_lengths)
    source.conditions += [
        any_of(clause, source.id, tables.facet, of_each=of_each)
        for number, clause in clauses
        if number != plan.clause
    ]
    if outline.role:
        source.conditions.append(_has_role(tables, outline.role, source.id))
    if not source.keys:
        source.keys = _ordered(tables, outline, source)
    return source


def _begun(tables: Tables, outline: QueryShape, plan: QueryPlan) -> RowSource:
    match plan.access_path:
        case AccessPath.FULLTEXT:
            return _with_words(tables, outline)
        case AccessPath.FULLTEXT_BY_CHANGE:
            return _newest(tables, outline)
        case AccessPath.SORT_KEY_SCAN:
            return _sorted(tables, outline)
        case AccessPath.COMPOSITE_INDEX_SCAN:
            (place,) = bind_positions(outline.clauses)[plan.clause or 0]
            return _kept(tables, outline, place)
        case AccessPath.INDEX_SCAN:
            facet = tables.facet.alias("found")
            (place,) = bind_positions(outline.clauses)[plan.clause or 0]
            return RowSource(facet, facet.c.item, facet.c.id, facet.c.entity, [place.finds(facet)])
        case AccessPath.INDEX_UNION:
            ids = [
                place.ids(tables.item, tables.facet)
                for place in bind_positions(outline.clauses)[plan.clause or 0]
            ]
            found = (union(*ids) if len(ids) > 1 else ids[0].distinct()).subquery("found")
            return RowSource(found, found.c.item, found.c.id, ENTITY, [])
        case _:
            records = tables.item.alias("record")
            bodies = None if outline.full_documents else records
            columns = (records.c.number, records.c.id, records.c.entity)
            return RowSource(records, *columns, [records.c.entity == ENTITY], bodies=bodies)


def _sorted(tables: Tables, outline: QueryShape) -> RowSource:
    """Return records in the order of the first sort key."""
    key = tables.sort_key.alias("sorted")
    return _by_key(tables, outline, key, key.c.value, and_(key.c.entity == ENTITY, key.c.name == _FIRST))


def _kept(tables: Tables, outline: QueryShape, place: BindPosition) -> RowSource:
    """Return records with a value of each of two facets in the order of the first sort key."""
    kept = tables.sorted_facet.alias("kept")
    return _by_key(tables, outline, kept, kept.c.key, and_(place.finds(kept), kept.c.sort == _FIRST))


def _by_key(
    tables: Tables, outline: QueryShape, rows: FromClause, key: ColumnElement[str], is_of: ColumnElement[bool]
) -> RowSource:
    """Return records in the order of a key, of those of which it is known, or of the others."""
    unknown = rows.c.unknown
    is_part = unknown == bindparam("unknown", type_=Integer)
    source = RowSource(rows, rows.c.item, rows.c.id, rows.c.entity, [is_of, is_part])
    first = [(unknown, False), (key, outline.order[0].descending)]
    source.keys = [*first, *_ordered(tables, outline, source, begun=1)]
    return source


def _with_words(tables: Tables, outline: QueryShape) -> RowSource:
    """Return records with some words, in the order in which they are wanted."""
    found, words = matching_numbers(), tables.searchable.alias("words")
    conditions = [*has_phrases(words, outline.phrase_lengths), *_in_range(outline, found.c.number)]
    table = found.join(words, words.c.number == found.c.number)
    source = RowSource(table, found.c.number, words.c.id, words.c.entity, conditions, by="newest")
    if not outline.order:
        source.keys = [(rank(words, outline.phrase_lengths), False), *_ordered(tables, outline, source)]
    return source


def _newest(tables: Tables, outline: QueryShape) -> RowSource:
    """Return records with some words in the order of changes, which is against that of their numbers."""
    found, words, item = matching_numbers(), tables.searchable.alias("words"), tables.item
    phrases = has_phrases(words, outline.phrase_lengths)
    table = found.join(item, item.c.newest == found.c.number)
    if phrases:
        table = table.join(words, words.c.number == found.c.number)
    bodies = None if outline.full_documents else item
    conditions = [*phrases, *_in_range(outline, found.c.number)]
    keys: list[SortColumn] = [(found.c.number, not outline.order[0].descending)]
    return RowSource(table, item.c.number, item.c.id, item.c.entity, conditions, keys, bodies)


def _in_range(outline: QueryShape, number: ColumnElement[int]) -> Iterator[ColumnElement[bool]]:
    """Yield that a number is one of the entity that is asked for, if it is one."""
    if not outline.is_mixed:
        yield number.between(bindparam("low", type_=BigInteger), bindparam("high", type_=BigInteger))


def _ordered(tables: Tables, outline: QueryShape, source: RowSource, begun: int = 0) -> list[SortColumn]:
    """Return what puts records in order, from some key on; the id comes last, and the entity behind it.

    An id that was not asked for goes the way of the key before it, so that an index of both is read
    one way: nothing is sorted, however many records have one value.
    """
    keys: list[SortColumn] = []
    for number, order in enumerate(outline.order[begun:], begun):
        if order.is_id:
            return [*keys, (source.id, order.descending)]
        key = tables.sort_key.alias()
        name = key.c.name == bindparam(f"order{number}", type_=Text)
        here = and_(key.c.entity == source.entity, key.c.id == source.id, name)
        source.table = source.table.join(key, here)
        keys += [(key.c.unknown, False), (key.c.value, order.descending)]
    descends = bool(outline.order) and outline.order[-1].descending
    return [*keys, (source.id, descends), *([(source.entity, False)] if outline.is_mixed else [])]


def _has_role(tables: Tables, role: RoleList, identifier: ColumnElement[str]) -> ColumnElement[bool]:
    """Return that somebody names a record in a role."""
    tally = tables.tally
    members = or_(*(and_(tally.c.entity == entity, tally.c.name == name) for entity, name in role.members))
    return exists(select(1).select_from(tally).where(members, tally.c.value == identifier))
