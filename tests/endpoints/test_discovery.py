"""How machines find everything: sitemaps, robots.txt, links to the description."""

import re
from datetime import datetime
from urllib.robotparser import RobotFileParser

import pytest
from lxml import etree

from api.endpoints import sitemap
from api.store.log.actions import publish, save, unpublish
from schema import MODEL
from tests.support.generators.records import record
from tests.support.site import BASE, KINDS, addresses, site_on

NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"

PATHS = (
    "/sitemap.xml",
    "/sitemaps/pages-1.xml",
    "/sitemaps/projects-1.xml",
    "/robots.txt",
    "/openapi.json",
    "/docs",
)

NOWHERE = [
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
    "/docs/",
    "/openapi",
    "/openapi.ttl",
]


def places(site, path: str, root: str) -> dict[str, str | None]:
    """Return the addresses in a sitemap, and when each changed; nothing else may be in it."""
    answer = site.get(path)
    assert answer.status_code == 200, (path, answer.text)
    assert answer.headers["content-type"] == "application/xml"
    tree = etree.fromstring(answer.content)
    assert tree.tag == f"{NAMESPACE}{root}"
    found = {}
    for one in tree:
        assert one.tag == NAMESPACE + {"urlset": "url", "sitemapindex": "sitemap"}[root]
        assert [inner.tag for inner in one] in (
            [f"{NAMESPACE}loc"],
            [f"{NAMESPACE}loc", f"{NAMESPACE}lastmod"],
        )
        found[one[0].text] = one[1].text if len(one) > 1 else None
    assert len(found) == len(tree) <= 50_000
    return found


def all_places(site) -> dict[str, str | None]:
    found = {}
    for address in places(site, "/sitemap.xml", "sitemapindex"):
        inside = places(site, address.removeprefix(BASE), "urlset")
        assert inside
        assert not found.keys() & inside.keys()
        found |= inside
    return found


def test_the_sitemaps_name_every_page_and_document_once(network):
    bare = {f"{BASE}{path}" for path in addresses(network) if "?" not in path}
    found = all_places(network)
    assert set(found) == bare
    for address in found:
        assert network.get(address.removeprefix(BASE)).status_code == 200


def test_documents_tell_when_they_changed(network):
    for address, changed in all_places(network).items():
        body = network.json(address.removeprefix(BASE))
        assert changed == body.get("record", {}).get("modified")
        assert changed is None or datetime.fromisoformat(changed).tzinfo


def test_both_engines_have_the_same_sitemaps(networks):
    one, other = networks
    for path in PATHS:
        assert one.raw(path) == other.raw(path)


def test_sitemaps_follow_the_content_and_show_no_drafts(site):
    pages = [*all_places(site)]
    assert not [one for one in pages if one.startswith(f"{BASE}/organisations/")]
    site.store.commit([publish(record("Organisation", "shown"))], "editor")
    site.store.commit([save(record("Organisation", "draft"))], "editor")
    assert set(all_places(site)) - set(pages) == {f"{BASE}/organisations/shown"}
    site.store.commit([unpublish(("Organisation", "shown"))], "editor")
    assert [*all_places(site)] == pages
    assert site.get("/sitemaps/organisations-1.xml").status_code == 404


def test_a_long_list_has_several_sitemaps(site, monkeypatch):
    monkeypatch.setattr(sitemap, "MAX_ADDRESSES", 20)
    names = [f"o-{number}" for number in range(45)]
    site.store.commit([publish(record("Organisation", name)) for name in names], "editor")
    index = [*places(site, "/sitemap.xml", "sitemapindex")]
    of_organisations = [one for one in index if "organisations" in one]
    assert of_organisations == [f"{BASE}/sitemaps/organisations-{number}.xml" for number in (1, 2, 3)]
    assert len([one for one in index if "pages" in one]) > 1
    found = [places(site, one.removeprefix(BASE), "urlset") for one in of_organisations]
    assert [len(one) for one in found] == [20, 20, 5]
    assert [one for part in found for one in part] == [
        f"{BASE}/organisations/{name}" for name in sorted(names)
    ]
    assert site.get("/sitemaps/organisations-4.xml").status_code == 404
    all_places(site)


@pytest.mark.parametrize("path", NOWHERE)
def test_what_is_nearly_such_an_address_is_not_there(network, path):
    answer = network.get(path)
    assert answer.status_code == 404
    assert answer.json()["type"] == f"{BASE}/problems/not-found"


@pytest.mark.parametrize("path", PATHS)
def test_they_take_no_parameters_and_other_methods_no_more_than_others_do(network, path):
    assert network.get(f"{path}?x=1").json()["type"] == f"{BASE}/problems/unknown-parameter"
    assert network.get(f"{path}?format=json").status_code == 400
    assert network.client.post(path).headers["allow"] == "GET, HEAD, OPTIONS"
    assert network.client.options(path).status_code == 204


@pytest.mark.parametrize("path", PATHS)
def test_they_are_kept_and_asked_about(network, path):
    answer = network.get(path, accept="image/png", accept_encoding="identity")
    assert answer.status_code == 200
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["cache-control"] == "no-cache"
    assert network.get(f"{path}?x=1").headers["vary"] == "Accept-Encoding"
    head = network.client.head(path, headers={"accept-encoding": "identity"})
    assert (head.status_code, dict(head.headers), head.content) == (200, dict(answer.headers), b"")
    same = network.get(path, if_none_match=answer.headers["etag"], accept_encoding="identity")
    assert (same.status_code, same.content) == (304, b"")


def test_robots_may_read_everything_and_are_told_of_the_sitemap(network):
    answer = network.get("/robots.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    robots = RobotFileParser()
    robots.parse(answer.text.splitlines())
    assert all(robots.can_fetch("any", f"{BASE}{path}") for path in addresses(network))
    assert robots.site_maps() == [f"{BASE}/sitemap.xml"]


@pytest.mark.parametrize("kind", KINDS)
def test_behind_a_path_they_name_what_is_behind_it(databases, kind):
    base = "https://x.example/a&b/data"
    with site_on(databases.make(kind), base=base) as site:
        site.store.commit([publish(record("Organisation", "one"))], "editor")
        assert f"{base}/sitemaps/pages-1.xml" in places(site, "/sitemap.xml", "sitemapindex")
        assert [*places(site, "/sitemaps/organisations-1.xml", "urlset")] == [f"{base}/organisations/one"]
        assert f"Sitemap: {base}/sitemap.xml" in site.get("/robots.txt").text.splitlines()


def test_the_entry_point_leads_to_the_description_in_every_format(network):
    for suffix in ("json", "ttl", "html"):
        header = network.get(f"/index.{suffix}").headers["link"]
        assert f'<{BASE}/openapi.json>; rel="service-desc"; type="application/json"' in header
        assert f'<{BASE}/docs>; rel="service-doc"; type="text/html"' in header
    for shape in MODEL.entities:
        assert not re.search("service-d", network.get(f"/{shape.collection}").headers["link"])


@pytest.mark.parametrize("path", [path for path in PATHS if path != "/robots.txt"])
def test_a_database_that_does_not_answer_is_told(site, path):
    for table in ("published", "item"):
        with site.store.database.writing() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {table}_away")
    if "pages" not in path:
        assert site.get(path).status_code == 503
    assert site.get("/robots.txt").status_code == 200
