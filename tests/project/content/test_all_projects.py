"""Tests of what holds of all five projects: countries, programmes, funders, years, organisations."""

import json

import pytest

from tests.support.shipped_content import INCUBATORS, PROJECTS, eu_programmes, ids, projects_with
from tests.support.site import needs_shared


def test_the_five_projects_are_found_by_their_countries(network):
    countries_of = {
        item["id"]: {country["id"] for country in item["countries"]}
        for item in network.json("/projects")["items"]
    }
    assert countries_of.keys() == PROJECTS

    def projects_in(code: str) -> set[str]:
        return {identifier for identifier, countries in countries_of.items() if code in countries}

    assert projects_in("LV") == PROJECTS
    assert projects_in("LT") == {"local-y-mpact"}
    assert projects_in("HU") == projects_in("IT") == {"ensie"}
    assert projects_in("PT") == {"ensie", "local-y-mpact"}
    assert projects_in("SE") == {"buicasus", "local-y-mpact"}
    assert projects_in("ES") == projects_in("FR") == {"buicasus"}


def test_the_five_projects_are_found_by_their_programmes_and_funders(network):
    payers = {
        item["id"]: (ids(item["programmes"]), ids(item.get("funders", [])))
        for item in network.json("/projects")["items"]
    }
    assert payers == {
        "ensie": (["europe-for-citizens-measure-2-2"], ["european-commission"]),
        "social-entrepreneurship-baltic-sea": (
            ["nordic-council-of-ministers-programme"],
            ["nordic-council-of-ministers"],
        ),
        "buicasus": (["easi"], ["european-commission"]),
        INCUBATORS: (["urban-innovative-actions"], []),
        "local-y-mpact": (["erasmus-plus"], ["european-commission"]),
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("year=2016", set()),
        ("year=2017", {"ensie", "social-entrepreneurship-baltic-sea"}),
        ("year=2018", {"ensie", "social-entrepreneurship-baltic-sea"}),
        ("year=2021", {"buicasus"}),
        ("year=2022", {"buicasus", "local-y-mpact"}),
        ("year=2023", {"buicasus", "local-y-mpact"}),
        ("end_to=2026-11-29", {"buicasus", "ensie", "local-y-mpact"}),
        ("country=LV", PROJECTS),
        ("country=SK,HU", {"ensie"}),
        ("country=DK,RU,PL", {"social-entrepreneurship-baltic-sea"}),
        ("country=ES,FR", {"buicasus"}),
        ("country=CY,LT", {"local-y-mpact"}),
        ("programme=europe-for-citizens", {"ensie"}),
        ("programme=nordic-council-of-ministers-programme", {"social-entrepreneurship-baltic-sea"}),
        ("programme=easi", {"buicasus"}),
        ("programme=urban-innovative-actions", {INCUBATORS}),
        ("programme=erasmus-plus", {"local-y-mpact"}),
        ("funder=european-commission", PROJECTS - {"social-entrepreneurship-baltic-sea"}),
        ("funder=nordic-council-of-ministers", {"social-entrepreneurship-baltic-sea"}),
    ],
)
def test_filters_find_the_five_projects_by_year_country_programme_and_funder(network, query, found):
    assert {*ids(network.json(f"/projects?{query}")["items"])} == found


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("/programmes?year=2018", {"easi", "europe-for-citizens"}),
        ("/partners?country=HU", set()),
        ("/grants?missing=effective_funders", set()),
    ],
)
def test_filters_find_the_programmes_partners_and_grants_that_the_readme_explains(network, address, found):
    assert {*ids(network.json(address)["items"])} == found


def test_a_grant_without_a_number_has_a_label_in_both_languages(network):
    labels = {item["id"]: item.get("label") for item in network.json("/grants")["items"]}
    assert labels["buicasus-easi"] == {
        "lv": "EaSI finansējums projektam BuiCaSuS",
        "en": "EaSI funding of BuiCaSuS",
    }
    assert labels["local-y-mpact-erasmus-plus"] == {
        "lv": "Erasmus+ finansējums projektam LOCAL-Y-MPACT",
        "en": "Erasmus+ funding of LOCAL-Y-MPACT",
    }


