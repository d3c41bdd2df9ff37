"""Tests of the content of the Baltic Sea project: it has the facts of its source and no others."""

import pytest

from tests.support.shipped_content import ids, linked_record, linked_records


def test_the_baltic_sea_project_has_four_partners_with_their_sites(network, baltic_sea):
    sites = {
        part["country"]["id"]: linked_record(network, part["organisation"])["homepage"]
        for part in baltic_sea["participations"]
    }
    assert sites == {
        "LV": "http://socialinnovation.lv/en/",
        "DK": "http://sociale-entreprenører.dk/english.html",
        "PL": "http://biser.org.pl/",
        "RU": "http://www.krauslab.ru/",
    }
    assert [part["role"]["id"] for part in baltic_sea["participations"]] == ["coordinator", *["partner"] * 3]
    assert ids(baltic_sea["countries"]) == ["DK", "LV", "PL", "RU"]


def test_the_baltic_sea_project_lasts_a_year_with_no_invented_end_or_status(baltic_sea):
    assert (baltic_sea["start"], baltic_sea["duration"]) == ("2017-09", "P1Y")
    assert not baltic_sea.keys() & {"end", "end_earliest", "end_latest", "status"}


def test_the_funder_of_the_baltic_sea_project_keeps_its_spellings_as_aliases(network, baltic_sea):
    (card,) = baltic_sea["grants"]
    grant = linked_record(network, card)
    assert grant["number"] == "17055"
    (funder,) = grant["funders"]
    organisation = linked_record(network, funder)
    names = {organisation["name"]["lv"], organisation["name"]["en"], *organisation["aliases"]["lv"]}
    assert names == {
        "Nordic Council of Ministers",
        "Ziemeļu ministru padome",
        "Ziemeļu Ministru padome",
        "Ziemeļvalstu Ministru padome",
    }


def test_the_activities_of_the_baltic_sea_project_are_in_the_order_of_the_source(network, baltic_sea):
    activities = linked_records(network, baltic_sea, "activities")
    assert [(activity["order"], activity["kind"]["id"]) for activity in activities] == [
        (1, "development"),
        (2, "training"),
        (3, "development"),
        (4, "study-visit"),
        (5, "study-visit"),
        (6, "promotion"),
    ]


def test_the_local_trainings_are_in_three_countries_in_one_of_two_months(network):
    trainings = network.json("/activities/baltic-sea-local-trainings")
    assert trainings["start"] == trainings["end"] == "[2018-03,2018-04]"
    assert (trainings["duration"], trainings["participants"]) == ("P2D", 25)
    assert [place["country"]["id"] for place in trainings["places"]] == ["LV", "PL", "RU"]


@pytest.mark.parametrize(("place", "country"), [("russia", "RU"), ("denmark", "DK")])
def test_a_study_visit_of_five_is_in_the_summer_of_2018(network, place, country):
    visit = network.json(f"/activities/baltic-sea-study-visit-{place}")
    assert (visit["start"], visit["participants"]) == ("2018-22", 5)
    assert (visit["start_earliest"], visit["start_latest"]) == ("2018-06-01", "2018-08-31")
    assert [venue["country"]["id"] for venue in visit["places"]] == [country]


def test_the_module_and_the_course_are_outputs_of_the_activities_that_develop_them(network, baltic_sea):
    activities = {
        output["id"]: output.get("activity", {}).get("id")
        for output in linked_records(network, baltic_sea, "outputs")
    }
    assert activities == {
        "baltic-sea-education-module": "baltic-sea-module-development",
        "baltic-sea-online-course": "baltic-sea-course-development",
    }


def test_the_platform_of_the_baltic_sea_is_promoted_and_is_no_output_of_the_project(network):
    assert network.get("/outputs/baltic-sea-platform").status_code in (404, 410)
    promotion = network.json("/activities/baltic-sea-platform-promotion")
    for text in promotion["summary"].values():
        assert "www.socialenterprisebsr.net" in text
