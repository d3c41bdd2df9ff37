"""HTML at every address: what people read, whatever anyone wrote."""

import random
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from xml.etree.ElementTree import Element

import msgspec
import pytest
from conftest import BASE, KINDS, ROOT, Site, addresses, content_addresses, site_on
from examples import random_record, record
from seen import facts, in_language, json_ld, links, main, page, publish_all, text, texts_of
from sqlalchemy import insert
from test_declare import BICYCLE
from test_declare import MODEL as OF_THINGS

from api.loading import load
from api.pages.page import POLICY
from api.pages.words import WORDS
from api.store.database import Database
from schema import MODEL
from schema.decode import decode
from schema.tables import Tables

PAGES = ROOT / "api/pages"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
IN_DEPTH = ("/", "/projects", "/vocab", "/vocab/role", "/vocab/role/partner")
"""Addresses of pages made by hand."""


def one_of_each(site: Site) -> list[str]:
    """Return an address of each kind of page."""
    lists = [path for path in content_addresses(site) if path.count("/") == 1 and "?" not in path]
    items = [site.json(path)["items"] for path in lists if path != "/"]
    records = [one[0]["uri"].removeprefix(BASE).removesuffix("#this") for one in items if one]
    return [*IN_DEPTH, *records]


@pytest.fixture
def alone(networks) -> Site:
    """The network's own content on one engine: pages follow from documents, which are the same on both."""
    return networks[0]


@pytest.fixture
def bare(databases) -> Iterator[Site]:
    """An empty installation on one engine."""
    with site_on(databases.make("sqlite")) as site:
        yield site


def test_every_page_is_well_formed_tells_all_and_has_links_that_lead_somewhere(alone):
    seen: dict[str, Element] = {}
    for path in addresses(alone):
        for code in ("lv", "en"):
            here = in_language(path, code)
            seen[here] = tree = page(alone, here)
            check_outline(tree, here, code)
            check_texts(tree, alone, path, code)
    # Every format of every address has its own tests; here, one page of each kind will do.
    in_every_format = {in_language(path, code) for path in one_of_each(alone) for code in ("lv", "en")}
    found = {
        link: here
        for here, tree in seen.items()
        for link in leads(tree)
        if here in in_every_format or not re.search(r"\.[a-z]+(\?|$)", link)
    }
    inside = {link.partition("#")[0]: here for link, here in found.items() if link.startswith(("/", BASE))}
    assert len(inside) > len(seen)
    for link in inside.keys() - seen.keys():
        answer = alone.get(link.removeprefix(BASE))
        assert answer.status_code == 200, (link, inside[link])
    for link, here in found.items():
        path, _, fragment = link.partition("#")
        there = seen.get(path) if path else seen[here]
        assert not fragment or there is None or fragment in ids(there), (link, here)


def leads(tree: Element) -> Iterable[str]:
    """Return every address that a page links to or loads."""
    return filter(None, (one.get(name) for one in tree.iter() for name in ("href", "src")))


def ids(tree: Element) -> list[str]:
    return [one.get("id", "") for one in tree.iter() if one.get("id")]


def check_outline(tree: Element, here: str, code: str) -> None:
    """Say what is not as it is on every page."""
    assert tree.get("lang") == code, here
    assert len(list(tree.iter("h1"))) == 1, here
    levels = [int(one.tag[1]) for one in tree.iter() if re.fullmatch("h[1-6]", str(one.tag))]
    assert all(after <= before + 1 for before, after in pairwise(levels)), here
    assert len(ids(tree)) == len(set(ids(tree))), here
    assert [one.tag for one in tree.find("body")] == ["a", "header", "main", "footer"], here
    assert text(tree.find(".//title")), here
    (script,) = tree.iter("script")
    assert script.attrib == {"type": "application/ld+json"}, here
    assert not list(tree.iter("style")), here
    loaded = [
        *tree.iter("img"),
        *tree.iterfind(".//link[@rel='stylesheet']"),
        *tree.iterfind(".//link[@rel='icon']"),
    ]
    assert all((one.get("src") or one.get("href")).startswith("/assets/") for one in loaded), here
    for one in tree.iter():
        assert not [name for name in one.attrib if name == "style" or name.startswith("on")], here
    assert not [link for link in links(tree) if re.match(r"(?!https?:|mailto:)[a-z]+:|//", link)], here