def test_the_european_commission_funds_the_four_programmes_of_the_eu(network):
    for programme in ("easi", "erasmus-plus", "europe-for-citizens", "urban-innovative-actions"):
        assert ids(network.json(f"/programmes/{programme}")["funders"]) == ["european-commission"]
    found = network.json("/projects?funder=european-commission")["items"]
    assert {*ids(found)} == PROJECTS - {"social-entrepreneurship-baltic-sea"}
    proposal = network.json(f"/projects/{INCUBATORS}")
    assert ids(proposal["funders_applied_to"]) == ["european-commission"]


def test_europe_for_citizens_stands_on_ensie(network, ensie):
    path = ["europe-for-citizens", "europe-for-citizens-strand-2", "europe-for-citizens-measure-2-2"]
    assert ids(ensie["programme_path"]) == path
    page = network.get("/projects/ensie?lang=en", accept="text/html").text
    assert "Europe for Citizens" in page


@needs_shared
def test_programmes_of_the_eu_have_the_period_of_its_table(records_by_path):
    for path, record in records_by_path.items():
        for iri in record.get("see_also", ()) if record["type"] == "Programme" else ():
            assert f"({record['start']}/{record['end']})" in eu_programmes()[iri.rpartition("/")[2]], path


def test_an_organisation_in_several_projects_is_one_record(records_by_path):
    assert projects_with(records_by_path, "social-innovation-centre") == {
        "buicasus",
        "ensie",
        "social-entrepreneurship-baltic-sea",
    }
    assert projects_with(records_by_path, "lsua") == {"buicasus", "local-y-mpact"}
    names = [
        record["name"].get("lv") for record in records_by_path.values() if record["type"] == "Organisation"
    ]
    assert names.count("Sociālās inovācijas centrs") == 1
    association = records_by_path["/organisations/lsua"]
    assert association["acronym"] == "LSUA"
    assert association["aliases"] == {"lv": ["Sociālās uzņēmējdarbības asociācija"]}


def test_reach_for_change_is_two_organisations_as_no_source_says_how_they_are_related(records_by_path):
    swedish, latvian = (
        records_by_path[f"/organisations/reach-for-change-{country}"] for country in ("sweden", "latvia")
    )
    assert (swedish["country"]["id"], latvian["country"]["id"]) == ("SE", "LV")
    assert "part_of" not in swedish.keys() | latvian.keys()


def test_se_forum_and_the_swedish_forum_for_social_innovation_are_not_merged_or_linked(records_by_path):
    assert projects_with(records_by_path, "se-forum") == {"local-y-mpact"}
    assert projects_with(records_by_path, "swedish-forum-for-social-innovation") == {"buicasus"}
    for identifier in ("se-forum", "swedish-forum-for-social-innovation"):
        record = records_by_path[f"/organisations/{identifier}"]
        assert not record.keys() & {"aliases", "part_of", "identifiers"}


def test_grants_without_a_known_number_are_identified_by_their_ids(records_by_path):
    grants = [record for record in records_by_path.values() if record["type"] == "Grant"]
    assert {grant["id"]: grant.get("number") for grant in grants} == {
        "588997-citiz-1-2017-1-1sk-citiz-nt": "588997-CITIZ-1-2017-1-1SK-CITIZ-NT",
        "ncm-17055": "17055",
        "buicasus-easi": None,
        "local-y-mpact-erasmus-plus": None,
    }


def test_only_the_grant_of_buicasus_has_amounts_as_no_other_source_has_one(records_by_path):
    with_amounts = [path for path, record in records_by_path.items() if '"amounts"' in json.dumps(record)]
    assert with_amounts == ["/grants/buicasus-easi", "/projects/buicasus"]
