"""How many records have each facet, kept along with the facets themselves."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, delete, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from schema.render import Key
from schema.tables import Tables

Facets = Iterable[tuple[str, str]]


class Tallying:
    """The tallies of one database, inside a writing transaction."""

    def __init__(self, connection: Connection, tables: Tables) -> None:
        self._connection = connection
        self._tables = tables
        self._more: Counter[tuple[str, str, str]] = Counter()

    def add(self, key: Key, facets: Facets) -> None:
        """Count a record that is there now, with its facets."""
        self._count(key, facets, 1)

    def remove(self, key: Key, facets: Facets) -> None:
        """Do not count a record any more as it was."""
        self._count(key, facets, -1)

    def write(self) -> None:
        """Bring the tallies in line with all that was counted."""
        rows: list[dict[str, Any]] = [
            {"entity": entity, "name": name, "value": value, "number": number}
            for (entity, name, value), number in self._more.items()
            if number
        ]
        self._more.clear()
        if not rows:
            return
        tally = self._tables.tally
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        added = dialect.insert(tally)
        more = {"number": tally.c.number + added.excluded.number}
        self._connection.execute(
            added.on_conflict_do_update(index_elements=tally.primary_key, set_=more), rows
        )
        if fewer := [
            {f"of_{name}": row[name] for name in ("entity", "name", "value")}
            for row in rows
            if row["number"] < 0
        ]:
            here = (tally.c[name] == bindparam(f"of_{name}") for name in ("entity", "name", "value"))
            self._connection.execute(delete(tally).where(*here, tally.c.number == 0), fewer)

    def mend(self) -> int:
        """Make all tallies anew, and return how many were wrong."""
        tally, counted = self._tables.tally, self._counted()
        wrong = self._connection.execute(select(tally).except_(counted)).all()
        right = self._connection.execute(counted.except_(select(tally))).mappings().all()
        for row in wrong:
            same = and_(tally.c.entity == row.entity, tally.c.name == row.name, tally.c.value == row.value)
            self._connection.execute(delete(tally).where(same))
        if right:
            self._connection.execute(tally.insert(), [dict(row) for row in right])
        return len(
            {tuple(row)[:3] for row in wrong} | {(row["entity"], row["name"], row["value"]) for row in right}
        )

    def _count(self, key: Key, facets: Facets, number: int) -> None:
        for name, value in (("", ""), *facets):
            self._more[key[0], name, value] += number

    def _counted(self) -> Select[tuple[str, str, str, int]]:
        facet, document = self._tables.facet, self._tables.document
        of_facets = select(facet.c.entity, facet.c.name, facet.c.value, func.count().label("number"))
        nothing = literal("")
        everything = select(document.c.entity, nothing, nothing, func.count()).group_by(document.c.entity)
        of_facets = of_facets.group_by(facet.c.entity, facet.c.name, facet.c.value)
        found = of_facets.union_all(everything).subquery()
        return select(*found.c)
