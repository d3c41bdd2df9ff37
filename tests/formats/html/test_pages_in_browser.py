"""Tests of HTML pages in Chromium: accessibility, content security policy, layout, forms."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, sync_playwright

from api.formats.format import Formats
from api.formats.problem_renderer import ProblemRenderer
from api.formats.registry import FORMATS
from api.http.problem_messages import message
from api.http.problems import PROBLEMS
from api.http.request import Request
from api.http.response import Response
from api.renderer_factory import create_renderer
from api.settings import Settings
from schema import MODEL
from schema.declaration.messages import Suggestion, hint
from tests.support.generators.hostile_text import GROUPS, HostileFields
from tests.support.html.browser import CHROMIUM, TIMEOUT, launch
from tests.support.html.pages import in_language
from tests.support.processes import serving
from tests.support.site import ROOT

NARROW, WIDE = 320, 1280

SAMPLE_PAGES = [
    "/",
    "/organisations?limit=3&country=LV,-EE&q=soci*&has=homepage",
    "/search?q=soci*&limit=3",
    "/projects/local-y-mpact",
    "/organisations/social-innovation-centre",
    "/activities/local-y-mpact-study-visit-latvia",
    "/vocab/role",
    "/vocab/role/partner",
]
"""One page of each kind."""

LONG_PAGES = ["/vocab"]
"""Pages too long to be checked in more than one window."""

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}")


@dataclass
class BrowserWindow:
    """A browser page, and the violations that it reported."""

    page: Page
    base: str
    violations: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self.violations.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.violations.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: (self.violations.append("dialog"), dialog.dismiss()))
        self.page.on("request", lambda request: self._check_origin(request.url))
        self.page.on("requestfailed", lambda request: self.violations.append(f"failed: {request.url}"))

    def _check_origin(self, url: str) -> None:
        if not url.startswith(f"{self.base}/"):
            self.violations.append(f"request: {url}")

    def open(self, path: str) -> "BrowserWindow":
        """Open a page. Raise AssertionError if it is no HTML, or reports a violation."""
        response = self.page.goto(self.base + path)
        assert response is not None
        assert response.status == 200, path
        assert "text/html" in response.headers["content-type"]
        assert not self.violations, (path, self.violations)
        return self

    def overflow(self) -> int:
        """Return the number of pixels by which the page is wider than its window."""
        return self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


def fulfil(response: Response, route: Route) -> None:
    """Answer a request of the browser with a response, without its status, which would be reported as a failure."""
    headers = {name.decode(): value.decode() for name, value in response.headers}
    route.fulfill(body=response.body, headers=headers)


def error_responses(base: str, language: str) -> dict[str, Response]:
    """Return the page of each kind of error by path, with everything that it may have."""
    settings = Settings(database="sqlite://", base=base)
    render = ProblemRenderer(create_renderer(settings, MODEL), Formats(FORMATS), lambda *_: True)
    members = {
        "bad-parameter": {"parameter": "country"},
        "gone": {
            "entity": "Organisation", "id": "x" * 100, "merged_from": "y-z", "at": "2026-11-21T10:00:00Z",
            "reason": "W" * 300,
        },
    }  # fmt: skip
    responses = {}
    for code in ("not-found", "gone", "bad-parameter", "unavailable"):
        path, query = f"/projects/{code}.{language}.html", "contry=LT,Latvia&year=2017"
        detail = message("unknown-parameter", parameter="w" * 100, hint=hint("country"), choices="")
        suggestion = Suggestion("contry", ("/projects" if code == "not-found" else "country",))
        refused = PROBLEMS[code](detail, suggestion=suggestion, **members.get(code, {}))
        responses[path] = render(Request("GET", path, query), refused)
    return responses


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Iterator[str]:
    """The URL of a server with the network's own content and hostile records."""
    folder = tmp_path_factory.mktemp("browser")
    for collection, shape in MODEL.by_collection.items():
        (folder / "data" / collection).mkdir(parents=True)
        for file in (ROOT / "data" / collection).glob("*.json"):
            (folder / "data" / collection / file.name).write_bytes(file.read_bytes())
        for number in range(GROUPS):
            body = {"id": f"evil-{number}", **HostileFields(number).record(shape)}
            (folder / "data" / collection / f"evil-{number}.json").write_text(json.dumps(body))
    with serving(folder, database=f"sqlite:///{folder / 'new.db'}", data=folder / "data") as server:
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        chromium = launch(driver)
        yield chromium
        chromium.close()


@pytest.fixture
def open_window(browser, base):
    """A function that opens a window with a width and a colour scheme."""
    contexts = []

    def new_window(width: int = WIDE, colours: str = "light", **options: object) -> BrowserWindow:
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=colours, reduced_motion="reduce", **options
        )
        context.set_default_timeout(TIMEOUT)
        contexts.append(context)
        return BrowserWindow(context.new_page(), base)

    yield new_window
    for context in contexts:
        context.close()


ALL_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

COLOUR_RULES = ("color-contrast", "link-in-text-block")


def axe_options(rules: Sequence[str]) -> dict[str, Sequence[str]]:
    """Return the options of axe for some rules. It describes one element that passes, not every one."""
    return {"runOnly": rules, "resultTypes": ["violations"]}


