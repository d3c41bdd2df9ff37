"""Tests of the addresses of pages that name a language: their links, as a static host serves them, and errors."""

import re
from xml.etree.ElementTree import Element

import lxml.html
import pytest

from api.editing.directory_loader import load_directory
from api.formats.registry import FORMATS
from api.http.url_path_and_format_suffix import UrlPath
from tests.support.html.pages import in_language, links, main, page, parsed, text
from tests.support.site import BASE, ROOT, addresses, site_on
from vocab.turtle_parser import LANGUAGES

QUERIES = ("/organisations?limit=2", "/projects?country=LV,-EE&sort=-start", "/search?q=soci*&limit=3")


def alternates(tree: Element) -> dict[str, str]:
    """Return the links to the page in other languages, by `hreflang`."""
    return {link.get("hreflang"): link.get("href") for link in tree.iter("link") if link.get("hreflang")}


def canonical(tree: Element) -> str:
    """Return the canonical link of a page."""
    (url,) = [link.get("href") for link in tree.iter("link") if link.get("rel") == "canonical"]
    return url


def switch(tree: Element) -> dict[str, str]:
    """Return the links of the language switch, by language."""
    return {link.get("hreflang"): link.get("href") for link in tree.iter("a") if link.get("hreflang")}


@pytest.fixture(scope="module")
def files(networks) -> dict[str, Element]:
    """Return the page of every document in each language, by address, as a static host would keep them."""
    sqlite_network, _ = networks
    paths = [path for path in addresses(sqlite_network) if "?" not in path]
    pages = {}
    for address in (in_language(path, code) for path in paths for code in LANGUAGES):
        # A static host knows no Accept and no query.
        response = sqlite_network.get(address, accept="*/*")
        assert response.headers["content-type"] == "text/html; charset=utf-8", address
        # That the markup is valid is tested elsewhere: this parser takes a tenth of the time.
        pages[address] = lxml.html.fromstring(response.content)
    return pages


def test_every_page_has_a_switch_and_absolute_links_to_its_other_languages(files):
    for address, tree in files.items():
        assert tree.get("lang") == UrlPath.parse(address).language
        assert canonical(tree) == BASE + address
        assert alternates(tree).keys() == {*LANGUAGES, "x-default"}
        assert alternates(tree)["x-default"] == alternates(tree)["lv"]
        for language in LANGUAGES:
            target = files[alternates(tree)[language].removeprefix(BASE)]
            assert target.get("lang") == language
            assert alternates(target) == alternates(tree)
            assert files[switch(tree)[language]] is target


def test_a_static_host_can_serve_every_page_that_pages_without_a_query_link_to(files):
    for address, tree in files.items():
        targets = [link.partition("#")[0] for link in links(tree) if link.startswith("/")]
        assert all("." in target for target in targets), address
        # The documentation, which links to examples in every format, has tests of its own.
        page_links = {one for one in targets if one.endswith(".html") and not one.startswith("/docs")}
        assert page_links <= files.keys(), address
        others = {target for target in page_links if files[target].get("lang") != tree.get("lang")}
        assert others == {target for code, target in switch(tree).items() if code != tree.get("lang")}


@pytest.mark.parametrize("path", QUERIES)
def test_the_query_is_kept_in_the_address_of_the_other_language(sqlite_network, path):
    for code in LANGUAGES:
        tree = page(sqlite_network, in_language(path, code))
        assert tree.get("lang") == code
        assert canonical(tree) == BASE + in_language(path, code)
        for language in LANGUAGES:
            assert switch(tree)[language] == in_language(path, language)
            assert alternates(tree)[language] == BASE + in_language(path, language)


def test_a_page_has_the_same_bytes_at_each_of_its_addresses(sqlite_network):
    for path in ("/", "/projects", "/projects/ensie", "/vocab/role/partner", *QUERIES):
        for code in LANGUAGES:
            expected = sqlite_network.get(in_language(path, code)).content
            for address in (f"{path}{'&' if '?' in path else '?'}lang={code}", in_language(path, code)):
                assert sqlite_network.get(address, accept="text/html").content == expected
            and_lang = f"{in_language(path, code)}{'&' if '?' in path else '?'}lang={code}"
            assert sqlite_network.get(and_lang).content == expected
        assert sqlite_network.get(path, accept="text/html").content == (
            sqlite_network.get(in_language(path, "lv")).content
        )


def test_x_default_is_the_page_in_the_default_language_of_the_installation(databases):
    base = "https://x.example/data"
    with site_on(databases.make("sqlite"), base=base, languages=("de", "en", "lv")) as site:
        load_directory(site.store, ROOT / "data")
        for address in ("/projects/ensie", "/projects/ensie.lv.html"):
            urls = alternates(page(site, address))
            assert urls["x-default"] == urls["en"] == f"{base}/projects/ensie.en.html"


def test_a_language_in_the_address_and_another_in_the_query_contradict_each_other(sqlite_network):
    for path in ("/projects/ensie", "/projects", "/"):
        response = sqlite_network.get(f"{UrlPath(path).page('en').url({})}?lang=lv")
        assert response.status_code == 400
        detail = text(main(parsed(response.text)))
        assert "'lv'" in detail
        assert "lang" in detail


NOT_FOUND = (
    "/projects/ensie.de.html",
    "/projects/ensie.LV.html",
    "/projects/ensie..html",
    "/projects/ensie.lv.lv.html",
    "/projects/ensie.lv",
    "/projects/nothing.lv.html",
    "/projects.en-GB.html",
    "/index.de.html",
    "/lv.html",
    "/vocab/role.xx.html",
    "/openapi.lv.html",
    *(f"/projects/ensie.lv.{row.name}" for row in FORMATS if not (row.is_page or row.is_localized)),
)


@pytest.mark.parametrize("path", NOT_FOUND)
def test_there_is_nothing_at_an_address_with_another_language_or_format(sqlite_network, path):
    assert sqlite_network.get(path).status_code == 404


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/Projects/ensie.en.html?limit=1", "/projects/ensie.en.html?limit=1"),
        ("/PARTNERS.lv.html", "/partners.lv.html"),
        ("/partners/avise.en.html", "/organisations/avise.en.html"),
    ],
)
def test_redirects_keep_the_language_of_the_address(sqlite_network, path, location):
    response = sqlite_network.client.get(path, follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (308, BASE + location)


def test_the_link_header_of_every_format_leads_to_the_page_in_each_language(sqlite_network):
    for path in ("/", "/projects?limit=2", "/projects/ensie"):
        for row in FORMATS:
            stem, _, query = path.partition("?")
            address = f"{UrlPath(stem, row.name).url({})}{'?' if query else ''}{query}"
            if sqlite_network.get(address).status_code == 200:
                header = sqlite_network.get(address).headers["link"]
                pages = dict(
                    re.findall(r'<([^>]*)>; rel="alternate"; type="text/html"; hreflang="(..)"', header)
                )
                assert pages == {BASE + in_language(path, code): code for code in LANGUAGES}


def test_the_response_cache_never_mixes_languages(databases):
    with site_on(databases.make("sqlite"), cache=8) as site:
        load_directory(site.store, ROOT / "data")
        for _ in range(2):
            for path in ("/", "/projects", "/projects/ensie"):
                for code in LANGUAGES:
                    assert page(site, in_language(path, code)).get("lang") == code
                    assert page(site, f"{path}?lang={code}").get("lang") == code
                assert "application/json" in site.get(path).headers["content-type"]
