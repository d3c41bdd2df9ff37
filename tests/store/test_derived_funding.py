"""Tests of the funding that projects derive along links: it is complete and never stale."""

import pytest

from api.store.log.actions import delete, publish, unpublish
from tests.support.generators.records import record
from tests.support.response_and_row_snapshots import rows

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
    """Return the ids of the records of the newest public changes, which have one timestamp."""
    changes = rows(site, "change")
    return [row[3] for row in changes if row[1] == changes[-1][1]]


def test_a_project_shows_programme_and_funders_of_the_nearest_ancestor(funded):
    document = project(funded)
    assert ids(document["programmes"]) == ["measure"]
    assert ids(document["funders"]) == ["commission"]
    assert document["acknowledgements"] == {"lv": ["Finansē komisija."]}
    assert document["disclaimers"] == {"lv": ["Komisija neatbild."], "en": ["The commission is not liable."]}
    funded.store.commit(
        [publish(record("Programme", "strand", parent="whole", funders=["council"]))], "editor"
    )
    assert ids(project(funded)["funders"]) == ["council"]


def test_values_of_a_grant_take_precedence_over_those_of_its_programme(funded):
    grant = record(
        "Grant",
        "grant",
        projects=["project"],
        programme="measure",
        funders=["council"],
        acknowledgement={"en": "Paid by the council."},
    )
    funded.store.commit([publish(grant)], "editor")
    document = project(funded)
    assert ids(document["funders"]) == ["council"]
    assert document["acknowledgements"] == {"en": ["Paid by the council."]}
    assert document["disclaimers"]["lv"] == ["Komisija neatbild."]


def test_funding_of_several_grants_is_merged_without_duplicates(funded):
    grant = record("Grant", "other", projects=["project"], programme="strand", funders=["council"])
    funded.store.commit([publish(grant)], "editor")
    document = project(funded)
    assert ids(document["programmes"]) == ["measure", "strand"]
    assert ids(document["funders"]) == ["commission", "council"]
    assert document["acknowledgements"] == {"lv": ["Finansē komisija."]}


def test_a_proposal_shows_the_programme_that_it_applied_to_and_no_funders(funded):
    funded.store.commit([publish(record("Project", "proposal", applied_to=["strand"]))], "editor")
    document = funded.json("/projects/proposal")
    assert ids(document["programmes"]) == ["strand"]
    assert not document.keys() & {"funders", "acknowledgements", "disclaimers"}


def test_a_proposal_is_found_by_the_funders_of_the_programme_that_it_was_made_to(funded):
    funded.store.commit([publish(record("Project", "proposal", applied_to=["measure"]))], "editor")
    shown = funded.json("/projects/proposal")
    assert ids(shown["funders_applied_to"]) == ["commission"]
    by_funder = funded.json("/projects?funder=commission")
    assert ids(by_funder["items"]) == ["project", "proposal"]
    assert by_funder["items"][1]["funders_applied_to"] == shown["funders_applied_to"]
    assert funded.json("/organisations/commission")["project_list"]["total"] == 2
    funded.store.commit(
        [publish(record("Programme", "strand", parent="whole", funders=["council"]))], "editor"
    )
    assert ids(funded.json("/projects/proposal")["funders_applied_to"]) == ["council"]
    assert "proposal" in changed(funded)
    assert ids(funded.json("/projects?funder=commission")["items"]) == []


def test_a_project_shows_the_whole_path_of_its_programmes_from_the_top_down(funded):
    assert ids(project(funded)["programme_path"]) == ["whole", "strand", "measure"]
    assert item(funded)["programme_path"] == project(funded)["programme_path"]
    funded.store.commit(
        [
            publish(record("Programme", "other", parent="whole")),
            publish(record("Grant", "more", projects=["project"], programme="other")),
        ],
        "editor",
    )
    assert ids(project(funded)["programmes"]) == ["measure", "other"]
    assert ids(project(funded)["programme_path"]) == ["whole", "strand", "measure", "other"]
    for programme in ids(project(funded)["programme_path"]):
        assert funded.json(f"/projects?programme={programme}")["total"] == 1


@pytest.mark.parametrize("address", ["/grants/grant", "/programmes/measure", "/programmes/strand"])
def test_a_grant_and_a_programme_show_by_which_funders_they_are_found_and_where_these_are_stated(
    funded, address
):
    shown = funded.json(address)
    assert "funders" not in shown
    assert (ids(shown["effective_funders"]), shown["funders_from"]["id"]) == (["commission"], "whole")
    collection, _, identifier = address.strip("/").partition("/")
    assert identifier in ids(funded.json(f"/{collection}?funder=commission")["items"])
    assert funded.json("/programmes/whole")["effective_funders"] == shown["effective_funders"]
    assert "funders_from" not in funded.json("/programmes/whole")


def test_stated_funders_of_a_grant_override_those_of_its_programme(funded):
    own = record("Grant", "grant", projects=["project"], programme="measure", funders=["council"])
    funded.store.commit([publish(own)], "editor")
    shown = funded.json("/grants/grant")
    assert ids(shown["effective_funders"]) == ids(shown["funders"]) == ["council"]
    assert "funders_from" not in shown
    assert ids(funded.json("/grants")["items"][0]["effective_funders"]) == ["council"]
    assert funded.json("/grants?funder=commission")["total"] == 0


