"""A redaction: a text is in no table, no file and no later backup, and the log says that it was removed."""

import gzip
import json

import pytest

from api.store.log.actions import (
    ChangesRefusedError,
    delete,
    merge,
    publish,
    redact,
    restore,
    save,
    unpublish,
)
from api.store.maintenance.backup_and_restore import back_up
from api.store.maintenance.check_result import CheckStatus
from api.store.maintenance.doctor import run_checks
from schema.validation.record_codec import decode_record
from schema.validation.text_redaction import MARK
from tests.support.generators.records import record
from tests.support.response_and_row_snapshots import content_responses, rows, stored
from tests.support.site import FORMATS

KEY = ("Organisation", "partner")

PERSON = "Žanete Zvirbulēna"

TRACES = (PERSON, "Zvirbul", "zvirbul", "zanete")


def partner(name: str = "Partner", **fields: object):
    return record(*KEY, name={"en": name}, **fields)


def project(**fields: object):
    part = {"id": "p", "organisation": "partner", "role": "partner"}
    return record("Project", "project", participations=[part], **fields)


@pytest.fixture
def filled(site):
    """Say a name wherever one can be said, publish without it, and say it again."""
    said = {
        "summary": {"en": f"Ask {PERSON} or {PERSON}."},
        "aliases": {"lv": [PERSON, "Cits"]},
        "homepage": f"https://example.org/{PERSON.replace(' ', '-')}",
    }
    site.store.commit([publish(partner(f"{PERSON} Ltd", **said), note=f"As {PERSON} asked")], "editor")
    site.store.commit(
        [publish(project()), publish(record("Organisation", "other", part_of="partner"))], "editor"
    )
    site.store.commit([publish(partner("Without"))], "editor")
    site.store.commit([publish(partner(f"{PERSON} Ltd", **said))], "editor")
    site.store.commit([save(partner(f"Draft of {PERSON}"))], "editor")
    return site


def traces(site, backup=None) -> list[str]:
    """Return the traces of the name in any table, in the files of SQLite, and in a backup."""
    found = [str(stored(site)).encode()]
    found += [
        body for table in stored(site).values() for row in table for body in row if isinstance(body, bytes)
    ]
    if site.store.database.path:
        found += [
            path.read_bytes()
            for path in site.store.database.path.parent.glob(f"{site.store.database.path.name}*")
        ]
    else:
        with site.store.database.reading() as connection:
            statistics = connection.exec_driver_sql("SELECT * FROM pg_stats WHERE schemaname = 'public'")
            found.append(str(statistics.all()).encode())
    if backup:
        back_up(site.store, backup)
        found.append(gzip.decompress(backup.read_bytes()))
    return [trace for trace in TRACES if any(trace.encode() in one for one in found)]


def refused(site, action) -> list[tuple[str, str]]:
    before = stored(site)
    with pytest.raises(ChangesRefusedError) as error:
        site.store.commit([action], "editor")
    assert stored(site) == before
    return [(fault.code, fault.pointer) for _, fault in error.value.faults]


def test_nothing_of_a_redacted_text_is_left_in_a_table_a_file_or_a_backup(filled, tmp_path):
    assert set(traces(filled)) == set(TRACES)
    # An address is removed where it contains the text as a whole; here it has hyphens.
    filled.store.commit([redact(KEY, PERSON.replace(" ", "-"))], "editor")
    filled.store.commit([redact(KEY, PERSON)], "editor")
    assert traces(filled, tmp_path / "log.gz") == []
    assert not filled.store.rebuild()
    assert not [one for one in run_checks(filled.store) if one.status is CheckStatus.FAILED]


def test_the_record_and_what_shows_it_are_rendered_without_the_text(filled):
    tag = filled.get("/organisations/partner").headers["etag"]
    assert filled.json("/search?q=zvirbulena")["total"] == 3
    filled.store.commit([redact(KEY, PERSON.replace(" ", "-"))], "editor")
    filled.store.commit([redact(KEY, PERSON)], "editor")
    body = filled.json("/organisations/partner")
    assert body["name"] == {"en": f"{MARK} Ltd"}
    assert body["summary"] == {"en": f"Ask {MARK} or {MARK}."}
    assert body["aliases"] == {"lv": [MARK, "Cits"]}
    assert "homepage" not in body
    assert filled.get("/organisations/partner").headers["etag"] != tag
    assert (
        filled.json("/projects/project")["participations"][0]["organisation"]["name"]["en"] == f"{MARK} Ltd"
    )
    assert filled.json("/search?q=zvirbulena")["total"] == 0
    for path in ("/organisations/partner", "/organisations/other", "/projects/project"):
        for name in FORMATS:
            assert PERSON not in filled.get(f"{path}.{name}").text
    assert rows(filled, "change")[-1][2:] == (*KEY, "publish", None, None)
    assert body["record"]["modified"] == rows(filled, "change")[-1][1]


def test_a_redaction_leaves_a_revision_that_says_so_and_changes_no_number(filled):
    before = rows(filled, "revision")
    assert filled.store.commit([redact(KEY, PERSON, note="She asked us to")], "editor") == 1
    after = rows(filled, "revision")
    assert [row[:7] for row in after[:-1]] == [row[:7] for row in before]
    assert after[-1][5:8] == (
        "editor",
        "redact",
        f"A text was replaced by {MARK}. Occurrences: 10. She asked us to",
    )
    assert after[-1][9] is None
    assert [row for row in after if row[1:3] != KEY] == [row for row in before if row[1:3] != KEY]