@pytest.mark.parametrize(
    ("code", "window", "rules", "pages"),
    [
        ("lv", (WIDE, "light"), ALL_RULES, [*SAMPLE_PAGES, *LONG_PAGES]),
        ("en", (NARROW, "dark"), ALL_RULES, SAMPLE_PAGES),
        # Language and layout are checked above; only the colours are left.
        ("lv", (NARROW, "light"), COLOUR_RULES, SAMPLE_PAGES[:4]),
        ("en", (WIDE, "dark"), COLOUR_RULES, SAMPLE_PAGES[:4]),
    ],
    ids=["wide", "narrow and dark", "narrow", "dark"],
)
def test_axe_reports_no_violation_and_no_page_overflows_its_window(open_window, code, window, rules, pages):
    browser_window = open_window(*window)
    for path in pages:
        browser_window.open(in_language(path, code))
        assert browser_window.overflow() <= 0, path
        browser_window.page.evaluate(
            "for (const details of document.querySelectorAll('details')) details.open = true"
        )
        assert browser_window.overflow() <= 0, path
        report = Axe().run(browser_window.page, options=axe_options(rules)).response
        assert report["passes"], path
        violations = [(rule["id"], rule["impact"], rule["nodes"][0]["html"]) for rule in report["violations"]]
        assert not violations, path


@pytest.mark.parametrize(
    ("language", "window"),
    [("lv", (WIDE, "light")), ("en", (NARROW, "dark"))],
    ids=["wide", "narrow and dark"],
)
def test_axe_reports_no_violation_on_the_page_of_an_error(open_window, language, window):
    browser_window = open_window(*window)
    for path, response in error_responses(browser_window.base, language).items():
        browser_window.page.route(f"**{path}", partial(fulfil, response))
        browser_window.open(path)
        assert browser_window.overflow() <= 0, path
        report = Axe().run(browser_window.page, options=axe_options(ALL_RULES)).response
        violations = [(rule["id"], rule["impact"], rule["nodes"][0]["html"]) for rule in report["violations"]]
        assert report["passes"], path
        assert not violations, path


def test_a_script_an_overflow_and_an_inaccessible_button_are_detected(open_window):
    window = open_window().open("/projects/ensie")
    window.page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: '1'}))")
    window.page.evaluate("document.querySelector('h1').style.width = '9000px'")
    window.page.evaluate("document.body.append(document.createElement('button'))")
    assert [violation for violation in window.violations if "Content Security Policy" in violation]
    assert window.overflow() > 0
    assert [rule["id"] for rule in Axe().run(window.page).response["violations"]]


def test_hostile_records_run_no_script_and_stay_within_the_window(open_window):
    window = open_window(NARROW)
    for number, collection in enumerate(MODEL.by_collection):
        for path in (f"/{collection}?limit=10", f"/{collection}/evil-{number % GROUPS}?lang=en"):
            window.open(path)
            assert window.overflow() <= 0, path
            assert window.page.locator("script").count() == 1
            # Trigger handlers of hover and focus.
            window.page.locator("h1").hover()
            window.page.keyboard.press("Tab")
    assert not window.violations


def test_forms_send_ticked_and_typed_values_and_no_empty_ones(open_window):
    page = open_window().open("/projects.en.html?limit=2").page
    site_search, list_search = (
        page.get_by_role("search", name=f"Search {scope}") for scope in ("everything", "this list")
    )
    for form in (site_search, list_search):
        for query in ("", "?!"):
            form.get_by_role("searchbox").fill(query)
            form.get_by_role("button").click()
            assert page.url.endswith("/projects.en.html?limit=2")
    for caption, value in (("Country", "Latvia"), ("Country", "Denmark"), ("Role", "coordinator")):
        group = page.locator("details", has=page.get_by_text(caption, exact=True))
        if group.get_attribute("open") is None:
            group.locator("summary").click()
        group.get_by_label(value).check()
    page.get_by_role("button", name="Show").click()
    assert page.url.endswith("/projects.en.html?limit=2&country=LV&country=DK&role=coordinator")
    list_search.get_by_role("searchbox").fill("social entrepreneurship")
    list_search.get_by_role("button").click()
    assert page.url.endswith(
        "/projects.en.html?limit=2&country=LV%2CDK&role=coordinator&q=social+entrepreneurship"
    )
    assert page.locator("input[name=country][value=LV]").is_checked()
    page.get_by_role("link", name="Clear all").click()
    assert page.url.endswith("/projects.en.html?limit=2")
    site_search.get_by_role("searchbox").fill("soci*")
    site_search.get_by_role("searchbox").press("Enter")
    assert page.url.endswith("/search.en.html?q=soci*")
    assert page.locator("mark").count()


def test_the_first_tab_stop_is_a_link_that_skips_the_menu(open_window):
    page = open_window(NARROW).open("/projects/ensie?lang=en").page
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.inner_text() == "Skip to content"
    assert focused.bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    assert page.locator("main:focus").count() == 1
    region = page.get_by_role("region", name="Partners and participants")
    region.focus()
    assert region.evaluate(
        "region => region === document.activeElement && region.scrollWidth > region.clientWidth"
    )


def test_without_style_sheets_and_scripts_a_page_reads_in_order(browser, base):
    context = browser.new_context(java_script_enabled=False, viewport={"width": NARROW, "height": 800})
    context.set_default_timeout(TIMEOUT)
    context.route("**/*.css", lambda route: route.abort())
    page = context.new_page()
    for path in ("/", "/projects", "/projects/ensie", "/vocab/role"):
        page.goto(f"{base}{path}?lang=en")
        body = page.inner_text("body")
        heading = page.inner_text("h1")
        header = [
            "Skip to content",
            "Social entrepreneurship network",
            "Latviešu",
            "English",
            "Projects",
            "Vocabulary",
        ]
        positions = [body.index(label) for label in header]
        assert positions == sorted(positions), path
        content = body.index(heading, positions[-1])
        assert content < body.index("This page in other formats")
        for link in page.locator("header a").all():
            assert link.is_visible()
    context.close()
