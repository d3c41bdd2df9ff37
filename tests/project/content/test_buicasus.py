"""Tests of the content of BuiCaSuS: it has the facts of its sources and no others."""

from tests.support.shipped_content import ids, linked_record, linked_records, statuses


def test_buicasus_has_fourteen_participations_in_the_order_of_the_source(buicasus):
    assert [part["order"] for part in buicasus["participations"]] == list(range(1, 15))
    assert [(part["organisation"]["id"], part["country"]["id"]) for part in buicasus["participations"]] == [
        ("society-integration-foundation", "LV"),
        ("spain-ministry-of-labour-and-social-economy", "ES"),
        ("spain-state-secretary-for-social-rights", "ES"),
        ("swedish-forum-for-social-innovation", "SE"),
        ("reach-for-change-sweden", "SE"),
        ("inkludera", "SE"),
        ("avise", "FR"),
        ("lsua", "LV"),
        ("reach-for-change-latvia", "LV"),
        ("new-doors", "LV"),
        ("social-innovation-centre", "LV"),
        ("ceribu-sparni", "LV"),
        ("samaritan-association-of-latvia", "LV"),
        ("zelda", "LV"),
    ]


def test_the_two_lists_of_partners_of_buicasus_differ_in_role_and_wording(buicasus):
    roles = [
        (part["role"]["id"], part.get("role_as_stated", {}).get("lv")) for part in buicasus["participations"]
    ]
    assert roles == [
        ("partner", None),
        *[("partner", "projekta partneriem")] * 6,
        *[("associated-partner", "partneriem no Latvijas")] * 7,
    ]
    assert "lead" not in buicasus


def test_the_dates_and_amounts_of_buicasus_have_a_source_of_their_own(network, buicasus):
    assert (buicasus["start"], buicasus["end"]) == ("2021-06-01", "2023-05-31")
    grant = linked_record(network, buicasus["grants"][0])
    assert [(amount["kind"]["id"], amount["value"]) for amount in grant["amounts"]] == [
        ("total-cost", "1064413.00"),
        ("contribution", "851530.00"),
    ]
    for record in (buicasus, grant):
        assert "sif-buicasus-project" in ids(record["record"]["sources"])


def test_the_countries_of_the_visitors_are_not_those_of_the_project_or_the_conference(network, buicasus):
    assert ids(buicasus["countries"]) == ["ES", "FR", "LV", "SE"]
    (conference,) = linked_records(network, buicasus, "activities")
    assert "places" not in conference
    assert (conference["duration"], conference["status"]["id"]) == ("P2D", "held")
    assert ids(conference["organisers"]) == ["society-integration-foundation"]


def test_aims_of_buicasus_are_planned_and_its_products_are_delivered(network, buicasus):
    assert statuses(network, buicasus) == {
        "buicasus-ecosystem-study": "delivered",
        "buicasus-proposals": "planned",
        "buicasus-roadmap": "delivered",
    }
