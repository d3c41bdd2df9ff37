"""Tests of errors: every one at every kind of address, as a page or as data, in both languages."""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import pytest
from sqlalchemy import text as sql

from api.http.problems import PROBLEMS
from tests.support.assertions import INTERNALS
from tests.support.failing_site import BROKEN, BROWSER, GONE, failing_site
from tests.support.html.forms import forms
from tests.support.html.pages import main, parsed, text
from tests.support.raw_asgi_requests import RawRequest, RawResponse, send_requests
from tests.support.site import Site, site_on

RESOURCES = (
    "/index", "/projects", "/partners", "/search", "/projects/ensie", "/vocab", "/vocab/role", "/vocab/role/partner",
)  # fmt: skip
"""The path of one resource of each kind; with a suffix, the entry point is `/index`."""

ENDPOINTS = (
    "/docs",
    "/sitemap.xml",
    "/robots.txt",
    "/livez",
    "/readyz",
    "/problems/gone",
    "/sitemaps/pages-1.xml",
)


class Error(NamedTuple):
    """A refused request: what is added to an address, and what its response must be."""

    code: str
    query: str = ""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    method: str = "GET"
    body: bytes = b""
    hosts: tuple[bytes, ...] = (b"data.example.org",)


ANYWHERE = (
    Error("unknown-parameter", "fomat=1"),
    Error("bad-query", "%FF"),
    Error("method-not-allowed", method="DELETE"),
    Error("content-too-large", body=b"x"),
    Error("uri-too-long", "q=" + "x" * 9_000),
    Error("headers-too-large", headers=((b"x-long", b"x" * 20_000),)),
    Error("bad-host", hosts=()),
)
"""The errors of every resource."""


class Style(NamedTuple):
    """A way of requesting a page or data, in a language if there is one."""

    is_page: bool
    suffix: str = ""
    query: str = ""
    accept: str | None = None
    language: str = ""


STYLES = (
    *(Style(is_page=True, query=query, accept=BROWSER, language=tag) for tag, query in (("lv", ""), ("lv", "lang=lv"), ("en", "lang=en"))),
    *(Style(is_page=True, suffix=".html", query=query, language=tag) for tag, query in (("lv", ""), ("en", "lang=en"))),
    *(Style(is_page=True, suffix=f".{tag}.html", language=tag) for tag in ("lv", "en")),
    Style(is_page=True, query="format=html&lang=en", accept="*/*", language="en"),
    Style(is_page=True, query="format=html", accept="application/json", language="lv"),
    *(Style(is_page=False, query=query, language=tag) for tag, query in (("en", ""), ("lv", "lang=lv"), ("en", "lang=en"))),
    Style(is_page=False, accept="*/*", language="en"),
    Style(is_page=False, accept="application/json, text/html", language="en"),
    Style(is_page=False, suffix=".json", query="lang=lv", accept=BROWSER, language="lv"),
    Style(is_page=False, suffix=".ttl", accept=BROWSER, language="en"),
    Style(is_page=False, query="format=json", accept=BROWSER, language="en"),
)  # fmt: skip


def request_of(path: str, style: Style, error: Error) -> RawRequest:
    path = "/" if (path, style.suffix) == ("/index", "") else path
    query = "&".join(filter(None, (error.query, style.query)))
    accept = () if style.accept is None else ((b"accept", style.accept.encode()),)
    target = f"{path}{style.suffix}{'?' if query else ''}{query}".encode()
    return RawRequest(target, (*error.headers, *accept), error.method, error.body, error.hosts)


@pytest.fixture(scope="module")
def site(databases) -> Iterator[Site]:
    with failing_site(databases.make_with_content("sqlite")) as site:
        yield site


