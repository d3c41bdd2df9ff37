"""Tests of representation options: `fields`, `include`, `lang`, `fallback` and `highlight`."""

from typing import Any

import pytest

from api.store.log.actions import publish
from schema import MODEL
from schema.declaration.datatypes import Kind
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
        "/excerpt": "en",
        "/keywords": "fi",
        "/participations/1/name_as_stated": "de",
    }


def test_without_a_fallback_parameter_any_language_is_one(project_site):
    for path in ("/projects/one?", "/projects?include=participations.organisation&", "/organisations?"):
        for language in ("lv", "en", "de"):
            body, same = (project_site.get(f"{path}lang={language}{more}") for more in ("", "&fallback=*"))
            assert body.content == same.content.replace(b"&fallback=*", b"")
    organisations = project_site.json("/organisations?lang=en")
    assert [item["name"] for item in organisations["items"]] == ["first lv", "second lv"]
    assert organisations["fallbacks"] == {
        f"/items/{index}/{name}": "lv" for index in (0, 1) for name in ("name", "label")
    }


@pytest.mark.parametrize("language", ["lv", "en", "de"])
def test_in_one_language_no_record_lacks_the_label_that_it_has_in_another(network, language):
    def without_texts(body: Any) -> Any:
        """Return a document whose texts are the names of their keys, without `fallbacks`."""
        if isinstance(body, list):
            return [without_texts(value) for value in body]
        if not isinstance(body, dict):
            return body
        is_text = {key: key in MODEL.keys and MODEL.keys[key].kind in (Kind.TEXT, Kind.TEXTS) for key in body}
        return {
            key: key if is_text[key] else without_texts(value)
            for key, value in body.items()
            if key not in ("fallbacks", "view")
        }

    paths = [f"/{collection}?limit=200" for collection in (*MODEL.by_collection, "partners", "funders")]
    records = [f"/projects/{item['id']}?include=lead" for item in network.json("/projects")["items"]]
    for path in (*paths, *records):
        assert without_texts(network.json(f"{path}&lang={language}")) == without_texts(network.json(path))


@pytest.mark.parametrize("fallback", ["none", "en-GB", "sv,no"])
def test_texts_in_none_of_the_requested_languages_are_left_out(project_site, fallback):
    body = project_site.json(f"/projects/one?lang=lv&fallback={fallback}")
    assert ("summary" in body) == (fallback == "en-GB")
    assert body.get("fallbacks", {}) == ({"/summary": "en", "/excerpt": "en"} if fallback == "en-GB" else {})
    assert "keywords" not in body
    assert project_site.json("/vocab/role?lang=en")["concepts"][0]["name"] == "coordinator"
    assert project_site.json("/?lang=lv")["title"] == "Sociālās uzņēmējdarbības tīkls"


@pytest.mark.parametrize(
    ("query", "normalized"),
    [
        ("lang=LV", "lang=lv"),
        ("lang=lv-LV", "lang=lv-lv"),
        ("lang=lv_LV&fallback=EN_GB,*", "lang=lv-lv&fallback=en-gb,*"),
        ("lang=EN&fallback=None", "lang=en&fallback=none"),
    ],
)
def test_a_language_tag_in_any_spelling_is_one_request(project_site, query, normalized):
    for path in ("/projects", "/projects/one", "/search?q=inkubators"):
        joint = "&" if "?" in path else "?"
        spelt, plain = (project_site.get(f"{path}{joint}{text}") for text in (query, normalized))
        assert spelt.status_code == 200
        assert spelt.content == plain.content
        for name in ("etag", "link"):
            assert spelt.headers[name] == plain.headers[name]
    assert project_site.json(f"/projects?{query}&limit=1")["view"]["first"].endswith(f"{normalized}&limit=1")


def test_a_region_finds_the_texts_of_its_language(project_site):
    regional, plain = (project_site.json(f"/projects/one?lang={tag}") for tag in ("lv-LV", "lv"))
    assert regional == plain
    assert regional["title"] == PROJECT["title"]["lv"]
    assert "/title" not in regional["fallbacks"]


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
        ("/projects?lang=lv--LV", "lang"),
        ("/projects?lang=qq", "lang"),
        ("/projects?lang=lv,en", "lang"),
        ("/projects?fallback=en", "fallback"),
        ("/projects?lang=lv&fallback=english", "fallback"),
        ("/projects?lang=lv&fallback=none,en", "fallback"),
        ("/projects?fallback=none", "fallback"),
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


@pytest.mark.parametrize("option", ["fields=title", "lang=de"])
def test_an_invalid_option_of_a_page_is_refused_by_a_page_with_a_link_without_it(project_site, option):
    response = project_site.get(f"/projects.html?{option}")
    assert response.status_code == 400
    assert '<a href="/projects.html">' in response.text
