"""How many records have each facet, kept along with the facets themselves."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, and_, delete, func, literal, select

from api.store.database.session import RowValues, Session


class EntryCounts:
    """The tallies of one database, inside a writing transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tables = session.tables
        self._more: Counter[RowValues] = Counter()

    def add(self, facets: Iterable[RowValues], number: int) -> None:
        """Count some facets once more, or with -1 once less: entity, name and value; of a record both are empty."""
        for one in facets:
            self._more[one] += number

    def write(self) -> None:
        """Bring the tallies in line with all that was counted."""
        changed = sorted((*key, number) for key, number in self._more.items() if number)
        self._session.add(self._tables.tally, changed)
        self._more.clear()

    def repair(self) -> int:
        """Make all tallies anew, and return how many were wrong."""
        tally, counted, connection = self._tables.tally, self._counted(), self._session.connection
        wrong = connection.execute(select(tally).except_(counted)).all()
        right = [tuple(row) for row in connection.execute(counted.except_(select(tally)))]
        for row in wrong:
            same = and_(tally.c.entity == row.entity, tally.c.name == row.name, tally.c.value == row.value)
            connection.execute(delete(tally).where(same))
        self._session.insert(tally, right)
        return len({tuple(row)[:3] for row in [*wrong, *right]})

    def _counted(self) -> Select[Any]:
        facet, document = self._tables.facet, self._tables.document
        values, nothing = (facet.c.entity, facet.c.name, facet.c.value), literal("")
        of_facets = select(*values, func.count().label("number")).group_by(*values)
        everything = select(document.c.entity, nothing, nothing, func.count()).group_by(document.c.entity)
        return select(*of_facets.union_all(everything).subquery().c)