def check(response: RawResponse, code: str, style: Style) -> None:
    """Check status, media type, language and headers of the response to an error."""
    problem = PROBLEMS[code]
    assert response.status == problem.status
    assert response.header("cache-control") == "no-store"
    assert response.header("content-language") == style.language
    assert response.header("access-control-allow-origin") == "*"
    assert not response.header("etag")
    decides = style.suffix in ("", ".xyz")
    assert response.header("vary") == ("Accept, Accept-Encoding" if decides else "Accept-Encoding")
    assert not INTERNALS.search(response.body.decode())
    title, explanation = (message.text(style.language) for message in (problem.title, problem.explanation))
    if not style.is_page:
        assert response.header("content-type") == "application/problem+json"
        document = msgspec.json.decode(response.body)
        assert (document["code"], document["title"], document["status"]) == (code, title, problem.status)
        assert document["detail"]
        return
    assert response.header("content-type") == "text/html; charset=utf-8"
    assert response.header("content-security-policy")
    tree = parsed(response.body.decode())
    assert tree.get("lang") == style.language
    assert text(tree.find(".//h1")) == title
    assert text(main(tree).find("p")) == explanation
    assert text(tree.find(".//title")).startswith(f"{title} – ")
    assert len([form for form in forms(tree) if form.element.get("role") == "search"]) == 1


@pytest.mark.parametrize("error", ANYWHERE, ids=lambda error: error.code)
def test_every_error_of_every_resource_is_a_page_or_a_problem_document_in_its_language(site, error):
    cases = [(path, style) for path in RESOURCES for style in STYLES]
    requests = [request_of(path, style, error) for path, style in cases]
    for (path, style), response in zip(cases, send_requests(site, requests), strict=True):
        try:
            check(response, error.code, style)
        except AssertionError as failure:
            pytest.fail(f"{path} {style}: {failure}")


@pytest.mark.parametrize("style", STYLES, ids=str)
def test_an_address_where_nothing_is_and_a_withdrawn_record_are_pages_too(site, style):
    missing = (
        "/nothing",
        "/projects/nothing",
        "/projects/ensie/nothing",
        "/vocab/nothing",
        "/vocab/role/nothing",
    )
    codes = {**dict.fromkeys(missing, "not-found"), **dict.fromkeys(GONE, "gone")}
    requests = [request_of(path, style, Error(code)) for path, code in codes.items()]
    for code, response in zip(codes.values(), send_requests(site, requests), strict=True):
        check(response, code, style)


@pytest.mark.parametrize("path", BROKEN)
def test_an_error_of_the_server_is_a_page_too(site, path):
    for style in (STYLES[0], STYLES[9]):
        (response,) = send_requests(site, [request_of(path, style, Error(path[1:]))])
        check(response, path[1:], style)
        assert bool(response.header("retry-after")) == (response.status == 503)


@pytest.mark.parametrize("language", ["lv", "en"])
def test_the_page_of_an_error_needs_no_database(databases, language):
    with databases.temporary("sqlite") as address, site_on(address) as site:
        with site.store.database.writing() as connection:
            connection.execute(sql(f"DROP TABLE {site.store.tables.document.name}"))
        style = Style(is_page=True, suffix=f".{language}.html", language=language)
        requests = [request_of(path, style, Error("")) for path in ("/projects/ensie", "/projects/ensi")]
        for response in send_requests(site, requests):
            check(response, "unavailable", style)
            assert response.header("retry-after")


@pytest.mark.parametrize(
    "error", [error for error in ANYWHERE if error.code != "unknown-parameter"], ids=lambda error: error.code
)
def test_an_error_of_every_endpoint_is_a_page_for_those_who_prefer_one(site, error):
    for style in (*STYLES[:3], STYLES[9], STYLES[10]):
        requests = [request_of(path, style, error) for path in ENDPOINTS]
        for response in send_requests(site, requests):
            check(response, error.code, style)


def test_an_unknown_parameter_of_an_endpoint_that_is_no_page_is_a_page_of_an_error(site):
    for path in ("/sitemap.xml", "/robots.txt", "/livez", "/problems/gone"):
        (response,) = send_requests(
            site, [RawRequest(f"{path}?x=1".encode(), ((b"accept", BROWSER.encode()),))]
        )
        check(response, "unknown-parameter", STYLES[0])


def test_a_page_where_none_is_offered_says_which_formats_are(site):
    (response,) = send_requests(site, [RawRequest(b"/numbers", ((b"accept", b"text/html"),))])
    check(response, "not-acceptable", STYLES[0])
    assert "text/plain, text/csv" in text(main(parsed(response.body.decode())))
