"""The statements that public reading is made of: written once, compiled once for each driver."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Dialect,
    Integer,
    Select,
    Text,
    bindparam,
    exists,
    func,
    literal,
    select,
    true,
)

from schema.tables import Tables


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


class Reading:
    """Every question that public reading asks, as selects with named parameters."""

    def __init__(self, tables: Tables) -> None:
        document, change = tables.document, tables.change
        self.item = tables.item
        self.document = select(document.c.body, document.c.digest).where(
            document.c.entity == _text("entity"), document.c.id == _text("id")
        )
        self.last_change = (
            select(change.c.action, change.c.at, change.c.reason, change.c.replaced_by)
            .where(change.c.entity == _text("entity"), change.c.id == _text("id"))
            .order_by(change.c.number.desc())
            .limit(1)
        )
        self.first = self._page()
        self.after = self._page(after=True)
        self.before = self._page(before=True)

    def _page(self, *, after: bool = False, before: bool = False) -> Select[Any]:
        """Return one page of a collection, with the total and whether there is more behind it.

        One statement sees one moment, so no transaction is needed around it. A page `before`
        comes nearest first.
        """
        item = self.item
        ours = item.c.entity == _text("entity")
        beyond = literal(value=True)
        behind = literal(value=False)
        if after:
            beyond, behind = item.c.id > _text("id"), item.c.id <= _text("id")
        if before:
            beyond, behind = item.c.id < _text("id"), item.c.id >= _text("id")
        order = item.c.id.desc() if before else item.c.id
        page = (
            select(item.c.id, item.c.body)
            .where(ours, beyond)
            .order_by(order)
            .limit(bindparam("limit", type_=Integer))
            .subquery("page")
        )
        total = (
            select(
                func.count().label("total"),
                select(exists().where(ours, behind)).scalar_subquery().label("behind"),
            )
            .select_from(item)
            .where(ours)
            .subquery("total")
        )
        nearest_first = page.c.id.desc() if before else page.c.id
        return (
            select(total.c.total, total.c.behind, page.c.id, page.c.body)
            .select_from(total.outerjoin(page, true()))
            .order_by(nearest_first)
        )


def _text(name: str) -> Any:
    return bindparam(name, type_=Text)
