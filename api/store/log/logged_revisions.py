"""Reading of public records from the log alone, for rebuilds and checks of what is derived from it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, case, func, select

from api.store.database.writing_session import RowValues, key_condition
from api.store.log.actions import RERENDER, Action
from api.store.log.revision_reader import Revisions, decides_publicity, is_publishing, newest_revisions
from schema.declaration.entity_base import RecordKey
from schema.storage.tables import Tables


class LoggedRevisions(Revisions):
    """Reads the records of the log inside a transaction, and from the log which of them are public."""

    def _published_rows(self, keys: Iterable[RecordKey]) -> list[RowValues]:
        """Return key, number of upgrades, document, revision, creation and modification of public records."""
        rows = self.session.rows_about(_select_public_revisions, keys)
        changes = self.session.rows_about(_select_moments, [(row[0], row[1]) for row in rows])
        moments = {(entity, identifier): times for entity, identifier, *times in changes}
        return [(*row, *moments[row[0], row[1]]) for row in rows]

    def _published_keys(self, keys: Iterable[RecordKey]) -> set[RecordKey]:
        return {(row[0], row[1]) for row in self.session.rows_about(_select_public_revisions, keys)}


def _select_public_revisions(tables: Tables) -> Select[Any]:
    """Return the query for the public revision of each record that is public."""
    revision = tables.revision
    names = ("entity", "id", "declared", "document", "seq")
    newest = newest_revisions(tables, decides_publicity(tables))
    return select(*(revision.c[name] for name in names)).where(
        revision.c.seq.in_(newest), is_publishing(tables)
    )


def _select_moments(tables: Tables) -> Select[Any]:
    """Return the query for the times of the first publication and of the last action on records.

    A rebuild is no action on a record, and modifies none.
    """
    change = tables.change
    published_at = case((change.c.action == Action.PUBLISH.value, change.c.at))
    changed_at = case((change.c.action != RERENDER, change.c.at))
    query = select(change.c.entity, change.c.id, func.min(published_at), func.max(changed_at))
    return query.where(key_condition(change)).group_by(change.c.entity, change.c.id)
