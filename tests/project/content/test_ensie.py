"""Tests of the content of ENSIE: it has the facts of its source and no others."""

from tests.support.shipped_content import ids, linked_record, linked_records, statuses


def test_ensie_has_one_named_partner_and_eleven_unnamed_ones(ensie):
    named, unnamed = ensie["participations"]
    assert named["organisation"]["id"] == "social-innovation-centre"
    assert "organisation" not in unnamed
    assert (named["count"], unnamed["count"]) == (1, 11)


def test_ensie_involves_ten_countries(ensie):
    codes = ["CZ", "HR", "HU", "IT", "LV", "PT", "RO", "RS", "SI", "SK"]
    assert ids(ensie["countries"]) == codes
    assert sorted(ids(ensie["countries_stated"])) == codes


def test_ensie_begins_and_ends_in_known_months_without_days(ensie):
    assert (ensie["start"], ensie["end"]) == ("2017-09", "2018-12")
    assert (ensie["start_earliest"], ensie["end_latest"]) == ("2017-09-01", "2018-12-31")
    assert ensie["status"]["id"] == "completed"


def test_ensie_was_paid_under_measure_2_2_of_strand_2_of_europe_for_citizens(network, ensie):
    (card,) = ensie["grants"]
    assert card["number"] == "588997-CITIZ-1-2017-1-1SK-CITIZ-NT"
    path, levels = linked_record(network, card)["programme"], []
    while path:
        programme = linked_record(network, path)
        levels.append((programme["level"]["id"], programme.get("code"), programme["name"]["en"]))
        path = programme.get("parent")
    assert levels == [
        ("measure", "2.2", "Networks of towns"),
        ("strand", "2", "Strand 2"),
        ("programme", None, "Europe for Citizens"),
    ]


def test_ensie_has_six_events_without_dates_places_or_organisers(network, ensie):
    (events,) = linked_records(network, ensie, "activities")
    assert (events["count"], events["status"]["id"]) == (6, "held")
    assert not events.keys() & {"start", "end", "places", "organisers"}


def test_the_effects_of_ensie_are_results_and_its_planned_products_are_outputs(network, ensie):
    assert len(ensie["results"]["lv"]) == 2
    assert statuses(network, ensie) == {
        "ensie-handbook": "planned",
        "ensie-platform": "planned",
        "ensie-results-publication": "delivered",
        "ensie-strategy": "planned",
    }