def test_versions_after_a_redaction_are_as_before(filled):
    filled.store.commit([redact(KEY, PERSON)], "editor")
    assert filled.store.commit([restore(KEY, 2)], "editor") == 1
    assert filled.json("/organisations/partner")["name"] == {"en": "Without"}
    filled.store.commit([restore(KEY, 1)], "editor")
    assert filled.json("/organisations/partner")["name"] == {"en": f"{MARK} Ltd"}
    draft = [row for row in rows(filled, "revision") if row[6] == "save"][-1]
    assert f"Draft of {MARK}" in draft[9]


def test_a_text_in_drafts_alone_is_removed_and_nothing_public_changes(site):
    site.store.commit([publish(partner()), save(partner(PERSON), note=PERSON)], "editor")
    before = content_responses(site), rows(site, "change")
    site.store.commit([redact(KEY, PERSON)], "editor")
    assert (content_responses(site), rows(site, "change")) == before
    assert traces(site) == []


@pytest.mark.parametrize("action", [unpublish, delete])
def test_a_reason_that_was_public_is_redacted(site, action):
    site.store.commit([publish(partner(PERSON))], "editor")
    site.store.commit([action(KEY, f"{PERSON} asked us to.")], "editor")
    site.store.commit([redact(KEY, PERSON)], "editor")
    answer = site.get("/organisations/partner")
    assert (answer.status_code, answer.json()["reason"]) == (410, f"{MARK} asked us to.")
    assert traces(site) == []
    assert not site.store.rebuild()


def test_a_merged_record_is_redacted(site):
    site.store.commit([publish(partner(PERSON)), publish(record("Organisation", "other"))], "editor")
    site.store.commit([merge(KEY, "other", f"{PERSON} has two.")], "editor")
    site.store.commit([redact(KEY, PERSON)], "editor")
    assert traces(site) == []
    assert site.get("/organisations/partner.json").json()["id"] == "other"
    assert [row[6] for row in rows(site, "revision")][-2:] == ["merge", "redact"]
    assert refused(site, publish(partner())) == [("merged", "")]


def test_a_mailbox_that_has_the_text_is_removed_as_a_whole(site):
    points = [{"id": "a", "email": "zvirbulena@example.org"}, {"id": "b", "email": "info@example.org"}]
    site.store.commit([publish(partner()), publish(project(contact_points=points))], "editor")
    site.store.commit([redact(("Project", "project"), "zvirbulena")], "editor")
    shown = site.json("/projects/project")["contact_points"]
    assert [(one["id"], one.get("email")) for one in shown] == [("a", None), ("b", "info@example.org")]
    assert traces(site) == []


@pytest.mark.parametrize(
    ("text", "fields", "code", "pointer"),
    [
        ("rtne", {}, "not-redactable", "/id"),
        ("LV", {"country": "LV"}, "not-redactable", "/country"),
        ("i", {"name": {"en": "i" * 400}}, "too-long", "/name/en"),
        ("Anna", {"name": {"en": "[…]"}, "aliases": {"en": ["Anna"]}}, "duplicate", "/aliases/en/0"),
        ("nowhere", {}, "text-absent", ""),
        ("", {}, "text-unusable", ""),
        ("…", {}, "text-unusable", ""),
    ],
)
def test_a_text_that_cannot_be_removed_is_refused_naming_the_field(site, text, fields, code, pointer):
    site.store.commit([publish(record(*KEY, **{"name": {"en": "A name"}} | fields))], "editor")
    assert refused(site, redact(KEY, text)) == [(code, pointer)]


def test_a_note_must_not_repeat_the_text(filled):
    assert refused(filled, redact(KEY, PERSON, note=f"{PERSON} asked")) == [("text-in-note", "")]
    assert refused(filled, redact(("Organisation", "never"), PERSON)) == [("not-there", "")]


def test_a_redaction_is_alone_in_its_set(filled):
    with pytest.raises(ValueError, match="only action"):
        filled.store.commit([redact(KEY, PERSON), publish(partner())], "editor")


def test_the_terms_of_a_logo_are_removed_with_it(site):
    fields = {"logo": "https://x.lv/zvirbulis.png", "logo_terms": "https://x.lv/terms"}
    site.store.commit([publish(partner(**fields))], "editor")
    site.store.commit([redact(KEY, "zvirbulis")], "editor")
    body = site.json("/organisations/partner")
    assert not body.keys() & fields.keys()
    sent = {name: value for name, value in body.items() if name != "record"}
    shape = site.store.renderer.model.by_name["Organisation"]
    assert decode_record(shape, json.dumps(sent).encode(), "partner").logo_terms is None


def test_a_repeated_redaction_changes_nothing(filled):
    assert filled.store.commit([redact(KEY, PERSON)], "editor") == 1
    before = content_responses(filled), rows(filled, "revision"), rows(filled, "change")
    assert filled.store.commit([redact(KEY, PERSON)], "editor") == 0
    assert (content_responses(filled), rows(filled, "revision"), rows(filled, "change")) == before


def test_the_text_is_found_in_any_form_of_its_letters(filled):
    decomposed = "Z\u030canete Zvirbule\u0304na"
    filled.store.commit([save(partner(), note=decomposed)], "editor")
    filled.store.commit([redact(KEY, decomposed)], "editor")
    assert decomposed not in str(stored(filled))
    assert PERSON not in str(stored(filled))
