"""What was found, who is in which role, and where projects are listed, as people see it."""

from urllib.parse import urlencode

from schema import MODEL
from schema.declaration.annotations import LinkedQuery
from schema.query.highlighting import MAX_HIGHLIGHTS
from tests.support.generators.hostile_text import PAYLOADS
from tests.support.generators.records import record
from tests.support.html_forms import asked, forms, in_use
from tests.support.html_pages import facts, in_language, json_ld, links, main, page, publish_all, text


def test_what_was_found_is_marked_and_in_its_language(bare):
    publish_all(
        bare,
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
        matches = main(page(bare, path)).findall(".//ul[@class='matches']/li")
        assert [
            (text(one[0]), one[1].get("lang"), text(one[1]), [text(mark) for mark in one[1].iter("mark")])
            for one in matches
        ] == expected, path


def test_a_search_of_everything_tells_what_each_thing_is(alone):
    tree = page(alone, "/search?q=a*&lang=en&limit=200")
    items = alone.json("/search?q=a*&limit=200")["items"]
    kinds = [text(one.find("p")) for one in main(tree).findall("ul/li")]
    expected = [MODEL.ontology.labels(MODEL.by_name[one["type"]].collection)["en"] for one in items]
    assert kinds == expected
    assert len({*kinds}) > 3
    assert text(tree.find(".//title")).startswith("Search: a* – ")
    assert len(forms(tree)) == 1
    assert not in_use(tree)


def test_every_page_leads_to_a_search_of_everything(alone):
    for path in ("/", "/projects", "/projects/ensie?lang=en", "/vocab/role/partner"):
        tree = page(alone, path)
        first = forms(tree)[0]
        assert first.element.get("role") == "search"
        tree = page(alone, first.submitted(typed="social"))
        assert tree.get("lang") == asked(path).get("lang", "lv")
        assert [one.get("value") for one in tree.iter("input") if one.get("name") == "q"] == ["social"]
    assert alone.get("/search", accept="text/html").json()["parameter"] == "q"


def test_lists_by_role_are_in_the_menu_and_count_projects(alone):
    for path, label in (("/partners", "Partneri"), ("/funders", "Finansētāji")):
        tree = page(alone, path)
        (entry,) = [one for one in tree.findall(".//nav[@class='menu']//a") if one.get("aria-current")]
        assert (entry.get("href"), text(entry)) == (path, label)
        for item, body in zip(main(tree).findall("ul/li"), alone.json(path)["items"], strict=True):
            (shown,) = [one[1] for one in item.iterfind(".//dl/div") if text(one[0]) == "Projektu skaits"]
            assert text(shown) == str(body["projects_total"])
        assert json_ld(tree)["@type"] == "Dataset"


def test_organisations_programmes_and_concepts_lead_to_their_projects(alone):
    led = 0
    for path in (
        "/organisations/social-innovation-centre",
        "/programmes/europe-for-citizens",
        "/vocab/topic/social-entrepreneurship",
        "/vocab/role/partner",
        "/vocab/project-status/ongoing",
    ):
        body = alone.json(path)["project_list"]
        for code, said in (("lv", "Projektu saraksts"), ("en", "List of projects")):
            tree = page(alone, in_language(path, code))
            number = body["total"]
            assert facts(tree)[said].endswith(f": {number}")
            for link in [link for link in links(main(tree)) if link.startswith("/projects?")]:
                assert asked(link).get("lang") == ("en" if code == "en" else None)
                assert facts(page(alone, link))[
                    "Ierakstu skaits" if code == "lv" else "Number of records"
                ] == str(number)
                led += 1
    assert led > 4
    fields = [
        field for shape in MODEL.entities for field in shape.fields if isinstance(field.derived, LinkedQuery)
    ]
    assert len(fields) == 2


def test_hostile_questions_are_text(alone):
    skeletons = set()
    for payload in PAYLOADS[::2]:
        q = f"zz9 {payload}"[:200]
        for path in ("/projects", "/search"):
            tree = page(alone, f"{path}?{urlencode({'q': q})}")
            given = [one.get("value") for one in main(tree).iter("input") if one.get("type") == "search"]
            assert given == [q]
            assert " ".join(q.split()) in text(tree.find(".//title"))
            skeletons.add((path, *((str(one.tag), *sorted(one.attrib)) for one in tree.iter())))
        for name in ("country", "partner", "any", "sort", payload):
            answer = alone.get(f"/projects?{urlencode({name: payload})}", accept="text/html")
            assert answer.status_code in (200, 400)
            if answer.status_code == 400:
                assert answer.headers["content-type"] == "application/problem+json"
    assert len(skeletons) == 2


def test_hostile_names_are_text_among_the_filters_and_what_was_found(bare):
    names = {f"evil-{number}": payload for number, payload in enumerate(PAYLOADS[1::2])}
    publish_all(
        bare,
        *(record("Organisation", key, name={"lv": f"zz9 {name}"}) for key, name in names.items()),
        *(record("Grant", f"grant-{key}", funders=[key]) for key in names),
    )
    for key, payload in names.items():
        tree = page(bare, f"/grants?funder={key}&q=zz9&limit=1")
        label = next(one for one in main(tree).iter("label") if one.find("input").get("value") == key)
        assert f"zz9 {payload}" in {"".join(one.itertext()) for one in label.iter("bdi")}
        (funder,) = main(tree).findall(".//section[@class='in-use']/ul/li[1]/bdi")
        assert "".join(funder.itertext()) == f"zz9 {payload}"
    tree = page(bare, "/organisations?q=zz9&limit=200")
    found = main(tree).findall(".//ul[@class='matches']/li")
    assert {str(one.tag) for item in found for one in item.iter()} == {"li", "span", "bdi", "mark"}
    assert {"".join(item[1].itertext()) for item in found} == {f"zz9 {one}" for one in names.values()}
    assert len(found) <= len(names) * MAX_HIGHLIGHTS
