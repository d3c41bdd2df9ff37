"""Tests of the query plans of reading: rows are looked up along the keys of tables, and none are sorted."""

import pytest
from sqlalchemy.dialects.sqlite import dialect

from api.store.database.statement import compile_statement
from api.store.log.actions import publish, save
from api.store.queries.select_statements import SelectStatements
from api.store.record_index.index_selects import IndexSelects
from tests.support.generators.records import record
from tests.support.site import BASE, Site


def plan_steps(site: Site, statement) -> list[str]:
    """Return the steps of SQLite's query plan for a statement."""
    with site.store.database.reading() as connection:
        values = tuple(None for _ in statement.parameter_order)
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement.text}", values).all()
    return [row[3] for row in rows]


def test_records_changed_in_one_second_are_in_the_order_of_their_first_publication(site):
    """Drafts leave no trace in it."""
    names = ("middle", "zebra", "ant")
    actions = [publish(record("Project", name, title={"en": "Tilts"})) for name in names]
    for action in actions:
        draft = save(record("Project", f"{action.record.id}-draft", title={"en": "Tilts"}))
        site.store.commit([draft], "editor")
    site.store.commit(actions, "editor")
    for query in ("", "&q=tilts"):
        assert ids(site, f"/projects?sort=modified{query}") == [*names]
        assert ids(site, f"/projects?sort=-modified{query}") == [*reversed(names)]
    all_ids, target = [], "/projects?q=tilts&sort=-modified&limit=1"
    while target:
        page = site.json(target)
        all_ids += [item["id"] for item in page["items"]]
        target = page["view"].get("next", "").removeprefix(BASE)
    assert all_ids == [*reversed(names)]


def ids(site: Site, target: str) -> list[str]:
    return [item["id"] for item in site.json(target)["items"]]


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("posting_lists", "SEARCH posting USING PRIMARY KEY (name=? AND value=?)"),
        ("values", "SEARCH posting USING PRIMARY KEY (name=? AND (value,chunk)>(?,?))"),
        ("sort_keys", "SEARCH sort_key USING PRIMARY KEY (name=? AND (value,number)>(?,?))"),
        (
            "numbers_in_range",
            "SEARCH sort_key USING PRIMARY KEY (name=? AND (value,number)>(?,?) AND value<?)",
        ),
        ("ids", "SEARCH record USING INDEX"),
        ("items", "SEARCH record USING INTEGER PRIMARY KEY (rowid=?)"),
        ("public_numbers", "SEARCH record USING INDEX"),
        (
            "changed_numbers",
            "SEARCH record USING COVERING INDEX ix_record_commit_number (commit_number>?)",
        ),
        ("changed_records", "SEARCH record USING INTEGER PRIMARY KEY (rowid=?)"),
        ("role_members", "SEARCH record USING INDEX"),
    ],
)
def test_the_index_is_read_along_its_keys_without_a_sort(sqlite_site, name, step):
    select = getattr(IndexSelects(sqlite_site.store.tables), name)
    steps = plan_steps(sqlite_site, compile_statement(dialect(paramstyle="qmark"), select))
    assert any(line.startswith(step) for line in steps), steps
    assert not [line for line in steps if "ORDER BY" in line or line.startswith("SCAN record")], steps


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        (
            "neighbouring_ids",
            (
                "SEARCH record USING INDEX sqlite_autoindex_record_1 (entity=? AND id>?)",
                "SEARCH record USING INDEX sqlite_autoindex_record_1 (entity=? AND id<?)",
            ),
        ),
        (
            "neighbouring_values",
            (
                "SEARCH posting USING PRIMARY KEY (name=? AND value>?)",
                "SEARCH posting USING PRIMARY KEY (name=? AND value<?)",
            ),
        ),
    ],
)
def test_neighbours_of_a_name_are_read_along_keys_in_both_directions(sqlite_site, name, steps):
    selects = getattr(SelectStatements(sqlite_site.store.tables), name)
    compiled = [compile_statement(dialect(paramstyle="qmark"), select) for select in selects]
    assert [plan_steps(sqlite_site, statement) for statement in compiled] == [[step] for step in steps]


def test_records_are_looked_up_by_number(sqlite_site):
    query = SelectStatements(sqlite_site.store.tables).records
    steps = plan_steps(sqlite_site, compile_statement(dialect(paramstyle="qmark"), query))
    assert "SEARCH record USING INTEGER PRIMARY KEY (rowid=?)" in steps


def test_merges_are_looked_up_record_by_record(sqlite_site):
    query = SelectStatements(sqlite_site.store.tables).merges
    steps = plan_steps(sqlite_site, compile_statement(dialect(paramstyle="qmark"), query))
    (search,) = [step for step in steps if "change" in step]
    assert search.endswith("ix_change_entity_id_number (entity=? AND id=?)")
