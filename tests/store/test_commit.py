"""Tests of commits: the effects of actions on documents and the log, and refused actions."""

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from api.store.log.actions import ChangesRefusedError, delete, publish, save, unpublish
from tests.support.generators.records import record
from tests.support.response_and_row_snapshots import NETWORK, NETWORK_ACTIONS, content_responses, rows
from tests.support.site import site_on


def change_numbers(site) -> list[int]:
    return [row[0] for row in rows(site, "change")]


def faults(error: pytest.ExceptionInfo) -> list[tuple]:
    return [(key, fault.code, fault.pointer) for key, fault in error.value.faults]


@pytest.fixture
def filled(site):
    site.store.commit(NETWORK_ACTIONS, "editor")
    return site


def test_records_of_a_change_set_may_refer_to_each_other_in_any_order(site):
    assert site.store.commit(list(reversed(NETWORK_ACTIONS)), "editor") == len(NETWORK)
    assert site.json("/projects/project")["grants"][0]["id"] == "grant"
    assert site.json("/grants/grant")["projects"][0]["title"] == {"en": "Project project"}


def test_a_rename_shows_at_once_wherever_the_record_is_shown(filled):
    assert filled.json("/projects/project")["participations"][0]["organisation"]["name"] == {
        "en": "Organisation partner"
    }
    filled.store.commit([publish(record("Organisation", "partner", name={"en": "Renamed"}))], "editor")
    assert filled.json("/projects/project")["participations"][0]["organisation"]["name"] == {"en": "Renamed"}
    assert {"en": "Renamed"} in [
        organisation["name"] for organisation in filled.json("/organisations")["items"]
    ]


def test_a_rename_changes_the_statements_and_dates_of_no_other_document(filled):
    before = filled.get("/projects/project.nt").content, len(rows(filled, "change"))
    filled.store.commit([publish(record("Organisation", "partner", name={"en": "Renamed"}))], "editor")
    assert (filled.get("/projects/project.nt").content, len(rows(filled, "change")) - 1) == before


def test_a_new_grant_shows_on_its_project_at_once_and_is_a_change_of_both(filled):
    before = filled.json("/projects/project")["record"]
    filled.store.commit([publish(record("Grant", "another", projects=["project"]))], "editor")
    after = filled.json("/projects/project")
    assert [grant["id"] for grant in after["grants"]] == ["another", "grant"]
    assert after["record"]["created"] == before["created"]
    assert after["record"]["modified"] > before["modified"]
    assert [row[2:5] for row in rows(filled, "change")[-2:]] == [
        ("Grant", "another", "publish"),
        ("Project", "project", "publish"),
    ]


def test_a_grant_that_moves_to_another_project_changes_both(filled):
    filled.store.commit([publish(record("Project", "other"))], "editor")
    filled.store.commit(
        [publish(record("Grant", "grant", projects=["other"], programme="programme"))], "editor"
    )
    assert "grants" not in filled.json("/projects/project")
    assert [grant["id"] for grant in filled.json("/projects/other")["grants"]] == ["grant"]


def test_publishing_an_equal_document_appends_nothing(filled):
    before = rows(filled, "revision"), rows(filled, "change"), content_responses(filled)
    again = record("Organisation", "partner", uri="https://elsewhere.example/", type="Organisation")
    assert filled.store.commit([*NETWORK_ACTIONS, publish(again)], "another") == 0
    assert (rows(filled, "revision"), rows(filled, "change"), content_responses(filled)) == before


def test_a_draft_changes_no_byte_of_any_public_response(filled):
    before = content_responses(filled)
    canary = {"en": "Canary"}
    drafts = [
        save(record("Project", "project", title=canary, countries_stated=["LV"])),
        save(record("Organisation", "partner", name=canary), note="Canary"),
        save(record("Organisation", "unborn", name=canary)),
        save(record("Grant", "draft", projects=["project"], funders=["unborn"])),
    ]
    assert filled.store.commit(drafts, "editor") == len(drafts)
    assert content_responses(filled) == before
    assert filled.get("/organisations/unborn").status_code == 404
    assert filled.get("/organisations/unborn").content == filled.get("/organisations/never-was").content


def test_drafts_leave_no_trace_in_what_is_published_later(databases, site):
    """Logs with the same public actions give the same bytes, with drafts or without."""
    plain = [[action] for action in NETWORK_ACTIONS]
    with_drafts = [[save(record("Organisation", "draft")), action] for action in NETWORK_ACTIONS]
    responses = []
    for commits in (plain, with_drafts):
        with site_on(databases.make(site.kind)) as other:
            for actions in commits:
                other.store.commit(actions, "editor")
            responses.append(content_responses(other))
    assert responses[0] == responses[1]


def test_numbers_of_public_changes_have_no_gaps(filled):
    filled.store.commit([save(record("Organisation", "draft"))], "editor")
    with pytest.raises(ChangesRefusedError):
        filled.store.commit([publish(record("Grant", "bad", projects=["nowhere"]))], "editor")
    filled.store.commit([publish(record("Organisation", "new"))], "editor")
    assert change_numbers(filled) == list(range(1, len(change_numbers(filled)) + 1))


def test_timestamps_never_decrease_even_when_the_clock_goes_back(filled):
    before = filled.json("/organisations/partner")["record"]["created"]
    earlier = replace(filled.store, clock=lambda: datetime(2020, 1, 1, tzinfo=UTC))
    earlier.commit([publish(record("Organisation", "late"))], "editor")
    assert filled.json("/organisations/late")["record"]["created"] == before


