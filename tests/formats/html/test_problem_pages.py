"""Tests of the pages of errors: corrected addresses, ways on, links that lead somewhere, and escaping."""

import re
from collections.abc import Iterator
from urllib.parse import quote, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.support.assertions import INTERNALS
from tests.support.failing_site import BROWSER, GONE, error_page, failing_site
from tests.support.html.forms import forms
from tests.support.html.pages import facts, links, main, parsed, text
from tests.support.raw_asgi_requests import RawRequest, RawResponse, send_requests
from tests.support.site import Site, site_on


@pytest.fixture(scope="module")
def site(databases) -> Iterator[Site]:
    with failing_site(databases.make_with_content("sqlite")) as site:
        yield site


def corrections(tree) -> dict[str, str]:
    """Return the links of the first suggestion of a page, by text."""
    return {text(link): link.get("href") for link in main(tree).iterfind("p/a")}


CORRECTED = {
    "/projects?contry=LV&lang=en&year=2017": "/projects?country=LV&lang=en&year=2017",
    "/projects?year=2017&country=LT,Latvia": "/projects?year=2017&country=LT,LV",
    "/projects?country=-Latvia": "/projects?country=-LV",
    "/projects?any=status:compleated,country:LV": "/projects?any=status:completed,country:LV",
    "/projects?sort=-titel": "/projects?sort=-title",
    "/projects?fomat=html&country=LT": "/projects?format=html&country=LT",
    "/projects.html?has=sumary": "/projects.html?has=summary",
    "/projects/ensie?lagn=en": "/projects/ensie?lang=en",
    "/projects/ensi": "/projects/ensie.lv.html",
    "/projects/local-y-mpct.en.html": "/projects/local-y-mpact.en.html",
    "/grants?funder=european-comission&lang=en": "/grants?funder=european-commission&lang=en",
    "/projcts/ensie": "/projects.lv.html",
    "/Project": "/projects.lv.html",
    "/organizations?lang=en": "/organisations.en.html",
    "/vocab/rol/partnr": "/vocab/role/partner.lv.html",
    "/doc": "/docs.lv.html",
    "/openapi": "/openapi.json",
    "/projects?limit=1&limit=2": "/projects",
    "/projects?cursor=x&country=LV": "/projects?country=LV",
    "/projects?country=": "/projects",
    "/projects?%FF": "/projects",
}
"""Refused addresses, and the address that the first link of their page leads to."""


@pytest.mark.parametrize("target", CORRECTED)
def test_the_page_of_an_error_leads_to_the_corrected_address(site, target):
    status = 400 if "?" in target.replace("?lang=en", "") else 404
    tree = error_page(site, target, status)
    assert next(iter(corrections(tree).values())) == CORRECTED[target]


TWO_MISTAKES = (
    "/projects.en.html?lnag=lv",
    "/projects?langg=de",
    "/projects?lang=de&contry=LV",
    "/projects?format=xml&lang=xx",
    "/projects?fundr=european-comission&lang=en",
    "/projects?contry=LV&funder=zzz",
    "/projects?status=foo&funder=bar",
    "/projects?id=ensi,buicasu",
    "/projects?partner=SIk&funder=european-comission",
    "/projects?cusor=zzz",
)
"""Addresses with a mistake in them that the corrected address would still have."""


@pytest.mark.parametrize("target", TWO_MISTAKES)
def test_no_page_of_an_error_leads_to_another_error(site, target):
    for link in linked_addresses(error_page(site, target, 400)):
        assert site.get(link, accept=BROWSER).status_code == 200, link


def test_a_correction_that_is_no_address_either_is_not_linked(site):
    tree = error_page(site, "/projects?contry=Atlantis", 400)
    assert corrections(tree) == {"Tā pati adrese bez parametra 'contry'": "/projects"}
    assert "Vai domājāt 'country'?" in text(main(tree))


def test_the_page_of_a_withdrawn_record_says_what_when_why_and_what_it_was_merged_into(site):
    tree = error_page(site, "/organisations/merged?lang=en", 410)
    stated = facts(tree)
    assert stated["What"] == "Organisation: merged"
    assert stated["Merged into"] == "withdrawn"
    assert stated["Why"] == "It <asked> us to."
    assert stated["When"].startswith("21 November 2026")
    assert facts(error_page(site, "/organisations/withdrawn", 410)).keys() == {"Kas", "Kad", "Kāpēc"}
    detail = site.get("/organisations/merged").json()["detail"]
    assert detail.startswith("The record was merged into 'withdrawn', which was withdrawn at 2026-11-21")


def test_the_page_of_an_error_has_a_search_for_the_last_word_of_the_address_and_ways_on(site):
    tree = error_page(site, "/projects/ensie-2017-x?lang=en", 404)
    (form,) = forms(main(tree))
    (field,) = [field for field in form.fields if field.get("type") == "search"]
    assert field.get("value") == "ensie 2017 x"
    assert site.get(form.submitted(typed="ensie")).status_code == 200
    ways = {text(link): link.get("href") for link in main(tree).iterfind("ul/li/a")}
    assert ways == {"Projects": "/projects.en.html", "Start page": "/index.en.html"}


