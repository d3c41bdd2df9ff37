"""The selects of lists, made from what is wanted and how it is best read."""

from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Text, and_, bindparam, func, select

from api.store.queries.access_paths import RowSource, row_source
from api.store.queries.conditions import ENTITY, bind_positions
from api.store.queries.keyset import KeysetSegment, SortColumn, ahead, in_order
from api.store.queries.list_query import QueryShape
from api.store.queries.planner import QueryPlan
from schema.entities.role_lists import COUNTED_ENTITY, RoleList
from schema.storage.tables import Tables

GENERATION, ID, BODY, TAG, KEYS = range(5)
"""What the rows of a page have: what is served at their moment, the id, the body, what tells that from all
others, if it is known; and from there on what they are put in order by before the id."""

PROJECT_COUNT = OF_ENTITY = -1
"""What some rows have at their end: how many projects a record has in a role, or in a list of all its entity."""

_LIMIT: Any = bindparam("limit", type_=Integer)


def page_select(tables: Tables, outline: QueryShape, plan: QueryPlan, piece: KeysetSegment) -> Select[Any]:
    """Return a piece of a list in its order.

    Where an index has the order, rows are read until the page is full. Elsewhere the ids are put in
    order first, so that bodies are looked up for no others and sorted with nothing.
    """
    source = row_source(tables, outline, plan)
    if plan.has_order_of(outline):
        return _of_piece(_with_bodies(tables, outline, source), source, piece)
    page = _page(source, piece)
    return _with_bodies(tables, outline, page).order_by(*in_order(page.keys, piece))


def edge_select(tables: Tables, outline: QueryShape, plan: QueryPlan, piece: KeysetSegment) -> Select[Any]:
    """Return what is served for each record of a piece, which tells whether it has any, and nothing of them."""
    source = row_source(tables, outline, plan)
    served = select(tables.head.c.served).scalar_subquery()
    return _of_piece(select(served).select_from(source.table), source, piece)


def _with_bodies(tables: Tables, outline: QueryShape, source: RowSource) -> Select[Any]:
    """Return the rows of records."""
    table, bodies = source.table, source.bodies
    if bodies is None and outline.full_documents:
        bodies = tables.document
        table = table.outerjoin(bodies, and_(bodies.c.entity == source.entity, bodies.c.id == source.id))
    elif bodies is None:
        bodies = tables.item
        table = table.outerjoin(bodies, bodies.c[source.by] == source.item)
    tag = bodies.c.digest if outline.full_documents else bodies.c.rendered
    served = select(tables.head.c.served).scalar_subquery()
    last: list[ColumnElement[Any]] = [_projects(tables, outline.role, source.id)] if outline.role else []
    last += [source.entity] if outline.is_mixed else []
    return select(served, source.id, bodies.c.body, tag, *source.before_id, *last).select_from(table)


def _page(source: RowSource, piece: KeysetSegment) -> RowSource:
    """Return the ids of a piece, and what puts them in order."""
    before = [column.label(f"key{number}") for number, column in enumerate(source.before_id)]
    found = (source.item.label("item"), source.id.label("id"), source.entity.label("entity"))
    page = _of_piece(select(*found, *before).select_from(source.table), source, piece).subquery("page")
    columns = [*(page.c[column.name] for column in before), page.c.id, page.c.entity]
    keys: list[SortColumn] = [
        (column, descending) for column, (_, descending) in zip(columns, source.keys, strict=False)
    ]
    return RowSource(page, page.c.item, page.c.id, page.c.entity, [], keys, by=source.by)


def _of_piece(chosen: Select[Any], source: RowSource, piece: KeysetSegment) -> Select[Any]:
    in_piece = chosen.where(*source.conditions, ahead(source.keys, piece))
    return in_piece.order_by(*in_order(source.keys, piece)).limit(_LIMIT)


def generation_select(tables: Tables) -> Select[Any]:
    """Return what is served, which a page without rows cannot tell."""
    return select(tables.head.c.served)


def total_select(tables: Tables, outline: QueryShape, plan: QueryPlan) -> Select[Any]:
    """Return how many records a list has."""
    source = row_source(tables, outline, plan)
    return select(func.count()).select_from(source.table).where(*source.conditions)


def cardinalities_select(tables: Tables, outline: QueryShape) -> Select[Any]:
    """Return what is served, how many records of an entity there are, and how many each probe finds."""
    tally = tables.tally
    everything = select(tally.c.number).where(
        tally.c.entity == ENTITY, tally.c.name == "", tally.c.value == ""
    )
    numbers = [place.number(tally) for clause in bind_positions(outline.clauses) for place in clause]
    return select(tables.head.c.served, func.coalesce(everything.scalar_subquery(), 0), *numbers)


def value_counts_select(tables: Tables, outline: QueryShape, plan: QueryPlan, names: int) -> Select[Any]:
    """Return how many records of a list have each value of some facets."""
    source = row_source(tables, outline, plan)
    facet = tables.facet.alias("tallied")
    here = and_(facet.c.entity == source.entity, facet.c.id == source.id)
    chosen = facet.c.name.in_([bindparam(f"name{number}", type_=Text) for number in range(names)])
    number = func.count().label("number")
    return (
        select(facet.c.name, facet.c.value, number)
        .select_from(source.table.join(facet, here))
        .where(*source.conditions, chosen)
        .group_by(facet.c.name, facet.c.value)
        .order_by(facet.c.name, number.desc(), facet.c.value)
    )


def _projects(tables: Tables, role: RoleList, identifier: ColumnElement[str]) -> ColumnElement[int]:
    """Return how many projects a record has in a role."""
    tally = tables.tally
    here = (tally.c.entity == COUNTED_ENTITY, tally.c.name == role.count_filter, tally.c.value == identifier)
    return func.coalesce(select(tally.c.number).where(*here).scalar_subquery(), 0)