@pytest.mark.parametrize(
    ("referrer", "pointer"),
    [
        (record("Grant", "bad", projects=["project", "nowhere"]), "/projects/1"),
        (record("Grant", "bad", programme="nowhere"), "/programme"),
        (
            record(
                "Project", "bad", participations=[{"id": "p", "organisation": "nowhere", "role": "partner"}]
            ),
            "/participations/0/organisation",
        ),
    ],
)
def test_publishing_a_link_to_an_unpublished_record_is_refused_and_the_record_is_named(
    filled, referrer, pointer
):
    filled.store.commit(
        [save(record(kind, "nowhere")) for kind in ("Project", "Programme", "Organisation")], "editor"
    )
    before = content_responses(filled), rows(filled, "revision")
    with pytest.raises(ChangesRefusedError) as error:
        filled.store.commit([publish(record("Organisation", "innocent")), publish(referrer)], "editor")
    assert [(code, path) for _, code, path in faults(error)] == [("unknown-reference", pointer)]
    assert "nowhere" in error.value.faults[0][1].message["en"]
    assert (content_responses(filled), rows(filled, "revision")) == before


@pytest.mark.parametrize("action", [unpublish, delete])
@pytest.mark.parametrize(
    ("key", "referrers"),
    [
        (("Organisation", "funder"), "Programme programme"),
        (("Organisation", "partner"), "Project project"),
        (("Programme", "programme"), "Grant grant"),
        (("Project", "project"), "Grant grant"),
    ],
)
def test_withdrawing_a_linked_record_is_refused_and_its_referrers_are_named(filled, action, key, referrers):
    before = content_responses(filled)
    with pytest.raises(ChangesRefusedError) as error:
        filled.store.commit([action(key)], "editor")
    assert error.value.faults[0][1].limits == {"referrers": referrers}
    assert content_responses(filled) == before


@pytest.mark.parametrize("action", [unpublish, delete])
def test_a_change_set_may_not_publish_a_link_to_a_record_that_it_withdraws(filled, action):
    before = content_responses(filled)
    grant = msgspec.structs.replace(NETWORK[-1], number="Another")
    with pytest.raises(ChangesRefusedError) as error:
        filled.store.commit([publish(grant), action(("Project", "project"))], "editor")
    assert faults(error) == [
        (("Grant", "grant"), "unknown-reference", "/projects/0"),
        (("Project", "project"), "referred-to", ""),
    ]
    assert content_responses(filled) == before


@pytest.mark.parametrize("action", [unpublish, delete])
def test_a_change_set_may_withdraw_a_record_together_with_its_referrers(filled, action):
    filled.store.commit([action(("Project", "project")), action(("Grant", "grant"))], "editor")
    assert filled.get("/projects/project").status_code != 200
    assert filled.json("/projects")["total"] == filled.json("/grants")["total"] == 0
    assert filled.json("/organisations")["total"] == 2


def test_withdrawing_a_grant_takes_it_off_its_project(filled):
    filled.store.commit([unpublish(("Grant", "grant"))], "editor")
    assert "grants" not in filled.json("/projects/project")


def test_a_record_published_again_keeps_when_it_was_created(filled):
    created = filled.json("/grants/grant")["record"]["created"]
    filled.store.commit([unpublish(("Grant", "grant"))], "editor")
    filled.store.commit([publish(NETWORK[-1])], "editor")
    again = filled.json("/grants/grant")["record"]
    assert again["created"] == created < again["modified"]


def test_the_id_of_a_deleted_record_is_not_used_again(filled):
    filled.store.commit([delete(("Grant", "grant"), reason="A mistake")], "editor")
    for action in (publish(NETWORK[-1]), save(NETWORK[-1]), delete(("Grant", "grant"))):
        with pytest.raises(ChangesRefusedError) as error:
            filled.store.commit([action], "editor")
        assert faults(error) == [(("Grant", "grant"), "deleted", "")]


def test_a_record_that_is_not_public_cannot_be_withdrawn(filled):
    filled.store.commit([save(record("Grant", "draft"))], "editor")
    for key, action, code in (
        (("Grant", "draft"), unpublish, "not-public"),
        (("Grant", "never"), unpublish, "not-public"),
        (("Grant", "never"), delete, "not-there"),
    ):
        with pytest.raises(ChangesRefusedError) as error:
            filled.store.commit([action(key)], "editor")
        assert faults(error) == [(key, code, "")]


def test_deleting_a_draft_is_no_public_change(filled):
    filled.store.commit([save(record("Grant", "draft"))], "editor")
    before = content_responses(filled), change_numbers(filled)
    filled.store.commit([delete(("Grant", "draft"))], "editor")
    assert (content_responses(filled), change_numbers(filled)) == before


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_circle_of_parents_is_refused(site, length):
    names = ["a", "b", "c"][:length]
    ring = [record("Programme", name, parent=names[index - 1]) for index, name in enumerate(names)]
    with pytest.raises(ChangesRefusedError) as error:
        site.store.commit([publish(programme) for programme in ring], "editor")
    assert {code for _, code, _ in faults(error)} == {"cycle"}
    assert len(error.value.faults) == length


def test_a_circle_through_public_records_is_refused(site):
    site.store.commit(
        [publish(record("Programme", "top")), publish(record("Programme", "low", parent="top"))], "editor"
    )
    with pytest.raises(ChangesRefusedError) as error:
        site.store.commit([publish(record("Programme", "top", parent="low"))], "editor")
    assert faults(error) == [(("Programme", "top"), "cycle", "/parent")]
