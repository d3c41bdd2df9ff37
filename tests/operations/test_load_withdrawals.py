"""Withdrawals of a directory are loaded with its records, once, and nothing else is withdrawn."""

import json
from pathlib import Path

import pytest

from api.editing.directory_loader import InvalidFilesError, check_directory, load_directory
from api.store.log.actions import publish, restore, save
from schema import MODEL
from tests.support.assertions import assert_command_failed
from tests.support.generators.records import record
from tests.support.processes import run
from tests.support.response_and_row_snapshots import rows
from tests.support.site import BASE

NAMES = ("old", "new", "mistake")


def write(folder: Path, names: tuple[str, ...], withdrawn: object = None) -> Path:
    """Write a directory with some organisations, and a project that links to the first of them."""
    for path in folder.rglob("*.json"):
        path.unlink()
    for name in names:
        path = folder / "organisations" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"name": {"en": name}}), encoding="utf-8")
    project = {
        "title": {"en": "P"},
        "participations": [{"id": "p", "role": "partner", "organisation": names[0]}],
    }
    (folder / "projects").mkdir(exist_ok=True)
    (folder / "projects/p.json").write_text(json.dumps(project), encoding="utf-8")
    if withdrawn is not None:
        text = withdrawn if isinstance(withdrawn, str) else json.dumps(withdrawn)
        (folder / "withdrawn.json").write_text(text, encoding="utf-8")
    return folder


MERGED = {"id": "organisations/old", "into": "organisations/new", "reason": "It had two entries."}

GONE = {"id": "organisations/mistake", "reason": "It takes no part in any project."}


def test_an_installation_loses_what_its_directory_withdraws(site, tmp_path):
    load_directory(site.store, write(tmp_path, NAMES))
    site.store.commit([publish(record("Output", "theirs", creators=["old"]))], "editor")
    outcome = load_directory(site.store, write(tmp_path, ("new",), [MERGED, GONE]))
    assert (outcome.published, outcome.withdrawn, outcome.skipped) == (1, 2, [])
    answer = site.client.get("/organisations/old", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, f"{BASE}/organisations/new")
    gone = site.get("/organisations/mistake")
    assert (gone.status_code, gone.json()["reason"]) == (410, GONE["reason"])
    assert [one["id"] for one in site.json("/outputs/theirs")["creators"]] == ["new"]
    assert {row[5] for row in rows(site, "revision")[-2:]} == {"loader", "editor"}
    assert len({row[1] for row in rows(site, "change")[-4:]}) == 1
    assert load_directory(site.store, tmp_path).published == 0


