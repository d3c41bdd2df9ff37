"""Tests of the filter forms of lists: counts of values, submitted queries, active filters, sort links."""

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
from tests.support.html.forms import Form, active_filters, forms, query_parameters, value_counts
from tests.support.html.pages import in_language, json_ld, main, page, text, without_suffixes
from tests.support.site import Site, site_on
from vocab.turtle_parser import LANGUAGES

SEED, PROJECTS = 3, 30

LISTS = (*(f"/{name}" for name in MODEL.by_collection), "/partners", "/funders")

FILTERED_LISTS = (
    "/projects?country=LV,LT,-EE&q=a*&sort=-start",
    "/projects?year=2016&year=2017&status=-ongoing&start_from=2010&limit=3",
    "/projects?any=status:ongoing,country:LV&programme=aprite-11&has=start&missing_lang=en",
    "/grants?currency=EUR&amount_from=10.00&decided_to=2030",
    "/grants?currency=EUR,DKK&updated_since=2020-01-01",
    "/organisations?region=LV&kind=-association",
    "/activities?region=LV,-LV00&missing=end&sort=title,-start",
    "/partners?country=LV",
)
"""Queries of lists whose filters have checkboxes."""


def filter_form(tree: Element) -> Form:
    """Return the only form of a page that has checkboxes."""
    (form,) = [form for form in forms(tree) if form.boxes]
    return form


def ticked_boxes(form: Form) -> list[Element]:
    return [box for box in form.boxes if box.get("checked") is not None]


@pytest.fixture(scope="module")
def random_site(databases) -> Iterator[Site]:
    """An installation with random records that have values of every parameter."""
    with site_on(databases.make("sqlite")) as site:
        for actions in commits(SEED, PROJECTS):
            site.store.commit(actions, "editor")
        yield site


@pytest.mark.parametrize("path", [*LISTS, *FILTERED_LISTS])
def test_every_checkbox_has_the_count_of_the_records_that_it_selects(random_site, path):
    tree = page(random_site, path)
    form = filter_form(tree)
    ticked = ticked_boxes(form)
    counted = 0
    for box, count in value_counts(tree):
        other_filters = [other for other in ticked if other.get("name") != box.get("name")]
        address = form.submitted(ticked=[*other_filters, box])
        if count is not None:
            assert random_site.json(without_suffixes(address))["total"] == count, address
        counted += count is not None
    assert counted
    assert random_site.json(without_suffixes(form.submitted()))["total"] == random_site.json(path)["total"]


def test_several_checkboxes_of_a_filter_select_records_with_any_of_their_values(random_site):
    form = filter_form(page(random_site, "/projects"))
    status = next(box for box in form.boxes if box.get("name") == "status")
    boxes = [box for box in form.boxes if box.get("name") == "country"][:3]
    values = [box.get("value") for box in (status, *boxes)]
    address = form.submitted(ticked=[status, *boxes])
    query = f"status={values[0]}&country={','.join(values[1:])}"
    assert query_parameters(address) == query_parameters(f"?{query}")
    listed, expected = random_site.json(without_suffixes(address)), random_site.json(f"/projects?{query}")
    assert [item["id"] for item in listed["items"]] == [item["id"] for item in expected["items"]]
    assert listed["total"] > 1
    ticked = ticked_boxes(filter_form(page(random_site, address)))
    assert {box.get("value") for box in ticked} == {*values}


@pytest.mark.parametrize("path", [*LISTS, *FILTERED_LISTS, "/", "/search?q=a*", "/vocab/role"])
def test_no_form_sends_empty_values_or_a_cursor_or_loses_parameters_in_use(random_site, path):
    parameters, language = query_parameters(path), "en" if "limit" in path else "lv"
    for form in forms(page(random_site, in_language(path, language))):
        assert form.element.get("method", "get") == "get"
        assert not urlsplit(form.element.get("action")).query
        for control in form.fields:
            if control.get("type") == "search":
                assert (control.get("required"), control.get("maxlength")) == ("", "200")
            else:
                assert control.get("value"), path
        address = form.submitted(typed="tilts")
        submitted = query_parameters(address)
        assert "cursor" not in submitted
        assert page(random_site, address).get("lang") == language
        if without_suffixes(form.element.get("action")) == urlsplit(path).path:
            hidden = parameters.keys() - {"q", "limit"} - {box.get("name") for box in form.boxes}
            assert {name: submitted.get(name) for name in hidden} == {
                name: parameters[name] for name in hidden
            }


@pytest.mark.parametrize("path", FILTERED_LISTS)
def test_every_active_filter_is_listed_with_a_link_that_removes_it(random_site, path):
    tree = page(random_site, path)
    parameters = query_parameters(path)
    filters = parameters.keys() - {"sort", "limit", "lang"}
    filter_links = active_filters(tree)
    assert len(filter_links) == len(filters)
    for address in filter_links.values():
        removed = parameters.keys() - query_parameters(address).keys()
        assert removed & filters
        assert removed <= {"currency", "amount_from"} if len(removed) > 1 else removed
        assert random_site.get(address, accept="text/html").status_code == 200
    (clear_link,) = main(tree).findall(".//section[@class='in-use']/p/a")
    assert query_parameters(clear_link.get("href")).keys() == parameters.keys() - filters
    assert not active_filters(page(random_site, clear_link.get("href")))


