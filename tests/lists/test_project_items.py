"""Tests of what list items tell of projects and grants: partners, countries, amounts, the first sentence."""

import pytest

from api.store.log.actions import delete, publish
from tests.support.generators.records import record
from tests.support.response_and_row_snapshots import rows

AMOUNT = {"id": "total", "kind": "total-cost", "value": "0.10", "currency": "EUR"}
SHARE = {"id": "share", "kind": "contribution", "value": "1000000000000.0001", "currency": "SEK"}
PARTICIPATIONS = [
    {"id": "lead", "role": "coordinator", "organisation": "first"},
    {"id": "again", "role": "partner", "organisation": "first", "country": "LV"},
    {"id": "second", "role": "associated-partner", "organisation": "second", "count": 1},
    {"id": "named", "role": "partner", "name_as_stated": {"lv": "Kāda biedrība"}, "country": "EE"},
    {"id": "others", "role": "partner", "count": 11},
    {"id": "area", "role": "pilot-area", "organisation": "third", "count": 5},
]


@pytest.fixture
def project_site(site):
    """A site with a project with six participations and one without any, and no grant."""
    organisations = [record("Organisation", name) for name in ("first", "second", "third")]
    project = record("Project", "one", participations=PARTICIPATIONS, countries_stated=["LV", "SE"])
    site.store.commit([publish(one) for one in (*organisations, project, record("Project", "two"))], "editor")
    return site


def item(site, identifier: str, collection: str = "projects") -> dict:
    """Return a list item, which is a part of the record's document."""
    (found,) = site.json(f"/{collection}?id={identifier}")["items"]
    document = site.json(f"/{collection}/{identifier}")
    assert found == {name: document[name] for name in found}
    return found


def amounts(site, identifier: str) -> list:
    """Return the IRI, kind, value and currency of the amounts in a project's item."""
    return [
        (
            amount["uri"].partition("/grants/")[2],
            amount["kind"]["id"],
            amount["value"],
            amount["currency"]["id"],
        )
        for amount in item(site, identifier).get("amounts", ())
    ]


def grant(identifier: str, *projects: str, amounts=(AMOUNT,)):
    return publish(record("Grant", identifier, projects=projects, amounts=amounts))


def test_partners_are_counted_once_each_and_with_those_that_are_not_named(project_site):
    assert item(project_site, "one")["partners_total"] == 2 + 1 + 11
    assert "partners_total" not in item(project_site, "two")


def test_countries_of_participations_and_of_the_project_are_counted_once_each(project_site):
    assert item(project_site, "one")["countries_total"] == 3
    assert "countries_total" not in item(project_site, "two")


def test_projects_are_sorted_by_their_number_of_partners(network):
    items = network.json("/projects?sort=-partners_total")["items"]
    totals = [one["partners_total"] for one in items]
    assert totals == sorted(totals, reverse=True) == [14, 14, 12, 5, 4]


def test_a_project_has_the_amounts_of_its_own_grants_as_these_state_them(project_site):
    assert "amounts" not in item(project_site, "one")
    project_site.store.commit([grant("a", "one", amounts=(AMOUNT, SHARE)), grant("b", "one")], "editor")
    assert amounts(project_site, "one") == [
        ("a#amount-total", "total-cost", "0.10", "EUR"),
        ("a#amount-share", "contribution", "1000000000000.0001", "SEK"),
        ("b#amount-total", "total-cost", "0.10", "EUR"),
    ]
    assert item(project_site, "a", "grants")["amounts"] == project_site.json("/grants/a")["amounts"]
    assert {amount["uri"] for amount in item(project_site, "one")["amounts"]} == {
        amount["uri"] for one in "ab" for amount in project_site.json(f"/grants/{one}")["amounts"]
    }


def test_a_grant_for_several_projects_gives_none_of_them_an_amount(project_site):
    project_site.store.commit([grant("a", "one")], "editor")
    project_site.store.commit([grant("a", "one", "two")], "editor")
    assert amounts(project_site, "one") == amounts(project_site, "two") == []
    project_site.store.commit([grant("a", "two")], "editor")
    assert amounts(project_site, "one") == []
    assert amounts(project_site, "two") == [("a#amount-total", "total-cost", "0.10", "EUR")]
    project_site.store.commit([delete(("Grant", "a"))], "editor")
    assert amounts(project_site, "two") == []


def test_an_amount_that_changes_is_a_change_of_its_project(project_site):
    project_site.store.commit([grant("a", "one")], "editor")
    before = project_site.get("/projects/one").headers["etag"]
    project_site.store.commit([grant("a", "one", amounts=[AMOUNT | {"value": "0.20"}])], "editor")
    assert [one[2] for one in amounts(project_site, "one")] == ["0.20"]
    assert project_site.get("/projects/one").headers["etag"] != before
    newest = rows(project_site, "change")
    assert [row[3] for row in newest if row[1] == newest[-1][1]] == ["a", "one"]


def test_the_excerpt_is_the_first_sentence_of_the_summary_in_each_language(site):
    summary = {"lv": "Tas sākās 2017. gada maijā. Tas beidzās.", "en": "It began in 2017. It ended."}
    site.store.commit([publish(record("Project", "one", summary=summary))], "editor")
    excerpt = {"lv": "Tas sākās 2017. gada maijā.", "en": "It began in 2017."}
    assert item(site, "one")["excerpt"] == excerpt
    assert site.json("/projects?lang=lv")["items"][0]["excerpt"] == excerpt["lv"]
    assert site.json("/projects?fields=excerpt")["items"][0]["excerpt"] == excerpt
    assert "summary" not in item(site, "one")
    header, row = site.get("/projects.csv?fields=excerpt,partners_total").text.splitlines()
    assert header == "id,uri,excerpt_lv,excerpt_en,excerpt_other,partners_total"
    assert row.endswith(f"#this,{excerpt['lv']},{excerpt['en']},,")


def test_the_projects_of_the_network_show_what_their_sources_state(network):
    items = {one["id"]: one for one in network.json("/projects?lang=lv")["items"]}
    assert items["ensie"]["partners_total"] == 12
    assert items["ensie"]["countries_total"] == 10
    assert [(one["kind"]["id"], one["value"]) for one in items["buicasus"]["amounts"]] == [
        ("total-cost", "1064413.00"),
        ("contribution", "851530.00"),
    ]
    assert [one for one in items.values() if "amounts" in one] == [items["buicasus"]]
    assert all(one["excerpt"].endswith(".") for one in items.values())