def check_texts(tree: Element, site: Site, path: str, code: str) -> None:
    """Say which texts of a record its page does not show."""
    if path.count("/") == 2 and not path.startswith("/vocab"):
        body, shown = site.json(path), text(tree)
        for said in texts_of(body, code, MODEL.by_name[body["type"]]):
            assert " ".join(said.split()) in shown, (path, code, said)


def test_the_policy_lets_a_page_do_nothing_but_show_itself(alone):
    for path in (*IN_DEPTH, "/projects/ensie"):
        answer = alone.get(path, accept="text/html")
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["frame-ancestors"] == "'none'"
    assert not rules.keys() & {"script-src", "connect-src", "object-src"}
    assert "unsafe" not in POLICY
    assert "http" not in POLICY


def test_pages_are_the_same_on_both_engines(networks):
    one, other = networks
    for path in one_of_each(one):
        for code in ("lv", "en"):
            here = in_language(path, code)
            assert one.get(here, accept="text/html").content == other.get(here, accept="text/html").content


def test_a_page_is_asked_for_as_every_format_is(alone):
    expected = alone.get("/projects/ensie", accept="text/html").content
    answer = alone.get("/projects/ensie", accept=BROWSER)
    assert answer.content == expected
    assert (
        alone.get("/projects/ensie", accept=BROWSER, if_none_match=answer.headers["etag"]).status_code == 304
    )
    for path in ("/projects/ensie.html", "/projects/ensie?format=html", "/projects/ensie?lang=lv"):
        assert alone.get(path).content == expected
    assert "application/json" in alone.get("/projects/ensie").headers["content-type"]


def test_a_language_asks_for_a_page_where_any_format_is_welcome(alone):
    for accept in ("*/*", "text/html", BROWSER, "text/*", ""):
        answer = alone.get("/projects/ensie?lang=en", accept=accept)
        assert answer.headers["content-type"] == "text/html; charset=utf-8", accept
    for accept in ("application/json", "text/turtle, */*;q=0.1"):
        answer = alone.get("/projects/ensie?lang=en", accept=accept)
        assert (answer.status_code, answer.json()["parameter"]) == (400, "lang")
    assert alone.get("/projects?profile=spreadsheet").headers["content-type"].startswith("text/csv")
    assert alone.get("/projects?profile=spreadsheet&lang=en").status_code == 400


def test_assets_are_ours_and_have_tags(alone):
    for name, content_type in (("style.css", "text/css; charset=utf-8"), ("favicon.svg", "image/svg+xml")):
        answer = alone.get(f"/assets/{name}")
        assert answer.headers["content-type"] == content_type
        assert answer.content == (PAGES / "assets" / name).read_bytes()
        again = alone.get(f"/assets/{name}", if_none_match=answer.headers["etag"])
        assert (again.status_code, again.content) == (304, b"")
        assert b"http" not in answer.content.replace(b"http://www.w3.org/2000/svg", b"")


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
        load(site.store, ROOT / "data")
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


WRITTEN = {
    ("start", "2017"): ("2017. gads", "2017"),
    ("start", "2017-09"): ("2017. gada septembris", "September 2017"),
    ("start", "2017-09-01"): ("2017. gada 1. septembris", "1 September 2017"),
    ("start", "2018-21"): ("2018. gada pavasaris", "spring 2018"),
    ("start", "2018-22"): ("2018. gada vasara", "summer 2018"),
    ("start", "2018-23"): ("2018. gada rudens", "autumn 2018"),
    ("start", "2018-24"): ("2018.–2019. gada ziema", "winter 2018–2019"),
    ("duration", "P1Y"): ("1 gads", "1 year"),
    ("duration", "P2D"): ("2 dienas", "2 days"),
    ("duration", "P21M"): ("21 mēnesis", "21 months"),
    ("duration", "P1Y6M"): ("1 gads un 6 mēneši", "1 year and 6 months"),
    ("amounts", "1250.00"): ("1 250,00 EUR", "EUR 1,250.00"),
    ("amounts", "0.1250"): ("0,1250 EUR", "EUR 0.1250"),
    ("amounts", "99999999999999.9999"): ("99 999 999 999 999,9999 EUR", "EUR 99,999,999,999,999.9999"),
    ("amounts", "7"): ("7 EUR", "EUR 7"),
}


