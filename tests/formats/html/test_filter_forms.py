"""What people can ask of lists: forms and links that write the addresses that programs use."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import pytest

from api.formats.html.messages import PARAMETER_LABELS, ParameterLabels
from schema import MODEL
from schema.index.sort_keys import sort_key_names
from schema.query.parameters import filter_parameters
from tests.support.generators.network import commits
from tests.support.html_forms import Form, asked, forms, in_use
from tests.support.html_pages import in_language, json_ld, main, page, text
from tests.support.site import Site, site_on
from vocab.turtle import LANGUAGES

SEED, PROJECTS = 3, 30

LISTS = (*(f"/{name}" for name in MODEL.by_collection), "/partners", "/funders")

QUESTIONS = (
    "/projects?country=LV,LT,-EE&q=a*&sort=-start",
    "/projects?year=2016&year=2017&status=-ongoing&start_from=2010&limit=3",
    "/projects?any=status:ongoing,country:LV&programme=nobody&has=start&missing_lang=en",
    "/grants?currency=EUR&amount_from=10.00&decided_to=2030",
    "/grants?currency=EUR,DKK&updated_since=2020-01-01",
    "/organisations?region=LV&kind=-association",
    "/activities?region=LV,-LV00&missing=end&sort=title,-start",
    "/partners?country=LV&lang=en",
)
"""Questions whose filters can be ticked and unticked."""


def filters(tree: Element) -> Form:
    (found,) = [one for one in forms(tree) if one.boxes]
    return found


def numbers(tree: Element) -> Iterator[tuple[Element, int | None]]:
    """Yield every box with the number that it promises, if it does."""
    for label in main(tree).iter("label"):
        said = label.find(".//data")
        yield label.find("input"), int(said.get("value")) if said is not None else None


@pytest.fixture(scope="module")
def many(databases) -> Iterator[Site]:
    """A network at random, with values of every parameter."""
    with site_on(databases.make("sqlite")) as site:
        for acts in commits(SEED, PROJECTS):
            site.store.commit(acts, "editor")
        yield site


@pytest.mark.parametrize("path", [*LISTS, *QUESTIONS])
def test_every_box_finds_as_many_records_as_it_says(many, path):
    tree = page(many, path)
    form = filters(tree)
    ticked = [box for box in form.boxes if box.get("checked") is not None]
    counted = 0
    for box, number in numbers(tree):
        others = [one for one in ticked if one.get("name") != box.get("name")]
        address = form.submitted(ticked=[*others, box])
        if number is not None:
            assert many.json(address)["total"] == number, address
        counted += number is not None
    assert counted
    assert many.json(form.submitted())["total"] == many.json(path)["total"]


def test_several_boxes_of_a_filter_find_what_has_any_of_their_values(many):
    form = filters(page(many, "/projects"))
    status = next(box for box in form.boxes if box.get("name") == "status")
    boxes = [box for box in form.boxes if box.get("name") == "country"][:3]
    values = [box.get("value") for box in (status, *boxes)]
    address = form.submitted(ticked=[status, *boxes])
    question = f"status={values[0]}&country={','.join(values[1:])}"
    assert asked(address) == asked(f"?{question}")
    listed, expected = many.json(address), many.json(f"/projects?{question}")
    assert [one["id"] for one in listed["items"]] == [one["id"] for one in expected["items"]]
    assert listed["total"] > 1
    ticked = [one for one in filters(page(many, address)).boxes if one.get("checked") is not None]
    assert {one.get("value") for one in ticked} == {*values}


@pytest.mark.parametrize("path", [*LISTS, *QUESTIONS, "/", "/search?q=a*", "/vocab/role?lang=en"])
def test_no_form_sends_anything_empty_or_another_place_or_loses_what_is_in_use(many, path):
    given = asked(path)
    for form in forms(page(many, path)):
        assert form.element.get("method", "get") == "get"
        assert not urlsplit(form.element.get("action")).query
        for one in form.fields:
            if one.get("type") == "search":
                assert (one.get("required"), one.get("maxlength")) == ("", "200")
            else:
                assert one.get("value"), path
        address = form.submitted(typed="tilts")
        found = asked(address)
        assert "cursor" not in found
        assert found.get("lang") == given.get("lang")
        assert many.get(address, accept="text/html").status_code == 200
        if form.element.get("action") == urlsplit(path).path:
            kept = given.keys() - {"q", "limit"} - {box.get("name") for box in form.boxes}
            assert {name: found.get(name) for name in kept} == {name: given[name] for name in kept}


@pytest.mark.parametrize("path", QUESTIONS)
def test_whatever_is_in_use_is_told_and_can_be_taken_away(many, path):
    tree = page(many, path)
    given = asked(path)
    conditions = given.keys() - {"sort", "limit", "lang"}
    told = in_use(tree)
    assert len(told) == len(conditions)
    for address in told.values():
        gone = given.keys() - asked(address).keys()
        assert gone & conditions
        assert gone <= {"currency", "amount_from"} if len(gone) > 1 else gone
        assert many.get(address, accept="text/html").status_code == 200
    (cleared,) = main(tree).findall(".//section[@class='in-use']/p/a")
    assert asked(cleared.get("href")).keys() == given.keys() - conditions
    assert not in_use(page(many, cleared.get("href")))


def test_conditions_are_told_in_the_words_of_the_page(alone):
    path = "/projects?country=LV,-EE&start_from=2017-09&any=partner:social-innovation-centre,funder:x&has=outputs&q=net*"
    for code, told in [
        ("lv", ["Valsts: Latvija, ne Igaunija", "Sākums: ne agrāk kā 2017. gada septembris",
                "Vismaz viens no: Partneris: Sociālās inovācijas centrs (SIC), Finansētājs: x",
                "Ir norādīts: iznākumi", "Meklēts: net*"]),
        ("en", ["Country: Latvia, not Estonia", "Start: not before September 2017",
                "At least one of: Partner: Social Innovation Centre (SIC), Funder: x",
                "Stated: outputs", "Searched for: net*"]),
    ]:  # fmt: skip
        found = [
            one.partition(" Noņemt")[0].partition(" Remove")[0]
            for one in in_use(page(alone, in_language(path, code)))
        ]
        assert found == told
    amounts = page(
        alone,
        "/grants?currency=EUR&amount_from=1000.00&amount_to=2000000.00&updated_since=2026-11-21&lang=en",
    )
    assert [one.partition(" Remove")[0] for one in in_use(amounts)] == [
        "Currency: Euro", "Amount: at least 1,000.00", "Amount: at most 2,000,000.00", "Changed: not before 21 November 2026",
    ]  # fmt: skip


def test_values_in_use_are_ticked_though_nothing_has_them(many):
    tree = page(many, "/projects?country=TV&status=ongoing&role=pilot-area&funder=nobody&year=1901")
    promised = {box.get("value"): number for box, number in numbers(tree) if box.get("checked") is not None}
    assert promised.keys() == {"TV", "ongoing", "pilot-area", "nobody", "1901"}
    assert promised["TV"] == promised["nobody"] == 0
    assert "Nekas nav atrasts." in text(main(tree))
    cleared = [one.get("href") for one in main(tree).iter("a") if text(one) == "Noņemt visu"]
    assert cleared == ["/projects", "/projects"]


def test_a_code_is_ticked_however_it_was_written(alone):
    country = "http://publications.europa.eu/resource/authority/country/LVA"
    partner = "https://data.example.org/organisations/social-innovation-centre%23this"
    boxes = filters(page(alone, f"/projects?country={country}&partner={partner}")).boxes
    ticked = [(one.get("name"), one.get("value")) for one in boxes if one.get("checked") is not None]
    assert ticked == [("partner", "social-innovation-centre"), ("country", "LV")]


@pytest.mark.parametrize("shape", MODEL.entities, ids=lambda shape: shape.name)
def test_every_parameter_and_order_has_a_caption_in_both_languages(shape):
    captions = ParameterLabels(MODEL.ontology, shape)
    for name in [*filter_parameters(shape, LANGUAGES), "any", "q", *sort_key_names(shape)]:
        assert {*captions.of(name)} >= {*LANGUAGES}, name
        assert all(captions.of(name).values()), name


def test_no_caption_is_of_a_parameter_that_is_not_there():
    declared = {name for shape in MODEL.entities for name in filter_parameters(shape, LANGUAGES)}
    stems = {re.sub("_(from|to)$", "", name) for name in declared}
    assert {*PARAMETER_LABELS} <= declared | stems | {"any", "q"}
    assert list(PARAMETER_LABELS) == sorted(PARAMETER_LABELS)


def test_lists_are_put_in_order_by_links(many):
    for path in (
        "/projects?country=LV&limit=2",
        "/partners?lang=en&limit=1",
        "/grants?sort=-decided,number&limit=3",
    ):
        tree = page(many, path)
        ways = main(tree).findall(".//details[@class='orders']//a")
        here = [one.get("href") for one in ways if one.get("aria-current")]
        assert [asked(one).get("sort") for one in here] == [asked(path).get("sort")]
        for way in ways:
            address = way.get("href")
            assert asked(address) | {"sort": ""} == asked(path) | {"sort": ""}
            shown = [one.get("href") for one in page(many, address).findall(".//main/ul/li/h2/a")]
            ids = [
                one["id"]
                for one in many.json(address.replace("lang=en&", "").replace("lang=en", ""))["items"]
            ]
            assert [one.partition("?")[0].rpartition("/")[2] for one in shown] == ids
    assert not main(page(many, "/search?q=a*")).findall(".//details")


def test_lists_that_are_asked_something_are_not_for_crawlers_and_keep_their_question(alone):
    for path, is_indexed in [
        ("/projects", True),
        ("/projects?limit=2&lang=en", True),
        ("/projects?country=LV", False),
        ("/projects?q=social", False),
        ("/projects?sort=title", False),
        ("/search?q=social&highlight=false", False),
        ("/projects/ensie", True),
    ]:
        tree = page(alone, path)
        robots = [one.get("content") for one in tree.iter("meta") if one.get("name") == "robots"]
        assert robots == ([] if is_indexed else ["noindex"]), path
        (canonical,) = [one.get("href") for one in tree.iter("link") if one.get("rel") == "canonical"]
        expected = {name: value for name, value in asked(path).items() if name != "highlight"}
        assert asked(canonical) == expected
        if not is_indexed and "sort" not in expected:
            assert json_ld(tree)["@type"] == "SearchResultsPage"
