"""Reading records back from the log, many at a time."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, func, select

from api.store.database.session import Session, named
from schema.declaration.entity import Key, Published
from schema.model import Model
from schema.storage.tables import Tables
from schema.validation.decoder import from_log

MOST_AT_ONCE = 5_000
"""Records that are handled at once: more would take too much memory, fewer write the same pages more often."""


class Records:
    """The records of one database, as one transaction sees them."""

    def __init__(self, session: Session, model: Model) -> None:
        self.session = session
        self.tables = session.tables
        self.model = model

    def published(self, keys: Iterable[Key]) -> dict[Key, Published]:
        """Return those of some records that are public, as they were last published."""
        return {
            (entity, identifier): Published(from_log(self.model, entity, document, declared), *when)
            for entity, identifier, declared, document, *when in self.session.about(_published, keys)
        }

    def are_published(self, keys: Iterable[Key]) -> set[Key]:
        """Return those of some keys that name a public record."""
        return {*self.session.about(_names, keys, self.tables.published)}

    def have_changes(self, keys: Iterable[Key]) -> set[Key]:
        """Return those of some keys that name a record that is or was public."""
        return {*self.session.about(_names, keys, self.tables.change)}

    def have_drafts(self, keys: Iterable[Key]) -> set[Key]:
        """Return those of some keys whose newest document was saved and not published since."""
        return {*self.session.about(_drafts, keys)}

    def latest_revisions(self, keys: Iterable[Key]) -> dict[Key, tuple[int, str, str]]:
        """Return the newest version, action and actor of those records that are in the log."""
        return {
            (entity, identifier): (version, action, actor)
            for entity, identifier, version, action, actor in self.session.about(_latest, keys)
        }


def batches(keys: Iterable[Key]) -> list[list[Key]]:
    """Return records in order, as many together as are handled at once."""
    ordered = sorted(keys)
    return [ordered[start : start + MOST_AT_ONCE] for start in range(0, len(ordered), MOST_AT_ONCE)]


def _published(tables: Tables) -> Select[Any]:
    published, revision = tables.published, tables.revision
    columns = (published.c.entity, published.c.id, revision.c.declared, revision.c.document)
    chosen = select(*columns, published.c.seq, published.c.created, published.c.modified)
    return chosen.join_from(published, revision).where(named(published))


def _names(_: Tables, table: Table) -> Select[Any]:
    return select(table.c.entity, table.c.id).where(named(table)).distinct()


def _latest(tables: Tables) -> Select[Any]:
    revision = tables.revision
    columns = (revision.c.entity, revision.c.id, revision.c.version, revision.c.action, revision.c.actor)
    return select(*columns).where(revision.c.seq.in_(newest(tables)))


def _drafts(tables: Tables) -> Select[Any]:
    revision = tables.revision
    others = newest(tables, revision.c.action != "unpublish")
    is_draft = (revision.c.seq.in_(others), revision.c.action == "save")
    return select(revision.c.entity, revision.c.id).where(*is_draft)


def newest(tables: Tables, *conditions: ColumnElement[bool]) -> Select[tuple[int]]:
    """Return the question for the newest revision of each of some records, of those under some conditions."""
    revision = tables.revision
    chosen = select(func.max(revision.c.seq)).where(named(revision), *conditions)
    return chosen.group_by(revision.c.entity, revision.c.id)
