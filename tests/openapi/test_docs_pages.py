"""Tests of the documentation: the pages that show the OpenAPI document, in each language."""

import re
import shutil
import subprocess
import urllib.request
from io import BytesIO
from urllib.parse import urlsplit

import html5lib
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Route, sync_playwright

from api.formats.html.page_renderer import CONTENT_SECURITY_POLICY
from tests.support.html.browser import CHROMIUM, TIMEOUT, launch
from tests.support.site import BASE, site_on
from vocab.turtle_parser import LANGUAGES

REPEATED_ELEMENTS = (
    "article ~ article ~ article",
    ".facts > div ~ div ~ div ~ div",
    "section ~ section ~ section",
)

DIFFERENT_PAGES = (
    "/docs.lv.html",
    "/docs.en.html",
    "/docs/projects.en.html",
    "/docs/projects.lv.html",
    "/docs/types.lv.html",
    "/docs/errors.en.html",
    "/docs/common.en.html",
    "/docs/common.lv.html",
)
"""The pages that are looked at in a browser, wide and narrow: at least one of each template."""

OTHER_BASE = "https://x.example/data"

MAX_PAGE_BYTES = 60 * 1024

NODE = shutil.which("node")

VARIANT = re.compile("Localized|Partial(?!Date)")

EXAMPLE_QUERY = re.compile(r"/[a-z]+\?[a-z_]+=")


def parsed(site, path):
    """Return the parsed page at a path; invalid HTML is an error."""
    response = site.get(path)
    assert response.status_code == 200, path
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(response.text)


def text(element) -> str:
    return "".join(element.itertext())


@pytest.fixture(scope="module")
def pages(networks) -> dict:
    """Return every page by its path: those that the side navigation of the start page links to."""
    found = {}
    for language in LANGUAGES:
        start = parsed(networks[0], f"/docs.{language}.html")
        links = [link.get("href") for link in start.findall(".//nav[@class='pages']//a")]
        found |= {path: parsed(networks[0], path) for path in links}
    return found


def test_there_is_a_page_for_each_collection_and_none_is_long(networks, pages):
    collections = [card["id"] for card in networks[0].json("/")["collections"]]
    for language in LANGUAGES:
        assert {f"/docs/{name}.{language}.html" for name in (*collections, "search")} <= pages.keys()
    sizes = {path: len(networks[0].get(path).content) for path in pages}
    assert max(sizes.values()) < MAX_PAGE_BYTES, sizes


def test_both_engines_have_the_same_pages(networks, pages):
    for path in pages:
        assert networks[0].raw(path) == networks[1].raw(path)


def test_the_pages_show_every_operation_parameter_response_and_type(networks, pages):
    document = networks[0].json("/openapi.json")
    for language in LANGUAGES:
        shown = [page for path, page in pages.items() if path.endswith(f".{language}.html")]
        ids = {element.get("id") for page in shown for element in page.iter()}
        content = " ".join(text(page) for page in shown)
        for path, item in document["paths"].items():
            assert path in content
            assert item["get"]["operationId"] in content
        for parameter in document["components"]["parameters"].values():
            assert parameter["name"] in content
            assert " ".join(parameter["description"].replace("`", "").split()) in content
        assert {f"headers-{name}" for name in document["components"]["headers"]} <= ids
        schemas = {
            name: one for name, one in document["components"]["schemas"].items() if not VARIANT.match(name)
        }
        assert {f"schemas-{name}" for name in schemas} <= ids
        for schema in schemas.values():
            for name, field in schema.get("properties", {}).items():
                assert name in content
                assert field.get("description", "").replace("`", "") in content


def test_every_anchor_is_unique_and_every_link_leads_to_a_page_and_an_anchor(networks, pages):
    ids = {
        path: [element.get("id") for element in page.iter() if element.get("id")]
        for path, page in pages.items()
    }
    assert all(len(set(anchors)) == len(anchors) for anchors in ids.values())
    targets = {
        (path, link.get("href"))
        for path, page in pages.items()
        for tag in ("a", "link")
        for link in page.iter(tag)
    }
    for path, target in targets:
        address, _, anchor = target.removeprefix(BASE).partition("#")
        if anchor:
            assert anchor in ids[address or path], (path, target)
    addresses = {target.removeprefix(BASE).partition("#")[0] for _, target in targets}
    internal = {address for address in addresses if address.startswith("/")}
    assert len([address for address in internal if EXAMPLE_QUERY.match(address)]) > 50
    for address in sorted(internal):
        assert networks[0].get(address).status_code == 200, address
    assert {address for address in addresses if address and address not in internal} == {
        "https://creativecommons.org/licenses/by/4.0/"
    }


def test_every_page_keeps_its_language_and_links_to_the_other(pages):
    for path, page in pages.items():
        language = path.split(".")[1]
        other = next(code for code in LANGUAGES if code != language)
        assert page.get("lang") == language
        in_tables = {link.get("href") for table in page.iter("table") for link in table.iter("a")}
        hrefs = [link.get("href") for link in page.iter("a") if link.get("href") not in in_tables]
        assert f"/index.{language}.html" in hrefs
        assert [href for href in hrefs if href.partition("#")[0].endswith(f".{other}.html")] == [
            path.replace(f".{language}.html", f".{other}.html")
        ]
        alternates = {
            link.get("hreflang"): link.get("href")
            for link in page.iter("link")
            if link.get("rel") == "alternate"
        }
        assert alternates[other] == BASE + path.replace(f".{language}.html", f".{other}.html")
        assert alternates["x-default"] == alternates["lv"]


