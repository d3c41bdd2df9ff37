"""Answers in the shape that they are asked for in: some fields, linked records, one language, matches."""

import pytest

from api.store.log.actions import publish
from tests.support.generators.records import record
from tests.support.site import BASE

PROJECT = {
    "title": {"lv": "Rīgas inkubators", "en": "An incubator in Rīga"},
    "summary": {"en": "Only in English: <b>incubators</b> & more."},
    "keywords": {"fi": ["hautomo"]},
    "participations": [
        {"id": "first", "role": "coordinator", "organisation": "first"},
        {"id": "second", "role": "partner", "organisation": "second", "name_as_stated": {"de": "Zweite"}},
    ],
}


@pytest.fixture
def asked(site):
    """An installation with a project of two partners."""
    organisations = [record("Organisation", name, name={"lv": f"{name} lv"}) for name in ("first", "second")]
    acts = [publish(one) for one in (*organisations, record("Project", "one", **PROJECT))]
    site.store.commit(acts, "editor")
    return site


def test_some_fields_are_those_and_what_the_thing_is(asked):
    assert asked.json("/projects/one?fields=title") == {
        "id": "one",
        "uri": f"{BASE}/projects/one#this",
        "type": "Project",
        "title": PROJECT["title"],
    }
    (item,) = asked.json("/projects?fields=keywords,summary")["items"]
    assert item.keys() == {"id", "uri", "type", "summary", "keywords"}
    assert asked.json("/projects?fields=keywords&fields=summary")["items"] == [item]
    assert (
        asked.get("/projects.csv?fields=title").text.splitlines()[0] == "id,uri,title_lv,title_en,title_other"
    )


def test_what_is_not_there_is_not_asked_for_in_vain(asked):
    (item,) = asked.json("/projects?fields=end")["items"]
    assert item.keys() == {"id", "uri", "type"}


def test_linked_records_come_with_it_whole_and_once(asked):
    body = asked.json("/projects/one?include=lead,participations.organisation")
    assert body["included"] == [
        {name: value for name, value in asked.json(f"/organisations/{one}").items() if name != "project_list"}
        for one in ("first", "second")
    ]
    assert asked.json("/projects?include=lead&fields=title")["included"] == body["included"][:1]
    assert "included" not in asked.json("/projects?include=grants")


def test_one_language_makes_texts_plain_and_says_where_it_fell_back(asked):
    body = asked.json("/projects/one?lang=lv&fallback=en,*")
    assert body["title"] == "Rīgas inkubators"
    assert body["summary"] == PROJECT["summary"]["en"]
    assert body["keywords"] == ["hautomo"]
    assert body["participations"][1]["name_as_stated"] == "Zweite"
    assert body["participations"][0]["role"]["name"] == "vadošais partneris"
    assert body["fallbacks"] == {
        "/summary": "en",
        "/keywords": "fi",
        "/participations/1/name_as_stated": "de",
    }


def test_without_a_fallback_what_is_in_no_such_language_is_left_out(asked):
    body = asked.json("/projects/one?lang=lv")
    assert "summary" not in body
    assert "keywords" not in body
    assert "fallbacks" not in body
    assert asked.json("/vocab/role?lang=en")["concepts"][0]["name"] == "coordinator"
    assert asked.json("/?lang=lv")["title"] == "Sociālās uzņēmējdarbības tīkls"


@pytest.mark.parametrize("name", ["jsonld", "ttl", "nt", "rdf"])
def test_a_language_changes_no_statement(asked, name):
    plain, spoken = (asked.get(f"/projects/one.{name}{query}") for query in ("", "?lang=lv&fallback=*"))
    assert plain.content == spoken.content
    assert plain.headers["etag"] == spoken.headers["etag"]


def test_matches_are_marked_and_the_rest_is_escaped(asked):
    (item,) = asked.json("/projects?q=incub*&highlight=true")["items"]
    assert item["matches"] == [
        {"field": "title", "language": "en", "text": "An <mark>incubator</mark> in Rīga"},
        {
            "field": "summary",
            "language": "en",
            "text": "Only in English: &lt;b&gt;<mark>incubators</mark>&lt;/b&gt; &amp; more.",
        },
    ]
    assert "matches" not in asked.json("/projects?q=incub*")["items"][0]


def test_each_shape_has_a_tag_of_its_own(asked):
    queries = ("", "?fields=title", "?lang=lv", "?lang=en", "?include=lead", "?lang=lv&fallback=en")
    tags = [asked.get(f"/projects/one.json{query}").headers["etag"] for query in queries]
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize(
    ("address", "parameter"),
    [
        ("/projects?fields=titel", "fields"),
        ("/projects?fields=title,title", "fields"),
        ("/projects?fields=projects_total", "fields"),
        ("/projects/one?include=title", "include"),
        ("/projects?include=participations", "include"),
        ("/projects?include=lead.part_of", "include"),
        ("/projects.csv?include=lead", "include"),
        ("/projects.html?fields=title", "fields"),
        ("/projects?lang=LV", "lang"),
        ("/projects?lang=qq", "lang"),
        ("/projects?lang=lv,en", "lang"),
        ("/projects?fallback=en", "fallback"),
        ("/projects?lang=lv&fallback=english", "fallback"),
        ("/projects.html?lang=de", "lang"),
        ("/projects.csv?lang=lv", "lang"),
        ("/projects?highlight=true", "highlight"),
        ("/projects?q=a&highlight=yes", "highlight"),
        ("/projects/one?highlight=true", "highlight"),
        ("/search?q=a&fields=title", "fields"),
        ("/?fields=title", "fields"),
    ],
)
def test_a_shape_that_there_is_not_is_refused_by_name(asked, address, parameter):
    answer = asked.get(address)
    assert answer.status_code == 400, answer.text
    assert answer.json()["parameter"] == parameter
