"""Maintenance of `tally`: the number of records per index entry, updated with the entries themselves."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, and_, delete, func, literal, select

from api.store.database.writing_session import RowValues, Session


class EntryCounts:
    """Counts the records per index entry, inside a writing transaction.

    An entry is (entity, name, value). The entry with empty name and value counts all records of the entity.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tables = session.tables
        self._differences: Counter[RowValues] = Counter()

    def add(self, entries: Iterable[RowValues], number: int) -> None:
        """Add a number to the count of each entry: 1 for a new record, -1 for a removed one."""
        for entry in entries:
            self._differences[entry] += number

    def write(self) -> None:
        """Add the collected differences to the stored counts."""
        changes = sorted((*entry, number) for entry, number in self._differences.items() if number)
        self._session.add(self._tables.tally, changes)
        self._differences.clear()

    def repair(self) -> int:
        """Correct all stored counts from the index entries, and return how many were wrong."""
        tally, (wrong, correct) = self._tables.tally, self._compare()
        for entity, name, value, _ in wrong:
            has_key = and_(tally.c.entity == entity, tally.c.name == name, tally.c.value == value)
            self._session.connection.execute(delete(tally).where(has_key))
        self._session.insert(tally, correct)
        return len({row[:3] for row in [*wrong, *correct]})

    def differences(self) -> int:
        """Return the number of stored counts that are wrong."""
        wrong, correct = self._compare()
        return len({row[:3] for row in [*wrong, *correct]})

    def _compare(self) -> tuple[list[RowValues], list[RowValues]]:
        """Return the stored rows that are wrong, and the correct ones that are not stored."""
        tally, counts, connection = self._tables.tally, self._count_entries(), self._session.connection
        wrong = connection.execute(select(tally).except_(counts))
        correct = connection.execute(counts.except_(select(tally)))
        return [tuple(row) for row in wrong], [tuple(row) for row in correct]

    def _count_entries(self) -> Select[Any]:
        facet, document = self._tables.facet, self._tables.document
        entry, empty = (facet.c.entity, facet.c.name, facet.c.value), literal("")
        per_entry = select(*entry, func.count().label("number")).group_by(*entry)
        per_entity = select(document.c.entity, empty, empty, func.count()).group_by(document.c.entity)
        return select(*per_entry.union_all(per_entity).subquery().c)
