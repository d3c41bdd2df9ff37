"""HTML at every address: what people read, whatever anyone wrote."""

import re
from collections.abc import Iterable
from itertools import pairwise
from xml.etree.ElementTree import Element

from api.editing.directory import load_directory
from api.formats.html.messages import MESSAGES
from api.formats.html.page import CONTENT_SECURITY_POLICY
from schema import MODEL
from tests.support.html_pages import IN_DEPTH, ids, in_language, links, page, text, texts_of
from tests.support.site import BASE, ROOT, Site, addresses, content_addresses, site_on

PAGES = ROOT / "api/formats/html"

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


def one_of_each(site: Site) -> list[str]:
    """Return an address of each kind of page."""
    lists = [path for path in content_addresses(site) if path.count("/") == 1 and "?" not in path]
    items = [site.json(path)["items"] for path in lists if path != "/"]
    records = [one[0]["uri"].removeprefix(BASE).removesuffix("#this") for one in items if one]
    return [*IN_DEPTH, *records]


def test_every_page_is_well_formed_tells_all_and_has_links_that_lead_somewhere(alone):
    seen: dict[str, Element] = {}
    for path in addresses(alone):
        for code in ("lv", "en"):
            here = in_language(path, code)
            seen[here] = tree = page(alone, here)
            check_outline(tree, here, code)
            check_texts(tree, alone, path, code)
    # Every format and order of every address has its own tests; here, one page of each kind will do.
    in_every_format = {in_language(path, code) for path in one_of_each(alone) for code in ("lv", "en")}
    found = {
        link: here
        for here, tree in seen.items()
        for link in leads(tree)
        if here in in_every_format or not re.search(r"\.[a-z]+(\?|$)|sort=", link)
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
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
    rules = dict(rule.split(" ", 1) for rule in CONTENT_SECURITY_POLICY.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["frame-ancestors"] == "'none'"
    assert not rules.keys() & {"script-src", "connect-src", "object-src"}
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY


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
    for path in ("/projects/ensie.html", "/projects/ensie?format=html", "/projects/ensie.html?lang=lv"):
        assert alone.get(path).content == expected
    for path in ("/organisations?limit=2", "/organisations?limit=2&lang=lv", "/organisations.html?limit=2"):
        assert (
            alone.get(path, accept=BROWSER).content == alone.get("/organisations?limit=2&format=html").content
        )
    assert "application/json" in alone.get("/projects/ensie").headers["content-type"]


def test_a_language_says_nothing_about_the_format(alone):
    for accept, expected in [
        ("*/*", "application/json"),
        ("", "application/json"),
        ("text/html", "text/html"),
        (BROWSER, "text/html"),
        ("text/turtle, */*;q=0.1", "text/turtle"),
    ]:
        answer = alone.get("/projects/ensie?lang=en", accept=accept)
        assert answer.headers["content-type"].startswith(expected), accept
    assert alone.json("/projects/ensie?lang=en")["title"] == alone.json("/projects/ensie")["title"]["en"]
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


def test_links_begin_with_the_path_of_the_base_and_never_with_its_host(databases):
    with site_on(databases.make("sqlite"), base="https://x.example/data") as site:
        load_directory(site.store, ROOT / "data")
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


def test_every_word_is_in_both_languages_and_used():
    files = [*PAGES.parent.rglob("*.py"), *PAGES.glob("templates/*")]
    sources = [file.read_text(encoding="utf-8") for file in files if file.name != "messages.py"]
    for name, said in MESSAGES.items():
        assert set(said) == {"lv", "en"}, name
        assert [one for one in sources if f"messages.{name}" in one or f'"{name}"' in one], name
    assert list(MESSAGES) == sorted(MESSAGES)
