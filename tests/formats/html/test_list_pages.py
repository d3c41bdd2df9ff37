"""Pages of lists: ways through them, and to them as data."""

import re

from tests.support.html_pages import links, main, page, text


def test_every_format_is_a_click_away_with_what_was_asked(alone):
    for path, names in [
        ("/projects/ensie", ["json", "jsonld", "ttl", "nt", "rdf", "html"]),
        ("/organisations?limit=2&lang=en", ["json", "jsonld", "ttl", "nt", "rdf", "csv", "html"]),
    ]:
        tree = page(alone, path)
        offers = tree.findall(".//section[@class='formats']//a")
        suffixes = [re.search(r"\.([a-z]+)", one.get("href"))[1] for one in offers]
        assert set(suffixes) >= set(names)
        for one in offers:
            answer = alone.get(one.get("href"))
            assert answer.headers["content-type"].startswith(one.get("type"))
            assert ("limit=2" in one.get("href")) == ("limit=2" in path)
            assert ("lang=en" in one.get("href")) == ("lang=en" in path and ".html" in one.get("href"))
        whole = {one.get("href") for one in tree.findall(".//main/dl//a")}
        if "limit" in path:
            assert whole == {"/organisations.csv", "/organisations.csv?profile=spreadsheet"}


def test_a_list_leads_through_all_its_pages_and_back(alone):
    for start in ("/organisations?limit=10", "/organisations?limit=10&lang=en"):
        seen, way, path = [], [], start
        while path:
            tree = page(alone, path)
            way.append(path)
            seen += [one.get("href") for one in tree.findall(".//main/ul/li/h2/a")]
            path = next((link for link, one in links(tree).items() if one.get("rel") == "next"), None)
        assert len(seen) == len(set(seen)) == alone.json("/organisations")["total"]
        back = next(link for link, one in links(tree).items() if one.get("rel") == "prev")
        assert page(alone, back).find(".//main/ul/li/h2/a").get("href") in seen
        assert next(link for link, one in links(tree).items() if one.get("rel") == "first") in way
        assert ("lang=en" in start) == all("lang=en" in one for one in way)


def test_an_empty_list_says_so(bare):
    assert "Šeit pagaidām nekā nav." in text(main(page(bare, "/projects")))
    assert not page(bare, "/projects").findall(".//nav[@class='pages']")
