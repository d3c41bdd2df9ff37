"""Pages in two languages, whatever languages texts are in."""

import pytest

from api.editing.directory import load_directory
from tests.support.generators.records import record
from tests.support.html_pages import IN_DEPTH, links, page, publish_all, text
from tests.support.site import ROOT, site_on


def test_the_switch_leads_to_the_same_page_in_the_other_language(alone):
    for path in (*IN_DEPTH, "/projects/ensie", "/organisations?limit=2"):
        latvian = page(alone, path)
        assert latvian.get("lang") == "lv"
        (switch,) = [one for one in latvian.iter("a") if one.get("hreflang") == "en"]
        assert (switch.get("lang"), switch.get("aria-current"), text(switch)) == ("en", None, "English")
        english = page(alone, switch.get("href"))
        assert english.get("lang") == "en"
        (back,) = [one for one in english.iter("a") if one.get("hreflang") == "lv"]
        assert back.get("href") == path
        others = [
            link for link in links(english) if link.startswith("/") and "." not in link and link != path
        ]
        assert others
        assert all("lang=en" in link for link in others if link != "/docs")


def test_the_first_language_of_an_installation_is_the_one_of_its_pages(databases):
    with site_on(databases.make("sqlite"), languages=("de", "en", "lv")) as site:
        load_directory(site.store, ROOT / "data")
        tree = page(site, "/projects/ensie")
        assert tree.get("lang") == "en"
        assert page(site, "/projects/ensie?lang=lv").get("lang") == "lv"
        assert "/projects" in links(tree)
        assert not [link for link in links(tree) if "lang=en" in link]


@pytest.mark.parametrize("code", ["de", "LV", "lv-LV", "x" * 200])
def test_a_language_that_no_page_is_in_is_refused_with_those_that_are(alone, code):
    answer = alone.get(f"/projects/ensie?lang={code}", accept="text/html")
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["parameter"] == "lang"
    assert "lv, en" in problem["detail"]


def test_a_text_in_another_language_is_marked_as_that(bare):
    publish_all(
        bare,
        record("Organisation", "danish", name={"da": "Sociale entreprenører"}),
        record("Organisation", "both", name={"lv": "Nosaukums", "en": "A name", "he": "שם", "und": "???"}),
        record("Organisation", "english", name={"en": "A name", "da": "Navn"}),
    )
    for name, path, expected in [
        ("danish", "", ("da", "Sociale entreprenører")),
        ("both", "", (None, "Nosaukums")),
        ("both", "?lang=en", (None, "A name")),
        ("english", "", ("en", "A name")),
        ("english", "?lang=en", (None, "A name")),
    ]:
        (heading,) = page(bare, f"/organisations/{name}{path}").find(".//h1")
        assert (heading.get("lang"), heading.text) == expected
    names = page(bare, "/organisations/both").findall(".//p[@class='names']/bdi")
    assert [(one.get("lang"), one.text) for one in names] == [("he", "שם"), ("", "???")]
    listed = page(bare, "/organisations").findall(".//h2/a/bdi")
    assert [(one.get("lang"), one.text) for one in listed] == [
        (None, "Nosaukums"),
        ("da", "Sociale entreprenører"),
        ("en", "A name"),
    ]
