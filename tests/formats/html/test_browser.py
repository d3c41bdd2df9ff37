"""Pages in a real browser: accessible, within their policy, and never wider than a narrow screen."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from schema import MODEL
from tests.support.browser import CHROMIUM, TIMEOUT, launch
from tests.support.generators.hostile_text import GROUPS, HostileFields
from tests.support.processes import serving
from tests.support.site import ROOT

NARROW, WIDE = 320, 1280

KINDS = [
    "/",
    "/organisations?limit=3&country=LV,-EE&q=soci*&has=homepage",
    "/search?q=soci*&limit=3",
    "/projects/local-y-mpact",
    "/organisations/social-innovation-centre",
    "/activities/local-y-mpact-study-visit-latvia",
    "/vocab/role",
    "/vocab/role/partner",
]
"""A page of each kind."""

LONG = ["/vocab"]
"""One more kind, so long that it is looked through but once."""

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}")


@dataclass
class Look:
    """One page in one window, and all that went wrong while it was there."""

    page: Page
    base: str
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: self.wrong.append(f"console: {said.text}"))
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: (self.wrong.append("dialog"), dialog.dismiss()))
        self.page.on("request", lambda request: self._note(request.url))
        self.page.on("requestfailed", lambda request: self.wrong.append(f"failed: {request.url}"))

    def _note(self, address: str) -> None:
        if not address.startswith(f"{self.base}/"):
            self.wrong.append(f"request: {address}")

    def at(self, path: str) -> "Look":
        """Go to a page. Raise AssertionError unless it answers, and does nothing but show itself."""
        answer = self.page.goto(self.base + path)
        assert answer is not None
        assert answer.status == 200, path
        assert "text/html" in answer.headers["content-type"]
        assert not self.wrong, (path, self.wrong)
        return self

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than its window."""
        return self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Iterator[str]:
    """A server of the network's own content, with hostile records beside it."""
    folder = tmp_path_factory.mktemp("browser")
    for collection, shape in MODEL.by_collection.items():
        (folder / "data" / collection).mkdir(parents=True)
        for file in (ROOT / "data" / collection).glob("*.json"):
            (folder / "data" / collection / file.name).write_bytes(file.read_bytes())
        for number in range(GROUPS):
            sent = {"id": f"evil-{number}", **HostileFields(number).record(shape)}
            (folder / "data" / collection / f"evil-{number}.json").write_text(json.dumps(sent))
    with serving(folder, database=f"sqlite:///{folder / 'new.db'}", data=folder / "data") as server:
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        chromium = launch(driver)
        yield chromium
        chromium.close()


@pytest.fixture
def look(browser, base):
    """Return what opens a window of a width, in a scheme of colours."""
    opened = []

    def opening(width: int = WIDE, colours: str = "light", **more: object) -> Look:
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=colours, reduced_motion="reduce", **more
        )
        context.set_default_timeout(TIMEOUT)
        opened.append(context)
        return Look(context.new_page(), base)

    yield opening
    for context in opened:
        context.close()


EVERYTHING = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

COLOURS = ("color-contrast", "link-in-text-block")


@pytest.mark.parametrize(
    ("code", "window", "rules", "pages"),
    [
        ("lv", (WIDE, "light"), EVERYTHING, [*KINDS, *LONG]),
        ("en", (NARROW, "dark"), EVERYTHING, KINDS),
        # What language and layout decide was looked at above: what is left are colours.
        ("lv", (NARROW, "light"), COLOURS, KINDS[:4]),
        ("en", (WIDE, "dark"), COLOURS, KINDS[:4]),
    ],
    ids=["wide", "narrow and dark", "narrow", "dark"],
)
def test_axe_finds_nothing_and_nothing_sticks_out(look, code, window, rules, pages):
    opened = look(*window)
    for path in pages:
        here = opened.at(path if code == "lv" else f"{path}{'&' if '?' in path else '?'}lang=en")
        assert here.overflow() <= 0, path
        here.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert here.overflow() <= 0, path
        found = Axe().run(here.page, options={"runOnly": rules}).response
        assert found["passes"], path
        told = [(one["id"], one["impact"], one["nodes"][0]["html"]) for one in found["violations"]]
        assert not told, path


