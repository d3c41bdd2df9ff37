"""The SELECT statements of the public API, one object per shape, so that drivers compile each once."""

from functools import cache, lru_cache, partial
from typing import Any

from sqlalchemy import Integer, Select, Table, Text, and_, bindparam, func, or_, select

from api.store.queries.list_selects import (
    cardinalities_select,
    edge_select,
    generation_select,
    page_select,
    total_select,
    value_counts_select,
)
from schema.storage.tables import Tables

_MAX_SHAPES = 128
"""Size of each LRU cache of SELECTs of lists; queries that differ in values only share one."""


class SelectStatements:
    """All SELECT statements of the public API, with named bind parameters."""

    def __init__(self, tables: Tables) -> None:
        document = tables.document
        self.document = select(document.c.body, document.c.digest).where(
            document.c.entity == _text("entity"), document.c.id == _text("id")
        )
        change = tables.change
        same_record = and_(document.c.entity == change.c.entity, document.c.id == change.c.id)
        columns = (change.c.action, change.c.at, change.c.reason, change.c.replaced_by)
        self.last_change = (
            select(*columns, document.c.body, document.c.digest)
            .select_from(change.outerjoin(document, same_record))
            .where(change.c.entity == _text("entity"), change.c.id == _text("id"))
            .order_by(change.c.number.desc())
            .limit(1)
        )
        self.sitemap = _sitemap_select(tables.published)
        entity = tables.published.c.entity
        self.counts = select(entity, func.count()).group_by(entity).order_by(entity)
        self.generation = generation_select(tables)
        # Drivers cache compiled statements by SELECT object, so the same shape must give the same object.
        self.page = lru_cache(_MAX_SHAPES)(partial(page_select, tables))
        self.edge = lru_cache(_MAX_SHAPES)(partial(edge_select, tables))
        self.total = lru_cache(_MAX_SHAPES)(partial(total_select, tables))
        self.cardinalities = lru_cache(_MAX_SHAPES)(partial(cardinalities_select, tables))
        self.value_counts = lru_cache(_MAX_SHAPES)(partial(value_counts_select, tables))
        self.documents = lru_cache()(partial(_batch_select, document))
        self.items = lru_cache()(partial(_batch_select, tables.item))
        self.merges = lru_cache()(partial(_merges_select, change))


@cache
def select_statements(tables: Tables) -> SelectStatements:
    """Return the SELECT statements for some tables, which all databases with them share."""
    return SelectStatements(tables)


def _batch_select(table: Table, size: int) -> Select[Any]:
    """Return the SELECT of the ids and bodies of `size` records of an entity."""
    ids = [_text(f"id{index}") for index in range(size)]
    return select(table.c.id, table.c.body).where(table.c.entity == _text("entity"), table.c.id.in_(ids))


def _merges_select(change: Table, size: int) -> Select[Any]:
    """Return the SELECT of the merges among `size` records: entity, id, and the id of the other record."""
    records = (
        and_(change.c.entity == _text(f"entity{index}"), change.c.id == _text(f"id{index}"))
        for index in range(size)
    )
    columns = (change.c.entity, change.c.id, change.c.replaced_by)
    return select(*columns).where(or_(*records), change.c.replaced_by.is_not(None))


def _sitemap_select(published: Table) -> Select[Any]:
    """Return the SELECT of the ids and modification times of an entity's records by id, from an offset on."""
    return (
        select(published.c.id, published.c.modified)
        .where(published.c.entity == _text("entity"))
        .order_by(published.c.id)
        .limit(_integer("limit"))
        .offset(_integer("start"))
    )


def _text(name: str) -> Any:
    return bindparam(name, type_=Text)


def _integer(name: str) -> Any:
    return bindparam(name, type_=Integer)
