"""The SELECTs of lists: page, edge, total, cardinalities, ids and value counts, from a query shape and a plan."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    select,
)

from api.store.queries.array_parameter import AnyOf
from api.store.queries.conditions import ENTITY, bind_positions
from api.store.queries.keyset import KeysetSegment, SortColumn, order_by_columns, segment_condition
from api.store.queries.list_query import QueryShape
from api.store.queries.planner import AccessPath, QueryPlan
from api.store.queries.row_source import RowSource, row_source
from schema.entities.partner_and_funder_lists import COUNTED_ENTITY, RoleList
from schema.storage.tables import Tables

GENERATION, ID, BODY, TAG, KEYS = range(5)
"""The columns of a page: the generation of the data, the id, the body, its content hash, and from `KEYS` on
the sort columns before the id. Body and hash are NULL if the read model lacks the record."""

PROJECT_COUNT = OF_ENTITY = -1
"""The last column of some pages: the number of projects in a role list, the entity in a list of all."""

_LIMIT: Any = bindparam("limit", type_=Integer)
_MOST: Any = bindparam("most", type_=Integer)
_LISTED_IDS: Any = bindparam("ids", type_=Text)


def page_select(tables: Tables, shape: QueryShape, plan: QueryPlan, segment: KeysetSegment) -> Select[Any]:
    """Return the SELECT of a segment of a list, in its order.

    If the access path yields the order, the scan stops at the limit. Otherwise a subquery sorts and limits
    the ids, so that bodies are read for the page only and are not sorted.
    """
    source = row_source(tables, shape, plan)
    if plan.provides_order(shape):
        return _segment_select(_page_columns(tables, shape, source), source, segment)
    page = _page_ids(source, segment)
    return _page_columns(tables, shape, page).order_by(*order_by_columns(page.keys, segment))


def edge_select(tables: Tables, shape: QueryShape, plan: QueryPlan, segment: KeysetSegment) -> Select[Any]:
    """Return the SELECT that tests if a segment has rows: each row is the generation of the data."""
    source = row_source(tables, shape, plan)
    generation = select(tables.head.c.served).scalar_subquery()
    return _segment_select(select(generation).select_from(source.table), source, segment)


def generation_select(tables: Tables) -> Select[Any]:
    """Return the SELECT of the generation of the data, for a page without rows."""
    return select(tables.head.c.served)


def total_select(tables: Tables, shape: QueryShape, plan: QueryPlan) -> Select[Any]:
    """Return the SELECT of the number of records of a list."""
    source = row_source(tables, shape, plan)
    return select(func.count()).select_from(source.table).where(*source.conditions)


def cardinalities_select(tables: Tables, shape: QueryShape) -> Select[Any]:
    """Return the SELECT of the generation, its moment, the number of records of the entity and of each predicate."""
    entry_counts = tables.tally
    all_records = select(entry_counts.c.number).where(
        entry_counts.c.entity == ENTITY, entry_counts.c.name == "", entry_counts.c.value == ""
    )
    numbers = [
        position.cardinality(entry_counts) for clause in bind_positions(shape.clauses) for position in clause
    ]
    head = tables.head.c
    return select(head.served, head.served_at, func.coalesce(all_records.scalar_subquery(), 0), *numbers)


def ids_select(tables: Tables, shape: QueryShape, plan: QueryPlan) -> Select[Any]:
    """Return the SELECT of some ids of the records of a list, up to a limit."""
    source = row_source(tables, shape, plan)
    return select(source.id).select_from(source.table).where(*source.conditions).limit(_MOST)


def ids_among_select(tables: Tables, shape: QueryShape) -> Select[Any]:
    """Return the SELECT of the ids of the records of a list among those in the array parameter `ids`."""
    source = row_source(tables, shape, QueryPlan(AccessPath.ALL_RECORDS))
    is_listed = AnyOf(source.id, _LISTED_IDS)
    return select(source.id).select_from(source.table).where(is_listed, *source.conditions).limit(_MOST)


def stored_counts_select(tables: Tables) -> Select[Any]:
    """Return the SELECT of the most frequent values of an index, and of values in use, with their stored counts."""
    entry = tables.tally
    return _most_frequent(select(entry.c.value, entry.c.number), entry, entry.c.value, entry.c.number)


def value_counts_select(tables: Tables) -> Select[Any]:
    """Return the SELECT of the most frequent values of an index, and of values in use, among some records.

    Their ids are in the array parameter `ids`. Each value has its number of records.
    """
    entry, number = tables.facet, func.count().label("number")
    # Grouped by an expression, as SQLite would read all entries of the index to have the values in order.
    value = entry.c.value.concat(literal_column("''"))
    query = select(value, number).where(AnyOf(entry.c.id, _LISTED_IDS)).group_by(value)
    return _most_frequent(query, entry, value, number)


def _most_frequent(
    query: Any, entry: FromClause, value: ColumnElement[str], number: ColumnElement[int]
) -> Select[Any]:
    """Restrict a SELECT of entries to an index, and order and limit it: values in use come first."""
    is_used = case((AnyOf(value, bindparam("used", type_=Text)), 0), else_=1)
    is_named = entry.c.name == bindparam("name", type_=Text)
    named: Select[Any] = query.where(entry.c.entity == ENTITY, is_named)
    return named.order_by(is_used, number.desc(), value).limit(_LIMIT)


def _page_columns(tables: Tables, shape: QueryShape, source: RowSource) -> Select[Any]:
    """Return the SELECT of the columns of a page from a row source, with the bodies joined if needed."""
    table, bodies = source.table, source.bodies
    if bodies is None and shape.full_documents:
        bodies = tables.document
        table = table.outerjoin(bodies, and_(bodies.c.entity == source.entity, bodies.c.id == source.id))
    elif bodies is None:
        bodies = tables.item
        table = table.outerjoin(bodies, bodies.c[source.item_key] == source.item)
    content_hash = bodies.c.digest if shape.full_documents else bodies.c.rendered
    generation = select(tables.head.c.served).scalar_subquery()
    last_columns: list[ColumnElement[Any]] = []
    if shape.role:
        last_columns.append(_project_count(tables, shape.role, source.id))
    if shape.is_mixed:
        last_columns.append(source.entity)
    columns = (generation, source.id, bodies.c.body, content_hash, *source.columns_before_id, *last_columns)
    return select(*columns).select_from(table)


def _page_ids(source: RowSource, segment: KeysetSegment) -> RowSource:
    """Return a subquery with the ids and sort columns of the rows of a segment, up to the limit."""
    sort_columns = [column.label(f"key{index}") for index, column in enumerate(source.columns_before_id)]
    identifiers = (source.item.label("item"), source.id.label("id"), source.entity.label("entity"))
    query = select(*identifiers, *sort_columns).select_from(source.table)
    page = _segment_select(query, source, segment).subquery("page")
    columns = [*(page.c[column.name] for column in sort_columns), page.c.id, page.c.entity]
    keys: list[SortColumn] = [
        (column, descending) for column, (_, descending) in zip(columns, source.keys, strict=False)
    ]
    return RowSource(page, page.c.item, page.c.id, page.c.entity, [], keys, item_key=source.item_key)


def _segment_select(query: Select[Any], source: RowSource, segment: KeysetSegment) -> Select[Any]:
    """Restrict a SELECT to the rows of a segment, in its order, up to the limit."""
    segment_rows = query.where(*source.conditions, segment_condition(source.keys, segment))
    return segment_rows.order_by(*order_by_columns(source.keys, segment)).limit(_LIMIT)


def _project_count(tables: Tables, role: RoleList, identifier: ColumnElement[str]) -> ColumnElement[int]:
    """Return the number of projects of a record in a role."""
    entry_counts = tables.tally
    conditions = (
        entry_counts.c.entity == COUNTED_ENTITY,
        entry_counts.c.name == role.count_filter,
        entry_counts.c.value == identifier,
    )
    return func.coalesce(select(entry_counts.c.number).where(*conditions).scalar_subquery(), 0)
