"""The selects of lists, made from what is wanted and how it is best read."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    Text,
    and_,
    bindparam,
    func,
    null,
    select,
    true,
)

from api.store.pieces import Piece, ahead, in_order
from api.store.planning import Plan, Way
from api.store.probes import ENTITY, places
from api.store.sources import WITHIN_MOMENT, Source, source_of
from api.store.wanted import Outline
from schema.roles import COUNTED, Role
from schema.tables import Tables

SERVED, ID, BODY, PROJECTS, KEYS = range(5)
"""What the rows of a page have: what is served at their moment, the id, the body, how many projects it
has in a role, and from there on what it is put in order by."""


def page_of(tables: Tables, outline: Outline, plan: Plan, piece: Piece) -> Select[Any]:
    """Return a piece of a list in its order. There is always a row, which names the moment.

    One statement sees one moment, so no transaction is needed around it.
    """
    source = source_of(tables, outline, plan)
    page = _page(source, plan, piece)
    body = tables.document if outline.is_whole else tables.item
    here = and_(body.c.entity == page.c.entity, body.c.id == page.c.id)
    keys = [(page.c[f"key{number}"], descending) for number, (_, descending) in enumerate(source.keys)]
    return (
        select(
            tables.head.c.served,
            page.c.id,
            body.c.body,
            _projects(tables, outline.role, page.c.id),
            *([page.c.number] if plan.way is Way.NEWEST else []),
            *(column for column, _ in keys),
        )
        .select_from(tables.head.outerjoin(page, true()).outerjoin(body, here))
        .order_by(*in_order(keys, piece))
    )


def _page(source: Source, plan: Plan, piece: Piece) -> Subquery:
    """Return the ids of a piece, and what puts them in order: bodies are looked up for no others."""
    return (
        _found(source, plan, piece)
        .with_only_columns(
            source.id.label("id"),
            source.entity.label("entity"),
            *(column.label(f"key{number}") for number, (column, _) in enumerate(source.keys)),
            *source.shown,
        )
        .order_by(*in_order(source.keys, piece))
        .limit(bindparam("limit", type_=Integer))
        .subquery("page")
    )


def _found(source: Source, plan: Plan, piece: Piece) -> Select[Any]:
    """Return the records of a piece; in the order of their last change, no more than can be on the page."""
    chosen = select(source.id).select_from(source.table).where(*source.conditions, ahead(source.keys, piece))
    if plan.way is not Way.NEWEST:
        return chosen
    number = source.shown[0]
    is_down = source.keys[0][1] != piece.backwards
    nearest = (
        chosen.with_only_columns(number)
        .order_by(number.desc() if is_down else number.asc())
        .limit(bindparam("limit", type_=Integer))
        .subquery("nearest")
    )
    # All that changed in the second of the last one may come before it.
    moment = nearest.c.number.bitwise_rshift(WITHIN_MOMENT)
    edge = (func.min(moment) if is_down else func.max(moment) + 1).bitwise_lshift(WITHIN_MOMENT)
    last = select(edge).scalar_subquery()
    return chosen.where(number >= last if is_down else number < last)


def total_of(tables: Tables, outline: Outline, plan: Plan) -> Select[Any]:
    """Return how many records a list has."""
    source = source_of(tables, outline, plan)
    return select(func.count()).select_from(source.table).where(*source.conditions)


def sizes_of(tables: Tables, outline: Outline) -> Select[Any]:
    """Return what is served, how many records of an entity there are, and how many each probe finds."""
    tally = tables.tally
    everything = select(tally.c.number).where(
        tally.c.entity == ENTITY, tally.c.name == "", tally.c.value == ""
    )
    numbers = [place.number(tally) for clause in places(outline.clauses) for place in clause]
    return select(tables.head.c.served, func.coalesce(everything.scalar_subquery(), 0), *numbers)


def tally_of(tables: Tables, outline: Outline, plan: Plan, names: int) -> Select[Any]:
    """Return how many records of a list have each value of some facets."""
    source = source_of(tables, outline, plan)
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


def _projects(tables: Tables, role: Role | None, identifier: ColumnElement[str]) -> Any:
    """Return how many projects a record has in a role, or nothing in other lists."""
    if role is None:
        return null().label("projects")
    tally = tables.tally
    here = (tally.c.entity == COUNTED, tally.c.name == role.counted, tally.c.value == identifier)
    return func.coalesce(select(tally.c.number).where(*here).scalar_subquery(), 0).label("projects")
