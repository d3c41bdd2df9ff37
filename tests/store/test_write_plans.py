"""Query plans of writes: rows are found by an index, never by a scan."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import event

from api.store.log.actions import publish
from tests.support.generators.records import record
from tests.support.log_scenarios import NETWORK_ACTS


@pytest.fixture
def said(bare) -> list[str]:
    """Return what the store says to SQLite from now on, statement by statement."""
    found: list[str] = []
    event.listen(
        bare.store.database.engine, "connect", lambda opened, _: opened.set_trace_callback(found.append)
    )
    return found


def plan(site, statement: str) -> list[str]:
    """Return how SQLite goes about a statement, step by step."""
    with closing(sqlite3.connect(site.store.database.path)) as connection:
        return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]


@pytest.mark.parametrize("act", ["publish", "rebuild"])
def test_rows_are_found_by_entity_and_id_and_never_read_entity_by_entity(bare, said, act):
    bare.store.commit(NETWORK_ACTS, "editor")
    said.clear()
    if act == "publish":
        bare.store.commit([publish(record("Organisation", "partner", name={"en": "Another"}))], "editor")
    else:
        bare.store.rebuild()
    about = [one for one in said if "json_each" in one]
    assert len(about) > 10
    for statement in about:
        steps = plan(bare, statement)
        assert not [one for one in steps if one.startswith("SCAN") and "json_each" not in one], statement
        assert not [one for one in steps if "(entity=?)" in one], statement
