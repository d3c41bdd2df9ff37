"""Tests of the language of HTML pages: the switch, the default, texts in other languages, equal labels."""

import re
from xml.etree.ElementTree import Element

import pytest

from api.editing.directory_loader import load_directory
from tests.support.generators.records import record
from tests.support.html.pages import IN_DEPTH, in_language, links, main, page, parsed, publish_all, text
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
        others = ("#page-content", in_language(path, "lv"))
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
    assert response.headers["content-language"] == "en"
    assert "there are pages in lv, en" in text(main(parsed(response.text)))


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
        ("da", "Sociale entreprenører"),
        (None, "Nosaukums"),
        ("en", "A name"),
    ]


LANGUAGE_NOTES = {
    "lv": {"da": "(dāņu valodā)", "en": "(angļu valodā)", "": "(valoda nav zināma)"},
    "en": {"da": "(in Danish)", "lv": "(in Latvian)", "": "(language unknown)"},
}
"""The words for the language of a text by page language and `lang` attribute."""


def notes(tree: Element) -> list[str]:
    return [text(element) for element in main(tree).iterfind(".//*[@class='language']")]


def test_an_acknowledgement_in_another_language_than_the_page_says_which_in_words(sqlite_network):
    english = page(sqlite_network, "/projects/ensie?lang=en").find(".//section[@class='funding']")
    assert [(part.tag, part.get("lang")) for part in english][-2:] == [("blockquote", "lv"), ("p", None)]
    assert text(english[-1]) == "(in Latvian)"
    latvian = page(sqlite_network, "/projects/ensie").find(".//section[@class='funding']")
    assert not latvian.findall(".//*[@class='language']")


@pytest.mark.parametrize("code", ["lv", "en"])
def test_every_kind_of_text_says_which_other_language_it_is_in_and_names_do_not(sqlite_site, code):
    other = "en" if code == "lv" else "lv"
    publish_all(
        sqlite_site,
        record("Organisation", "house", name={other: "House"}, aliases={"da": ["Hus"]}),
        record(
            "Project",
            "work",
            title={"da": "Arbejde"},
            aliases={"da": ["Job"]},
            summary={other: "All of us."},
            objectives={"und": ["One", "Two"]},
            keywords={code: ["k"]},
            participations=[
                {
                    "id": "house",
                    "organisation": "house",
                    "role": "partner",
                    "name_as_stated": {"da": "Huset"},
                    "role_as_stated": {"da": "leder"},
                }
            ],
        ),
        record("Source", "paper", title={"da": "Avis"}, language="da"),
        record("Output", "book", title={code: "B", "da": "Bog"}, projects=["work"]),
    )
    project = page(sqlite_site, in_language("/projects/work", code))
    expected = [LANGUAGE_NOTES[code][lang] for lang in ("da", other, "", "da")]
    assert notes(project) == expected
    assert text(project.find(".//h1")) == f"Arbejde {expected[0]}"
    (title,) = page(sqlite_site, in_language("/projects", code)).findall(".//h2/a")
    assert text(title) == f"Arbejde {expected[0]}"
    assert notes(page(sqlite_site, in_language("/outputs/book", code))) == expected[:1] * 2
    for path in ("/organisations/house", "/organisations", "/sources", "/sources/paper", "/vocab/role"):
        assert notes(page(sqlite_site, in_language(path, code))) == [], path
    _, excerpt, match = notes(page(sqlite_site, in_language("/projects?q=arbejde", code)))
    assert (excerpt, match) == (expected[1], expected[0])


def test_a_page_shows_the_languages_that_data_falls_back_to(sqlite_site):
    publish_all(sqlite_site, record("Project", "work", title={"und": "?", "sv": "S", "lv": "L", "da": "D"}))
    for code in ("lv", "en"):
        title = sqlite_site.json(f"/projects/work?lang={code}")["title"]
        heading = page(sqlite_site, in_language("/projects/work", code)).find(".//h1/bdi")
        assert text(heading) == title


def test_organisations_of_one_name_are_told_apart_in_filters_lists_and_links(sqlite_network):
    for code, countries in (("lv", ("Latvija", "Zviedrija")), ("en", ("Latvia", "Sweden"))):
        expected = [f"Reach for Change ({country})" for country in countries]
        for path in (
            "/organisations?limit=200",
            "/partners?limit=200",
            "/search?q=reach",
            "/projects/buicasus",
        ):
            tree = main(page(sqlite_network, in_language(path, code)))
            assert sorted(text(a) for a in tree.iter("a") if "Reach" in text(a)) == expected, path
        # One of them is chosen, and not among the most frequent values: both are in the filters.
        path = in_language("/projects?organisation=reach-for-change-sweden,reach-for-change-latvia", code)
        tree = main(page(sqlite_network, path))
        options = [text(label) for label in tree.iter("label") if "Reach" in text(label)]
        assert [option for option in options if option.startswith(tuple(expected))] == options
        assert {option.rpartition(" ")[0] for option in options} == {*expected}
        assert ", ".join(expected[::-1]) in text(tree.find(".//section[@class='in-use']"))
    alone = page(sqlite_network, "/organisations/reach-for-change-sweden?lang=en")
    assert text(alone.find(".//h1")) == "Reach for Change"


def test_records_of_one_label_and_country_are_told_apart_by_id(sqlite_site):
    publish_all(
        sqlite_site,
        record("Organisation", "one", name={"en": "House"}, country="LV"),
        record("Organisation", "two", name={"lv": "House"}, country="LV"),
        record("Organisation", "three", name={"en": "House"}),
        record("Organisation", "four", name={"en": "House"}, country="EE"),
        record("Organisation", "five", name={"en": "House"}, acronym="H", country="LV"),
        record("Programme", "house", name={"en": "House"}),
        record("Output", "a", title={"en": "Study"}),
        record("Output", "b", title={"en": "Study", "lv": "Pētījums"}),
    )
    headings = page(sqlite_site, "/organisations?lang=en&sort=id").findall(".//h2/a")
    assert [text(heading) for heading in headings] == [
        "House (H)",
        "House (Estonia)",
        "House (one)",
        "House (three)",
        "House (two)",
    ]
    headings = page(sqlite_site, "/search?q=house&lang=en").findall(".//h2/a")
    assert [text(heading) for heading in headings].count("House") == 1
    for code, titles in (("en", ["Study (a)", "Study (b)"]), ("lv", ["Study (angļu valodā)", "Pētījums"])):
        headings = page(sqlite_site, in_language("/outputs", code)).findall(".//h2/a")
        assert [text(heading) for heading in headings] == titles
