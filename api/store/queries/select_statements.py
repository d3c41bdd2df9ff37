"""The SELECT statements of the public API; `IndexSelects` has those of the record index."""

from functools import cache
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
    select,
    table,
)

from api.store.database.array_parameter import AnyOf
from api.store.readers.reader import DatabaseUnavailableError, QueryTimeoutError, Reader
from api.store.record_index.index_selects import index_selects
from schema.storage.tables import Tables


class SelectStatements:
    """All SELECT statements of the public API, with named bind parameters."""

    def __init__(self, tables: Tables) -> None:
        record, document = tables.record, tables.document
        is_public = record.join(document, document.c.number == record.c.number)
        columns = (document.c.body, record.c.etag, record.c.changed_at)
        self.document = (
            select(*columns)
            .select_from(is_public)
            .where(record.c.entity == _text("entity"), record.c.id == _text("id"))
        )
        change = tables.change
        same_record = and_(record.c.entity == change.c.entity, record.c.id == change.c.id)
        self.last_change = (
            select(change.c.action, change.c.at, change.c.reason, change.c.replaced_by, *columns)
            .select_from(
                change.join(record, same_record).outerjoin(document, document.c.number == record.c.number)
            )
            .where(change.c.entity == _text("entity"), change.c.id == _text("id"))
            .order_by(change.c.number.desc())
            .limit(1)
        )
        self.moments = select(tables.head.c.served_at, tables.head.c.fingerprint_at)
        self.readiness = _readiness_select(tables)
        self.index = index_selects(tables)
        self.documents = _documents_select(tables)
        self.records = _records_select(tables.record)
        self.merges = _merges_select(change)
        self.changed_ids = _changed_ids_select(change)
        self.neighbouring_ids = _neighbouring_ids_selects(tables.record)
        self.neighbouring_values = _neighbouring_values_selects(tables.posting)


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
        tables.change.c.at,
        tables.document.c.number,
        tables.record.c.etag,
        tables.posting.c.chunk,
        tables.sort_key.c.number,
        tables.search_document.c.identifiers,
        tables.word.c.word,
    )
    rows = [select(value).order_by(*value.table.primary_key).limit(1) for value in columns]
    queries = [version, select(tables.head.c.served), *rows]
    return select(*(query.scalar_subquery() for query in queries))


def _documents_select(tables: Tables) -> Select[Any]:
    """Return the SELECT of the ids and documents of the records of an entity with some ids."""
    record, document = tables.record, tables.document
    is_listed = and_(record.c.entity == _text("entity"), _is_listed(record.c.id))
    query = select(record.c.id, document.c.body)
    return query.join_from(record, document, document.c.number == record.c.number).where(is_listed)


def _records_select(record: Table) -> Select[Any]:
    """Return the SELECT of the numbers, ids and modification times of the records with some numbers."""
    columns = (record.c.number, record.c.id, record.c.modified)
    return select(*columns).where(AnyOf(record.c.number, _text("numbers")))


def _merges_select(change: Table) -> Select[Any]:
    """Return the SELECT of the merges among the records of an entity with some ids: id, id of the other record."""
    is_listed = and_(change.c.entity == _text("entity"), _is_listed(change.c.id))
    return select(change.c.id, change.c.replaced_by).where(is_listed, change.c.replaced_by.is_not(None))


def _changed_ids_select(change: Table) -> Select[Any]:
    """Return the SELECT of the ids that public changes have among some ids of an entity."""
    is_listed = and_(change.c.entity == _text("entity"), _is_listed(change.c.id))
    return select(change.c.id).where(is_listed).distinct()


def _is_listed(column: ColumnElement[str]) -> AnyOf:
    """Return the condition that a column has one of the texts in the array parameter `ids`."""
    return AnyOf(column, _text("ids"))


def _neighbouring_ids_selects(record: Table) -> tuple[Select[Any], Select[Any]]:
    """Return the SELECTs of the ids of public records of an entity from an id on, and of those before it."""
    is_public = and_(record.c.entity == _text("entity"), record.c.revision.is_not(None))
    ids = select(record.c.id).where(is_public).limit(_integer("limit"))
    return (
        ids.where(record.c.id >= _text("id")).order_by(record.c.id),
        ids.where(record.c.id < _text("id")).order_by(record.c.id.desc()),
    )


def _neighbouring_values_selects(posting: Table) -> tuple[Select[Any], Select[Any]]:
    """Return the SELECTs of the posting lists of an index from a value on, and of those before it."""
    lists = select(posting.c.value, posting.c.numbers).where(posting.c.name == _text("name"))
    lists = lists.limit(_integer("limit"))
    return (
        lists.where(posting.c.value >= _text("value")).order_by(posting.c.value, posting.c.chunk),
        lists.where(posting.c.value < _text("value")).order_by(
            posting.c.value.desc(), posting.c.chunk.desc()
        ),
    )


def _text(name: str) -> Any:
    return bindparam(name, type_=Text)


def _integer(name: str) -> Any:
    return bindparam(name, type_=Integer)
