"""Tests of `label`: one key that names every record, card and list, whatever its entity."""

import json

import pytest

from api.store.log.actions import publish
from schema import MODEL
from schema.declaration.datatypes import CARD_KINDS
from schema.validation.record_codec import decode_record, decode_revision, encode_record
from tests.support.generators.records import record
from tests.support.site import addresses

NAMES = ("title", "name")


def labelled_nodes(document: dict):
    """Yield a document, its list items, and every card in it, without the links to the pages of a list."""
    yield document
    for key, value in document.items():
        field = MODEL.keys.get(key)
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, dict) and key not in ("view", "record", "fallbacks") and "type" in node:
                inner = [*labelled_nodes(node)]
                is_labelled = key in ("items", "included") or (field and field.kind in CARD_KINDS)
                yield from inner if is_labelled else inner[1:]


def test_every_document_list_item_and_card_has_a_label(network):
    for path in addresses(network):
        nodes = [*labelled_nodes(network.json(path))]
        assert all(node.get("label") for node in nodes), path


def test_the_label_is_the_title_or_the_name_of_what_has_one(network):
    for path in addresses(network):
        for node in labelled_nodes(network.json(path)):
            names = [node[name] for name in NAMES if node.get(name)]
            assert "number" in node or not names or node["label"] == names[0], path


@pytest.mark.parametrize("language", ["lv", "en"])
def test_with_a_language_every_label_is_a_string(network, language):
    for path in addresses(network):
        separator = "&" if "?" in path else "?"
        document = network.json(f"{path}{separator}lang={language}&fallback=*")
        assert all(isinstance(node["label"], str) for node in labelled_nodes(document)), path


def test_a_number_is_a_label_without_a_language_in_every_language(site):
    records = [
        record("Grant", "numbered", number="17055", name={"lv": "Dotācija"}),
        record("Grant", "named", number=None, name={"lv": "Dotācija"}),
        record("Grant", "unnamed", number=None),
    ]
    site.store.commit([publish(grant) for grant in records], "editor")
    labels = {item["id"]: item["label"] for item in site.json("/grants")["items"]}
    assert labels == {
        "numbered": {"zxx": "17055"},
        "named": {"lv": "Dotācija"},
        "unnamed": {"zxx": "unnamed"},
    }
    body = site.json("/grants?lang=fi&fallback=lv&fields=label&sort=id")
    assert [item["label"] for item in body["items"]] == ["Dotācija", "17055", "unnamed"]
    assert [pointer for pointer in body["fallbacks"] if pointer.startswith("/items")] == ["/items/0/label"]


def test_places_have_the_label_of_their_name(site):
    places = [{"id": "named", "name": {"lv": "Skola"}}, {"id": "other", "country": "LV"}]
    site.store.commit([publish(record("Activity", "visit", places=places))], "editor")
    named, other = site.json("/activities/visit")["places"]
    assert named["label"] == named["name"]
    assert "label" not in other


def test_a_participation_is_named_by_its_organisation_or_as_stated_or_by_its_id(site):
    parts = [
        {"id": "one", "role": "partner", "organisation": "first", "name_as_stated": {"en": "1st"}},
        {"id": "two", "role": "partner", "name_as_stated": {"en": "2nd"}},
        {"id": "three", "role": "partner", "count": 3},
    ]
    areas = [
        {"id": f"area-{part['id']}", "role": "pilot-area", "count": 1, "works_with": part["id"]}
        for part in parts
    ]
    organisation = record("Organisation", "first", name={"lv": "Pirmā"})
    output = record("Output", "plan", projects=["p"], for_participations=["one", "two", "three"])
    project = record("Project", "p", participations=[*parts, *areas])
    site.store.commit([publish(one) for one in (organisation, project, output)], "editor")
    expected = [{"lv": "Pirmā"}, {"en": "2nd"}, {"zxx": "three"}]
    linked = site.json("/outputs/plan")["for_participations"]
    siblings = [part["works_with"] for part in site.json("/projects/p")["participations"][3:]]
    assert [card["label"] for card in linked] == [card["label"] for card in siblings] == expected


def test_what_a_response_has_can_be_sent_back_and_read_only_keys_are_ignored(network):
    for collection, shape in MODEL.by_collection.items():
        for item in network.json(f"/{collection}?limit=200")["items"]:
            response = network.get(f"/{collection}/{item['id']}")
            sent_back = decode_record(shape, response.content, item["id"])
            stated = json.loads(encode_record(sent_back))
            assert not stated.keys() & {field.name for field in shape.fields if field.derived}
            assert stated.keys() <= response.json().keys()
            assert decode_record(shape, encode_record(sent_back).encode(), item["id"]) == sent_back


def test_the_stated_label_of_a_grant_in_the_log_is_its_name():
    logged = {
        "id": "old",
        "label": {"lv": "Dotācija"},
        "record": {"translated": [{"id": "en", "pointer": "/label/en", "language": "en"}]},
    }
    grant = decode_revision(MODEL, "Grant", json.dumps(logged), declared=2)
    assert grant.name == {"lv": "Dotācija"}
    assert [part.pointer for part in grant.record.translated] == ["/name/en"]
    assert "label" not in json.loads(encode_record(grant))
