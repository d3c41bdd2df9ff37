"""Tests of discovery by machines: sitemaps, robots.txt, and links to the OpenAPI document."""

import re
from datetime import datetime
from urllib.robotparser import RobotFileParser

import pytest
from lxml import etree

from api.endpoints import sitemap
from api.http.url_path_and_format_suffix import UrlPath
from api.store.log.actions import publish, save, unpublish
from schema import MODEL
from tests.support.generators.records import record
from tests.support.html.pages import in_language, without_suffixes
from tests.support.site import BASE, FORMATS, KINDS, addresses, site_on
from vocab.turtle_parser import LANGUAGES

NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"

PATHS = (
    "/sitemap.xml",
    "/sitemaps/pages-1.xml",
    "/sitemaps/projects-1.xml",
    "/robots.txt",
    "/openapi.json",
    "/docs",
)

NEAR_MISSES = [
    "/sitemaps/projects-0.xml",
    "/sitemaps/projects-2.xml",
    "/sitemaps/projects-01.xml",
    "/sitemaps/projects-1.json",
    "/sitemaps/projects-99999999999999999999.xml",
    "/sitemaps/projects.xml",
    "/sitemaps/nothing-1.xml",
    "/sitemaps/pages-2.xml",
    "/sitemaps",
    "/sitemaps/",
    "/sitemap.json",
    "/sitemap",
    "/robots",
    "/docs.html",
    "/docs//",
    "/openapi",
    "/openapi.ttl",
]


def sitemap_entries(site, path: str, root: str) -> dict[str, str | None]:
    """Return the modification times in a sitemap, by URL; nothing else may be in it."""
    response = site.get(path)
    assert response.status_code == 200, (path, response.text)
    assert response.headers["content-type"] == "application/xml"
    tree = etree.fromstring(response.content)
    assert tree.tag == f"{NAMESPACE}{root}"
    entries = {}
    for entry in tree:
        assert entry.tag == NAMESPACE + {"urlset": "url", "sitemapindex": "sitemap"}[root]
        assert [child.tag for child in entry] in (
            [f"{NAMESPACE}loc"],
            [f"{NAMESPACE}loc", f"{NAMESPACE}lastmod"],
        )
        entries[entry[0].text] = entry[1].text if len(entry) > 1 else None
    assert len(entries) == len(tree) <= 50_000
    return entries


def all_entries(site) -> dict[str, str | None]:
    """Return the entries of all sitemaps of the index."""
    entries = {}
    for url in sitemap_entries(site, "/sitemap.xml", "sitemapindex"):
        new_entries = sitemap_entries(site, url.removeprefix(BASE), "urlset")
        assert new_entries
        assert not entries.keys() & new_entries.keys()
        entries |= new_entries
    return entries


def test_the_sitemaps_list_the_page_of_every_document_in_each_language_once(network):
    paths = [path for path in addresses(network) if "?" not in path]
    entries = all_entries(network)
    assert set(entries) == {BASE + in_language(path, code) for path in paths for code in LANGUAGES}
    for url in [*entries][::7]:
        response = network.get(url.removeprefix(BASE))
        assert response.status_code == 200
        assert f'<link rel="canonical" href="{url}">' in response.text


def test_sitemaps_have_the_modification_times_of_documents(network):
    for url, modified in all_entries(network).items():
        body = network.json(without_suffixes(url.removeprefix(BASE)))
        assert modified == body.get("record", {}).get("modified")
        assert modified is None or datetime.fromisoformat(modified).tzinfo


def test_both_engines_have_the_same_sitemaps(networks):
    sqlite, postgresql = networks
    for path in PATHS:
        assert sqlite.raw(path) == postgresql.raw(path)


def test_sitemaps_follow_the_content_and_show_no_drafts(site):
    urls = [*all_entries(site)]
    assert not [url for url in urls if url.startswith(f"{BASE}/organisations/")]
    site.store.commit([publish(record("Organisation", "shown"))], "editor")
    site.store.commit([save(record("Organisation", "draft"))], "editor")
    assert set(all_entries(site)) - set(urls) == {
        f"{BASE}/organisations/shown.lv.html",
        f"{BASE}/organisations/shown.en.html",
    }
    site.store.commit([unpublish(("Organisation", "shown"))], "editor")
    assert [*all_entries(site)] == urls
    assert site.get("/sitemaps/organisations-1.xml").status_code == 404


