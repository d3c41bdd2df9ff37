"""Tests of changed and damaged backups: refused in one line that names the line, before anything is restored."""

import errno
import gzip
import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from api.store.log.actions import merge, publish, save, unpublish
from api.store.maintenance.backup_and_restore import back_up, restore
from api.store.maintenance.backup_format import BackupError
from schema.validation.record_codec import UnreadableRecordsError
from tests.support.assertions import assert_command_failed
from tests.support.generators.records import record
from tests.support.processes import environment, run
from tests.support.response_and_row_snapshots import NETWORK_ACTIONS, stored
from tests.support.site import KINDS, ROOT, site_on


@pytest.fixture(scope="module")
def lines(databases, tmp_path_factory) -> list[dict]:
    """The lines of a backup with drafts, withdrawals, merges and deletions."""
    path = tmp_path_factory.mktemp("backup") / "log.gz"
    with site_on(databases.make("sqlite")) as site:
        commit = site.store.commit
        commit(NETWORK_ACTIONS, "editor")
        commit([save(record("Project", "project", title={"en": "Draft"}), note="A note")], "editor")
        commit([publish(record("Organisation", "old")), publish(record("Organisation", "new"))], "editor")
        commit([merge(("Organisation", "old"), "new", reason="The same")], "editor")
        commit([unpublish(("Grant", "grant"), reason="Why")], "editor")
        back_up(site.store, path)
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def write_lines(path, lines, *, digest: str | None = None) -> None:
    """Write the lines of a backup, with the right digest unless one is given."""
    *body, end = (json.dumps(line).encode() + b"\n" for line in lines)
    end = json.loads(end) | {"digest": digest or sha256(b"".join(body)).hexdigest()}
    path.write_bytes(gzip.compress(b"".join(body) + json.dumps(end).encode() + b"\n"))


def row(lines, table, **values) -> dict:
    """Return the values of the last row of a table that has some values."""
    rows = (line["values"] for line in reversed(lines) if line.get("table") == table)
    return next(row for row in rows if values.items() <= row.items())


def change_document(lines, entity, **values) -> None:
    revision = row(lines, "revision", entity=entity, action="publish")
    revision["document"] = json.dumps(json.loads(revision["document"]) | values)


def swap_rows(lines) -> None:
    lines[2], lines[3] = lines[3], lines[2]


def swap_documents(lines) -> None:
    first, second = lines[1]["values"], lines[2]["values"]
    first["document"], second["document"] = second["document"], first["document"]


TAMPERINGS = {
    "a time that is none": lambda lines: row(lines, "revision").update(at="yesterday"),
    "a time after the last": lambda lines: row(lines, "revision").update(at="2099-01-01T00:00:00Z"),
    "a time before the row before": lambda lines: row(lines, "change").update(at="1999-01-01T00:00:00Z"),
    "a day that no month has": lambda lines: row(lines, "revision").update(at="2026-11-31T00:00:00Z"),
    "markup as the last time": lambda lines: lines[0].update(at="<x>"),
    "a last time beyond all keys": lambda lines: lines[0].update(at="9999-01-01T00:00:00Z"),
    "another last revision": lambda lines: lines[0].update(seq=100000),
    "another last change": lambda lines: lines[0].update(number=7),
    "a number as text": lambda lines: lines[0].update(number="7"),
    "a gap in revisions": lambda lines: row(lines, "revision").update(seq=100000),
    "a negative revision": lambda lines: lines[1]["values"].update(seq=-5),
    "a fraction": lambda lines: lines[1]["values"].update(seq=1.5),
    "a gap in changes": lambda lines: row(lines, "change").update(number=100000),
    "another version": lambda lines: row(lines, "revision").update(version=9),
    "a NUL in a reason": lambda lines: row(lines, "change", reason="Why").update(reason="W\0y"),
    "a NUL in a note": lambda lines: row(lines, "revision", note="A note").update(note="\0"),
    "no actor": lambda lines: row(lines, "revision").update(actor=""),
    "an unknown action": lambda lines: row(lines, "revision").update(action="explode"),
    "an unknown public action": lambda lines: row(lines, "change").update(action="save"),
    "an id that is none": lambda lines: row(lines, "revision").update(id="../../etc"),
    "swapped rows": swap_rows,
    "swapped documents": swap_documents,
    "a missing row": lambda lines: lines.pop(3),
    "a row too many": lambda lines: lines.insert(-1, lines[-2]),
    "a wrong count": lambda lines: lines[-1].update(rows=3),
    "no end": lambda lines: lines.pop(),
    "lines after the end": lambda lines: lines.insert(0, lines.pop()),
    "another table": lambda lines: lines[2].update(table="head"),
    "an unknown column": lambda lines: lines[2]["values"].update(wings=2),
    "a missing column": lambda lines: lines[2]["values"].pop("actor"),
    "a published record without a document": lambda lines: row(lines, "revision", action="publish").update(
        document=None
    ),
    "a withdrawal with a document": lambda lines: row(lines, "revision", action="unpublish").update(
        document="{}"
    ),
    "a record that is public in one table only": lambda lines: row(
        lines, "change", action="unpublish"
    ).update(action="publish"),
    "a merge into itself": lambda lines: row(lines, "change", action="merge").update(replaced_by="old"),
    "a merge into nothing": lambda lines: row(lines, "change", action="merge").update(replaced_by="nowhere"),
    "a withdrawal that leads on": lambda lines: row(lines, "change", action="unpublish").update(
        replaced_by="new"
    ),
    "an action after the end": lambda lines: row(lines, "revision", action="unpublish").update(
        entity="Organisation", id="old", version=3
    ),
    "an entity of a newer version": lambda lines: row(lines, "revision").update(entity="Person"),
    "a newer version": lambda lines: row(lines, "revision").update(declared=99),
    "another format": lambda lines: lines[0].update(format="tikls-log-9"),
    "an address that is a script": lambda lines: change_document(
        lines, "Organisation", homepage="javascript:alert(1)"
    ),
    "a link to nothing": lambda lines: change_document(lines, "Programme", parent="nowhere"),
    "an unknown field": lambda lines: change_document(lines, "Organisation", wings=2),
    "a document that is none": lambda lines: row(lines, "revision", action="publish").update(
        document="nonsense"
    ),
    "a draft that is none": lambda lines: row(lines, "revision", action="save").update(document="{}"),
    "an impossible date": lambda lines: change_document(lines, "Project", start="2019-02-31"),
    "an unknown language": lambda lines: change_document(
        lines,
        "Project",
        record={"translated": [{"id": "title", "pointer": "/title", "language": "qqq"}]},
    ),
}


