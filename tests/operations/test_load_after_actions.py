"""Tests of loading files again after their records were redacted, restored or merged by others."""

import json
from pathlib import Path

import pytest

from api.editing.directory_loader import InvalidFilesError, load_directory
from api.editing.ndjson_loader import load_lines
from api.store.log.actions import merge, publish, redact, restore, save, unpublish
from tests.support.generators.records import record
from tests.support.processes import run
from tests.support.response_and_row_snapshots import rows
from tests.support.site import KINDS, site_on

KEY = ("Organisation", "club")

NAME = "Zvirbulis"


def write(folder: Path, **fields: object) -> Path:
    """Write the file of an organisation, and of another one."""
    path = folder / "organisations" / "club.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"name": {"en": "Club"}} | fields), encoding="utf-8")
    path.with_name("other.json").write_text('{"name": {"en": "Other"}}', encoding="utf-8")
    return folder


def line(**fields: object) -> bytes:
    return json.dumps({"type": "Organisation", "id": "club", "name": {"en": "Club"}} | fields).encode()


def club(site) -> dict:
    return site.json("/organisations/club")


def skipped(outcome) -> list[tuple[str, str]]:
    return [(getattr(place, "name", str(place)), reason.code) for place, reason in outcome.skipped]


@pytest.fixture
def loaded(site, tmp_path):
    """An installation with an organisation whose file names a person."""
    load_directory(
        site.store, write(tmp_path, summary={"en": f"Ask {NAME}"}, homepage=f"https://x.lv/{NAME}")
    )
    return site


def test_a_redacted_text_is_not_brought_back_by_its_file(loaded, tmp_path):
    loaded.store.commit([redact(KEY, NAME)], "command-line")
    folder = write(tmp_path, summary={"en": f"Ask {NAME}"}, acronym="C")
    (folder / "organisations" / "other.json").write_text('{"name": {"en": "Changed"}}', encoding="utf-8")
    outcome = load_directory(loaded.store, folder)
    assert (outcome.published, skipped(outcome)) == (1, [("club.json", "redacted-since")])
    assert club(loaded)["summary"] == {"en": "Ask […]"}
    assert "homepage" not in club(loaded)
    outcome = load_lines(loaded.store, [line(summary={"en": f"Ask {NAME}"})], lambda _: None)
    assert (outcome.published, skipped(outcome)) == (0, [("1", "redacted-since")])
    assert NAME not in str(rows(loaded, "revision"))


@pytest.mark.parametrize("later", ["nothing", "restored", "merged"])
def test_a_redaction_is_kept_whatever_happened_after_it(loaded, tmp_path, later):
    if later == "merged":
        load_directory(loaded.store, write(tmp_path, summary={"en": f"Ask {NAME}"}, part_of="other"))
    loaded.store.commit([redact(KEY, NAME)], "command-line")
    if later == "restored":
        loaded.store.commit([unpublish(KEY)], "command-line")
        loaded.store.commit([restore(KEY)], "command-line")
    if later == "merged":
        new = record("Organisation", "new")
        loaded.store.commit([publish(new), merge(("Organisation", "other"), "new")], "command-line")
    lines = [line(summary={"en": f"Ask {NAME}"})]
    assert skipped(load_lines(loaded.store, lines, lambda _: None)) == [("1", "redacted-since")]
    assert club(loaded)["summary"] == {"en": "Ask […]"}


def test_a_file_without_the_redacted_text_is_loaded_again_with_its_changes(loaded, tmp_path):
    loaded.store.commit([redact(KEY, NAME)], "command-line")
    before = rows(loaded, "change"), loaded.raw("/organisations/club")
    outcome = load_directory(loaded.store, write(tmp_path, summary={"en": "Ask […]"}))
    assert (outcome.published, outcome.skipped) == (0, [])
    assert (rows(loaded, "change"), loaded.raw("/organisations/club")) == before
    assert load_directory(loaded.store, write(tmp_path, summary={"en": "Ask us"})).published == 1
    assert club(loaded)["summary"] == {"en": "Ask us"}
    assert not loaded.store.rebuild()