def linked_addresses(tree) -> set[str]:
    """Return the paths of this site that a page links to, and those of its style sheet and icon."""
    heads = (link.get("href") for link in tree.iter("link") if link.get("rel") != "license")
    return {address for address in (*links(tree), *heads) if address.startswith("/")}


def test_every_link_on_the_page_of_an_error_leads_to_a_page(site):
    targets = [
        *CORRECTED,
        *GONE,
        "/nothing",
        "/vocab/nothing",
        "/projects/nothing.en.html",
        "/search",
        "/unavailable",
    ]
    targets += [f"{path}?fomat=1" for path in ("/", "/partners", "/projects/ensie", "/vocab/role/partner")]
    addresses: dict[str, str] = {}
    for target in targets:
        response = site.get(target, accept=BROWSER)
        assert response.status_code >= 400, target
        addresses |= dict.fromkeys(linked_addresses(parsed(response.text)), target)
    assert len(addresses) > 30
    for address, target in addresses.items():
        assert site.get(address, accept=BROWSER).status_code == 200, (target, address)


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/search", 400), ("/search?q=*", 400), ("/projects?country=", 400), ("/en", 404), ("/lv", 404),
        ("/projects/ensie.xyz", 404), ("/projects?lang=de", 400), ("/projects/ensie/x", 404),
    ],
)  # fmt: skip
def test_a_reader_in_a_browser_gets_no_json(site, target, status):
    error_page(site, target, status)


def test_clients_without_a_preference_for_html_get_json(site):
    for accept in (
        "*/*",
        "application/json",
        "application/*",
        "text/turtle, text/html;q=0.5",
        "text/html;q=0, */*",
    ):
        response = site.get("/projects/nothing", accept=accept)
        assert response.headers["content-type"] == "application/problem+json", accept


def test_the_page_of_an_error_has_the_headers_of_its_get_with_head(site):
    for target in ("/projects/nothing", "/organisations/withdrawn", "/projects?contry=LV", "/livez?x=1"):
        got, head = (
            site.client.request(method, target, headers={"accept": BROWSER, "accept-encoding": "identity"})
            for method in ("GET", "HEAD")
        )
        assert (head.status_code, dict(head.headers), head.content) == (
            got.status_code,
            dict(got.headers),
            b"",
        )


def test_links_of_the_page_of_an_error_begin_with_the_path_of_the_base_url(databases):
    with site_on(databases.make("sqlite"), base="https://x.example/data") as site:
        tree = error_page(site, "/projcts?lang=en", 404)
        assert {urlsplit(address).path[:6] for address in linked_addresses(tree)} == {"/data/"}
        assert corrections(tree) == {"/projects": "/data/projects.en.html"}


HOSTILE = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onmouseover='alert(1)", "{{ 7*7 }}{% raw %}",
    "javascript:alert(1)", "\x00\n\r", "%0D%0ASet-Cookie:x", "\u202e\ufeff\U0001f4a9", "&lt;b&gt;", "]]>", "{0} {name} {",
)  # fmt: skip


def assert_harmless(response: RawResponse) -> None:
    if response.status == 302:
        # An unknown parameter is left out of the address.
        assert re.fullmatch(r"/[\x21-\x7e]*", response.header("location"))
        return
    assert response.status in (400, 404, 414)
    tree = parsed(response.body.decode())
    elements = [element for element in tree.iter() if isinstance(element.tag, str)]
    assert not [
        element
        for element in elements
        if element.tag in ("script", "img") and not element.get("src", "").startswith("/assets/")
    ]
    assert not [name for element in elements for name in element.attrib if name.startswith("on")]
    assert all(address.startswith(("/", "#", "https://creativecommons.org/")) for address in links(tree))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_the_client_sent_is_escaped(site, hostile):
    encoded = quote(hostile, safe="")
    targets = [
        f"/{encoded}", f"/projects/{encoded}", f"/projects/x.{encoded}", f"/projects?{encoded}=1",
        f"/projects?country={encoded}", f"/projects?sort={encoded}&{encoded}=2", f"/projects?any={encoded}",
        f"/projects?lang={encoded}", f"/projects?format={encoded}", f"/projects?contry={encoded}",
        f"/projects?year=17&title={encoded}", f"/search?q=-{encoded}&highlight={encoded}",
    ]  # fmt: skip
    requests = [RawRequest(target.encode(), ((b"accept", b"text/html"),)) for target in targets]
    for response in send_requests(site, requests):
        assert_harmless(response)


@hypothesis_settings(max_examples=60)
@given(
    path=st.text(max_size=40),
    pairs=st.lists(st.tuples(st.sampled_from(["country", "contry", "sort", "lang", "format"]) | st.text(), st.text()), max_size=4),
    suffix=st.sampled_from(["", ".html", ".en.html", ".lv.html", "."]),
)  # fmt: skip
def test_no_request_breaks_the_page_of_its_error(site, path, pairs, suffix):
    pairs = [(name.encode(errors="replace"), value.encode(errors="replace")) for name, value in pairs]
    target = f"/projects/{quote(path.encode(errors='replace'), safe='')}{suffix}?{urlencode(pairs)}"
    (response,) = send_requests(site, [RawRequest(target.encode(), ((b"accept", b"text/html"),))])
    if response.status not in (200, 302, 308) and response.header("content-type").startswith("text/html"):
        assert_harmless(response)
        assert not INTERNALS.search(response.body.decode().replace(path, ""))
