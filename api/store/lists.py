"""The selects of lists, made from what is wanted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Subquery,
    Text,
    and_,
    bindparam,
    exists,
    false,
    func,
    not_,
    null,
    or_,
    select,
    true,
)

from api.store.matching import matching
from api.store.probes import condition_of
from api.store.wanted import Outline
from schema.roles import COUNTED, Role
from schema.tables import Tables

FIRST, AFTER, BEFORE = "first", "after", "before"
"""The page of a list: the first, the one behind a place, the one before it."""


@dataclass
class _Rows:
    """The records of a list: where they are read from, on what conditions, in which order."""

    source: FromClause
    chosen_from: FromClause
    ordered_from: FromClause
    conditions: list[ColumnElement[bool]] = field(default_factory=list)
    keys: list[tuple[ColumnElement[Any], bool]] = field(default_factory=list)
    """What they are put in order by, and whether downwards."""


def page_of(tables: Tables, outline: Outline, place: str) -> Select[Any]:
    """Return one page of a list, with the total and whether there is more behind it.

    One statement sees one moment, so no transaction is needed around it. A row has the total, whether
    there is more, the id and the body, what is counted of it, and all that it is put in order by.
    """
    rows = _rows(tables, outline)
    rows.keys = [(column, descending != (place == BEFORE)) for column, descending in rows.keys]
    ahead = true() if place == FIRST else _beyond(rows.keys)
    others = select(1).select_from(rows.ordered_from).where(*rows.conditions, not_(ahead))
    is_more_behind: ColumnElement[bool] = false() if place == FIRST else exists(others)
    total = select(_total(rows).label("total"), is_more_behind.label("behind")).subquery("total")
    page = _page(rows, ahead)
    found = [(page.c[f"key{number}"], descending) for number, (_, descending) in enumerate(rows.keys)]
    return (
        select(
            total.c.total,
            total.c.behind,
            page.c.id,
            page.c.body,
            _counted(tables, outline.role, page.c.id),
            *(column for column, _ in found),
        )
        .select_from(total.outerjoin(page, true()))
        .order_by(*_in_order(found))
    )


def total_of(tables: Tables, outline: Outline) -> Select[Any]:
    """Return how many records a list has."""
    return select(_total(_rows(tables, outline)))


def tally_of(tables: Tables, outline: Outline, names: int) -> Select[Any]:
    """Return how many records of a list have each value of some facets."""
    rows = _rows(tables, outline)
    facet = tables.facet.alias("tallied")
    here = and_(facet.c.entity == rows.source.c.entity, facet.c.id == rows.source.c.id)
    chosen = facet.c.name.in_([_text(f"name{number}") for number in range(names)])
    number = func.count().label("number")
    return (
        select(facet.c.name, facet.c.value, number)
        .select_from(rows.chosen_from.join(facet, here))
        .where(*rows.conditions, chosen)
        .group_by(facet.c.name, facet.c.value)
        .order_by(facet.c.name, number.desc(), facet.c.value)
    )


def _rows(tables: Tables, outline: Outline) -> _Rows:
    places = (_text(f"v{number}") for number in count())
    source = tables.document if outline.is_whole else tables.item
    rows = _Rows(source, source, source)
    if not outline.is_mixed:
        rows.conditions.append(source.c.entity == _text("entity"))
    rows.conditions += [
        condition_of(clause, tables.facet, source, places.__next__) for clause in outline.clauses
    ]
    if outline.role:
        rows.conditions.append(_has_role(tables, outline.role, source.c.id))
    if outline.lengths:
        words = tables.searchable
        here = and_(words.c.entity == source.c.entity, words.c.id == source.c.id)
        rows.chosen_from = rows.ordered_from = source.join(words, here)
        found, rank = matching(words, outline.lengths, places.__next__)
        rows.conditions.append(found)
        if not outline.order:
            rows.keys.append((rank, False))
    for by_id, descending in outline.order:
        rows.keys += (
            [(source.c.id, descending)] if by_id else _sorted(tables, rows, places.__next__(), descending)
        )
    rows.keys += [(source.c.id, False), *([(source.c.entity, False)] if outline.is_mixed else [])]
    return rows


def _page(rows: _Rows, ahead: ColumnElement[bool]) -> Subquery:
    labelled = (column.label(f"key{number}") for number, (column, _) in enumerate(rows.keys))
    return (
        select(rows.source.c.id, rows.source.c.body, *labelled)
        .select_from(rows.ordered_from)
        .where(*rows.conditions, ahead)
        .order_by(*_in_order(rows.keys))
        .limit(bindparam("limit", type_=Integer))
        .subquery("page")
    )


def _sorted(
    tables: Tables,
    rows: _Rows,
    name: Any,
    descending: bool,  # noqa: FBT001
) -> list[tuple[ColumnElement[Any], bool]]:
    key = tables.sort_key.alias()
    same = and_(key.c.entity == rows.source.c.entity, key.c.id == rows.source.c.id, key.c.name == name)
    rows.ordered_from = rows.ordered_from.join(key, same)
    return [(key.c.unknown, False), (key.c.value, descending)]


def _beyond(keys: Sequence[tuple[ColumnElement[Any], bool]]) -> ColumnElement[bool]:
    """Return that a row comes behind a place in the order of some keys."""
    places = [bindparam(f"key{number}", type_=column.type) for number, (column, _) in enumerate(keys)]
    behind: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for (column, descending), place in zip(keys, places, strict=True):
        behind.append(and_(*same, column < place if descending else column > place))
        same.append(column == place)
    return or_(*behind)


def _in_order(keys: Sequence[tuple[ColumnElement[Any], bool]]) -> Iterator[ColumnElement[Any]]:
    return (column.desc() if descending else column.asc() for column, descending in keys)


def _total(rows: _Rows) -> Any:
    return select(func.count()).select_from(rows.chosen_from).where(*rows.conditions).scalar_subquery()


def _has_role(tables: Tables, role: Role, identifier: ColumnElement[str]) -> ColumnElement[bool]:
    facet = tables.facet
    members = or_(*(and_(facet.c.entity == entity, facet.c.name == name) for entity, name in role.members))
    return exists(select(1).select_from(facet).where(members, facet.c.value == identifier))


def _counted(tables: Tables, role: Role | None, identifier: ColumnElement[str]) -> Any:
    """Return how many projects a record has in a role, or nothing in other lists."""
    facet = tables.facet
    if role is None:
        return null().label("counted")
    here = and_(facet.c.entity == COUNTED, facet.c.name == role.counted, facet.c.value == identifier)
    return select(func.count()).select_from(facet).where(here).scalar_subquery().label("counted")


def _text(name: str) -> Any:
    return bindparam(name, type_=Text)
