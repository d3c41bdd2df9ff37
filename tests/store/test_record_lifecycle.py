"""Tests of the lifecycle of a record: published, changed, withdrawn, published again, deleted."""

import pytest

from api.store.log.actions import ChangesRefusedError, delete, discard, publish, save, unpublish
from tests.support.generators.records import record
from tests.support.site import BASE, FORMATS

KEY = ("Organisation", "partner")


def partner(name: str):
    return record(*KEY, name={"en": name})


@pytest.mark.parametrize("name", FORMATS)
def test_the_status_of_a_record_follows_its_actions_in_every_format(site, name):
    address = f"/organisations/partner.{name}"
    assert site.get(address).status_code == 404
    for action, status in [
        (save(partner("Draft")), 404),
        (publish(partner("First")), 200),
        (publish(partner("Second")), 200),
        (unpublish(KEY, reason="It asked us to."), 410),
        (save(partner("Hidden")), 410),
        (publish(partner("Third")), 200),
        (delete(KEY, reason="It was never there."), 410),
    ]:
        site.store.commit([action], "editor")
        response = site.get(address)
        assert response.status_code == status
        assert ("Third" in response.text) == (status == 200 and action.record.name == {"en": "Third"})
        assert "Hidden" not in response.text


@pytest.mark.parametrize(("action", "verb"), [(unpublish, "withdrawn"), (delete, "deleted")])
def test_the_response_for_a_withdrawn_record_states_action_time_and_reason(site, action, verb):
    site.store.commit([publish(partner("Partner"))], "editor")
    site.store.commit([action(KEY, reason="Its project was cancelled.")], "editor")
    response = site.get("/organisations/partner", accept="text/turtle")
    assert response.status_code == 410
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    at = body.pop("at")
    assert body == {
        "type": f"{BASE}/problems/gone",
        "code": "gone",
        "title": "The record was withdrawn",
        "status": 410,
        "detail": f"The record was {verb} at {at}. Its project was cancelled.",
        "uri": f"{BASE}/organisations/partner#this",
        "entity": "Organisation",
        "id": "partner",
        "action": action.__name__,
        "reason": "Its project was cancelled.",
    }
    assert site.get("/problems/gone").status_code == 200


def test_deleting_a_withdrawn_record_is_reported_too(site):
    site.store.commit([publish(partner("Partner"))], "editor")
    site.store.commit([unpublish(KEY, reason="For now.")], "editor")
    site.store.commit([delete(KEY, reason="For good.")], "editor")
    body = site.get("/organisations/partner").json()
    assert (body["action"], body["reason"]) == ("delete", "For good.")
    assert not site.store.rebuild()


def test_a_withdrawn_record_is_in_no_list(site):
    site.store.commit([publish(partner("Partner"))], "editor")
    site.store.commit([unpublish(KEY)], "editor")
    assert site.json("/organisations")["items"] == []
    assert "reason" not in site.get("/organisations/partner").json()


def test_notes_are_for_editors_and_never_public(site):
    site.store.commit([publish(partner("Partner"), note="Canary")], "editor")
    site.store.commit([unpublish(KEY)], "editor")
    assert "Canary" not in site.get("/organisations/partner").text


def test_a_discarded_draft_is_gone_and_nothing_public_changes(site):
    site.store.commit([publish(partner("Public"))], "editor")
    before = site.raw("/organisations/partner")
    site.store.commit([save(partner("Draft"))], "editor")
    assert site.store.commit([discard(KEY)], "editor") == 1
    assert site.raw("/organisations/partner") == before
    assert site.store.commit([publish(partner("Public"))], "editor") == 0


def test_withdrawing_a_record_leaves_its_draft(site):
    site.store.commit([publish(partner("Public")), save(partner("Draft"))], "editor")
    site.store.commit([unpublish(KEY)], "editor")
    assert site.store.commit([discard(KEY)], "editor") == 1
    with pytest.raises(ChangesRefusedError):
        site.store.commit([discard(KEY)], "editor")


def test_only_a_draft_can_be_discarded(site):
    site.store.commit([publish(partner("Public"))], "editor")
    for key in (KEY, ("Organisation", "never")):
        with pytest.raises(ChangesRefusedError) as error:
            site.store.commit([discard(key)], "editor")
        assert [fault.code for _, fault in error.value.faults] == ["no-draft"]


def test_actions_without_net_effect_are_no_public_change(site):
    site.store.commit([publish(partner("Public"))], "editor")
    before = site.raw("/organisations/partner")
    site.store.commit([publish(partner("Other")), publish(partner("Public"))], "editor")
    site.store.commit([unpublish(KEY), publish(partner("Public"))], "editor")
    assert site.raw("/organisations/partner") == before
    assert not site.store.rebuild()
