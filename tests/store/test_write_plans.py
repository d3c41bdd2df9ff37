"""Tests of the query plans of writes: rows are found by an index, never by a scan."""

import sqlite3
from contextlib import closing

import msgspec
import pytest
from sqlalchemy import event

from api.store.log.actions import publish
from tests.support.generators.records import record
from tests.support.response_and_row_snapshots import NETWORK_ACTIONS


@pytest.fixture
def sent_statements(sqlite_site) -> list[str]:
    """The statements that the store sends to SQLite from now on."""
    statements: list[str] = []
    event.listen(
        sqlite_site.store.database.engine,
        "connect",
        lambda connection, _: connection.set_trace_callback(statements.append),
    )
    return statements


def plan_steps(site, statement: str) -> list[str]:
    """Return the steps of SQLite's query plan for a statement."""
    with closing(sqlite3.connect(site.store.database.path)) as connection:
        return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]


@pytest.mark.parametrize("operation", ["publish", "rebuild"])
def test_rows_are_found_by_entity_and_id_and_never_read_entity_by_entity(
    sqlite_site, sent_statements, operation
):
    sqlite_site.store.commit(NETWORK_ACTIONS, "editor")
    sent_statements.clear()
    if operation == "publish":
        sqlite_site.store.commit(
            [publish(record("Organisation", "partner", name={"en": "Another"}))], "editor"
        )
    else:
        sqlite_site.store.rebuild()
    batch_statements = [statement for statement in sent_statements if "json_each" in statement]
    assert len(batch_statements) > 5
    for statement in batch_statements:
        steps = plan_steps(sqlite_site, statement)
        assert not [step for step in steps if step.startswith("SCAN") and "json_each" not in step], statement
        assert not [step for step in steps if "(entity=?)" in step], statement


def test_of_a_text_that_replaces_another_only_new_words_are_looked_up(sqlite_site, sent_statements):
    names = [f"The foundation of {name} in the north" for name in ("weavers", "smiths")]
    for name in names:
        sent_statements.clear()
        sqlite_site.store.commit([publish(record("Organisation", "named", name={"en": name}))], "editor")
    (statement,) = [text for text in sent_statements if "FROM word" in text and text.startswith("SELECT")]
    assert '["smiths"]' in statement
    assert [text for text in sent_statements if text.startswith("DELETE FROM word") and "weavers" in text]


def test_what_a_record_was_rendered_from_is_read_at_once(sqlite_site, sent_statements):
    """Not link by link: the record itself, what it depends on, and those that depend on it."""
    sqlite_site.store.commit(NETWORK_ACTIONS, "editor")
    counts = {}
    for key in ("project", "grant", "partner"):
        (action,) = [action for action in NETWORK_ACTIONS if action.key[1] == key]
        texts = {"en": f"Another {key}"}
        name = "name" if key != "project" else "title"
        sent_statements.clear()
        sqlite_site.store.commit([publish(msgspec.structs.replace(action.record, **{name: texts}))], "editor")
        counts[key] = sum("revision.document" in text for text in sent_statements)
    assert max(counts.values()) <= 3