def test_a_withdrawn_record_leads_to_another_one_when_its_withdrawal_becomes_a_merge(site, tmp_path):
    load_directory(site.store, write(tmp_path, NAMES))
    load_directory(site.store, write(tmp_path, ("new", "old"), [GONE]))
    assert site.get("/organisations/mistake").status_code == 410
    folder = write(tmp_path, ("new", "old"), [GONE | {"into": "organisations/new"}])
    outcome = load_directory(site.store, folder)
    assert (outcome.published, outcome.withdrawn) == (0, 1)
    response = site.client.get("/organisations/mistake", follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (308, f"{BASE}/organisations/new")
    assert load_directory(site.store, folder).withdrawn == 0
    assert not site.store.rebuild()


def test_a_record_that_was_restored_after_its_withdrawal_stays_public(site, tmp_path):
    load_directory(site.store, write(tmp_path, NAMES))
    folder = write(tmp_path, ("new", "old"), [GONE])
    load_directory(site.store, folder)
    site.store.commit([restore(("Organisation", "mistake"))], "editor")
    outcome = load_directory(site.store, folder)
    ((path, reason),) = outcome.skipped
    assert (outcome.withdrawn, path.name, reason.pointer) == (0, "withdrawn.json", "/0")
    assert (reason.code, reason.limits["record"]) == ("restored-after-withdrawal", "organisations/mistake")
    assert site.get("/organisations/mistake").status_code == 200


def test_what_was_never_loaded_is_withdrawn_by_nothing(site, tmp_path):
    assert load_directory(site.store, write(tmp_path, ("new",), [MERGED, GONE])).published == 2
    site.store.commit([save(record("Organisation", "old"))], "editor")
    assert load_directory(site.store, tmp_path).published == 0
    assert site.get("/organisations/old").status_code == site.get("/organisations/mistake").status_code == 404


def test_a_record_that_an_editor_changed_last_is_not_withdrawn(site, tmp_path):
    load_directory(site.store, write(tmp_path, NAMES))
    site.store.commit([publish(record("Organisation", "mistake"))], "editor")
    with pytest.raises(InvalidFilesError) as error:
        load_directory(site.store, write(tmp_path, ("new",), [MERGED, GONE]))
    assert [(path.name, fault.code) for path, fault in error.value.faults] == [
        ("withdrawn.json", "changed-by-another")
    ]
    assert site.get("/organisations/old").status_code == 200


def test_what_others_refer_to_is_not_withdrawn(site, tmp_path):
    load_directory(site.store, write(tmp_path, NAMES))
    site.store.commit([publish(record("Output", "theirs", creators=["mistake"]))], "editor")
    with pytest.raises(InvalidFilesError) as error:
        load_directory(site.store, write(tmp_path, ("new",), [GONE]))
    ((path, fault),) = error.value.faults
    assert (path.name, fault.code, fault.limits["referrers"]) == (
        "withdrawn.json",
        "referred-to",
        "Output theirs",
    )


@pytest.mark.parametrize(
    ("withdrawn", "expected"),
    [
        ("[", ("withdrawn.json", "", "not-withdrawals")),
        ({}, ("withdrawn.json", "", "not-withdrawals")),
        ([{"id": "organisations/old"}], ("withdrawn.json", "/0", "not-a-withdrawal")),
        ([GONE, GONE["id"]], ("withdrawn.json", "/1", "not-a-withdrawal")),
        ([GONE | {"why": "x"}], ("withdrawn.json", "/0", "not-a-withdrawal")),
        ([GONE | {"reason": " "}], ("withdrawn.json", "/0/reason", "missing")),
        ([GONE | {"id": "old"}], ("withdrawn.json", "/0/id", "not-a-record")),
        ([GONE | {"id": "organisation/old"}], ("withdrawn.json", "/0/id", "not-a-record")),
        ([GONE | {"id": "organisations/Old"}], ("withdrawn.json", "/0/id", "not-a-record")),
        ([MERGED | {"into": "new"}], ("withdrawn.json", "/0/into", "not-a-record")),
        ([MERGED | {"into": "projects/p"}], ("withdrawn.json", "/0/into", "into-another-collection")),
        ([MERGED | {"into": "organisations/x"}], ("withdrawn.json", "/0/into", "unknown-reference")),
        ([GONE, GONE], ("withdrawn.json", "/1/id", "duplicate")),
        ([GONE | {"id": "organisations/new"}], ("new.json", "", "withdrawn-file")),
    ],
)
def test_an_invalid_withdrawal_is_reported_with_its_pointer(tmp_path, withdrawn, expected):
    with pytest.raises(InvalidFilesError) as error:
        check_directory(MODEL, write(tmp_path, ("new",), withdrawn))
    assert [(path.name, fault.pointer, fault.code) for path, fault in error.value.faults] == [expected]
    assert all(fault.message.values() for _, fault in error.value.faults)


def test_each_error_names_the_file_the_entry_and_the_record(tmp_path):
    withdrawn = [GONE, GONE | {"id": "organisations/old", "reason": ""}, {"id": "organisations/other"}]
    folder = write(tmp_path, ("new",), [*withdrawn, MERGED | {"id": "organisations/x", "into": "nothing"}])
    lines = assert_command_failed(run("check", folder), 3)
    path = folder / "withdrawn.json"
    assert lines[0] == f"{path}: /1/reason: organisations/old: is required [missing]"
    assert lines[1].startswith(f"{path}: /2: organisations/other: is not a withdrawal")
    assert lines[2].startswith(f"{path}: /3/into: organisations/x: nothing is not a collection and an id")


def test_an_error_of_the_database_names_the_file_the_entry_and_the_record(site, tmp_path):
    part = {"id": "city", "role": "pilot-area"}
    load_directory(site.store, write(tmp_path, NAMES))
    theirs = record("Output", "theirs", projects=["q"], for_participations=["city"])
    project = record("Project", "q", participations=[part])
    site.store.commit([publish(project)], "loader")
    other = record("Output", "other", creators=["mistake"])
    site.store.commit([publish(theirs), publish(other)], "editor")
    merged = {"id": "projects/q", "into": "projects/p", "reason": "It had two entries."}
    folder = write(tmp_path, ("new", "old"), [merged, GONE])
    with pytest.raises(InvalidFilesError) as error:
        load_directory(site.store, folder)
    faults = {
        (path.name, fault.pointer, fault.limits["record"], fault.code) for path, fault in error.value.faults
    }
    assert faults == {
        ("withdrawn.json", "/1", "organisations/mistake", "referred-to"),
        ("withdrawn.json", "/0", "outputs/theirs /for_participations/0", "unknown-part"),
    }
