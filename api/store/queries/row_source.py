"""Access paths: the FROM clause, conditions and sort columns of a list for a query plan."""

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

from api.store.queries.conditions import ENTITY, BindPosition, Evaluation, any_of, bind_positions
from api.store.queries.fulltext import has_phrases, matching_numbers, rank
from api.store.queries.keyset import SortColumn
from api.store.queries.list_query import QueryShape
from api.store.queries.planner import AccessPath, QueryPlan
from schema.entities.partner_and_funder_lists import RoleList
from schema.storage.tables import Tables

_FIRST_SORT_NAME: Any = bindparam("order0", type_=Text)
"""The name of the first sort key."""


@dataclass
class RowSource:
    """The rows of a list: their FROM clause, their identifying columns, conditions and sort columns."""

    table: FromClause
    item: ColumnElement[int]
    id: ColumnElement[str]
    entity: ColumnElement[str]
    conditions: list[ColumnElement[bool]]
    keys: list[SortColumn] = field(default_factory=list)
    bodies: FromClause | None = None
    """The part of `table` that has the bodies, or None if they must be joined."""
    item_key: str = "number"
    """The column of the list item table that `item` refers to."""

    @property
    def columns_before_id(self) -> list[ColumnElement[Any]]:
        """Return the sort columns before the id."""
        return [*takewhile(lambda column: column is not self.id, (column for column, _ in self.keys))]


def row_source(tables: Tables, shape: QueryShape, plan: QueryPlan) -> RowSource:
    """Return the rows of a list: those of the access path, filtered by the other clauses, and sorted."""
    source = _access_path_source(tables, shape, plan)
    # PostgreSQL misjudges how many records match a search, and may choose a join that repeats one side for
    # each row of the other. Evaluated per record, a filter is one index lookup.
    evaluation = Evaluation(plan.reads_many, correlated=bool(shape.phrase_lengths))
    source.conditions += [
        any_of(clause, source.id, tables.facet, evaluation)
        for index, clause in enumerate(bind_positions(shape.clauses))
        if index != plan.clause
    ]
    if shape.role:
        source.conditions.append(_has_role(tables, shape.role, source.id))
    if not source.keys:
        source.keys = _sort_columns(tables, shape, source)
    return source


def _access_path_source(tables: Tables, shape: QueryShape, plan: QueryPlan) -> RowSource:
    """Return the rows of an access path; only some have sort columns yet."""
    match plan.access_path:
        case AccessPath.FULLTEXT:
            return _fulltext(tables, shape)
        case AccessPath.FULLTEXT_BY_CHANGE:
            return _fulltext_by_change(tables, shape)
        case AccessPath.SORT_KEY_SCAN:
            return _sort_key_scan(tables, shape)
        case AccessPath.COMPOSITE_INDEX_SCAN:
            (position,) = bind_positions(shape.clauses)[plan.clause or 0]
            return _composite_index_scan(tables, shape, position)
        case AccessPath.INDEX_SCAN:
            entry = tables.facet.alias("entry")
            (position,) = bind_positions(shape.clauses)[plan.clause or 0]
            return RowSource(
                entry, entry.c.item, entry.c.id, entry.c.entity, [position.entry_condition(entry)]
            )
        case AccessPath.INDEX_UNION:
            ids = [
                position.matching_ids(tables.item, tables.facet)
                for position in bind_positions(shape.clauses)[plan.clause or 0]
            ]
            matches = (union(*ids) if len(ids) > 1 else ids[0].distinct()).subquery("matches")
            return RowSource(matches, matches.c.item, matches.c.id, ENTITY, [])
        case _:
            records = tables.item.alias("record")
            bodies = None if shape.full_documents else records
            columns = (records.c.number, records.c.id, records.c.entity)
            return RowSource(records, *columns, [records.c.entity == ENTITY], bodies=bodies)


def _sort_key_scan(tables: Tables, shape: QueryShape) -> RowSource:
    """Return the records of an entity in the order of the first sort key."""
    key = tables.sort_key.alias("first_key")
    condition = and_(key.c.entity == ENTITY, key.c.name == _FIRST_SORT_NAME)
    return _key_scan(tables, shape, key, key.c.value, condition)


