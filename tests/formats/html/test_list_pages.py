"""Tests of list pages in HTML: links to formats, pagination links, empty lists."""

import re
from xml.etree.ElementTree import Element

from tests.support.html.pages import in_language, links, main, page, text


def test_every_format_is_linked_with_the_parameters_of_the_request(sqlite_network):
    for path, names in [
        ("/projects/ensie", ["json", "jsonld", "ttl", "nt", "rdf", "html"]),
        ("/organisations?limit=2", ["json", "jsonld", "ttl", "nt", "rdf", "csv", "html"]),
    ]:
        tree = page(sqlite_network, in_language(path, "en"))
        format_links = tree.findall(".//section[@class='formats']//a")
        suffixes = [re.search(r"\.([a-z]+)(\?|$)", link.get("href"))[1] for link in format_links]
        assert set(suffixes) >= set(names)
        for link in format_links:
            response = sqlite_network.get(link.get("href"))
            assert response.headers["content-type"].startswith(link.get("type"))
            assert ("limit=2" in link.get("href")) == ("limit=2" in path)
        tables = {link.get("href") for link in tree.findall(".//main/dl//a")}
        if "limit" in path:
            assert tables == {"/organisations.csv", "/organisations.csv?profile=spreadsheet"}


def link_with_rel(tree: Element, relation: str) -> str | None:
    """Return the address of the first link with a relation, or None."""
    return next((path for path, link in links(tree).items() if link.get("rel") == relation), None)


def test_a_list_leads_through_all_its_pages_and_back(sqlite_network):
    for code in ("lv", "en"):
        records, visited, path = [], [], in_language("/organisations?limit=10", code)
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
        assert all(path.startswith(f"/organisations.{code}.html?") for path in visited)


def test_an_empty_list_has_a_message_and_no_page_links(sqlite_site):
    assert "Šeit pagaidām nekā nav." in text(main(page(sqlite_site, "/projects")))
    assert not page(sqlite_site, "/projects").findall(".//nav[@class='pages']")
