"""Tests of the HTML page that shows the OpenAPI document."""

import re
from urllib.parse import urlsplit

import html5lib
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Route, sync_playwright

from api.formats.html.asset_files import asset_path
from api.formats.html.page_renderer import CONTENT_SECURITY_POLICY
from tests.support.browser import CHROMIUM, TIMEOUT, launch
from tests.support.site import BASE, site_on

REPEATED_ELEMENTS = (
    "article ~ article ~ article",
    ".facts > div ~ div ~ div ~ div",
    ".inline > li ~ li ~ li ~ li",
    "[aria-labelledby^='tag-'] ~ [aria-labelledby^='tag-'] ~ [aria-labelledby^='tag-']",
)

OTHER_BASE = "https://x.example/data"


@pytest.fixture(scope="module")
def page(networks):
    """Return the parsed page; invalid HTML is an error."""
    response = networks[0].get("/docs")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(response.text)


def test_the_page_shows_every_operation_parameter_response_and_schema(networks, page):
    document = networks[0].json("/openapi.json")
    ids = {element.get("id") for element in page.iter()}
    assert {item["get"]["operationId"] for item in document["paths"].values()} <= ids
    assert {f"responses-{name}" for name in document["components"]["responses"]} <= ids
    assert {f"headers-{name}" for name in document["components"]["headers"]} <= ids
    assert {f"schemas-{name}" for name in document["components"]["schemas"]} <= ids
    text = "".join(page.itertext())
    for parameter in document["components"]["parameters"].values():
        assert parameter["name"] in text
    for schema in document["components"]["schemas"].values():
        for name, field in schema.get("properties", {}).items():
            assert name in text
            assert field.get("description", "").replace("`", "") in text


def test_every_anchor_exists_once(page):
    anchors = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(set(anchors)) == len(anchors)
    targets = {link.get("href") for link in page.iter("a")}
    assert {target[1:] for target in targets if target.startswith("#")} <= set(anchors)


def test_every_link_and_every_command_gets_200(networks, page):
    links = {element.get("href") for tag in ("a", "link") for element in page.iter(tag)}
    command_urls = {
        url
        for element in page.iter("pre")
        for url in re.findall(r"curl .*'(.*)'$", element.text, re.MULTILINE)
    }
    assert len(command_urls) > 20
    internal = {link for link in links if link.startswith("/")} | {
        url.removeprefix(BASE) for url in command_urls
    }
    for target in internal:
        assert networks[0].get(target).status_code == 200, target
    external = {link for link in links if not link.startswith(("/", "#"))}
    assert external == {"https://creativecommons.org/licenses/by/4.0/", f"{BASE}/docs"}


def test_the_page_shows_the_examples_of_the_document(page):
    summaries = {"".join(element.itertext()) for element in page.iter("summary")}
    assert {"Example: /projects.json?limit=1", "Example: /index.json", "Example: /nothing"} <= summaries
    assert any("Sociāl" in "".join(element.itertext()) for element in page.iter("pre"))


def test_the_page_has_no_script_no_inline_style_and_a_content_security_policy(networks, page):
    assert networks[0].get("/docs").headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert not [element for element in page.iter() if element.tag in ("script", "style", "iframe", "form")]
    assert not [
        name for element in page.iter() for name in element.attrib if name == "style" or name.startswith("on")
    ]


def test_the_links_of_the_page_follow_a_base_with_a_path(databases):
    with site_on(databases.make("sqlite"), base=OTHER_BASE) as site:
        links = re.findall(r'(?:href|src)="([^"#]+)"', site.get("/docs").text)
        assert {link for link in links if link.startswith("/") and not link.startswith("/data/")} == set()
        assert f"/data{asset_path('docs.css')}" in links
        assert f"curl -s '{OTHER_BASE}/projects.json?limit=1'" in site.get("/docs").text.replace("&#39;", "'")


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}")
def test_axe_finds_no_violation_and_the_page_does_not_overflow(networks):
    def fulfill(route: Route) -> None:
        response = networks[0].get(urlsplit(route.request.url).path, accept_encoding="identity")
        route.fulfill(status=response.status_code, headers=dict(response.headers), body=response.content)

    with sync_playwright() as driver:
        browser = launch(driver)
        for width, colours in ((1280, "light"), (320, "dark")):
            page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=colours)
            page.set_default_timeout(TIMEOUT)
            console: list[str] = []
            page.on("console", lambda message, console=console: console.append(message.text))
            page.route("**/*", fulfill)
            page.goto(f"{BASE}/docs")
            page.evaluate("for (const element of document.querySelectorAll('details')) element.open = true")
            assert page.evaluate("getComputedStyle(document.body).fontFamily").startswith("system-ui")
            assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
            # Repeated elements are removed: axe would take a minute for all of them.
            page.evaluate(
                "selector => document.querySelectorAll(selector).forEach(element => element.remove())",
                ", ".join(REPEATED_ELEMENTS),
            )
            violations = Axe().run(page).response["violations"]
            assert not [(violation["id"], violation["nodes"][0]["html"]) for violation in violations]
            assert not console
        browser.close()
