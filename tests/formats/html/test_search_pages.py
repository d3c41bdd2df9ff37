"""Tests of search pages, role lists and project lists in HTML: highlights, links, counts, hostile text."""

from urllib.parse import urlencode

from schema import MODEL
from schema.declaration.annotations import LinkedQuery
from schema.query.highlighting import MAX_HIGHLIGHTS
from tests.support.generators.hostile_text import PAYLOADS
from tests.support.generators.records import record
from tests.support.html.forms import active_filters, forms, query_parameters
from tests.support.html.pages import facts, in_language, json_ld, links, main, page, parsed, publish_all, text


def test_matches_are_highlighted_with_their_field_and_language(sqlite_site):
    publish_all(
        sqlite_site,
        record("Project", "one", title={"lv": "Tilts", "en": "Bridge"}, summary={"en": "A bridge <b>over</b> all", "da": "En bro"}),
        record("Organisation", "two", name={"lv": "Tilta centrs"}, acronym="BRO"),
    )  # fmt: skip
    for path, expected in [
        ("/projects?q=bridge", [("Nosaukums:", "en", "Bridge", ["Bridge"]),
                                ("Kopsavilkums:", "en", "A bridge <b>over</b> all", ["bridge"])]),
        ("/projects?q=bridge&lang=en", [("Title:", None, "Bridge", ["Bridge"]),
                                        ("Summary:", None, "A bridge <b>over</b> all", ["bridge"])]),
        ("/search?q=bro", [("Akronīms:", None, "BRO", ["BRO"]), ("Kopsavilkums:", "da", "En bro", ["bro"])]),
        ("/search?q=bro&highlight=false", []),
    ]:  # fmt: skip
        matches = main(page(sqlite_site, path)).findall(".//ul[@class='matches']/li")
        assert [
            (text(label), snippet.get("lang"), text(snippet), [text(mark) for mark in snippet.iter("mark")])
            for label, snippet, *_ in matches
        ] == expected, path


def test_a_search_of_all_collections_has_the_type_of_each_record(sqlite_network):
    tree = page(sqlite_network, "/search?q=a*&lang=en&limit=200")
    items = sqlite_network.json("/search?q=a*&limit=200")["items"]
    types = [text(item.find("p")) for item in main(tree).findall("ul/li")]
    expected = [MODEL.ontology.labels(MODEL.by_name[item["type"]].collection)["en"] for item in items]
    assert types == expected
    assert len({*types}) > 3
    assert text(tree.find(".//title")).startswith("Search: a* – ")
    assert len(forms(tree)) == 1
    assert not active_filters(tree)


def test_every_page_has_a_form_that_searches_all_collections(sqlite_network):
    for path in ("/", "/projects", "/projects/ensie?lang=en", "/vocab/role/partner"):
        tree = page(sqlite_network, path)
        form = forms(tree)[0]
        assert form.element.get("role") == "search"
        tree = page(sqlite_network, form.submitted(typed="social"))
        assert tree.get("lang") == query_parameters(path).get("lang", "lv")
        assert [box.get("value") for box in tree.iter("input") if box.get("name") == "q"] == ["social"]
    assert sqlite_network.get("/search", accept="text/html").status_code == 400


def test_role_lists_are_in_the_menu_and_count_projects(sqlite_network):
    for path, label in (("/partners", "Partneri"), ("/funders", "Finansētāji")):
        tree = page(sqlite_network, path)
        (entry,) = [link for link in tree.findall(".//nav[@class='menu']//a") if link.get("aria-current")]
        assert (entry.get("href"), text(entry)) == (in_language(path, "lv"), label)
        for item, body in zip(main(tree).findall("ul/li"), sqlite_network.json(path)["items"], strict=True):
            (count,) = [fact[1] for fact in item.iterfind(".//dl/div") if text(fact[0]) == "Projektu skaits"]
            assert text(count) == str(body["projects_total"])
        assert json_ld(tree)["@type"] == "Dataset"