def test_funders_that_move_up_the_tree_change_the_grant_that_shows_them(funded):
    funded.store.commit(
        [publish(record("Programme", "strand", parent="whole", funders=["council"]))], "editor"
    )
    assert funded.json("/grants/grant")["funders_from"]["id"] == "strand"
    assert {"grant", "measure", "project", "strand"} == {*changed(funded)}
    same = record("Programme", "measure", parent="strand", funders=["council"])
    funded.store.commit([publish(same)], "editor")
    assert funded.json("/grants/grant")["funders_from"]["id"] == "measure"
    assert "grant" in changed(funded)
    assert not funded.store.rebuild()


def test_a_grant_states_its_own_disclaimer_and_a_name_that_stands_for_a_missing_number(funded):
    own = {"projects": ["project"], "programme": "measure", "number": None, "name": {"en": "Small grant"}}
    funded.store.commit(
        [publish(record("Grant", "grant", **own, disclaimer={"en": "Ours alone."}))], "editor"
    )
    assert project(funded)["disclaimers"] == {"en": ["Ours alone."]}
    (card,) = project(funded)["grants"]
    assert card["label"] == card["name"] == {"en": "Small grant"}
    assert ids(funded.json("/grants?q=small")["items"]) == ["grant"]
    assert "<h1><bdi>Small grant</bdi></h1>" in funded.get("/grants/grant?lang=en", accept="text/html").text


def test_the_lead_is_the_coordinator_if_there_is_exactly_one(funded):
    def with_leads(*names):
        parts = [{"id": name, "organisation": name, "role": "coordinator"} for name in names]
        return publish(record("Project", "project", participations=parts))

    funded.store.commit([with_leads("council")], "editor")
    assert project(funded)["lead"]["id"] == item(funded)["lead"]["id"] == "council"
    funded.store.commit([with_leads("council", "commission")], "editor")
    assert "lead" not in project(funded)


def test_a_list_shows_programmes_and_funders_as_the_documents_do(funded):
    document, list_item = project(funded), item(funded)
    for key in ("programmes", "funders"):
        assert list_item[key] == document[key]


def test_a_rename_far_up_the_tree_reaches_the_project_at_once_and_is_no_change_of_it(funded):
    before = project(funded)["record"]["modified"]
    funded.store.commit([publish(record("Organisation", "commission", name={"en": "New name"}))], "editor")
    assert project(funded)["funders"][0]["name"] == item(funded)["funders"][0]["name"] == {"en": "New name"}
    assert changed(funded) == ["commission"]
    assert project(funded)["record"]["modified"] == before


@pytest.mark.parametrize(
    "action",
    [
        publish(record("Programme", "whole", funders=["council"])),
        publish(record("Programme", "strand")),
        publish(record("Programme", "measure", parent="strand", acknowledgement={"en": "Nearer."})),
        publish(record("Grant", "grant", projects=["project"])),
        publish(record("Grant", "grant", projects=["project"], programme="whole")),
        unpublish(("Grant", "grant")),
        delete(("Grant", "grant")),
    ],
    ids=lambda action: f"{action.action}-{action.key[1]}",
)
def test_an_action_that_changes_statements_of_a_project_is_a_change_of_the_project(funded, action):
    before = funded.get("/projects/project.nt").text
    funded.store.commit([action], "editor")
    assert funded.get("/projects/project.nt").text != before
    shown_by_others = {"whole": ["strand", "measure", "grant"], "strand": ["measure", "grant"]}
    assert sorted(changed(funded)) == sorted(
        [action.key[1], *shown_by_others.get(action.key[1], []), "project"]
    )
    assert project(funded)["record"]["modified"] == rows(funded, "change")[-1][1]
    assert not funded.store.rebuild()


def test_a_change_of_a_programme_without_new_funding_changes_no_project(funded):
    actions = [
        publish(record("Programme", "whole", **{**fields_of_whole(), "homepage": "https://eu.example/"}))
    ]
    funded.store.commit(actions, "editor")
    assert changed(funded) == ["whole"]


def fields_of_whole() -> dict:
    return {
        "funders": ["commission"],
        "acknowledgement": {"lv": "Finansē komisija."},
        "disclaimer": {"lv": "Komisija neatbild.", "en": "The commission is not liable."},
    }


def test_activities_are_sorted_by_order_then_by_start(site):
    actions = [publish(record("Project", "project"))]
    for identifier, fields in {
        "a": {"start": "2019"},
        "b": {"order": 2},
        "c": {"order": 1, "start": "2022"},
        "d": {},
        "e": {"start": "2018-22"},
    }.items():
        actions.append(publish(record("Activity", identifier, projects=["project"], **fields)))
    site.store.commit(actions, "editor")
    assert ids(project(site)["activities"]) == ["c", "b", "e", "a", "d"]


def test_an_activity_that_moves_changes_the_order_and_is_a_change_of_itself_alone(site):
    actions = [publish(record("Project", "project"))]
    actions += [
        publish(record("Activity", name, projects=["project"], order=order))
        for order, name in enumerate("ab", 1)
    ]
    site.store.commit(actions, "editor")
    site.store.commit([publish(record("Activity", "a", projects=["project"], order=3))], "editor")
    assert ids(project(site)["activities"]) == ["b", "a"]
    assert changed(site) == ["a"]


def test_an_output_of_a_phase_is_listed_with_the_phase_and_the_project(site):
    actions = [
        publish(record("Project", "project")),
        publish(record("Activity", "phase", projects=["project"], order=1)),
        publish(record("Output", "toolkit", projects=["project"], activity="phase")),
    ]
    site.store.commit(actions, "editor")
    assert ids(project(site)["outputs"]) == ids(site.json("/activities/phase")["outputs"]) == ["toolkit"]