def _composite_index_scan(tables: Tables, shape: QueryShape, position: BindPosition) -> RowSource:
    """Return the records with an entry of a composite index in the order of the first sort key."""
    entry = tables.sorted_facet.alias("composite_entry")
    condition = and_(position.entry_condition(entry), entry.c.sort == _FIRST_SORT_NAME)
    return _key_scan(tables, shape, entry, entry.c.key, condition)


def _key_scan(
    tables: Tables,
    shape: QueryShape,
    rows: FromClause,
    key: ColumnElement[str],
    condition: ColumnElement[bool],
) -> RowSource:
    """Return records in the order of a key: by `unknown`, either those with a value or those without."""
    unknown = rows.c.unknown
    has_flag = unknown == bindparam("unknown", type_=Integer)
    source = RowSource(rows, rows.c.item, rows.c.id, rows.c.entity, [condition, has_flag])
    first_columns = [(unknown, False), (key, shape.order[0].descending)]
    source.keys = [*first_columns, *_sort_columns(tables, shape, source, start=1)]
    return source


def _fulltext(tables: Tables, shape: QueryShape) -> RowSource:
    """Return the records that match a search; without another order, by rank."""
    match, entry = matching_numbers(), tables.searchable.alias("fulltext_entry")
    conditions = [*has_phrases(entry, shape.phrase_lengths), *_entity_range(shape, match.c.number)]
    table = match.join(entry, entry.c.number == match.c.number)
    source = RowSource(table, match.c.number, entry.c.id, entry.c.entity, conditions, item_key="newest")
    if not shape.order:
        source.keys = [
            (rank(entry, shape.phrase_lengths), False),
            *_sort_columns(tables, shape, source),
        ]
    return source


def _fulltext_by_change(tables: Tables, shape: QueryShape) -> RowSource:
    """Return the records that match a search in the order of changes: a later change has a lower number."""
    match, entry, item = matching_numbers(), tables.searchable.alias("fulltext_entry"), tables.item
    phrases = has_phrases(entry, shape.phrase_lengths)
    table = match.join(item, item.c.newest == match.c.number)
    if phrases:
        table = table.join(entry, entry.c.number == match.c.number)
    bodies = None if shape.full_documents else item
    conditions = [*phrases, *_entity_range(shape, match.c.number)]
    keys: list[SortColumn] = [(match.c.number, not shape.order[0].descending)]
    return RowSource(table, item.c.number, item.c.id, item.c.entity, conditions, keys, bodies)


def _entity_range(shape: QueryShape, number: ColumnElement[int]) -> Iterator[ColumnElement[bool]]:
    """Yield the condition that a change-order key is in the range of the entity; none for a list of all."""
    if not shape.is_mixed:
        yield number.between(bindparam("low", type_=BigInteger), bindparam("high", type_=BigInteger))


def _sort_columns(tables: Tables, shape: QueryShape, source: RowSource, start: int = 0) -> list[SortColumn]:
    """Return the sort columns from a sort key on, and join the sort key table for them.

    The id is the tiebreaker, followed by the entity in a list of all. An implicit tiebreaker follows the
    direction of the last sort key, so that one scan of the (key, id) index yields the order without a sort.
    """
    columns: list[SortColumn] = []
    for index, order in enumerate(shape.order[start:], start):
        if order.is_id:
            return [*columns, (source.id, order.descending)]
        key = tables.sort_key.alias()
        name_condition = key.c.name == bindparam(f"order{index}", type_=Text)
        same_record = and_(key.c.entity == source.entity, key.c.id == source.id, name_condition)
        source.table = source.table.join(key, same_record)
        columns += [(key.c.unknown, False), (key.c.value, order.descending)]
    descending = bool(shape.order) and shape.order[-1].descending
    return [*columns, (source.id, descending), *([(source.entity, False)] if shape.is_mixed else [])]


def _has_role(tables: Tables, role: RoleList, identifier: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that some record refers to the record with an id in a role."""
    entry_counts = tables.tally
    is_role = or_(
        *(and_(entry_counts.c.entity == entity, entry_counts.c.name == name) for entity, name in role.members)
    )
    return exists(select(1).select_from(entry_counts).where(is_role, entry_counts.c.value == identifier))