def test_organisations_programmes_concepts_and_sources_link_to_their_projects(sqlite_network):
    project_links = 0
    for path in (
        "/organisations/social-innovation-centre",
        "/programmes/europe-for-citizens",
        "/vocab/topic/social-entrepreneurship",
        "/vocab/role/partner",
        "/vocab/project-status/ongoing",
        "/sources/sic-ensie",
    ):
        body = sqlite_network.json(path)["project_list"]
        for code, label in (("lv", "Projektu saraksts"), ("en", "List of projects")):
            tree = page(sqlite_network, in_language(path, code))
            total = body["total"]
            assert facts(tree)[label].endswith(f": {total}")
            for link in [link for link in links(main(tree)) if link.startswith("/projects.")]:
                assert link.startswith(f"/projects.{code}.html?")
                assert facts(page(sqlite_network, link))[
                    "Ierakstu skaits" if code == "lv" else "Number of records"
                ] == str(total)
                project_links += 1
    assert project_links > 4
    shapes = [
        shape.name
        for shape in MODEL.entities
        for field in shape.fields
        if isinstance(field.derived, LinkedQuery) and field.name == "project_list"
    ]
    assert shapes == ["Programme", "Organisation", "Source"]


def test_hostile_query_texts_appear_as_text_and_add_no_element(sqlite_network):
    skeletons = set()
    for payload in PAYLOADS[::2]:
        q = f"zz9 {payload}"[:200]
        for path in ("/projects", "/search"):
            tree = page(sqlite_network, f"{path}?{urlencode({'q': q})}")
            queries = [box.get("value") for box in main(tree).iter("input") if box.get("type") == "search"]
            assert queries == [q]
            title = text(tree.find(".//title")).removesuffix(" – Sociālās uzņēmējdarbības tīkls")
            assert " ".join(q.split()).startswith(title.partition(": ")[2].removesuffix("…"))
            skeletons.add((path, *((str(element.tag), *sorted(element.attrib)) for element in tree.iter())))
        for name in ("country", "partner", "any", "sort", payload):
            response = sqlite_network.get(f"/projects?{urlencode({name: payload})}", accept="text/html")
            assert response.status_code in (200, 400)
            if response.status_code == 400:
                assert len(list(parsed(response.text).iter("script"))) == 0
    assert len(skeletons) == 2


def test_hostile_names_appear_as_text_in_filters_and_highlights(sqlite_site):
    names = {f"evil-{number}": payload for number, payload in enumerate(PAYLOADS[1::2])}
    publish_all(
        sqlite_site,
        *(record("Organisation", key, name={"lv": f"zz9 {name}"}) for key, name in names.items()),
        *(record("Grant", f"grant-{key}", funders=[key]) for key in names),
    )
    for key, payload in names.items():
        tree = page(sqlite_site, f"/grants?funder={key}&q=zz9&limit=1")
        label = next(label for label in main(tree).iter("label") if label.find("input").get("value") == key)
        assert f"zz9 {payload}" in {"".join(element.itertext()) for element in label.iter("bdi")}
        (funder,) = main(tree).findall(".//section[@class='in-use']/ul/li[1]/bdi")
        assert "".join(funder.itertext()) == f"zz9 {payload}"
    tree = page(sqlite_site, "/organisations?q=zz9&limit=200")
    matches = main(tree).findall(".//ul[@class='matches']/li")
    assert {str(element.tag) for match in matches for element in match.iter()} == {
        "li",
        "span",
        "bdi",
        "mark",
    }
    assert {"".join(match[1].itertext()) for match in matches} == {f"zz9 {name}" for name in names.values()}
    assert len(matches) <= len(names) * MAX_HIGHLIGHTS


def test_a_misspelled_search_has_a_link_to_the_suggested_one(sqlite_site):
    publish_all(sqlite_site, record("Project", "one", title={"lv": "Tilta <inkubators>"}))
    for language, question in (("lv", "Vai domājāt"), ("en", "Did you mean")):
        tree = main(page(sqlite_site, f"/projects?q=inkubatrs&missing=end&lang={language}"))
        (link,) = [link for link in tree.iter("a") if text(link) == "inkubators"]
        assert f"{question} inkubators?" in [text(paragraph) for paragraph in tree.iter("p")]
        found = page(sqlite_site, link.get("href"))
        assert found.get("lang") == language
        assert query_parameters(link.get("href"))["missing"] == "end"
        assert any(text(heading).startswith("Tilta <inkubators>") for heading in main(found).iter("h2"))
    assert not [
        link for link in main(page(sqlite_site, "/projects?q=xyzzy")).iter("a") if "xyz" in text(link)
    ]
