"""Tests of the language of HTML pages: the switch, the default, texts in other languages."""

import re

import pytest

from api.editing.directory_loader import load_directory
from tests.support.generators.records import record
from tests.support.html.pages import IN_DEPTH, in_language, links, page, publish_all, text
from tests.support.site import BASE, ROOT, site_on


def test_the_switch_leads_to_the_same_page_in_the_other_language(sqlite_network):
    for path in (*IN_DEPTH, "/projects/ensie", "/organisations?limit=2"):
        latvian = page(sqlite_network, path)
        assert latvian.get("lang") == "lv"
        (switch,) = [link for link in latvian.iter("a") if link.get("hreflang") == "en"]
        assert (switch.get("lang"), switch.get("aria-current"), text(switch)) == ("en", None, "English")
        english = page(sqlite_network, switch.get("href"))
        assert english.get("lang") == "en"
        (switch_back,) = [link for link in english.iter("a") if link.get("hreflang") == "lv"]
        assert switch_back.get("href") == in_language(path, "lv")
        page_links = [link for link in links(english) if ".html" in link or "." not in link]
        assert len(page_links) > 10
        others = ("/docs", "#page-content", in_language(path, "lv"))
        assert all(".en.html" in link for link in page_links if link not in others)


def test_the_default_language_is_the_first_of_the_setting_that_pages_have(databases):
    with site_on(databases.make("sqlite"), languages=("de", "en", "lv")) as site:
        load_directory(site.store, ROOT / "data")
        tree = page(site, "/projects/ensie")
        assert tree.get("lang") == "en"
        assert page(site, "/projects/ensie?lang=lv").get("lang") == "lv"
        assert "/projects.en.html" in links(tree)


@pytest.mark.parametrize(
    ("tag", "code"), [("LV", "lv"), ("lv-LV", "lv"), ("en-GB", "en"), ("EN_us", "en"), ("en-x-a", "en")]
)
def test_a_page_understands_a_tag_in_any_spelling_and_with_a_region(sqlite_network, tag, code):
    for path in ("/projects/ensie", "/projects?limit=2", "/vocab/role"):
        joint = "&" if "?" in path else "?"
        spelt, plain = (
            sqlite_network.get(f"{path}{joint}lang={name}", accept="text/html") for name in (tag, code)
        )
        assert spelt.content == plain.content
        assert spelt.headers["etag"] == plain.headers["etag"]


def test_the_link_to_a_page_keeps_its_language(sqlite_network):
    for path in ("/projects/ensie", "/projects", "/vocab"):
        for query, code in (
            ("lang=en", "en"),
            ("lang=EN-gb&fallback=none", "en"),
            ("lang=lv", "lv"),
            ("lang=de", "lv"),
        ):
            for suffix in ("json", "ttl"):
                links = sqlite_network.get(f"{path}.{suffix}?{query}").headers["link"]
                first_page = re.search('<([^>]*)>; rel="alternate"; type="text/html"', links)[1]
                assert first_page == f"{BASE}{path}.{code}.html"
        assert f"<{BASE}{path}.json>" in sqlite_network.get(f"{path}.html?lang=en").headers["link"]


@pytest.mark.parametrize("code", ["de", "x" * 200])
def test_an_unavailable_language_is_rejected_with_the_available_ones(sqlite_network, code):
    response = sqlite_network.get(f"/projects/ensie?lang={code}", accept="text/html")
    assert response.status_code == 400
    problem = response.json()
    assert problem["parameter"] == "lang"
    assert "lv, en" in problem["detail"]


def test_a_text_in_another_language_has_a_lang_attribute(sqlite_site):
    publish_all(
        sqlite_site,
        record("Organisation", "danish", name={"da": "Sociale entreprenører"}),
        record("Organisation", "both", name={"lv": "Nosaukums", "en": "A name", "he": "שם", "und": "???"}),
        record("Organisation", "english", name={"en": "A name", "da": "Navn"}),
    )
    for identifier, query, expected in [
        ("danish", "", ("da", "Sociale entreprenører")),
        ("both", "", (None, "Nosaukums")),
        ("both", "?lang=en", (None, "A name")),
        ("english", "", ("en", "A name")),
        ("english", "?lang=en", (None, "A name")),
    ]:
        (heading,) = page(sqlite_site, f"/organisations/{identifier}{query}").find(".//h1")
        assert (heading.get("lang"), heading.text) == expected
    names = page(sqlite_site, "/organisations/both").findall(".//p[@class='names']/bdi")
    assert [(name.get("lang"), name.text) for name in names] == [("he", "שם"), ("", "???")]
    headings = page(sqlite_site, "/organisations").findall(".//h2/a/bdi")
    assert [(heading.get("lang"), heading.text) for heading in headings] == [
        (None, "Nosaukums"),
        ("da", "Sociale entreprenører"),
        ("en", "A name"),
    ]
