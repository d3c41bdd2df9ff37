"""A merge: one record leads to another, whatever linked to it, and however it is asked for."""

import msgspec
import pytest

from api.formats.registry import FORMATS as FORMAT_ROWS
from api.store.log.actions import (
    ChangesRefusedError,
    delete,
    discard,
    merge,
    publish,
    restore,
    save,
    unpublish,
)
from tests.support.generators.records import record
from tests.support.response_and_row_snapshots import rows, stored
from tests.support.site import BASE, FORMATS

OLD = ("Organisation", "old")

NEW = ("Organisation", "new")


def project(identifier: str, *organisations: str):
    parts = [{"id": f"p{n}", "organisation": name, "role": "partner"} for n, name in enumerate(organisations)]
    return record("Project", identifier, participations=parts)


@pytest.fixture
def filled(site):
    records = [
        record(*OLD, name={"en": "The old name"}),
        record(*NEW, name={"en": "The new name"}, part_of="old"),
        record("Organisation", "branch", part_of="old"),
        record("Programme", "top", funders=["old", "new"]),
        record("Programme", "low", parent="top"),
        project("project", "old", "new"),
        project("other", "new"),
        record("Grant", "grant", projects=["project"], programme="low"),
    ]
    site.store.commit([publish(one) for one in records], "editor")
    return site


def refused(site, *actions) -> list[tuple[str, str, dict]]:
    """Return the errors of refused actions, and check that they changed no row."""
    before = stored(site)
    with pytest.raises(ChangesRefusedError) as error:
        site.store.commit(list(actions), "editor")
    assert stored(site) == before
    return [(key[1], fault.code, dict(fault.limits)) for key, fault in error.value.faults]


def location(answer) -> str:
    assert answer.status_code == 308, answer.text
    return answer.headers["location"]


def ask(site, path: str, **headers: str):
    return site.client.get(
        path, headers={name.replace("_", "-"): one for name, one in headers.items()}, follow_redirects=False
    )


@pytest.mark.parametrize("name", FORMATS)
def test_a_merged_record_redirects_in_every_format_with_its_suffix_and_query(filled, name):
    filled.store.commit([merge(OLD, "new", "It has two entries.")], "editor")
    path = "/organisations/old"
    assert location(ask(filled, f"{path}.{name}")) == f"{BASE}/organisations/new.{name}"
    assert location(ask(filled, f"{path}?format={name}")) == f"{BASE}/organisations/new?format={name}"
    media_type = next(row.media_type for row in FORMAT_ROWS if row.name == name)
    assert location(ask(filled, path, accept=media_type)) == f"{BASE}/organisations/new"
    answer = filled.get(f"{path}.{name}")
    assert answer.content == filled.get(f"/organisations/new.{name}").content


def test_a_redirect_keeps_the_query_as_it_was_sent(filled):
    filled.store.commit([merge(OLD, "new", "Why")], "editor")
    for query in ("fields=name&lang=lv", "include=part_of", "lang=lv&fallback=%2A"):
        assert location(ask(filled, f"/organisations/old?{query}")) == f"{BASE}/organisations/new?{query}"
    assert ask(filled, "/organisations/old?x=1").status_code == 400
    assert ask(filled, "/organisations/old.xyz").status_code == 404
    assert filled.client.head("/organisations/old", follow_redirects=False).status_code == 308
    for role in ("partners", "funders"):
        assert filled.get(f"/{role}/old.json").json()["id"] == "new"


def test_links_to_a_merged_record_lead_to_the_other_one_wherever_they_are(filled):
    filled.store.commit([merge(OLD, "new", "Why")], "editor")
    parts = filled.json("/projects/project")["participations"]
    assert [one["organisation"]["id"] for one in parts] == ["new", "new"]
    assert filled.json("/organisations/branch")["part_of"]["id"] == "new"
    # What would be there twice is there once, and nothing links to itself.
    assert [one["id"] for one in filled.json("/programmes/top")["funders"]] == ["new"]
    assert "part_of" not in filled.json("/organisations/new")
    assert [one["id"] for one in filled.json("/projects/project")["funders"]] == ["new"]
    assert {one["id"] for one in filled.json("/organisations")["items"]} == {"branch", "new"}
    assert not filled.store.rebuild()


def test_a_merge_is_one_set_of_public_changes_with_its_target_and_reason(filled):
    before = len(rows(filled, "change"))
    filled.store.commit([merge(OLD, "new", "It has two entries.")], "editor")
    changes = rows(filled, "change")[before:]
    assert len({row[1] for row in changes}) == 1
    assert changes[0][2:] == (*OLD, "merge", "new", "It has two entries.")
    changed = {(row[3], row[4], row[5]) for row in changes[1:]}
    assert changed >= {(name, "publish", None) for name in ("new", "branch", "top", "project")}
    assert "other" not in {row[3] for row in changes}


