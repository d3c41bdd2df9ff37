"""Reading records back from the log, many at a time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select

from schema.decode import from_log
from schema.model import Model
from schema.render import Key, Published
from schema.tables import Tables

_MOST_AT_ONCE = 500
"""Records in one statement: far below every engine's limit on parameters."""


class Records:
    """The records of one database, as one connection sees them."""

    def __init__(self, connection: Connection, tables: Tables, model: Model) -> None:
        self.connection = connection
        self.tables = tables
        self.model = model

    def published(self, keys: Iterable[Key]) -> dict[Key, Published]:
        """Return those of some records that are public, as they were last published."""
        published, revision = self.tables.published, self.tables.revision
        columns = (published, revision.c.declared, revision.c.document)
        found = {}
        for where in among(published, keys):
            query = select(*columns).join(revision, revision.c.seq == published.c.seq).where(where)
            for row in self.connection.execute(query):
                record = from_log(self.model, row.entity, row.document, row.declared)
                found[row.entity, row.id] = Published(record, row.seq, row.created, row.modified)
        return found

    def are_published(self, keys: Iterable[Key]) -> set[Key]:
        """Return those of some keys that name a public record."""
        published = self.tables.published
        found: set[Key] = set()
        for where in among(published, keys):
            rows = self.connection.execute(select(published.c.entity, published.c.id).where(where))
            found |= {(row.entity, row.id) for row in rows}
        return found

    def have_changes(self, keys: Iterable[Key]) -> set[Key]:
        """Return those of some keys that name a record that is or was public."""
        change = self.tables.change
        found: set[Key] = set()
        for where in among(change, keys):
            query = select(change.c.entity, change.c.id).where(where).distinct()
            found |= {(row.entity, row.id) for row in self.connection.execute(query)}
        return found

    def have_drafts(self, keys: Iterable[Key]) -> set[Key]:
        """Return those of some keys whose newest document was saved and not published since."""
        revision = self.tables.revision
        found: set[Key] = set()
        for where in among(revision, keys):
            newest = (
                select(func.max(revision.c.seq))
                .where(where, revision.c.action != "unpublish")
                .group_by(revision.c.entity, revision.c.id)
            )
            drafts = select(revision.c.entity, revision.c.id).where(
                revision.c.seq.in_(newest), revision.c.action == "save"
            )
            found |= {(row.entity, row.id) for row in self.connection.execute(drafts)}
        return found

    def latest_revisions(self, keys: Iterable[Key]) -> dict[Key, tuple[int, str, str]]:
        """Return the newest version, action and actor of those records that are in the log."""
        revision = self.tables.revision
        found: dict[Key, tuple[int, str, str]] = {}
        for where in among(revision, keys):
            newest = select(func.max(revision.c.seq)).where(where).group_by(revision.c.entity, revision.c.id)
            rows = self.connection.execute(select(revision).where(revision.c.seq.in_(newest)))
            found |= {(row.entity, row.id): (row.version, row.action, row.actor) for row in rows}
        return found


def among(table: Table, keys: Iterable[Key]) -> Iterator[ColumnElement[bool]]:
    """Yield conditions that together pick the rows of some records, of whatever entities."""
    for batch in batches(set(keys)):
        yield or_(*(and_(table.c.entity == entity, table.c.id.in_(ids)) for entity, ids in by_entity(batch)))


def by_entity(keys: Iterable[Key]) -> Iterator[tuple[str, list[str]]]:
    """Yield an entity and some ids of it, until all keys are through."""
    ids: dict[str, list[str]] = defaultdict(list)
    for entity, identifier in sorted(set(keys)):
        ids[entity].append(identifier)
    for entity, found in ids.items():
        for start in range(0, len(found), _MOST_AT_ONCE):
            yield entity, found[start : start + _MOST_AT_ONCE]


def batches(keys: Iterable[Key]) -> list[list[Key]]:
    """Return records in order, as many together as are handled at once."""
    ordered = sorted(keys)
    return [ordered[start : start + _MOST_AT_ONCE] for start in range(0, len(ordered), _MOST_AT_ONCE)]
