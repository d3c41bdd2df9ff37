"""What a project shows of its funding: followed from link to link, and never stale."""

import pytest

from api.store.log.actions import delete, publish, unpublish
from tests.support.generators.records import record
from tests.support.log_scenarios import rows

TREE = [
    publish(record("Organisation", "commission")),
    publish(record("Organisation", "council")),
    publish(
        record(
            "Programme",
            "whole",
            funders=["commission"],
            acknowledgement={"lv": "Finansē komisija."},
            disclaimer={"lv": "Komisija neatbild.", "en": "The commission is not liable."},
        )
    ),
    publish(record("Programme", "strand", parent="whole")),
    publish(record("Programme", "measure", parent="strand")),
    publish(record("Project", "project")),
    publish(record("Grant", "grant", projects=["project"], programme="measure")),
]


@pytest.fixture
def funded(site):
    site.store.commit(TREE, "editor")
    return site


def ids(cards) -> list[str]:
    return [card["id"] for card in cards or ()]


def project(site) -> dict:
    return site.json("/projects/project")


def item(site) -> dict:
    return site.json("/projects")["items"][0]


def changed(site) -> list[str]:
    """Return the records of the newest public changes, which have one moment."""
    found = rows(site, "change")
    return [row[3] for row in found if row[1] == found[-1][1]]


def test_a_project_shows_programme_and_funders_from_the_nearest_place_up_the_tree(funded):
    shown = project(funded)
    assert ids(shown["programmes"]) == ["measure"]
    assert ids(shown["funders"]) == ["commission"]
    assert shown["acknowledgements"] == {"lv": ["Finansē komisija."]}
    assert shown["disclaimers"] == {"lv": ["Komisija neatbild."], "en": ["The commission is not liable."]}
    funded.store.commit(
        [publish(record("Programme", "strand", parent="whole", funders=["council"]))], "editor"
    )
    assert ids(project(funded)["funders"]) == ["council"]


def test_what_a_grant_states_stands_before_what_its_programme_does(funded):
    own = record(
        "Grant",
        "grant",
        projects=["project"],
        programme="measure",
        funders=["council"],
        acknowledgement={"en": "Paid by the council."},
    )
    funded.store.commit([publish(own)], "editor")
    shown = project(funded)
    assert ids(shown["funders"]) == ["council"]
    assert shown["acknowledgements"] == {"en": ["Paid by the council."]}
    assert shown["disclaimers"]["lv"] == ["Komisija neatbild."]


def test_several_grants_are_told_together_and_nothing_twice(funded):
    other = record("Grant", "other", projects=["project"], programme="strand", funders=["council"])
    funded.store.commit([publish(other)], "editor")
    shown = project(funded)
    assert ids(shown["programmes"]) == ["measure", "strand"]
    assert ids(shown["funders"]) == ["commission", "council"]
    assert shown["acknowledgements"] == {"lv": ["Finansē komisija."]}


def test_a_proposal_shows_what_it_was_proposed_to_and_nobody_who_pays(funded):
    funded.store.commit([publish(record("Project", "proposal", applied_to=["strand"]))], "editor")
    shown = funded.json("/projects/proposal")
    assert ids(shown["programmes"]) == ["strand"]
    assert not shown.keys() & {"funders", "acknowledgements", "disclaimers"}


def test_the_lead_is_who_coordinates_if_just_one_is_known(funded):
    def with_leads(*names):
        parts = [{"id": name, "organisation": name, "role": "coordinator"} for name in names]
        return publish(record("Project", "project", participations=parts))

    funded.store.commit([with_leads("council")], "editor")
    assert project(funded)["lead"]["id"] == item(funded)["lead"]["id"] == "council"
    funded.store.commit([with_leads("council", "commission")], "editor")
    assert "lead" not in project(funded)


def test_a_list_shows_programmes_and_funders_as_the_documents_do(funded):
    shown, listed = project(funded), item(funded)
    for key in ("programmes", "funders"):
        assert listed[key] == shown[key]


def test_a_rename_far_up_the_tree_reaches_the_project_at_once_and_is_no_change_of_it(funded):
    before = project(funded)["record"]["modified"]
    funded.store.commit([publish(record("Organisation", "commission", name={"en": "New name"}))], "editor")
    assert project(funded)["funders"][0]["name"] == item(funded)["funders"][0]["name"] == {"en": "New name"}
    assert changed(funded) == ["commission"]
    assert project(funded)["record"]["modified"] == before


@pytest.mark.parametrize(
    "act",
    [
        publish(record("Programme", "whole", funders=["council"])),
        publish(record("Programme", "strand")),
        publish(record("Programme", "measure", parent="strand", acknowledgement={"en": "Nearer."})),
        publish(record("Grant", "grant", projects=["project"])),
        publish(record("Grant", "grant", projects=["project"], programme="whole")),
        unpublish(("Grant", "grant")),
        delete(("Grant", "grant")),
    ],
    ids=lambda act: f"{act.action}-{act.key[1]}",
)
def test_whatever_changes_what_a_project_says_is_a_change_of_the_project(funded, act):
    before = funded.get("/projects/project.nt").text
    funded.store.commit([act], "editor")
    assert funded.get("/projects/project.nt").text != before
    assert sorted(changed(funded)) == sorted([act.key[1], "project"])
    assert project(funded)["record"]["modified"] == rows(funded, "change")[-1][1]
    assert not funded.store.rebuild()


def test_a_programme_that_says_nothing_new_of_funding_changes_no_project(funded):
    acts = [publish(record("Programme", "whole", **{**fields_of_whole(), "homepage": "https://eu.example/"}))]
    funded.store.commit(acts, "editor")
    assert changed(funded) == ["whole"]


def fields_of_whole() -> dict:
    return {
        "funders": ["commission"],
        "acknowledgement": {"lv": "Finansē komisija."},
        "disclaimer": {"lv": "Komisija neatbild.", "en": "The commission is not liable."},
    }


def test_activities_come_in_their_own_order_then_by_their_beginning(site):
    acts = [publish(record("Project", "project"))]
    for identifier, fields in {
        "a": {"start": "2019"},
        "b": {"order": 2},
        "c": {"order": 1, "start": "2022"},
        "d": {},
        "e": {"start": "2018-22"},
    }.items():
        acts.append(publish(record("Activity", identifier, projects=["project"], **fields)))
    site.store.commit(acts, "editor")
    assert ids(project(site)["activities"]) == ["c", "b", "e", "a", "d"]


def test_an_activity_that_moves_changes_the_order_and_is_a_change_of_itself_alone(site):
    acts = [publish(record("Project", "project"))]
    acts += [
        publish(record("Activity", name, projects=["project"], order=n)) for n, name in enumerate("ab", 1)
    ]
    site.store.commit(acts, "editor")
    site.store.commit([publish(record("Activity", "a", projects=["project"], order=3))], "editor")
    assert ids(project(site)["activities"]) == ["b", "a"]
    assert changed(site) == ["a"]


def test_an_output_of_a_phase_is_listed_with_the_phase_and_the_project(site):
    acts = [
        publish(record("Project", "project")),
        publish(record("Activity", "phase", projects=["project"], order=1)),
        publish(record("Output", "toolkit", projects=["project"], activity="phase")),
    ]
    site.store.commit(acts, "editor")
    assert ids(project(site)["outputs"]) == ids(site.json("/activities/phase")["outputs"]) == ["toolkit"]