def test_drafts_that_link_to_a_merged_record_are_rewritten_and_stay_drafts(filled):
    drafts = [
        save(project("project", "old", "branch")),
        save(project("unborn", "old")),
        save(record("Organisation", "branch", name={"en": "Draft"})),
        save(project("other", "branch")),
    ]
    filled.store.commit(drafts, "somebody")
    filled.store.commit([merge(OLD, "new", "Why")], "editor")
    last = {row[1:3]: row for row in rows(filled, "revision") if row[6] == "save"}
    assert [one.organisation for one in decoded(last["Project", "project"]).participations] == [
        "new",
        "branch",
    ]
    assert [one.organisation for one in decoded(last["Project", "unborn"]).participations] == ["new"]
    # This draft does not link to it, and would be lost by the publication of what does.
    assert decoded(last["Organisation", "branch"]).name == {"en": "Draft"}
    assert decoded(last["Organisation", "branch"]).part_of is None
    actors = {row[5] for row in rows(filled, "revision")[-5:]}
    assert actors <= {"somebody", "editor"}
    for key in [
        ("Project", "project"),
        ("Project", "unborn"),
        ("Organisation", "branch"),
        ("Project", "other"),
    ]:
        assert filled.store.commit([discard(key)], "editor") == 1


def decoded(row):
    return msgspec.convert(msgspec.json.decode(row[9]), type(record(row[1], row[2])))


def test_who_changed_a_record_last_is_not_who_merged_what_it_links_to(filled):
    filled.store.commit([publish(project("other", "old"))], "loader")
    filled.store.commit([merge(OLD, "new", "Why")], "editor")
    row = next(row for row in reversed(rows(filled, "revision")) if row[1:3] == ("Project", "other"))
    assert (row[5], row[6]) == ("loader", "publish")
    assert "editor merged organisations/old into new" in row[7]
    assert filled.store.commit([publish(project("other", "branch"))], "loader", only_own=True) == 1


def test_a_chain_of_merges_leads_to_its_end_at_once(filled):
    filled.store.commit([merge(OLD, "new", "Why")], "editor")
    filled.store.commit([publish(record("Organisation", "newest"))], "editor")
    filled.store.commit([merge(NEW, "newest", "Why")], "editor")
    for old in ("old", "new"):
        assert location(ask(filled, f"/organisations/{old}.ttl")) == f"{BASE}/organisations/newest.ttl"
    assert filled.json("/organisations/branch")["part_of"]["id"] == "newest"


def test_merges_of_one_set_follow_each_other(filled):
    filled.store.commit(
        [publish(record("Organisation", "newest")), merge(OLD, "new"), merge(NEW, "newest")], "editor"
    )
    assert location(ask(filled, "/organisations/old")) == f"{BASE}/organisations/newest"
    parts = filled.json("/projects/project")["participations"]
    assert {one["organisation"]["id"] for one in parts} == {"newest"}
    assert not filled.store.rebuild()


def test_the_end_of_a_chain_that_was_withdrawn_is_gone(site):
    site.store.commit([publish(record(*OLD)), publish(record(*NEW))], "editor")
    site.store.commit([merge(OLD, "new", "Why")], "editor")
    site.store.commit([unpublish(NEW, "It asked us to.")], "editor")
    answer = ask(site, "/organisations/old")
    assert answer.status_code == 410
    assert (answer.json()["id"], answer.json()["reason"]) == ("new", "It asked us to.")
    site.store.commit([restore(NEW)], "editor")
    assert location(ask(site, "/organisations/old")) == f"{BASE}/organisations/new"


def test_a_withdrawn_record_may_be_merged(site):
    site.store.commit([publish(record(*OLD)), publish(record(*NEW))], "editor")
    site.store.commit([unpublish(OLD, "For now.")], "editor")
    site.store.commit([merge(OLD, "new", "Why")], "editor")
    assert location(ask(site, "/organisations/old")) == f"{BASE}/organisations/new"
    assert not site.store.rebuild()


@pytest.mark.parametrize("action", [publish, save])
def test_a_merged_id_is_not_used_again(filled, action):
    filled.store.commit([merge(OLD, "new", "Why")], "editor")
    merged = [("old", "merged", {"into": "new"})]
    assert refused(filled, action(record(*OLD))) == merged
    assert refused(filled, unpublish(OLD)) == refused(filled, delete(OLD)) == merged
    assert refused(filled, restore(OLD)) == refused(filled, restore(OLD, 1)) == merged
    assert refused(filled, merge(OLD, "branch")) == merged


