"""The page that shows the OpenAPI document."""

import re
from urllib.parse import urlsplit

import html5lib
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Route, sync_playwright

from api.formats.html.page import CONTENT_SECURITY_POLICY
from tests.support.browser import CHROMIUM, TIMEOUT, launch
from tests.support.site import BASE, site_on

ALIKE = (
    "article ~ article ~ article",
    ".facts > div ~ div ~ div ~ div",
    ".inline > li ~ li ~ li ~ li",
    "[aria-labelledby^='tag-'] ~ [aria-labelledby^='tag-'] ~ [aria-labelledby^='tag-']",
)

ELSEWHERE = "https://x.example/data"


@pytest.fixture(scope="module")
def page(networks):
    """Return the page as a browser sees it; what a browser would have to repair is an error."""
    answer = networks[0].get("/docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(answer.text)


def test_the_page_shows_every_operation_parameter_answer_and_schema(networks, page):
    document = networks[0].json("/openapi.json")
    found = {one.get("id") for one in page.iter()}
    assert {item["get"]["operationId"] for item in document["paths"].values()} <= found
    assert {f"responses-{name}" for name in document["components"]["responses"]} <= found
    assert {f"headers-{name}" for name in document["components"]["headers"]} <= found
    assert {f"schemas-{name}" for name in document["components"]["schemas"]} <= found
    text = "".join(page.itertext())
    for one in document["components"]["parameters"].values():
        assert one["name"] in text
    for schema in document["components"]["schemas"].values():
        for name, field in schema.get("properties", {}).items():
            assert name in text
            assert field.get("description", "").replace("`", "") in text


def test_every_anchor_is_there_once(page):
    anchors = [one.get("id") for one in page.iter() if one.get("id")]
    assert len(set(anchors)) == len(anchors)
    targets = {one.get("href") for one in page.iter("a")}
    assert {target[1:] for target in targets if target.startswith("#")} <= set(anchors)


def test_every_link_leads_somewhere_and_every_command_can_be_run(networks, page):
    links = {one.get("href") for kind in ("a", "link") for one in page.iter(kind)}
    commands = {
        found for one in page.iter("pre") for found in re.findall(r"curl .*'(.*)'$", one.text, re.MULTILINE)
    }
    assert len(commands) > 20
    inside = {one for one in links if one.startswith("/")} | {one.removeprefix(BASE) for one in commands}
    for address in inside:
        assert networks[0].get(address).status_code == 200, address
    outside = {one for one in links if not one.startswith(("/", "#"))}
    assert outside == {"https://creativecommons.org/licenses/by/4.0/", f"{BASE}/docs"}


def test_the_page_shows_the_examples_of_the_document(page):
    shown = {"".join(one.itertext()) for one in page.iter("summary")}
    assert {"Example: /projects?limit=1", "Example: /", "Example: /nothing"} <= shown
    assert any("Sociāl" in "".join(one.itertext()) for one in page.iter("pre"))


def test_the_page_has_no_script_no_style_of_its_own_and_a_policy(networks, page):
    assert networks[0].get("/docs").headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert not [one for one in page.iter() if one.tag in ("script", "style", "iframe", "form")]
    assert not [
        name for one in page.iter() for name in one.attrib if name == "style" or name.startswith("on")
    ]


def test_behind_a_path_the_page_leads_to_what_is_behind_it(databases):
    with site_on(databases.make("sqlite"), base=ELSEWHERE) as site:
        links = re.findall(r'(?:href|src)="([^"#]+)"', site.get("/docs").text)
        assert {one for one in links if one.startswith("/") and not one.startswith("/data/")} == set()
        assert "/data/assets/docs.css" in links
        assert f"curl -s '{ELSEWHERE}/projects?limit=1'" in site.get("/docs").text.replace("&#39;", "'")


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}")
def test_axe_finds_nothing_and_nothing_sticks_out(networks):
    def answer(route: Route) -> None:
        found = networks[0].get(urlsplit(route.request.url).path, accept_encoding="identity")
        route.fulfill(status=found.status_code, headers=dict(found.headers), body=found.content)

    with sync_playwright() as driver:
        browser = launch(driver)
        for width, colours in ((1280, "light"), (320, "dark")):
            page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=colours)
            page.set_default_timeout(TIMEOUT)
            wrong: list[str] = []
            page.on("console", lambda said, wrong=wrong: wrong.append(said.text))
            page.route("**/*", answer)
            page.goto(f"{BASE}/docs")
            page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            assert page.evaluate("getComputedStyle(document.body).fontFamily").startswith("system-ui")
            assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
            # What is alike is looked at twice: all of it would take a minute.
            page.evaluate(
                "alike => document.querySelectorAll(alike).forEach(one => one.remove())", ", ".join(ALIKE)
            )
            found = Axe().run(page).response["violations"]
            assert not [(one["id"], one["nodes"][0]["html"]) for one in found]
            assert not wrong
        browser.close()
