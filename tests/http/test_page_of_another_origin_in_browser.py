"""Test of the page in GUIDE.md, which builds a list from one call to an API of another origin, in Chromium."""

import json
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from api.settings import Settings
from tests.support.html.browser import CHROMIUM, TIMEOUT, launch
from tests.support.processes import Server, serving
from tests.support.site import ROOT

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}")


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    """A server of the network's own content."""
    folder = tmp_path_factory.mktemp("api")
    with serving(folder, database=f"sqlite:///{folder / 'new.db'}") as server:
        yield server


class _QuietHandler(SimpleHTTPRequestHandler):
    """Serves files, and logs nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log nothing."""


@pytest.fixture(scope="module")
def page_address(server, tmp_path_factory) -> Iterator[str]:
    """The address of the page of the guide at a static host of its own, which calls the server under test."""
    folder = tmp_path_factory.mktemp("website")
    guide = (ROOT / "GUIDE.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```html\n(.*?)```", guide, re.DOTALL)
    assert example.count(Settings().base) == 1
    example = example.replace(Settings().base, f"http://127.0.0.1:{server.port}")
    (folder / "index.html").write_text(example, encoding="utf-8")
    (folder / "favicon.ico").touch()
    handler = partial(_QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as website:
        threading.Thread(target=website.serve_forever, daemon=True).start()
        yield f"http://localhost:{website.server_port}/"
        website.shutdown()


@pytest.fixture
def opened(page_address) -> Iterator[tuple[Page, list[str], list[str]]]:
    """The page in a browser, the URLs that it requested, and what it reported."""
    with sync_playwright() as driver:
        browser = launch(driver)
        page = browser.new_page()
        page.set_default_timeout(TIMEOUT)
        requests: list[str] = []
        reports: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: reports.append(message.text))
        page.on("pageerror", lambda error: reports.append(str(error)))
        page.goto(page_address)
        page.locator("#projects > li").nth(4).wait_for()
        yield page, requests, reports
        browser.close()


def in_latvian(texts: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the languages and texts that a page in Latvian may show for a language map."""
    return [("lv", texts["lv"])] if "lv" in texts else [*texts.items()]


def test_the_page_of_the_guide_lists_titles_partners_and_acknowledgements_by_one_call(server, opened):
    page, requests, reports = opened
    api = f"http://127.0.0.1:{server.port}/"
    assert len([url for url in requests if url.startswith(api)]) == 1
    assert reports == []
    entries = page.locator("#projects > li").all()
    projects = json.loads(server.get("/projects")[1])["items"]
    assert len(entries) == len(projects) == 5
    acknowledged = 0
    for entry, item in zip(entries, projects, strict=True):
        project = json.loads(server.get(f"/projects/{item['id']}")[1])
        assert entry.locator("h2").inner_text() == project["title"]["lv"]
        names = entry.locator("ul > li").all()
        assert len(names) == len(project["partners"]) > 0
        for name, partner in zip(names, project["partners"], strict=True):
            assert (name.get_attribute("lang"), name.inner_text()) in in_latvian(partner["name"])
        lines = [line.inner_text() for line in entry.locator("p").all()]
        acknowledgements = project.get("acknowledgements", {"lv": []})
        assert lines in [texts for _, texts in in_latvian(acknowledgements)]
        acknowledged += bool(lines)
    assert acknowledged >= 2
    assert "undefined" not in page.locator("body").inner_text()
