"""Filters by the id of a merged record find what those by the id of the other one find."""

from urllib.parse import quote

import pytest

from api.formats.registry import FORMATS as FORMAT_ROWS
from api.store.log.actions import merge, publish
from tests.support.assertions import ids, walk
from tests.support.generators.records import record
from tests.support.site import BASE

OLD, NEW = "old", "new"


def project(identifier: str, organisation: str):
    part = {"id": "p", "organisation": organisation, "role": "partner", "country": "LV"}
    return record("Project", identifier, participations=[part])


@pytest.fixture
def filled(site):
    records = [record("Organisation", one) for one in (OLD, NEW, "third")]
    records += [project(f"{name}-{n}", name) for name in (OLD, NEW, "third") for n in range(2)]
    records += [record("Programme", "programme", funders=[OLD])]
    records += [record("Grant", "grant", projects=["third-0"], programme="programme")]
    site.store.commit([publish(one) for one in records], "editor")
    return site


def merged(site) -> None:
    site.store.commit([merge(("Organisation", OLD), NEW, "Why")], "editor")


QUERIES = [
    "/projects?partner={}",
    "/projects?organisation={}",
    "/projects?funder={}",
    "/projects?partner={},third",
    "/projects?partner=-{}",
    "/projects?any=partner:{},funder:{}",
    "/projects?country=LV&funder={}",
    "/projects?country=LV&partner={}&sort=-id",
    "/projects?q=project&partner={}",
    "/organisations?id={}",
    "/organisations?id=-{}",
    "/partners?id={}",
    "/programmes?funder={}",
    "/grants?funder={}",
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_filter_by_the_old_id_finds_what_the_new_one_finds(filled, query):
    assert filled.json(query.replace("{}", OLD))["items"]
    merged(filled)
    new = filled.json(query.replace("{}", NEW))
    for value in (OLD, quote(f"{BASE}/organisations/{OLD}#this"), quote(f"{BASE}/organisations/{OLD}")):
        if "any=" in query and value is not OLD:
            continue
        old = filled.json(query.replace("{}", value))
        assert (old["items"], old["total"]) == (new["items"], new["total"])
    assert new["items"]


@pytest.mark.parametrize("name", [row.name for row in FORMAT_ROWS])
def test_every_format_finds_the_same(filled, name):
    merged(filled)
    old, new = (filled.get(f"/projects.{name}?partner={one}") for one in (OLD, NEW))
    assert old.status_code == 200
    if name == "csv":
        assert old.content == new.content
    assert old.text.count("/projects/new-1") == new.text.count("/projects/new-1")


def test_both_ids_in_one_filter_are_one(filled):
    merged(filled)
    one, both = (filled.json(f"/projects?partner={given}") for given in (NEW, f"{OLD},{NEW}"))
    assert (one["items"], one["total"]) == (both["items"], both["total"])


@pytest.mark.parametrize(
    "query",
    [
        "funder={},-new",
        "funder=new,third,-{}",
        "any=partner:{}&partner=-new",
        "any=partner:{},partner:third&partner=-new",
        "partner=-{},-new",
    ],
)
def test_an_old_id_that_is_required_and_excluded_is_refused_as_the_new_one_is(filled, query):
    merged(filled)
    for name in ("json", "html", "csv"):
        old, new = (filled.get(f"/projects.{name}?{query.format(given)}") for given in (OLD, NEW))
        assert old.status_code == new.status_code
        if old.status_code == 400:
            assert old.text == new.text, name


def test_an_old_id_contradicts_the_new_one_since_the_merge(filled):
    query = f"/projects?partner={OLD},-{NEW}"
    assert filled.json(query)["total"] == 2
    merged(filled)
    problem = filled.get(query)
    assert (problem.status_code, problem.json()["parameter"]) == (400, "partner")
    assert "'new' is both required and excluded" in problem.json()["detail"]


def test_a_list_says_what_it_was_asked_for(filled):
    merged(filled)
    page = filled.json(f"/projects?partner={OLD}&limit=1")
    assert page["uri"] == f"{BASE}/projects?partner={OLD}"
    assert page["view"]["first"] == f"{BASE}/projects?partner={OLD}&limit=1"


@pytest.mark.parametrize(
    "query", ["partner=old", "partner=old,third", "partner=old&sort=-title", "partner=-third"]
)
def test_a_walk_goes_on_after_a_merge(filled, query):
    first = filled.json(f"/projects?{query}&limit=1")
    merged(filled)
    rest = walk(filled, first["view"]["next"], "next")
    whole = filled.json(f"/projects?{query.replace('old', 'new')}&limit=200")
    found = [*ids(first), *(identifier for page in rest for identifier in ids(page))]
    expected = [one for one in ids(whole) if one in found]
    assert found == expected
    assert rest[-1]["total"] == whole["total"]
    there = walk(filled, f"{BASE}/projects?{query}&limit=1", "next")
    assert [one for page in there for one in ids(page)] == ids(whole)


def test_a_chain_of_merges_is_followed(filled):
    merged(filled)
    filled.store.commit([merge(("Organisation", NEW), "third", "Why")], "editor")
    assert filled.json(f"/projects?partner={OLD}")["total"] == 6
    assert filled.json(f"/organisations?id={OLD}")["items"][0]["id"] == "third"


def test_a_page_shows_the_filter_with_the_name_of_the_other_record(filled):
    merged(filled)
    old, new = (filled.get(f"/projects.html?partner={one}").text for one in (OLD, NEW))
    assert "Organisation new" in old
    assert old.count("checked") == new.count("checked") >= 1
