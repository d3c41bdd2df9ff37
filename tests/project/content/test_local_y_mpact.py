"""Tests of the content of LOCAL-Y-MPACT: it has the facts of its source and no others."""

from tests.support.shipped_content import ids, linked_records, statuses


def test_each_pilot_area_works_with_a_partner_of_the_same_country(local_y_mpact):
    parts = {part["id"]: part for part in local_y_mpact["participations"]}
    areas = {
        key: part["works_with"]["id"] for key, part in parts.items() if part["role"]["id"] == "pilot-area"
    }
    assert areas == {
        "talsi-municipality": "lsua",
        "dalarna-region": "se-forum",
        "braga-municipality": "cxjv",
        "aglandjia-municipality": "synthesis",
        "trakai-district-municipality": "geri-norai",
    }
    assert {parts[partner]["role"]["id"] for partner in areas.values()} == {"partner"}
    assert all(parts[area]["country"] == parts[partner]["country"] for area, partner in areas.items())
    assert ids(local_y_mpact["countries"]) == ["CY", "LT", "LV", "PT", "SE"]


def test_the_four_phases_are_in_order_and_have_their_outputs(network, local_y_mpact):
    phases = linked_records(network, local_y_mpact, "activities")[:4]
    assert [(phase["order"], phase["kind"]["id"]) for phase in phases] == [
        (order, "phase") for order in (1, 2, 3, 4)
    ]
    outputs = [[card["id"].removeprefix("local-y-mpact-") for card in phase["outputs"]] for phase in phases]
    assert outputs == [
        ["database", "good-practice", "mapping-conclusions", "needs-review"],
        ["cooperation-guide"],
        ["recommendations"],
        ["action-plans", "roadmap"],
    ]


def test_mapping_and_action_plans_are_for_the_five_pilot_areas(network, local_y_mpact):
    areas = [part["id"] for part in local_y_mpact["participations"] if part["role"]["id"] == "pilot-area"]
    for path in ("activities/local-y-mpact-phase-1-mapping", "outputs/local-y-mpact-action-plans"):
        assert ids(network.json(f"/{path}")["for_participations"]) == areas


def test_local_y_mpact_has_planned_outputs_and_delivered_outputs(network, local_y_mpact):
    output_statuses = statuses(network, local_y_mpact)
    planned = {identifier for identifier, status in output_statuses.items() if status == "planned"}
    assert planned == {"local-y-mpact-action-plans"}
    assert set(output_statuses.values()) == {"planned", "delivered"}
    assert network.json("/outputs/local-y-mpact-action-plans")["count"] == 5


def test_one_study_visit_was_held_in_latvia_and_one_is_planned_in_portugal(network, local_y_mpact):
    visits = [
        activity
        for activity in linked_records(network, local_y_mpact, "activities")
        if activity["kind"]["id"] == "study-visit"
    ]
    assert [(visit["status"]["id"], visit["places"][0]["country"]["id"]) for visit in visits] == [
        ("held", "LV"),
        ("planned", "PT"),
    ]


def test_local_y_mpact_has_the_dates_and_english_title_of_its_source_and_no_invented_status(local_y_mpact):
    assert (local_y_mpact["start"], local_y_mpact["end"]) == ("2022-01-03", "2023-10-03")
    assert local_y_mpact["title"]["en"].startswith("Enhancing youth capacity in municipalities and")
    translated = {(part["pointer"], part["language"]["id"]) for part in local_y_mpact["record"]["translated"]}
    assert {pointer for pointer, language in translated if language == "lv"} == {"/title"}
    assert translated.isdisjoint({("", "en"), ("/title", "en")})
    assert not local_y_mpact.keys() & {"status", "lead"}
