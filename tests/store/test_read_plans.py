"""Query plans of frequent lists: they are read in the order of an index, without a sort.

What stands in the order of sort keys, and what in that of changes, is held against every document in
test_questions; here is what makes it quick, and what of it anyone may know.
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

MANY = 10_000

ASKED = {
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


def given(question: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in question.split("&") if pair)


def plan_of(asking: ListQuerySpec, question: str):
    """Return a list as it is wanted, and how it is read where many records fit and there are many more."""
    wanted = asking.list_query(given(question), full_documents=False)
    some = tuple(MANY // 10 for _ in wanted.shape.clauses)
    return wanted, plan_of_page(wanted.shape, Cardinalities(1, MANY, some, total=MANY // 10), 25)


@pytest.mark.parametrize("question", ASKED)
@pytest.mark.parametrize(
    "piece",
    [KeysetSegment(), KeysetSegment(backwards=True), KeysetSegment(SegmentScope.AFTER_CURSOR)],
    ids=str,
)
def test_a_list_that_is_asked_for_often_is_found_in_its_order(bare, question, piece):
    wanted, plan = plan_of(ListQuerySpec(bare.store.renderer, PROJECT), question)
    assert plan.access_path is ASKED[question]
    if piece.scope is SegmentScope.AFTER_CURSOR and plan.is_by_key:
        piece = KeysetSegment(SegmentScope.SAME_FIRST_KEY)
    query = SelectStatements(bare.store.tables).page(wanted.shape, plan, piece)
    steps = " / ".join(explained(bare, compile_statement(dialect(paramstyle="qmark"), query)))
    assert "B-TREE" not in steps
    assert "MATERIALIZE" not in steps
    assert "SCAN" not in steps.replace("SCAN head", "").replace("SCAN searchable_words VIRTUAL TABLE", "")
    if plan.access_path is not AccessPath.ALL_RECORDS:
        # Bodies are found by a number: two texts for each would take half of the time.
        (found,) = (step for step in steps.split(" / ") if step.startswith("SEARCH item"))
        assert found.removesuffix(" LEFT-JOIN").endswith(("PRIMARY KEY (rowid=?)", "(newest=?)"))


def test_where_records_are_sorted_bodies_are_looked_up_for_the_page_alone(bare):
    wanted = ListQuerySpec(bare.store.renderer, PROJECT).list_query(
        given("country=LV,EE&sort=title"), full_documents=False
    )
    query = SelectStatements(bare.store.tables).page(
        wanted.shape, QueryPlan(AccessPath.INDEX_UNION, 0), KeysetSegment()
    )
    steps = explained(bare, compile_statement(dialect(paramstyle="qmark"), query))
    assert steps[0] == "CO-ROUTINE page"
    assert steps.index("SCAN page") < next(at for at, step in enumerate(steps) if "SEARCH item" in step)


def explained(site: Site, statement) -> list[str]:
    """Return the steps in which SQLite answers a statement."""
    with site.store.database.reading() as connection:
        nothing = tuple(None for _ in statement.parameter_order)
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement.text}", nothing).all()
    return [row[3] for row in rows]


@pytest.mark.parametrize("shape", MODEL.entities, ids=lambda shape: shape.name)
def test_what_is_kept_together_is_what_a_list_can_be_asked_and_put_in_order_by(shape):
    facets = {one.index_name for one in filter_parameters(shape, ("lv", "en")).values()}
    assert {name for names in shape.composite_index for name in names} <= facets
    assert {*shape.composite_index_order} <= {*sort_key_names(shape)}


def test_pairs_are_kept_in_order_as_projects_and_grants_change_and_are_mended(site):
    def rows() -> list[tuple]:
        kept = site.store.tables.sorted_facet
        with site.store.database.reading() as connection:
            return [
                tuple(row)
                for row in connection.execute(select(*kept.primary_key).order_by(*kept.primary_key))
            ]

    def project(**fields) -> None:
        one = record("Project", "one", countries_stated=["LV", "EE"], **fields)
        site.store.commit([publish(one)], "editor")

    of_pair = ("Project", "country+funder")
    project(start="2018-24")
    assert rows() == []
    funder = record("Organisation", "council")
    grant = record("Grant", "money", projects=["one"], funders=["council"])
    site.store.commit([publish(funder), publish(grant)], "editor")
    assert rows() == [
        (*of_pair, f"{country}+council", "start", 0, "2018-12-01", "one") for country in ("EE", "LV")
    ]
    project()
    unknown = [(*of_pair, f"{country}+council", "start", 1, "", "one") for country in ("EE", "LV")]
    assert rows() == unknown
    with site.store.database.writing() as connection:
        connection.execute(update(site.store.tables.sorted_facet).values(key="2001-01-01"))
    assert site.store.rebuild() == {"sorted_facet": 1}
    assert rows() == unknown
    site.store.commit([publish(record("Grant", "money", projects=["one"]))], "editor")
    assert rows() == []


def test_what_changed_in_one_second_is_in_the_order_of_the_changes_and_drafts_leave_no_trace(site):
    names = ("middle", "zebra", "ant")
    acts = [publish(record("Project", name, title={"en": "Tilts"})) for name in names]
    for act in acts:
        draft = save(record("Project", f"{act.record.id}-draft", title={"en": "Tilts"}))
        site.store.commit([draft], "editor")
    site.store.commit(acts, "editor")
    assert ids(site, "/projects?q=tilts&sort=modified") == [*names]
    assert ids(site, "/projects?q=tilts&sort=-modified") == [*reversed(names)]
    assert ids(site, "/projects?sort=-modified") == sorted(names, reverse=True)
    walked, target = [], "/projects?q=tilts&sort=-modified&limit=1"
    while target:
        page = site.json(target)
        walked += [one["id"] for one in page["items"]]
        target = page["view"].get("next", "").removeprefix(BASE)
    assert walked == [*reversed(names)]


def ids(site: Site, target: str) -> list[str]:
    return [one["id"] for one in site.json(target)["items"]]
