"""Tests of dates that are one of two: their bounds, and the ranges, years and orders that find them."""

import csv
import io
from urllib.parse import quote

import pytest

from tests.support.generators.records import record
from tests.support.html.pages import facts, json_ld, page, publish_all
from tests.support.rdf_parsers import by_pyld, in_format, parsed

TRAINING = "[2018-03,2018-04]"

EDTF = "http://id.loc.gov/datatypes/edtf/EDTF"


@pytest.fixture
def trainings(site):
    publish_all(
        site,
        record("Activity", "earlier", start="2018-02"),
        record("Activity", "either", start=TRAINING, end="[2018-04-30,2019-01-02]"),
        record("Activity", "later", start="2018-04"),
    )
    return site


def found(site, query: str) -> list[str]:
    return [item["id"] for item in site.json(f"/activities?{query}")["items"]]


def test_one_of_two_dates_may_be_any_day_from_the_first_of_one_to_the_last_of_the_other(trainings):
    training = trainings.json("/activities/either")
    assert training["start"] == TRAINING
    assert (training["start_earliest"], training["start_latest"]) == ("2018-03-01", "2018-04-30")
    assert (training["end_earliest"], training["end_latest"]) == ("2018-04-30", "2019-01-02")


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("start_from=2018-04-15", ["either", "later"]),
        ("start_from=2018-05", []),
        ("start_to=2018-03-01", ["earlier", "either"]),
        ("start_from=2018-03&start_to=2018-03", ["either"]),
        ("start_from=%5B2018-03,2018-04%5D", ["either", "later"]),
        ("start_to=%5B2018-02,2018-03%5D", ["earlier", "either"]),
        ("year=2019", ["either"]),
        ("sort=-start", ["later", "either", "earlier"]),
    ],
)
def test_one_of_two_dates_is_found_by_every_range_that_it_may_lie_in(trainings, query, ids):
    assert found(trainings, query) == ids


@pytest.mark.parametrize("value", ["[2018-04,2018-03]", "[2018,2018-03]", "[2018-03]", "[2018-03,2018-04"])
def test_what_is_not_one_of_two_ordered_dates_is_refused(site, value):
    answer = site.get(f"/activities?start_from={quote(value)}")
    assert answer.status_code == 400
    assert "[2018-03,2018-04]" in answer.json()["detail"]


def test_one_of_two_dates_is_the_same_in_every_format(trainings):
    table = csv.DictReader(io.StringIO(trainings.get("/activities.csv?id=either").text))
    assert [row["start"] for row in table] == [TRAINING]
    triples = parsed(in_format(trainings, "/activities/either", "nt"), "nt")
    assert parsed(in_format(trainings, "/activities/either", "ttl"), "turtle") == triples
    assert parsed(in_format(trainings, "/activities/either", "rdf"), "xml") == triples
    assert by_pyld(in_format(trainings, "/activities/either", "jsonld")) == triples
    literals = {str(value) for *_, value in triples if str(getattr(value, "datatype", "")) == EDTF}
    assert TRAINING in literals


def test_a_page_tells_one_of_two_dates_in_words(trainings):
    tree = page(trainings, "/activities/either?lang=en")
    assert facts(tree)["Start"] == "March or April 2018"
    assert facts(tree)["End"] == "30 April 2018 or 2 January 2019"
    assert json_ld(tree)["startDate"] == "2018"
    assert "endDate" not in json_ld(tree)
    assert facts(page(trainings, "/activities/either"))["Sākums"] == "2018. gada marts vai aprīlis"