def test_a_draft_stays_when_a_file_agrees_with_a_redacted_record(loaded, tmp_path):
    loaded.store.commit([redact(KEY, NAME)], "command-line")
    loaded.store.commit([save(record(*KEY))], "editor")
    count = len(rows(loaded, "revision"))
    assert load_directory(loaded.store, write(tmp_path, summary={"en": "Ask […]"})).published == 0
    assert len(rows(loaded, "revision")) == count


def test_a_record_of_an_editor_is_refused_also_when_it_was_redacted(loaded, tmp_path):
    loaded.store.commit([publish(record(*KEY, name={"en": NAME}))], "editor")
    loaded.store.commit([redact(KEY, NAME)], "command-line")
    with pytest.raises(InvalidFilesError) as error:
        load_directory(loaded.store, write(tmp_path))
    assert [(fault.code, fault.limits["actor"]) for _, fault in error.value.faults] == [
        ("changed-by-another", "editor")
    ]


def test_a_restored_record_is_loaded_again_when_its_file_changes(loaded, tmp_path):
    loaded.store.commit([unpublish(KEY)], "command-line")
    loaded.store.commit([restore(KEY)], "command-line")
    folder = write(tmp_path, summary={"en": f"Ask {NAME}"}, homepage=f"https://x.lv/{NAME}")
    outcome = load_directory(loaded.store, folder)
    assert (outcome.published, outcome.skipped) == (0, [])
    assert load_directory(loaded.store, write(tmp_path, summary={"en": "Ask us"})).published == 1
    assert rows(loaded, "revision")[-2][5:8] == ("loader", "restore", "command-line restored version 1.")


def test_an_earlier_version_stays_until_its_file_changes(loaded, tmp_path):
    load_directory(loaded.store, write(tmp_path, acronym="TWO"))
    loaded.store.commit([restore(KEY, 1)], "command-line")
    outcome = load_directory(loaded.store, tmp_path)
    assert (outcome.published, skipped(outcome)) == (0, [("club.json", "restored-since")])
    assert "acronym" not in club(loaded)
    assert load_directory(loaded.store, write(tmp_path, acronym="THREE")).published == 1
    assert club(loaded)["acronym"] == "THREE"


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_reports_what_it_left_and_counts_records(databases, kind, tmp_path):
    address = databases.empty(kind)
    folder = write(tmp_path / "content", summary={"en": f"Ask {NAME}"}, part_of="other")
    assert run("load", folder, database=address).stdout == f"2 records published from {folder}.\n"
    assert run("redact", "organisations/club", NAME, database=address).returncode == 0
    finished = run("load", folder, database=address)
    path = folder / "organisations" / "club.json"
    assert finished.returncode == 0
    assert finished.stderr.startswith(
        f"{path}: /: was not loaded, because a text was removed from the record"
    )
    assert finished.stdout == f"0 records published from {folder}.\n"
    body = {"name": {"en": "Club"}, "summary": {"en": "Ask […]"}, "part_of": "other"}
    path.write_text(json.dumps(body), encoding="utf-8")
    assert run("load", folder, database=address).stderr == ""
    path.write_text(json.dumps(body | {"part_of": "new"}), encoding="utf-8")
    (folder / "organisations" / "other.json").rename(folder / "organisations" / "new.json")
    merged = [{"id": "organisations/other", "into": "organisations/new", "reason": "A new id."}]
    (folder / "withdrawn.json").write_text(json.dumps(merged), encoding="utf-8")
    finished = run("load", folder, "--lang", "lv", database=address)
    assert (
        finished.stdout == f"Publicēti ieraksti: 2. Avots: {folder}.\nAtsaukti vai apvienoti ieraksti: 1.\n"
    )
    with site_on(address, base="http://127.0.0.1:8000") as site:
        assert club(site)["part_of"]["id"] == "new"
