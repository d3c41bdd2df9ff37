"""Tests of target groups and other names: the network's own content is found by whom it is for, and by any name."""

import pytest

from tests.support.site import BASE


def found(site, address: str) -> set[str]:
    return {item["id"] for item in site.json(address)["items"]}


BY_GROUP = {
    "/projects?target_group=unemployed-people": {"ensie", "social-entrepreneurship-baltic-sea"},
    "/projects?target_group=young-people": {"social-entrepreneurship-baltic-sea"},
    "/projects?target_group=youth-organisations": {"local-y-mpact"},
    f"/projects?target_group={BASE}/vocab/target-group/disadvantaged-groups": {"ensie"},
    "/projects?target_group=unemployed-people,-disadvantaged-groups": {"social-entrepreneurship-baltic-sea"},
    "/activities?target_group=new-social-entrepreneurs": {
        "baltic-sea-local-trainings",
        "incubator-network-trainings",
    },
    "/outputs?target_group=local-authorities&project=social-entrepreneurship-incubator-network": {
        "incubator-network-methodology",
        "incubator-network-recommendations",
    },
}


@pytest.mark.parametrize("address", BY_GROUP)
def test_projects_activities_and_outputs_are_found_by_whom_they_are_for(network, address):
    assert found(network, address) == BY_GROUP[address]


def test_an_unknown_target_group_is_refused_with_the_closest_one(network):
    answer = network.get("/projects?target_group=unemployed")
    assert answer.status_code == 400
    assert "Did you mean 'unemployed-people'?" in answer.json()["detail"]


def test_a_target_group_leads_to_its_projects(network):
    (group,) = [
        card
        for card in network.json("/projects/ensie")["target_groups"]
        if card["id"] == "disadvantaged-groups"
    ]
    assert group["name"].keys() == {"lv", "en"}
    related = network.json(group["uri"].removeprefix(BASE))["project_list"]
    assert related["total"] == 1
    assert found(network, related["uri"].removeprefix(BASE)) == {"ensie"}


@pytest.mark.parametrize(
    ("search", "project"),
    [("sociālās+integrācijai+uzņēmējdarbībai", "ensie"), ("BuiCaSus", "buicasus"), ("BuiCaSuS", "buicasus")],
)
def test_a_project_is_found_by_every_name_that_its_source_has(network, search, project):
    assert project in found(network, f"/projects?q={search}")


def test_another_name_lacks_no_translation(network):
    assert network.json("/projects/ensie")["aliases"].keys() == {"lv"}
    assert found(network, "/projects?missing_lang=en,lv") == set()