def test_merging_into_what_is_not_public_is_refused_naming_what_would_be_right(filled):
    filled.store.commit([save(record("Organisation", "draft"))], "editor")
    assert refused(filled, merge(OLD, "old")) == [("old", "into-itself", {})]
    for target in ("draft", "never"):
        expected = {"entity": "Organisation", "given": target}
        assert refused(filled, merge(OLD, target)) == [("old", "unknown-reference", expected)]
    assert refused(filled, merge(("Organisation", "draft"), "new")) == [("draft", "never-public", {})]
    assert refused(filled, merge(("Organisation", "never"), "new")) == [("never", "not-there", {})]
    filled.store.commit([merge(OLD, "new", "Why")], "editor")
    expected = {"given": "old", "into": "new"}
    branch = ("Organisation", "branch")
    assert refused(filled, merge(branch, "old")) == [("branch", "target-merged", expected)]
    filled.store.commit([delete(("Project", "other"))], "editor")
    assert refused(filled, merge(("Project", "other"), "project")) == [("other", "deleted", {})]


def test_a_merge_that_would_make_a_circle_of_parents_is_refused(site):
    names = ["a", "b", "c"]
    chain = [record("Programme", "a")] + [
        record("Programme", name, parent=names[n]) for n, name in enumerate(names[1:])
    ]
    site.store.commit([publish(one) for one in chain], "editor")
    ((identifier, code, _),) = refused(site, merge(("Programme", "a"), "c"))
    assert (identifier, code) == ("b", "cycle")
    site.store.commit([merge(("Programme", "a"), "b", "Why")], "editor")
    assert "parent" not in site.json("/programmes/b")


CITY = {"id": "city", "organisation": "old", "role": "pilot-area"}

UNNAMED = {"id": "city", "name_as_stated": {"en": "A city"}, "role": "pilot-area"}


def plan(identifier: str, *projects: str):
    return record("Output", identifier, projects=[*projects], for_participations=["city"])


def merging_projects(site, old: dict, new: dict, *actions) -> None:
    """Publish two projects with a participation each, and an output that is for that of the first one."""
    records = [record(*OLD), record(*NEW), record("Project", "first", participations=[old])]
    records += [record("Project", "second", participations=[new])]
    site.store.commit([*(publish(one) for one in records), *actions], "editor")


@pytest.mark.parametrize("other", [CITY | {"organisation": "new"}, UNNAMED])
@pytest.mark.parametrize("action", [publish, save])
def test_a_merge_that_would_lead_a_link_to_the_part_of_another_organisation_is_refused(site, other, action):
    merging_projects(site, CITY, other, action(plan("plan", "first")))
    assert refused(site, merge(("Project", "first"), "second")) == [
        (
            "first",
            "another-part",
            {"given": "city", "field": "participations", "into": "second", "referrer": "Output plan"},
        )
    ]
    second = record("Project", "second", participations=[other | {"id": "other"}, CITY])
    site.store.commit([publish(second), merge(("Project", "first"), "second")], "editor")
    if action is publish:
        (card,) = site.json("/outputs/plan")["for_participations"]
        assert card["organisation"]["id"] == "old"


@pytest.mark.parametrize("part", [CITY, UNNAMED])
def test_a_link_to_a_part_leads_to_that_of_the_same_organisation_after_a_merge(site, part):
    merging_projects(site, part, part | {"role": "partner"}, publish(plan("plan", "first")))
    site.store.commit([merge(("Project", "first"), "second")], "editor")
    (card,) = site.json("/outputs/plan")["for_participations"]
    assert card["uri"] == f"{BASE}/projects/second#participation-city"
    assert not site.store.rebuild()


def test_a_merge_of_projects_ignores_parts_that_nothing_links_to(site):
    merging_projects(site, CITY, UNNAMED, publish(plan("plan", "second")))
    site.store.commit([merge(("Project", "first"), "second")], "editor")
    (card,) = site.json("/outputs/plan")["for_participations"]
    assert card["name_as_stated"] == {"en": "A city"}


def test_a_link_to_a_merged_record_is_not_published_again(filled):
    filled.store.commit([merge(OLD, "new", "Why")], "editor")
    ((_, code, limits),) = refused(filled, publish(project("other", "old")))
    assert (code, limits["given"], limits["suggestion"]) == ("unknown-reference", "old", "new")
