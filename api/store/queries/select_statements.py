"""The SELECT statements of the public API; those of lists are built when they are compiled."""

from functools import cache, partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    column,
    func,
    select,
    table,
)

from api.store.database.statement import DeferredSelect
from api.store.queries.array_parameter import AnyOf
from api.store.queries.list_selects import (
    cardinalities_select,
    edge_select,
    generation_select,
    ids_among_select,
    ids_select,
    page_select,
    stored_counts_select,
    total_select,
    value_counts_select,
)
from api.store.readers.reader import DatabaseUnavailableError, QueryTimeoutError, Reader
from schema.index.lookup_keys import LOOKUP_KEY
from schema.storage.tables import Tables


class SelectStatements:
    """All SELECT statements of the public API, with named bind parameters."""

    def __init__(self, tables: Tables) -> None:
        document = tables.document
        self.document = select(document.c.body, document.c.digest, document.c.changed).where(
            document.c.entity == _text("entity"), document.c.id == _text("id")
        )
        change = tables.change
        same_record = and_(document.c.entity == change.c.entity, document.c.id == change.c.id)
        columns = (change.c.action, change.c.at, change.c.reason, change.c.replaced_by)
        self.last_change = (
            select(*columns, document.c.body, document.c.digest, document.c.changed)
            .select_from(change.outerjoin(document, same_record))
            .where(change.c.entity == _text("entity"), change.c.id == _text("id"))
            .order_by(change.c.number.desc())
            .limit(1)
        )
        self.moments = select(tables.head.c.served_at, tables.head.c.fingerprint_at)
        self.readiness = _readiness_select(tables)
        self.sitemap = _sitemap_select(tables.published)
        entity = tables.published.c.entity
        self.counts = select(entity, func.count()).group_by(entity).order_by(entity)
        self.generation = generation_select(tables)
        self.page = partial(DeferredSelect, page_select, tables)
        self.edge = partial(DeferredSelect, edge_select, tables)
        self.total = partial(DeferredSelect, total_select, tables)
        self.cardinalities = partial(DeferredSelect, cardinalities_select, tables)
        self.ids = partial(DeferredSelect, ids_select, tables)
        self.ids_among = partial(DeferredSelect, ids_among_select, tables)
        self.value_counts, self.stored_counts = value_counts_select(tables), stored_counts_select(tables)
        self.documents, self.items = _batch_select(document), _batch_select(tables.item)
        self.merges = _merges_select(change)
        self.item_ids, self.changed_ids = _ids_select(tables.item), _ids_select(change)
        self.lookup_keys = _lookup_keys_select(tables.facet)
        self.ids_of_lookup_key = _ids_of_lookup_key_select(tables.facet)
        self.neighbours = _neighbour_selects(tables)


@cache
def select_statements(tables: Tables) -> SelectStatements:
    """Return the SELECT statements for some tables, which all databases with them share."""
    return SelectStatements(tables)


async def read_moments(reader: Reader, statements: SelectStatements) -> tuple[str, str]:
    """Return the moment of the last public commit or rebuild, and that of the rebuild by this code and settings.

    Both are empty if they cannot be read: what does not depend on content is served without a database too.
    """
    try:
        ((served_at, fingerprint_at),) = await reader.rows(statements.moments, {})
    except (DatabaseUnavailableError, QueryTimeoutError):
        return "", ""
    return served_at, fingerprint_at


def _readiness_select(tables: Tables) -> Select[Any]:
    """Return the SELECT of the schema version, the generation, and the first row of each table that answers read.

    It takes a step in an index and one in a table each, so that it fails where answers would, and costs little.
    """
    version: Select[Any] = select(column("version_num")).select_from(table("alembic_version"))
    columns = (
        tables.published.c.modified,
        tables.change.c.at,
        tables.document.c.digest,
        tables.item.c.rendered,
        tables.facet.c.item,
        tables.tally.c.number,
        tables.sort_key.c.item,
        tables.sorted_facet.c.item,
        tables.searchable.c.id,
    )
    rows = [select(value).order_by(*value.table.primary_key).limit(1) for value in columns]
    queries = [version, select(tables.head.c.served), *rows]
    return select(*(query.scalar_subquery() for query in queries))


def _batch_select(table: Table) -> Select[Any]:
    """Return the SELECT of the ids and bodies of the records of an entity with some ids."""
    return select(table.c.id, table.c.body).where(table.c.entity == _text("entity"), _is_listed(table.c.id))


def _merges_select(change: Table) -> Select[Any]:
    """Return the SELECT of the merges among the records of an entity with some ids: id, id of the other record."""
    is_listed = and_(change.c.entity == _text("entity"), _is_listed(change.c.id))
    return select(change.c.id, change.c.replaced_by).where(is_listed, change.c.replaced_by.is_not(None))


def _ids_select(table: Table) -> Select[Any]:
    """Return the SELECT of the ids that a table has among some ids of an entity."""
    return select(table.c.id).where(table.c.entity == _text("entity"), _is_listed(table.c.id)).distinct()


def _lookup_keys_select(facet: Table) -> Select[Any]:
    """Return the SELECT of the first and the last id of the records with each of some lookup keys of an entity."""
    return (
        select(facet.c.value, func.min(facet.c.id), func.max(facet.c.id))
        .where(facet.c.entity == _text("entity"), facet.c.name == LOOKUP_KEY, _is_listed(facet.c.value))
        .group_by(facet.c.value)
    )


def _is_listed(column: ColumnElement[str]) -> AnyOf:
    """Return the condition that a column has one of the texts in the array parameter `ids`."""
    return AnyOf(column, _text("ids"))


def _ids_of_lookup_key_select(facet: Table) -> Select[Any]:
    """Return the SELECT of the ids of the records with a lookup key, by id."""
    has_key = and_(
        facet.c.entity == _text("entity"), facet.c.name == LOOKUP_KEY, facet.c.value == _text("value")
    )
    return select(facet.c.id).where(has_key).order_by(facet.c.id).limit(_integer("limit"))


def _neighbour_selects(tables: Tables) -> tuple[Select[Any], ...]:
    """Return the SELECTs of what is next to a value, in both directions: ids, then lookup keys with their ids."""
    item, facet = tables.item, tables.facet
    ids = select(item.c.id, item.c.id.label("record")).where(item.c.entity == _text("entity"))
    keys = select(facet.c.value, facet.c.id).where(
        facet.c.entity == _text("entity"), facet.c.name == LOOKUP_KEY
    )
    return tuple(
        statement.where(condition).order_by(order).limit(_integer("limit"))
        for statement, column, name in ((ids, item.c.id, "id"), (keys, facet.c.value, "key"))
        for condition, order in (
            (column >= _text(name), column.asc()),
            (column < _text(name), column.desc()),
        )
    )


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