def test_dates_durations_and_money_are_written_as_people_write_them(bare):
    for number, (key, one) in enumerate(WRITTEN):
        amount = {"id": "all", "kind": "contribution", "value": one, "currency": "EUR"}
        stated = {"amounts": [amount]} if key == "amounts" else {key: one}
        publish_all(bare, record("Grant" if key == "amounts" else "Activity", f"number-{number}", **stated))
    for number, ((key, one), expected) in enumerate(WRITTEN.items()):
        collection = "grants" if key == "amounts" else "activities"
        for code, said in zip(("lv", "en"), expected, strict=True):
            tree = page(bare, in_language(f"/{collection}/number-{number}", code))
            assert [value for value in facts(tree).values() if value.endswith(said)], (one, facts(tree))
            times = {found.get("datetime") for found in tree.iter("time")}
            is_iso = key == "start" and not re.search("-2[1-4]$", one)
            assert (one in times) == is_iso


def test_the_funding_line_is_shown_where_a_grant_asks_for_it(alone):
    asking = 0
    for item in alone.json("/projects?limit=200")["items"]:
        path = item["uri"].removeprefix(BASE).removesuffix("#this")
        body = alone.json(path)
        lines = [
            (tag, line)
            for key in ("acknowledgements", "disclaimers")
            for tag, said in body.get(key, {}).items()
            for line in said
        ]
        for code in ("lv", "en"):
            quotes = page(alone, in_language(path, code)).findall(".//section[@class='funding']/blockquote")
            shown = {(one.get("lang", code), text(one)) for one in quotes}
            assert shown == {(tag, " ".join(line.split())) for tag, line in lines}, path
        asking += bool(lines)
    assert asking >= 2


def test_the_funding_lines_of_grant_and_programme_are_told_apart(bare):
    publish_all(
        bare,
        record("Programme", "aid", disclaimer={"en": "Views are the authors'.\n\nOnly theirs."}),
        record("Project", "work"),
        record("Grant", "g-1", projects=["work"], programme="aid", acknowledgement={"lv": "Paldies A."}),
    )
    funding = page(bare, "/projects/work?lang=en").find(".//section[@class='funding']")
    assert [text(one) for one in funding.iter("h3")] == ["Acknowledgement", "Disclaimer"]
    assert [(one.get("lang"), len(one)) for one in funding.iter("blockquote")] == [("lv", 1), (None, 2)]
    for path, said in (("/grants/g-1", "Paldies A."), ("/programmes/aid", "Only theirs.")):
        assert said in text(page(bare, path).find(".//section[@class='funding']"))


def test_a_record_says_where_it_comes_from_and_how_to_cite_it(alone):
    body = alone.json("/projects/ensie")
    told = facts(page(alone, "/projects/ensie?lang=en"))
    assert told["IRI to cite"] == body["uri"]
    assert told["Licence"] == "CC BY 4.0"
    assert told["Publisher"] == "Social entrepreneurship network"
    assert told["Created"] == "21 November 2026, 10:01 UTC"
    assert told["Translated into"] == "The texts in English are our translation."
    assert body["record"]["sources"][0]["title"]["lv"] in told["Source"]
    told = facts(page(alone, "/projects/ensie"))
    assert told["Tulkots valodā"] == "Teksti angļu valodā ir mūsu tulkojums."
    assert told["Sākums"] == "2017. gada septembris"


def test_every_format_is_a_click_away_with_what_was_asked(alone):
    for path, names in [
        ("/projects/ensie", ["json", "jsonld", "ttl", "nt", "rdf", "html"]),
        ("/organisations?limit=2&lang=en", ["json", "jsonld", "ttl", "nt", "rdf", "csv", "html"]),
    ]:
        tree = page(alone, path)
        offers = tree.findall(".//section[@class='formats']//a")
        suffixes = [re.search(r"\.([a-z]+)", one.get("href"))[1] for one in offers]
        assert set(suffixes) >= set(names)
        for one in offers:
            answer = alone.get(one.get("href"))
            assert answer.headers["content-type"].startswith(one.get("type"))
            assert ("limit=2" in one.get("href")) == ("limit=2" in path)
            assert ("lang=en" in one.get("href")) == ("lang=en" in path and ".html" in one.get("href"))
        whole = {one.get("href") for one in tree.findall(".//main/dl//a")}
        if "limit" in path:
            assert whole == {"/organisations.csv", "/organisations.csv?profile=spreadsheet"}


