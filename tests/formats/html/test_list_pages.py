"""Tests of list pages in HTML: links to formats, pagination links, empty lists."""

import re
from collections import Counter
from xml.etree.ElementTree import Element

from babel.numbers import NumberPattern
from jinja2.runtime import Macro

from tests.support.html.pages import ids, in_language, links, main, page, text


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


def items(site, path: str) -> dict[str, Element]:
    """Return the items of a list page by the path of their record, without language and format."""
    tree = page(site, path)
    return {
        item.find("h2/a").get("href").partition(".")[0]: item
        for item in tree.findall(".//main/ul[@class='items']/li")
    }


def test_an_item_of_a_project_has_its_first_sentence_its_partners_countries_and_amounts(sqlite_network):
    projects = items(sqlite_network, "/projects")
    sentence = sqlite_network.json("/projects/buicasus")["excerpt"]["lv"]
    assert text(projects["/projects/buicasus"].find("p")) == sentence
    facts = {
        text(fact.find("dt")): text(fact.find("dd"))
        for fact in projects["/projects/buicasus"].iterfind("dl/div")
    }
    assert facts["Partneru skaits"] == "14"
    assert facts["Valstu skaits"] == "4"
    assert "finansētāja ieguldījums: 851 530,00 EUR" in facts["Summas"]
    grants = items(sqlite_network, "/grants?lang=en")
    assert "EUR 1,064,413.00" in text(grants["/grants/buicasus-easi"])


def test_a_list_repeats_the_acronym_of_a_project_instead_of_its_title(sqlite_network):
    title = sqlite_network.json("/projects/local-y-mpact")["title"]["lv"]
    outputs = items(sqlite_network, "/outputs")
    assert "LOCAL-Y-MPACT" in text(outputs["/outputs/local-y-mpact-roadmap"])
    assert not any(title in text(item) for item in outputs.values())
    assert title in text(main(page(sqlite_network, "/outputs/local-y-mpact-roadmap")))
    assert title in text(items(sqlite_network, "/projects")["/projects/local-y-mpact"].find("h2"))


def test_the_ids_of_a_page_are_unique(sqlite_network):
    for path in ("/grants", "/projects", "/projects/buicasus", "/grants/buicasus-easi"):
        found = ids(page(sqlite_network, path))
        assert len(found) == len(set(found)), path


def test_an_item_takes_few_macros_and_no_value_is_formatted_twice(sqlite_network, monkeypatch):
    calls: Counter[str] = Counter()
    invoke, apply = Macro._invoke, NumberPattern.apply  # noqa: SLF001 - Jinja has no public one
    monkeypatch.setattr(Macro, "_invoke", lambda *args: calls.update(["macro"]) or invoke(*args))
    monkeypatch.setattr(
        NumberPattern, "apply", lambda *args, **options: calls.update(["number"]) or apply(*args, **options)
    )
    macros = []
    for limit in (2, 4):
        calls.clear()
        assert len(items(sqlite_network, f"/projects.lv.html?limit={limit}&sort=-title")) == limit
        macros.append(calls["macro"])
    assert macros[1] - macros[0] < 2 * 60
    calls.clear()
    items(sqlite_network, "/projects.lv.html?limit=3&sort=-title")
    assert calls["macro"]
    assert not calls["number"]