def test_texts_of_the_description_are_marked_as_english_on_latvian_pages(networks, pages):
    document = networks[0].json("/openapi.json")
    descriptions = {
        " ".join(one["description"].replace("`", "").split())
        for one in document["components"]["parameters"].values()
    }
    marked = " ".join(
        " ".join(text(element).split())
        for path, page in pages.items()
        if path.endswith(".lv.html")
        for element in page.iter()
        if element.get("lang") == "en"
    )
    assert not [description for description in descriptions if description not in marked]
    for path, page in pages.items():
        if path.endswith(".lv.html"):
            assert not [heading for heading in page.iter("h1") if heading.get("lang")]
            assert {text(heading) for heading in page.iter("h3")}.isdisjoint(
                {"Parameters", "Responses", "Example"}
            )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_recipe_is_the_same_request_in_curl_javascript_and_python_and_works(
    networks, pages, language, monkeypatch, capsys
):
    def urlopen(url):
        response = networks[0].get(url.removeprefix(BASE))
        assert response.status_code == 200, url
        return BytesIO(response.content)

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    codes = {
        tool: code_blocks(pages[f"/docs.{language}.html"], tool) for tool in ("curl", "javascript", "python")
    }
    assert {len(blocks) for blocks in codes.values()} == {5}
    for commands in zip(*codes.values(), strict=True):
        (url,) = {re.search(rf"{BASE}[^\"']+", command)[0] for command in commands}
        assert networks[0].get(url.removeprefix(BASE)).status_code == 200
        exec(commands[-1], {})  # noqa: S102 - the code of our own page
        assert len(capsys.readouterr().out) > 10


@pytest.mark.skipif(not NODE, reason="there is no Node")
def test_every_recipe_in_javascript_is_valid(pages, tmp_path):
    for language in LANGUAGES:
        for index, code in enumerate(code_blocks(pages[f"/docs.{language}.html"], "javascript")):
            file = tmp_path / f"{language}-{index}.mjs"
            file.write_text(code)
            subprocess.run([NODE, "--check", file], check=True)


def code_blocks(page, tool: str) -> list[str]:
    return [text(code) for code in page.iter("code") if code.get("class") == tool]


def test_without_content_the_recipe_that_reads_a_record_is_left_out(databases):
    with site_on(databases.make("sqlite")) as site:
        blocks = code_blocks(parsed(site, "/docs"), "curl")
        assert len(blocks) == 4
        for block in blocks:
            url = block.removeprefix(f"curl -s '{BASE}").removesuffix("'")
            assert site.get(url).status_code == 200


def test_the_language_of_a_page_is_chosen_as_on_other_pages(sqlite_network):
    for path in ("/docs", "/docs/projects"):
        latvian, english = (sqlite_network.get(f"{path}.{language}.html").content for language in LANGUAGES)
        assert sqlite_network.get(path).content == latvian
        assert sqlite_network.get(f"{path}?lang=en-GB").content == english
        assert sqlite_network.get(f"{path}.en.html?lang=en").content == english
        for wrong in (f"{path}?lang=de", f"{path}.lv.html?lang=en", f"{path}?language=en"):
            assert sqlite_network.get(wrong).status_code == 400
        assert sqlite_network.get(f"{path}.de.html").status_code == 404
    assert sqlite_network.get("/docs/nothing").status_code == 404
    footer = sqlite_network.get("/projects.en.html").text.rpartition("<footer")[2]
    assert 'href="/docs.en.html"' in footer


def test_the_pages_have_no_script_no_inline_style_and_a_content_security_policy(networks, pages):
    for path, page in pages.items():
        assert networks[0].get(path).headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert not [element for element in page.iter() if element.tag in ("script", "style", "iframe")]
        assert not [
            name
            for element in page.iter()
            for name in element.attrib
            if name == "style" or name.startswith("on")
        ]


def test_the_links_of_the_pages_follow_a_base_with_a_path(databases):
    with site_on(databases.make("sqlite"), base=OTHER_BASE) as site:
        for path in ("/docs", "/docs/projects"):
            links = re.findall(r'(?:href|src|action)="([^"#]+)"', site.get(path).text)
            assert {link for link in links if link.startswith("/") and not link.startswith("/data/")} == set()
        assert f"curl -s '{OTHER_BASE}/projects.lv.json?" in site.get("/docs").text.replace("&#39;", "'")


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}")
def test_axe_finds_no_violation_and_no_page_overflows(networks):
    def fulfill(route: Route) -> None:
        response = networks[0].get(urlsplit(route.request.url).path, accept_encoding="identity")
        route.fulfill(status=response.status_code, headers=dict(response.headers), body=response.content)

    with sync_playwright() as driver:
        browser = launch(driver)
        for number, path in enumerate(DIFFERENT_PAGES):
            width, colours = ((1280, "light"), (320, "dark"))[number % 2]
            page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=colours)
            page.set_default_timeout(TIMEOUT)
            console: list[str] = []
            page.on("console", lambda message, console=console: console.append(message.text))
            page.route("**/*", fulfill)
            page.goto(f"{BASE}{path}")
            page.evaluate("for (const element of document.querySelectorAll('details')) element.open = true")
            assert page.evaluate("getComputedStyle(document.body).fontFamily").startswith("system-ui")
            assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
            # Repeated elements are removed: axe would take a minute for all of them.
            page.evaluate(
                "selector => document.querySelectorAll(selector).forEach(element => element.remove())",
                ", ".join(REPEATED_ELEMENTS),
            )
            violations = Axe().run(page).response["violations"]
            assert not [(path, violation["id"], violation["nodes"][0]["html"]) for violation in violations]
            assert not console
            page.close()
        browser.close()
