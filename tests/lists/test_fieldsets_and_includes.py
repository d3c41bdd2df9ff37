"""Tests of representation options: `fields`, `include`, `lang`, `fallback` and `highlight`."""

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
def project_site(site):
    """A site with a project that has two partners."""
    organisations = [record("Organisation", name, name={"lv": f"{name} lv"}) for name in ("first", "second")]
    records = [*organisations, record("Project", "one", **PROJECT)]
    site.store.commit([publish(entity) for entity in records], "editor")
    return site


def test_a_fieldset_has_its_fields_and_the_identity_of_the_record(project_site):
    assert project_site.json("/projects/one?fields=title") == {
        "id": "one",
        "uri": f"{BASE}/projects/one#this",
        "type": "Project",
        "title": PROJECT["title"],
    }
    (item,) = project_site.json("/projects?fields=keywords,summary")["items"]
    assert item.keys() == {"id", "uri", "type", "summary", "keywords"}
    assert project_site.json("/projects?fields=keywords&fields=summary")["items"] == [item]
    assert (
        project_site.get("/projects.csv?fields=title").text.splitlines()[0]
        == "id,uri,title_lv,title_en,title_other"
    )


def test_a_field_without_a_value_is_left_out_of_the_fieldset(project_site):
    (item,) = project_site.json("/projects?fields=end")["items"]
    assert item.keys() == {"id", "uri", "type"}


def test_linked_records_are_included_in_full_and_once(project_site):
    body = project_site.json("/projects/one?include=lead,participations.organisation")
    assert body["included"] == [
        {
            name: value
            for name, value in project_site.json(f"/organisations/{id_}").items()
            if name != "project_list"
        }
        for id_ in ("first", "second")
    ]
    assert project_site.json("/projects?include=lead&fields=title")["included"] == body["included"][:1]
    assert "included" not in project_site.json("/projects?include=grants")


def test_one_language_makes_texts_plain_and_reports_where_it_fell_back(project_site):
    body = project_site.json("/projects/one?lang=lv&fallback=en,*")
    assert body["title"] == "Rīgas inkubators"
    assert body["summary"] == PROJECT["summary"]["en"]
    assert body["keywords"] == ["hautomo"]
    assert body["participations"][1]["name_as_stated"] == "Zweite"
    assert body["participations"][0]["role"]["name"] == "koordinators"
    assert body["fallbacks"] == {
        "/summary": "en",
        "/keywords": "fi",
        "/participations/1/name_as_stated": "de",
    }


def test_without_a_fallback_texts_in_other_languages_are_left_out(project_site):
    body = project_site.json("/projects/one?lang=lv")
    assert "summary" not in body
    assert "keywords" not in body
    assert "fallbacks" not in body
    assert project_site.json("/vocab/role?lang=en")["concepts"][0]["name"] == "coordinator"
    assert project_site.json("/?lang=lv")["title"] == "Sociālās uzņēmējdarbības tīkls"


@pytest.mark.parametrize("name", ["jsonld", "ttl", "nt", "rdf"])
def test_a_language_changes_no_rdf_statement(project_site, name):
    plain, localized = (
        project_site.get(f"/projects/one.{name}{query}") for query in ("", "?lang=lv&fallback=*")
    )
    assert plain.content == localized.content
    assert plain.headers["etag"] == localized.headers["etag"]


def test_matches_are_marked_and_other_text_is_escaped(project_site):
    (item,) = project_site.json("/projects?q=incub*&highlight=true")["items"]
    assert item["matches"] == [
        {"field": "title", "language": "en", "text": "An <mark>incubator</mark> in Rīga"},
        {
            "field": "summary",
            "language": "en",
            "text": "Only in English: &lt;b&gt;<mark>incubators</mark>&lt;/b&gt; &amp; more.",
        },
    ]
    assert "matches" not in project_site.json("/projects?q=incub*")["items"][0]


def test_each_representation_has_its_own_etag(project_site):
    queries = ("", "?fields=title", "?lang=lv", "?lang=en", "?include=lead", "?lang=lv&fallback=en")
    etags = [project_site.get(f"/projects/one.json{query}").headers["etag"] for query in queries]
    assert len(set(etags)) == len(etags)


@pytest.mark.parametrize(
    ("target", "parameter"),
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
def test_an_invalid_option_is_refused_by_name(project_site, target, parameter):
    response = project_site.get(target)
    assert response.status_code == 400, response.text
    assert response.json()["parameter"] == parameter