def test_a_list_leads_through_all_its_pages_and_back(alone):
    for start in ("/organisations?limit=10", "/organisations?limit=10&lang=en"):
        seen, way, path = [], [], start
        while path:
            tree = page(alone, path)
            way.append(path)
            seen += [one.get("href") for one in tree.findall(".//main/ul/li/h2/a")]
            path = next((link for link, one in links(tree).items() if one.get("rel") == "next"), None)
        assert len(seen) == len(set(seen)) == alone.json("/organisations")["total"]
        back = next(link for link, one in links(tree).items() if one.get("rel") == "prev")
        assert page(alone, back).find(".//main/ul/li/h2/a").get("href") in seen
        assert next(link for link, one in links(tree).items() if one.get("rel") == "first") in way
        assert ("lang=en" in start) == all("lang=en" in one for one in way)


def test_an_empty_list_says_so(bare):
    assert "Šeit pagaidām nekā nav." in text(main(page(bare, "/projects")))
    assert not page(bare, "/projects").findall(".//nav[@class='pages']")


def test_links_begin_with_the_path_of_the_base_and_never_with_its_host(databases):
    with site_on(databases.make("sqlite"), base="https://x.example/data") as site:
        load(site.store, ROOT / "data")
        for path in (*IN_DEPTH, "/projects/ensie", "/organisations?limit=2"):
            tree = page(site, path)
            for link in links(tree):
                assert link.startswith(("/data/", "#")) or not link.startswith(("/", "https://x.example")), (
                    link
                )
            loaded = [
                one.get("href") for one in tree.iter("link") if one.get("rel") in ("stylesheet", "icon")
            ]
            assert all(one.startswith("/data/assets/") for one in loaded)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_declared_in_a_test_appears_on_its_page(databases, kind):
    address = databases.empty(kind)
    database, tables = Database(address), Tables(OF_THINGS)
    with database.engine.begin() as connection:
        tables.metadata.create_all(connection)
        connection.execute(insert(tables.head), {"id": 1, "seq": 0, "number": 0, "at": ""})
    database.close()
    shape = OF_THINGS.by_name["Thing"]
    with site_on(address, OF_THINGS) as site:
        sent = {"fleet": {"name": {"en": "Fleet"}}, "bicycle": BICYCLE}
        publish_all(site, *(decode(shape, msgspec.json.encode(one), name) for name, one in sent.items()))
        shown = text(main(page(site, "/things/bicycle?lang=en")))
        for said in [
            "Bicycle <&>\"'", "🚲", "b-1", "B-1", "Two lines, and a tab\\n.", "bike", "0", "8.50", "summer 2018",
            "1 year and 6 months", BICYCLE["link"], "Latvia", "Latvian", "ongoing", "Fleet", "Rīga",
            "NUTS code: LV006", "latitude: 56.95", "36", "A shop", "2017",
        ]:  # fmt: skip
            assert said in shown, said
        tree = page(site, "/things/bicycle?lang=en")
        rows = tree.findall(".//tr[@id]")
        assert [one.get("id") for one in rows] == ["wheel-back", "wheel-front"]
        assert [one.get("href") for one in rows[1].iter("a")] == ["#wheel-back"]
        assert "/things/bicycle?lang=en" in links(page(site, "/things/fleet?lang=en"))
        assert "Lietas" in text(main(page(site, "/things")))
        assert json_ld(tree)["@type"] == "Thing"


def test_records_at_random_have_pages(bare):
    dice = random.Random(7)  # noqa: S311 - the same each time
    first, more = (
        [(entity, f"{entity.lower()}-{number}") for entity in MODEL.by_name] for number in range(2)
    )
    publish_all(
        bare,
        *(random_record(dice, key, "Word", [], links=0) for key in first),
        *(random_record(dice, key, "Word", first, links=1) for key in more),
    )
    for entity, identifier in [*first, *more]:
        path = f"/{MODEL.by_name[entity].collection}/{identifier}"
        for code in ("lv", "en"):
            tree = page(bare, in_language(path, code))
            assert len(ids(tree)) == len(set(ids(tree)))


def test_every_word_is_in_both_languages_and_used():
    sources = [file.read_text(encoding="utf-8") for file in (*PAGES.glob("*.py"), *PAGES.glob("templates/*"))]
    for name, said in WORDS.items():
        assert set(said) == {"lv", "en"}, name
        assert [one for one in sources if f"words.{name}" in one or f'"{name}"' in one], name
    assert list(WORDS) == sorted(WORDS)
