"""The statements that public reading is made of: written once, compiled once for each driver."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Dialect,
    Integer,
    Select,
    Table,
    Text,
    and_,
    asc,
    bindparam,
    desc,
    exists,
    false,
    func,
    select,
    true,
)

from schema.tables import Tables

Condition = ColumnElement[bool]


@dataclass(frozen=True)
class Statement:
    """A select as a driver wants it: its text, and the order of its values."""

    text: str
    order: tuple[str, ...]
    fixed: Mapping[str, Any]

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        """Return the values in the driver's order."""
        return [given[name] if name in given else self.fixed[name] for name in self.order]


def compile_for(dialect: Dialect, query: Select[Any]) -> Statement:
    """Return a select as one dialect's driver takes it."""
    compiled = query.compile(dialect=dialect)
    return Statement(str(compiled), tuple(compiled.positiontup or ()), compiled.params)


@dataclass(frozen=True)
class Pages:
    """The questions for the pages of a list: the first, the one behind a record, the one before it."""

    first: Select[Any]
    after: Select[Any]
    before: Select[Any]

    @classmethod
    def of(cls, table: Table) -> "Pages":
        """Return the questions for lists of what a table has of records."""
        place = _text("id")
        return cls(
            _page(table, true(), false()),
            _page(table, table.c.id > place, table.c.id <= place),
            _page(table, table.c.id < place, table.c.id >= place, nearest_first=desc),
        )


class Reading:
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
        self.items = Pages.of(tables.item)
        self.documents = Pages.of(tables.document)
        self.sitemap = _sitemap(tables.published)
        entity = tables.published.c.entity
        self.counts = select(entity, func.count()).group_by(entity).order_by(entity)


def _page(
    item: Table, ahead: Condition, behind: Condition, nearest_first: Callable[[Any], Any] = asc
) -> Select[Any]:
    """Return one page of a collection, with the total and whether there is more behind it.

    One statement sees one moment, so no transaction is needed around it.
    """
    ours = item.c.entity == _text("entity")
    page = (
        select(item.c.id, item.c.body)
        .where(ours, ahead)
        .order_by(nearest_first(item.c.id))
        .limit(_number("limit"))
        .subquery("page")
    )
    is_more_behind = select(exists().where(ours, behind)).scalar_subquery()
    total = (
        select(func.count().label("total"), is_more_behind.label("behind"))
        .select_from(item)
        .where(ours)
        .subquery("total")
    )
    return (
        select(total.c.total, total.c.behind, page.c.id, page.c.body)
        .select_from(total.outerjoin(page, true()))
        .order_by(nearest_first(page.c.id))
    )


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
