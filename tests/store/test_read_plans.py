"""Tests of the query plans of frequent lists: they are read in the order of an index, without a sort.

test_queries compares the order of lists with every document; these tests are about speed, and that drafts
do not influence the order.
"""

import pytest
from sqlalchemy import select, update
from sqlalchemy.dialects.sqlite import dialect

from api.lists.query import ListQuerySpec
from api.store.database.statement import compile_statement
from api.store.log.actions import publish, save
from api.store.queries.keyset import KeysetSegment, SegmentScope
from api.store.queries.planner import AccessPath, Cardinalities, QueryPlan, plan_of_page
from api.store.queries.select_statements import SelectStatements
from schema import MODEL
from schema.index.sort_keys import sort_key_names
from schema.query.parameters import filter_parameters
from tests.support.generators.records import record
from tests.support.site import BASE, Site

PROJECT = MODEL.by_name["Project"]

TOTAL = 10_000

ACCESS_PATHS = {
    "": AccessPath.ALL_RECORDS,
    "sort=-id": AccessPath.ALL_RECORDS,
    "country=LV": AccessPath.INDEX_SCAN,
    "country=LV&funder=council": AccessPath.INDEX_SCAN,
    "sort=start": AccessPath.SORT_KEY_SCAN,
    "sort=-title": AccessPath.SORT_KEY_SCAN,
    "country=LV&funder=council&sort=-start": AccessPath.COMPOSITE_INDEX_SCAN,
    "country=LV&programme=call&sort=start": AccessPath.COMPOSITE_INDEX_SCAN,
    "q=tilts&sort=-modified": AccessPath.FULLTEXT_BY_CHANGE,
    "q=tilts&sort=modified": AccessPath.FULLTEXT_BY_CHANGE,
}


def query_parameters(query: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in query.split("&") if pair)