def test_a_page_that_did_more_than_show_itself_would_be_noticed(look):
    window = look().at("/projects/ensie")
    window.page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: '1'}))")
    window.page.evaluate("document.querySelector('h1').style.width = '9000px'")
    window.page.evaluate("document.body.append(document.createElement('button'))")
    assert [one for one in window.wrong if "Content Security Policy" in one]
    assert window.overflow() > 0
    assert [one["id"] for one in Axe().run(window.page).response["violations"]]


def test_hostile_records_do_nothing_and_stay_within_the_window(look):
    window = look(NARROW)
    for number, collection in enumerate(MODEL.by_collection):
        for path in (f"/{collection}?limit=10", f"/{collection}/evil-{number % GROUPS}?lang=en"):
            here = window.at(path)
            assert here.overflow() <= 0, path
            assert here.page.locator("script").count() == 1
            # Whatever waits for a mouse or a focus gets both.
            here.page.locator("h1").hover()
            here.page.keyboard.press("Tab")
    assert not window.wrong


def test_forms_send_what_is_ticked_and_typed_and_nothing_that_is_empty(look):
    page = look().at("/projects?limit=2&lang=en").page
    everything, here = (
        page.get_by_role("search", name=f"Search {what}") for what in ("everything", "this list")
    )
    for form in (everything, here):
        for typed in ("", "?!"):
            form.get_by_role("searchbox").fill(typed)
            form.get_by_role("button").click()
            assert page.url.endswith("/projects?limit=2&lang=en")
    for caption, value in (("Country", "Latvia"), ("Country", "Denmark"), ("Role", "coordinator")):
        group = page.locator("details", has=page.get_by_text(caption, exact=True))
        if group.get_attribute("open") is None:
            group.locator("summary").click()
        group.get_by_label(value).check()
    page.get_by_role("button", name="Show").click()
    asked = "/projects?limit=2&lang=en&country=LV&country=DK&role=coordinator"
    assert page.url.endswith(asked)
    here.get_by_role("searchbox").fill("social entrepreneurship")
    here.get_by_role("button").click()
    assert page.url.endswith(
        "/projects?limit=2&country=LV%2CDK&role=coordinator&lang=en&q=social+entrepreneurship"
    )
    assert page.get_by_label("Latvia").is_checked()
    page.get_by_role("link", name="Clear all").click()
    assert page.url.endswith("/projects?limit=2&lang=en")
    everything.get_by_role("searchbox").fill("soci*")
    everything.get_by_role("searchbox").press("Enter")
    assert page.url.endswith("/search?lang=en&q=soci*")
    assert page.locator("mark").count()


def test_the_first_key_leads_past_the_menu(look):
    page = look(NARROW).at("/projects/ensie?lang=en").page
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.inner_text() == "Skip to content"
    assert focused.bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    assert page.locator("main:focus").count() == 1
    region = page.get_by_role("region", name="Partners and participants")
    region.focus()
    assert region.evaluate("one => one === document.activeElement && one.scrollWidth > one.clientWidth")


def test_without_style_sheets_and_scripts_a_page_reads_in_order(browser, base):
    context = browser.new_context(java_script_enabled=False, viewport={"width": NARROW, "height": 800})
    context.set_default_timeout(TIMEOUT)
    context.route("**/*.css", lambda route: route.abort())
    page = context.new_page()
    for path in ("/", "/projects", "/projects/ensie", "/vocab/role"):
        page.goto(f"{base}{path}?lang=en")
        said = page.inner_text("body")
        heading = page.inner_text("h1")
        before = [
            "Skip to content",
            "Social entrepreneurship network",
            "Latviešu",
            "English",
            "Projects",
            "Vocabulary",
        ]
        places = [said.index(one) for one in before]
        assert places == sorted(places), path
        content = said.index(heading, places[-1])
        assert content < said.index("This page in other formats")
        for link in page.locator("header a").all():
            assert link.is_visible()
    context.close()