def tampered(lines, name) -> list[dict]:
    copy = json.loads(json.dumps(lines))
    TAMPERINGS[name](copy)
    return copy


def is_refused(target, path) -> bool:
    try:
        restore(target.store, path)
    except (BackupError, UnreadableRecordsError):
        return True
    return False


def test_a_backup_that_was_changed_is_refused_by_its_digest_or_by_its_content(databases, lines, tmp_path):
    path = tmp_path / "log.gz"
    for kind in KINDS:
        with site_on(databases.make(kind)) as target:
            before = stored(target)
            for name in TAMPERINGS:
                for digest in (None, lines[-1]["digest"]):
                    write_lines(path, tampered(lines, name), digest=digest)
                    assert is_refused(target, path), name
            assert stored(target) == before
            write_lines(path, lines)
            restore(target.store, path)
            assert not target.store.rebuild()


def test_a_changed_text_is_noticed_by_the_digest_alone(databases, lines, tmp_path):
    copy = json.loads(json.dumps(lines))
    change_document(copy, "Organisation", name={"en": "Another"})
    write_lines(tmp_path / "log.gz", copy, digest=lines[-1]["digest"])
    (message,) = assert_command_failed(
        run("restore", tmp_path / "log.gz", database=databases.make("sqlite")), 1
    )
    assert "digest" in message
    assert f"line {len(lines)}" in message


def test_a_backup_of_the_earlier_format_is_restored_and_said_to_have_no_digest(databases, lines, tmp_path):
    body = [lines[0] | {"format": "tikls-log-1"}, *lines[1:-1], {"type": "end", "rows": lines[-1]["rows"]}]
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(b"".join(json.dumps(line).encode() + b"\n" for line in body)))
    finished = run("restore", path, database=databases.make("sqlite"))
    assert finished.returncode == 0, finished.stderr
    assert "no digest" in finished.stderr
    assert len(finished.stderr.splitlines()) == 1


def test_a_line_without_end_is_refused_before_it_fills_the_memory(databases, tmp_path):
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(b'{"type": "head", "format": "' + b"x" * 100_000_000, 1))
    (message,) = assert_command_failed(run("restore", path, database=databases.make("sqlite")), 1)
    assert "backup" in message


def test_a_backup_is_written_where_there_are_no_hard_links(sqlite_site, tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    sqlite_site.store.commit([publish(record("Organisation", "one"))], "editor")
    monkeypatch.setattr(os, "link", refuse)
    backup = back_up(sqlite_site.store, tmp_path / "log.gz")
    with pytest.raises(BackupError, match="exists already"):
        back_up(sqlite_site.store, tmp_path / "log.gz")
    assert [path.name for path in tmp_path.iterdir()] == ["log.gz"]
    assert backup.rows == 2
    assert (tmp_path / "log.gz").stat().st_mode & 0o777 == 0o600


def test_a_backup_and_its_directory_are_on_the_disk_when_it_is_reported(sqlite_site, tmp_path, monkeypatch):
    synced: list[str] = []
    fsync = os.fsync

    def record_path(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", record_path)
    back_up(sqlite_site.store, tmp_path / "log.gz")
    assert synced[-1] == str(tmp_path)
    assert synced[-2].startswith(f"{tmp_path}/.log.gz.")


def test_a_backup_is_written_where_the_directory_cannot_be_read(sqlite_site, tmp_path, monkeypatch):
    open_ = os.open

    def refuse_directories(path: object, *arguments: object, **options: object) -> int:
        if path == tmp_path:
            raise PermissionError(errno.EACCES, "Permission denied")
        return open_(path, *arguments, **options)

    sqlite_site.store.commit([publish(record("Organisation", "one"))], "editor")
    monkeypatch.setattr(os, "open", refuse_directories)
    assert back_up(sqlite_site.store, tmp_path / "log.gz").rows == 2
    assert [path.name for path in tmp_path.iterdir()] == ["log.gz"]


def test_a_disk_that_is_full_is_told_in_a_line_and_nothing_is_left(databases, tmp_path):
    address = databases.make_with_content("postgresql")  # which needs no files of the command
    command = f"ulimit -f 20; exec {sys.executable} -m api backup {tmp_path / 'log.gz'}"
    finished = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=ROOT,
        env=environment(database=address),
        capture_output=True,
        text=True,
        check=False,
    )
    (message,) = assert_command_failed(finished, 1)
    assert "log.gz cannot be written: File too large. Nothing is left of it." in message
    assert list(tmp_path.iterdir()) == []