def plan_of(spec: ListQuerySpec, query: str):
    """Return the list query and its plan for a collection of which a tenth matches."""
    list_query = spec.list_query(query_parameters(query), full_documents=False)
    counts = tuple(TOTAL // 10 for _ in list_query.shape.clauses)
    return list_query, plan_of_page(list_query.shape, Cardinalities(1, TOTAL, counts, total=TOTAL // 10), 25)


@pytest.mark.parametrize("query", ACCESS_PATHS)
@pytest.mark.parametrize(
    "segment",
    [KeysetSegment(), KeysetSegment(backwards=True), KeysetSegment(SegmentScope.AFTER_CURSOR)],
    ids=str,
)
def test_a_frequent_list_is_read_in_index_order(sqlite_site, query, segment):
    list_query, plan = plan_of(ListQuerySpec(sqlite_site.store.renderer, PROJECT), query)
    assert plan.access_path is ACCESS_PATHS[query]
    if segment.scope is SegmentScope.AFTER_CURSOR and plan.is_by_key:
        segment = KeysetSegment(SegmentScope.SAME_FIRST_KEY)
    page_select = SelectStatements(sqlite_site.store.tables).page(list_query.shape, plan, segment)
    steps = " / ".join(plan_steps(sqlite_site, compile_statement(dialect(paramstyle="qmark"), page_select)))
    assert "B-TREE" not in steps
    assert "MATERIALIZE" not in steps
    assert "SCAN" not in steps.replace("SCAN head", "").replace("SCAN searchable_words VIRTUAL TABLE", "")
    if plan.access_path is not AccessPath.ALL_RECORDS:
        # Bodies are looked up by number: a lookup by two texts would take half of the time.
        (step_of_items,) = (step for step in steps.split(" / ") if step.startswith("SEARCH item"))
        assert step_of_items.removesuffix(" LEFT-JOIN").endswith(("PRIMARY KEY (rowid=?)", "(newest=?)"))


def test_a_sorted_list_looks_up_bodies_for_its_page_alone(sqlite_site):
    list_query = ListQuerySpec(sqlite_site.store.renderer, PROJECT).list_query(
        query_parameters("country=LV,EE&sort=title"), full_documents=False
    )
    page_select = SelectStatements(sqlite_site.store.tables).page(
        list_query.shape, QueryPlan(AccessPath.INDEX_UNION, 0), KeysetSegment()
    )
    steps = plan_steps(sqlite_site, compile_statement(dialect(paramstyle="qmark"), page_select))
    assert steps[0] == "CO-ROUTINE page"
    assert steps.index("SCAN page") < next(index for index, step in enumerate(steps) if "SEARCH item" in step)


def plan_steps(site: Site, statement) -> list[str]:
    """Return the steps of SQLite's query plan for a statement."""
    with site.store.database.reading() as connection:
        values = tuple(None for _ in statement.parameter_order)
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement.text}", values).all()
    return [row[3] for row in rows]


@pytest.mark.parametrize("shape", MODEL.entities, ids=lambda shape: shape.name)
def test_composite_indexes_consist_of_filters_and_sort_keys(shape):
    index_names = {parameter.index_name for parameter in filter_parameters(shape, ("lv", "en")).values()}
    assert {name for names in shape.composite_index for name in names} <= index_names
    assert {*shape.composite_index_order} <= {*sort_key_names(shape)}


def test_composite_index_entries_follow_projects_and_grants_and_are_repaired_by_a_rebuild(site):
    def rows() -> list[tuple]:
        table = site.store.tables.sorted_facet
        with site.store.database.reading() as connection:
            return [
                tuple(row)
                for row in connection.execute(select(*table.primary_key).order_by(*table.primary_key))
            ]

    def publish_project(**fields) -> None:
        project = record("Project", "one", countries_stated=["LV", "EE"], **fields)
        site.store.commit([publish(project)], "editor")

    of_pair = ("Project", "country+funder")
    publish_project(start="2018-24")
    assert rows() == []
    funder = record("Organisation", "council")
    grant = record("Grant", "money", projects=["one"], funders=["council"])
    site.store.commit([publish(funder), publish(grant)], "editor")
    assert rows() == [
        (*of_pair, f"{country}+council", "start", 0, "2018-12-01", "one") for country in ("EE", "LV")
    ]
    publish_project()
    unknown = [(*of_pair, f"{country}+council", "start", 1, "", "one") for country in ("EE", "LV")]
    assert rows() == unknown
    with site.store.database.writing() as connection:
        connection.execute(update(site.store.tables.sorted_facet).values(key="2001-01-01"))
    assert site.store.rebuild() == {"sorted_facet": 1}
    assert rows() == unknown
    site.store.commit([publish(record("Grant", "money", projects=["one"]))], "editor")
    assert rows() == []


def test_records_changed_in_one_second_are_in_the_order_of_the_changes_and_drafts_leave_no_trace(site):
    names = ("middle", "zebra", "ant")
    actions = [publish(record("Project", name, title={"en": "Tilts"})) for name in names]
    for action in actions:
        draft = save(record("Project", f"{action.record.id}-draft", title={"en": "Tilts"}))
        site.store.commit([draft], "editor")
    site.store.commit(actions, "editor")
    assert ids(site, "/projects?q=tilts&sort=modified") == [*names]
    assert ids(site, "/projects?q=tilts&sort=-modified") == [*reversed(names)]
    assert ids(site, "/projects?sort=-modified") == sorted(names, reverse=True)
    all_ids, target = [], "/projects?q=tilts&sort=-modified&limit=1"
    while target:
        page = site.json(target)
        all_ids += [item["id"] for item in page["items"]]
        target = page["view"].get("next", "").removeprefix(BASE)
    assert all_ids == [*reversed(names)]


def ids(site: Site, target: str) -> list[str]:
    return [item["id"] for item in site.json(target)["items"]]


def test_merges_are_looked_up_record_by_record(sqlite_site):
    query = SelectStatements(sqlite_site.store.tables).merges
    steps = plan_steps(sqlite_site, compile_statement(dialect(paramstyle="qmark"), query))
    (search,) = [step for step in steps if "change" in step]
    assert search.endswith("ix_change_entity_id_number (entity=? AND id=?)")