def test_a_long_list_has_several_sitemaps_in_the_order_of_first_publication(site, monkeypatch):
    monkeypatch.setattr(sitemap, "MAX_DOCUMENTS", 20)
    names = [f"o-{number}" for number in range(45)]
    site.store.commit([publish(record("Organisation", name)) for name in names], "editor")
    sitemaps = [*sitemap_entries(site, "/sitemap.xml", "sitemapindex")]
    organisation_sitemaps = [url for url in sitemaps if "organisations" in url]
    assert organisation_sitemaps == [f"{BASE}/sitemaps/organisations-{number}.xml" for number in (1, 2, 3)]
    assert len([url for url in sitemaps if "pages" in url]) > 1
    entries = [sitemap_entries(site, url.removeprefix(BASE), "urlset") for url in organisation_sitemaps]
    assert [len(urls) for urls in entries] == [40, 40, 10]
    parts = [names[start : start + 20] for start in (0, 20, 40)]
    assert [url for urls in entries for url in urls] == [
        f"{BASE}/organisations/{name}.{code}.html"
        for part in parts
        for name in sorted(part)
        for code in LANGUAGES
    ]
    assert site.get("/sitemaps/organisations-4.xml").status_code == 404
    all_entries(site)


@pytest.mark.parametrize("path", NEAR_MISSES)
def test_near_misses_of_a_path_are_not_found(network, path):
    response = network.get(path)
    assert response.status_code == 404
    is_page = path.endswith(".html")
    assert response.headers["content-type"].startswith("text/html" if is_page else "application/problem+json")


@pytest.mark.parametrize("path", PATHS)
def test_discovery_paths_refuse_parameters_and_other_methods(network, path):
    refused = network.client.get(f"{path}?x=1", follow_redirects=False)
    if path == "/docs":
        # A page leads to the address without parameters that it does not know.
        assert (refused.status_code, refused.headers["location"]) == (302, path)
    else:
        assert refused.json()["type"] == f"{BASE}/problems/unknown-parameter"
        assert network.get(f"{path}?format=json").status_code == 400
    assert network.client.post(path).headers["allow"] == "GET, HEAD, OPTIONS"
    assert network.client.options(path).status_code == 204


@pytest.mark.parametrize("path", PATHS)
def test_discovery_responses_may_be_stored_and_are_revalidated(network, path):
    response = network.get(path, accept="image/png", accept_encoding="identity")
    assert response.status_code == 200
    assert response.headers["vary"] == "Accept-Encoding"
    assert response.headers["cache-control"] == "no-cache"
    is_data = UrlPath.parse(path).suffix in FORMATS
    vary = "Accept-Encoding" if is_data else "Accept, Accept-Encoding"
    assert network.client.get(f"{path}?x=1", follow_redirects=False).headers["vary"] == vary
    head = network.client.head(path, headers={"accept-encoding": "identity"})
    assert (head.status_code, dict(head.headers), head.content) == (200, dict(response.headers), b"")
    unchanged = network.get(path, if_none_match=response.headers["etag"], accept_encoding="identity")
    assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_robots_txt_allows_every_path_and_links_to_the_sitemap(network):
    response = network.get("/robots.txt")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    robots = RobotFileParser()
    robots.parse(response.text.splitlines())
    assert all(robots.can_fetch("any", f"{BASE}{path}") for path in addresses(network))
    assert robots.site_maps() == [f"{BASE}/sitemap.xml"]


@pytest.mark.parametrize("kind", KINDS)
def test_sitemaps_use_a_base_with_a_path(databases, kind):
    base = "https://x.example/a&b/data"
    with site_on(databases.make(kind), base=base) as site:
        site.store.commit([publish(record("Organisation", "one"))], "editor")
        assert f"{base}/sitemaps/pages-1.xml" in sitemap_entries(site, "/sitemap.xml", "sitemapindex")
        assert [*sitemap_entries(site, "/sitemaps/organisations-1.xml", "urlset")] == [
            f"{base}/organisations/one.{code}.html" for code in LANGUAGES
        ]
        assert f"Sitemap: {base}/sitemap.xml" in site.get("/robots.txt").text.splitlines()


def test_the_entry_point_links_to_the_openapi_document_in_every_format(network):
    for suffix in ("json", "ttl", "html"):
        header = network.get(f"/index.{suffix}").headers["link"]
        assert f'<{BASE}/openapi.json>; rel="service-desc"; type="application/json"' in header
        assert f'<{BASE}/docs>; rel="service-doc"; type="text/html"' in header
    for shape in MODEL.entities:
        assert not re.search("service-d", network.get(f"/{shape.collection}").headers["link"])


@pytest.mark.parametrize("path", [path for path in PATHS if path != "/robots.txt"])
def test_an_unreadable_database_gets_503(site, path):
    for table in ("record", "posting"):
        with site.store.database.writing() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {table}_away")
    # The sitemap of static pages is the only one that no content decides.
    assert site.get(path).status_code == (200 if "pages" in path else 503)
    assert site.get("/robots.txt").status_code == 200
