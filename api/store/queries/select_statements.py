"""The statements that public reading is made of: written once, compiled once for each driver."""

from functools import lru_cache, partial
from typing import Any

from sqlalchemy import Integer, Select, Table, Text, and_, bindparam, func, select

from api.store.queries.list_selects import (
    cardinalities_select,
    edge_select,
    generation_select,
    page_select,
    total_select,
    value_counts_select,
)
from schema.storage.tables import Tables

_MOST_SHAPES = 128
"""Selects that are kept: questions that differ in values only have one."""


class SelectStatements:
    """Every question that public reading asks, as selects with named parameters."""

    def __init__(self, tables: Tables) -> None:
        document = tables.document
        self.document = select(document.c.body, document.c.digest).where(
            document.c.entity == _text("entity"), document.c.id == _text("id")
        )
        change = tables.change
        here = and_(document.c.entity == change.c.entity, document.c.id == change.c.id)
        self.last_change = (
            select(change.c.action, change.c.at, change.c.reason, document.c.body, document.c.digest)
            .select_from(change.outerjoin(document, here))
            .where(change.c.entity == _text("entity"), change.c.id == _text("id"))
            .order_by(change.c.number.desc())
            .limit(1)
        )
        self.sitemap = _sitemap(tables.published)
        entity = tables.published.c.entity
        self.counts = select(entity, func.count()).group_by(entity).order_by(entity)
        self.generation = generation_select(tables)
        # Of each shape of question there is one select, which drivers keep compiled.
        self.page = lru_cache(_MOST_SHAPES)(partial(page_select, tables))
        self.edge = lru_cache(_MOST_SHAPES)(partial(edge_select, tables))
        self.total = lru_cache(_MOST_SHAPES)(partial(total_select, tables))
        self.cardinalities = lru_cache(_MOST_SHAPES)(partial(cardinalities_select, tables))
        self.value_counts = lru_cache(_MOST_SHAPES)(partial(value_counts_select, tables))
        self.documents = lru_cache()(partial(_bodies, document))
        self.items = lru_cache()(partial(_bodies, tables.item))


def _bodies(table: Table, number: int) -> Select[Any]:
    """Return the ids and bodies of so many records of an entity."""
    ids = [_text(f"id{place}") for place in range(number)]
    return select(table.c.id, table.c.body).where(table.c.entity == _text("entity"), table.c.id.in_(ids))


def _sitemap(published: Table) -> Select[Any]:
    """Return the ids of one entity's records in order, and when each changed, from a place on."""
    return (
        select(published.c.id, published.c.modified)
        .where(published.c.entity == _text("entity"))
        .order_by(published.c.id)
        .limit(_number("limit"))
        .offset(_number("start"))
    )


def _text(name: str) -> Any:
    return bindparam(name, type_=Text)


def _number(name: str) -> Any:
    return bindparam(name, type_=Integer)
