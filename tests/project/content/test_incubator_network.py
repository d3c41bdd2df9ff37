"""Tests of the content of the network of incubators: it has the facts of its source and no others."""

import json

from tests.support.shipped_content import ids, linked_record, linked_records, statuses


def test_the_network_of_incubators_is_a_proposal_to_urban_innovative_actions_without_a_grant(incubators):
    assert ids(incubators["applied_to"]) == ids(incubators["programmes"]) == ["urban-innovative-actions"]
    assert incubators["status"]["id"] == "proposed"
    assert not incubators.keys() & {"grants", "funders", "lead"}


def test_the_incubators_have_one_named_municipality_and_eight_unnamed_ones(incubators):
    ogre, unnamed, *_ = incubators["participations"]
    assert (ogre["organisation"]["id"], ogre["count"]) == ("ogre-municipality", 1)
    assert "organisation" not in unnamed
    assert (unnamed["count"], unnamed["country"]["id"]) == (8, "LV")


def test_a_decision_date_without_a_year_is_in_no_record(network, incubators):
    records = [
        incubators,
        *(record for key in ("activities", "outputs") for record in linked_records(network, incubators, key)),
    ]
    for record in records:
        assert not record.keys() & {"start", "end", "date", "duration"}
        assert "17" not in json.dumps({**record, "record": None}, ensure_ascii=False)


def test_the_target_group_of_the_incubators_works_with_the_municipality(network, incubators):
    group = incubators["participations"][-1]
    assert (group["role"]["id"], group["works_with"]["id"]) == ("target-group", "ogre-municipality")
    assert linked_record(network, group["organisation"])["part_of"]["id"] == "ogre-social-service"


def test_every_output_of_the_incubators_is_planned(network, incubators):
    assert statuses(network, incubators) == dict.fromkeys(ids(incubators["outputs"]), "planned")
    assert network.json("/outputs/incubator-network-models")["count"] == 8
    trainings = network.json("/activities/incubator-network-trainings")
    assert ids(trainings["organisers"]) == ["fonds-sabiedribai"]
    (place,) = network.json("/activities/incubator-network-workshops")["places"]
    assert (place["address"]["lv"], place["locality"]["lv"]) == ("Upes prospekts 16", "Ogre")
