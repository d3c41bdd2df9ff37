"""Tests of list pages in HTML: links to formats, pagination links, empty lists."""

import re
from xml.etree.ElementTree import Element

from tests.support.html.pages import links, main, page, text


def test_every_format_is_linked_with_the_parameters_of_the_request(sqlite_network):
    for path, names in [
        ("/projects/ensie", ["json", "jsonld", "ttl", "nt", "rdf", "html"]),
        ("/organisations?limit=2&lang=en", ["json", "jsonld", "ttl", "nt", "rdf", "csv", "html"]),
    ]:
        tree = page(sqlite_network, path)
        format_links = tree.findall(".//section[@class='formats']//a")
        suffixes = [re.search(r"\.([a-z]+)", link.get("href"))[1] for link in format_links]
        assert set(suffixes) >= set(names)
        for link in format_links:
            response = sqlite_network.get(link.get("href"))
            assert response.headers["content-type"].startswith(link.get("type"))
            assert ("limit=2" in link.get("href")) == ("limit=2" in path)
            assert ("lang=en" in link.get("href")) == ("lang=en" in path and ".html" in link.get("href"))
        tables = {link.get("href") for link in tree.findall(".//main/dl//a")}
        if "limit" in path:
            assert tables == {"/organisations.csv", "/organisations.csv?profile=spreadsheet"}


def link_with_rel(tree: Element, relation: str) -> str | None:
    """Return the address of the first link with a relation, or None."""
    return next((path for path, link in links(tree).items() if link.get("rel") == relation), None)


def test_a_list_leads_through_all_its_pages_and_back(sqlite_network):
    for start in ("/organisations?limit=10", "/organisations?limit=10&lang=en"):
        records, visited, path = [], [], start
        while path:
            tree = page(sqlite_network, path)
            visited.append(path)
            records += [link.get("href") for link in tree.findall(".//main/ul/li/h2/a")]
            path = link_with_rel(tree, "next")
        assert len(records) == len(set(records)) == sqlite_network.json("/organisations")["total"]
        assert (
            page(sqlite_network, link_with_rel(tree, "prev")).find(".//main/ul/li/h2/a").get("href")
            in records
        )
        assert link_with_rel(tree, "first") in visited
        assert ("lang=en" in start) == all("lang=en" in path for path in visited)


def test_an_empty_list_has_a_message_and_no_page_links(sqlite_site):
    assert "Šeit pagaidām nekā nav." in text(main(page(sqlite_site, "/projects")))
    assert not page(sqlite_site, "/projects").findall(".//nav[@class='pages']")