def test_active_filters_are_described_in_the_language_of_the_page(sqlite_network):
    path = "/projects?country=LV,-EE&start_from=2017-09&any=partner:social-innovation-centre,funder:lsua&has=outputs&q=net*"
    for code, expected in [
        ("lv", ["Valsts: Latvija, ne Igaunija", "Sākums: ne agrāk kā 2017. gada septembris",
                "Vismaz viens no: Partneris: Sociālās inovācijas centrs (SIC), Finansētājs: Latvijas Sociālās uzņēmējdarbības asociācija (LSUA)",
                "Ir norādīts: iznākumi", "Meklēts: net*"]),
        ("en", ["Country: Latvia, not Estonia", "Start: not before September 2017",
                "At least one of: Partner: Social Innovation Centre (SIC), Funder: Social Entrepreneurship Association of Latvia (LSUA)",
                "Stated: outputs", "Searched for: net*"]),
    ]:  # fmt: skip
        descriptions = [
            description.partition(" Noņemt")[0].partition(" Remove")[0]
            for description in active_filters(page(sqlite_network, in_language(path, code)))
        ]
        assert descriptions == expected
    grants = page(
        sqlite_network,
        "/grants?currency=EUR&amount_from=1000.00&amount_to=2000000.00&updated_since=2026-11-21&lang=en",
    )
    assert [description.partition(" Remove")[0] for description in active_filters(grants)] == [
        "Currency: Euro", "Amount: at least 1,000.00", "Amount: at most 2,000,000.00", "Changed: not before 21 November 2026",
    ]  # fmt: skip


def test_values_of_active_filters_are_ticked_even_if_no_record_has_them(random_site):
    tree = page(random_site, "/projects?country=TV&status=ongoing&role=pilot-area&funder=a-5&year=1901")
    counts = {box.get("value"): count for box, count in value_counts(tree) if box.get("checked") is not None}
    assert counts.keys() == {"TV", "ongoing", "pilot-area", "a-5", "1901"}
    assert counts["TV"] == counts["a-5"] == 0
    assert "Nekas nav atrasts." in text(main(tree))
    clear_links = [link.get("href") for link in main(tree).iter("a") if text(link) == "Noņemt visu"]
    assert clear_links == ["/projects.lv.html", "/projects.lv.html"]


def test_a_value_written_as_an_iri_is_ticked_as_its_code(sqlite_network):
    country = "http://publications.europa.eu/resource/authority/country/LVA"
    partner = "https://data.example.org/organisations/social-innovation-centre%23this"
    ticked = ticked_boxes(filter_form(page(sqlite_network, f"/projects?country={country}&partner={partner}")))
    assert [(box.get("name"), box.get("value")) for box in ticked] == [
        ("partner", "social-innovation-centre"),
        ("country", "LV"),
    ]


@pytest.mark.parametrize("shape", MODEL.entities, ids=lambda shape: shape.name)
def test_every_parameter_and_sort_key_has_a_label_in_both_languages(shape):
    labels = ParameterLabels(MODEL.ontology, shape)
    for name in [*filter_parameters(shape, LANGUAGES), "any", "q", *sort_key_names(shape)]:
        assert {*labels.of(name)} >= {*LANGUAGES}, name
        assert all(labels.of(name).values()), name


def test_every_parameter_label_belongs_to_a_parameter():
    declared = {name for shape in MODEL.entities for name in filter_parameters(shape, LANGUAGES)}
    stems = {re.sub("_(from|to)$", "", name) for name in declared}
    assert {*PARAMETER_LABELS} <= declared | stems | {"any", "q"}
    assert list(PARAMETER_LABELS) == sorted(PARAMETER_LABELS)


def test_lists_are_sorted_by_links(random_site):
    for path in (
        "/projects?country=LV&limit=2",
        "/partners?limit=1",
        "/grants?sort=-decided,number&limit=3",
    ):
        tree = page(random_site, path)
        sort_links = main(tree).findall(".//details[@class='orders']//a")
        current = [link.get("href") for link in sort_links if link.get("aria-current")]
        assert [query_parameters(address).get("sort") for address in current] == [
            query_parameters(path).get("sort")
        ]
        for sort_link in sort_links:
            address = sort_link.get("href")
            assert query_parameters(address) | {"sort": ""} == query_parameters(path) | {"sort": ""}
            item_links = page(random_site, address).findall(".//main/ul/li/h2/a")
            ids = [item["id"] for item in random_site.json(without_suffixes(address))["items"]]
            assert [without_suffixes(link.get("href")).rpartition("/")[2] for link in item_links] == ids
    assert not main(page(random_site, "/search?q=a*")).findall(".//details")


def test_filtered_and_sorted_lists_are_not_indexed_and_their_canonical_link_has_the_query(sqlite_network):
    for path, is_indexed in [
        ("/projects", True),
        ("/projects?limit=2", True),
        ("/projects?country=LV", False),
        ("/projects?q=social", False),
        ("/projects?sort=title", False),
        ("/search?q=social&highlight=false", False),
        ("/projects/ensie", True),
    ]:
        tree = page(sqlite_network, path)
        robots = [meta.get("content") for meta in tree.iter("meta") if meta.get("name") == "robots"]
        assert robots == ([] if is_indexed else ["noindex"]), path
        (canonical,) = [link.get("href") for link in tree.iter("link") if link.get("rel") == "canonical"]
        assert urlsplit(canonical).path == f"{urlsplit(path).path}.lv.html"
        expected = {name: value for name, value in query_parameters(path).items() if name != "highlight"}
        assert query_parameters(canonical) == expected
        if not is_indexed and "sort" not in expected:
            assert json_ld(tree)["@type"] == "SearchResultsPage"
