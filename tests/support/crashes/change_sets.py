"""Change sets of a few linked records, and checks that none is lost or partial."""

import json
from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import Row, Table, select

from api.store.publishing.store import Store
from tests.support.generators.records import record

PATHS = (
    "/organisations/organisation",
    "/programmes/programme",
    "/projects/project",
    "/projects/other",
    "/grants/grant",
)


def marked_records(marker: str) -> list:
    """Return records that link to each other and all contain a marker."""
    links = [{"id": "p", "role": "partner", "organisation": "organisation"}]
    return [
        record("Organisation", "organisation", name={"en": marker}),
        record("Programme", "programme", name={"en": marker}, funders=["organisation"]),
        record("Project", "project", title={"en": marker}, participations=links),
        record("Project", "other", title={"en": marker}),
        record("Grant", "grant", number=marker, projects=["other", "project"], programme="programme"),
    ]


def rows(store: Store, table: Table) -> list[Row[Any]]:
    """Return all rows of a table, in the order of its primary key."""
    with store.database.reading() as connection:
        return connection.execute(select(table).order_by(*table.primary_key)).all()


def assert_consistent(store: Store) -> None:
    """Check the file of SQLite, and the numbers of the public changes."""
    if store.database.path:
        with store.database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert not connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    numbers = [row.number for row in rows(store, store.tables.change)]
    assert numbers == list(range(1, len(numbers) + 1))


def assert_change_sets_are_complete(store: Store, acknowledged: Collection[str], killed: int) -> None:
    """Check that each acknowledged change set is in the log, and each change set in it is complete."""
    revisions = rows(store, store.tables.revision)
    rows_by_marker = Counter(row.note for row in revisions)
    assert set(rows_by_marker.values()) <= {len(PATHS)}, "a change set is partial"
    assert rows_by_marker.keys() >= set(acknowledged), "an acknowledged change set is lost"
    assert len(rows_by_marker) <= len(acknowledged) + killed, "more change sets than were begun"
    versions: Counter[str] = Counter()
    for row in revisions:
        versions[row.id] += 1
        assert row.version == versions[row.id]
    assert len(set(versions.values())) <= 1


def assert_serves_newest_change_set(get: Callable[[str], tuple[int, bytes]], store: Store) -> None:
    """Check that every document contains the marker of the newest change set."""
    newest = rows(store, store.tables.revision)[-1].note
    for path in PATHS:
        status, body = get(path)
        assert (status, newest in json.dumps(json.loads(body))) == (200, True), path
