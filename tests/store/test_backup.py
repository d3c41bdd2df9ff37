"""Tests of backups: complete files, restore on either engine, damaged files."""

import gzip
import itertools
import threading
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select

from api.editing.directory_loader import load_directory
from api.store.log.actions import delete, publish, save, unpublish
from api.store.maintenance.backup_and_restore import back_up, restore
from api.store.maintenance.backup_format import BackupError
from schema.validation.record_codec import decode_revision
from tests.support.generators.records import record
from tests.support.oracle.record_tables import record_tables
from tests.support.processes import until
from tests.support.response_and_row_snapshots import NETWORK_ACTIONS, content_responses
from tests.support.site import ROOT, Clock, site_on


def log_rows(site) -> list[list[tuple]]:
    tables = site.store.tables
    with site.store.database.reading() as connection:
        return [
            [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in (tables.revision, tables.change)
        ]


@pytest.fixture
def edited_site(site):
    load_directory(site.store, ROOT / "data")
    site.store.commit(NETWORK_ACTIONS, "editor")
    site.store.commit([save(record("Project", "project", title={"en": "Draft"}))], "editor")
    site.store.commit([unpublish(("Grant", "grant"), reason="Why")], "editor")
    site.store.commit([publish(record("Grant", "gone"))], "editor")
    site.store.commit([delete(("Grant", "gone"), reason="Because")], "editor")
    return site


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_backup_is_restored_on_either_engine_with_the_same_responses(
    databases, edited_site, kind, tmp_path
):
    backup = back_up(edited_site.store, tmp_path / "log.gz")
    with site_on(databases.make(kind)) as target:
        assert restore(target.store, tmp_path / "log.gz") == backup
        assert content_responses(target) == content_responses(edited_site)
        for path in ("/grants/grant", "/grants/gone"):
            assert target.raw(path) == edited_site.raw(path)
        assert log_rows(target) == log_rows(edited_site)
        assert record_tables(target.store) == record_tables(edited_site.store)
        assert not target.store.rebuild()
        assert not target.store.is_stale()
        for site in (edited_site, target):
            object.__setattr__(site.store, "clock", Clock())
            site.store.commit([publish(record("Organisation", "later"))], "editor")
        assert log_rows(target) == log_rows(edited_site)


def replay(site, revisions: list[tuple]) -> None:
    """Commit the actions of a log again, each change set at its own time, on an empty installation."""
    for timestamp, rows in itertools.groupby(revisions, key=lambda row: row[4]):
        now = datetime.fromisoformat(timestamp)
        actions = [
            publish(decode_revision(site.store.renderer.model, entity, document, schema_version))
            for _, entity, _, _, _, _, _, _, schema_version, document in rows
        ]
        replace(site.store, clock=lambda now=now: now).commit(actions, "editor")


def wait_for_change(site, number: int) -> None:
    """Wait until a running writer has made a public change with a number above `number`."""
    until(lambda: max(row[0] for row in log_rows(site)[1]) > number)


def test_a_backup_taken_under_writes_has_the_state_of_the_change_number_that_it_reports(
    databases, site, tmp_path
):
    site.store.commit(NETWORK_ACTIONS, "editor")
    stop = threading.Event()

    def write() -> None:
        for number in range(10_000):
            if stop.is_set():
                return
            site.store.commit(
                [publish(record("Organisation", "partner", name={"en": str(number)}))], "editor"
            )

    writer = threading.Thread(target=write)
    writer.start()
    try:
        backups = []
        for number in range(3):
            wait_for_change(site, backups[-1].number if backups else 5)
            backups.append(back_up(site.store, tmp_path / f"{number}.gz"))
    finally:
        stop.set()
        writer.join()
    assert len({backup.number for backup in backups}) == 3
    for number, backup in enumerate(backups):
        with site_on(databases.make(site.kind)) as restored:
            restore(restored.store, tmp_path / f"{number}.gz")
            assert log_rows(restored)[1] == log_rows(site)[1][: backup.number]
            assert log_rows(restored)[0] == [
                row for row in log_rows(site)[0] if row[0] <= len(log_rows(restored)[0])
            ]
            with site_on(databases.make(site.kind)) as replayed:
                replay(replayed, log_rows(restored)[0])
                assert content_responses(restored) == content_responses(replayed)


def test_a_backup_overwrites_no_file(edited_site, tmp_path):
    path = tmp_path / "log.gz"
    path.write_bytes(b"mine")
    with pytest.raises(BackupError, match="exists already"):
        back_up(edited_site.store, path)
    assert path.read_bytes() == b"mine"
    assert [file.name for file in tmp_path.iterdir()] == ["log.gz"]


def test_a_log_that_is_not_empty_is_not_overwritten(edited_site, tmp_path):
    back_up(edited_site.store, tmp_path / "log.gz")
    before = log_rows(edited_site), content_responses(edited_site)
    with pytest.raises(BackupError, match="not empty"):
        restore(edited_site.store, tmp_path / "log.gz")
    assert (log_rows(edited_site), content_responses(edited_site)) == before


@pytest.mark.parametrize(
    "damage",
    [
        "cut",
        "cut within",
        "a line less",
        "not packed",
        "another file",
        "a row too many",
        "a wrong checksum",
        "a newer version",
        "an unknown entity",
    ],
)
def test_a_damaged_backup_changes_nothing(databases, edited_site, tmp_path, damage):
    path = tmp_path / "log.gz"
    back_up(edited_site.store, path)
    compressed, lines = path.read_bytes(), gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    upgrades = len(edited_site.store.renderer.model.upgrades)
    current, newer = (b'"declared":%d' % number for number in (upgrades, upgrades + 1))
    path.write_bytes(
        {
            "cut": compressed[: len(compressed) // 2],
            "cut within": gzip.compress(b"".join(lines[:-1])),
            "a line less": gzip.compress(b"".join([*lines[:5], *lines[6:]])),
            "not packed": b"".join(lines),
            "another file": gzip.compress(b'{"a": 1}\n'),
            "a row too many": gzip.compress(b"".join([*lines[:-1], lines[1], lines[-1]])),
            "a wrong checksum": compressed[:-8] + b"\0" * 8,
            "a newer version": gzip.compress(b"".join(lines).replace(current, newer)),
            "an unknown entity": gzip.compress(b"".join(lines).replace(b'"Grant"', b'"Grain"')),
        }[damage]
    )
    with site_on(databases.make(edited_site.kind)) as target:
        with pytest.raises(BackupError):
            restore(target.store, path)
        assert log_rows(target) == [[], []]
        assert target.json("/projects")["total"] == 0


def test_a_backup_with_a_bit_flipped_is_refused_or_whole(databases, edited_site, tmp_path):
    path = tmp_path / "log.gz"
    back_up(edited_site.store, path)
    compressed = path.read_bytes()
    with site_on(databases.make(edited_site.kind)) as target:
        for offset in range(10, len(compressed), len(compressed) // 12):
            path.write_bytes(
                compressed[:offset] + bytes([compressed[offset] ^ 16]) + compressed[offset + 1 :]
            )
            with pytest.raises(BackupError):
                restore(target.store, path)
        assert log_rows(target) == [[], []]


def test_a_backup_needs_no_head(databases, edited_site, tmp_path):
    with edited_site.store.database.writing() as connection:
        connection.execute(edited_site.store.tables.head.delete())
    backup = back_up(edited_site.store, tmp_path / "log.gz")
    with site_on(databases.make(edited_site.kind)) as target:
        assert restore(target.store, tmp_path / "log.gz") == backup
        assert log_rows(target) == log_rows(edited_site)
        assert not target.store.rebuild()


def test_a_log_with_gaps_is_not_backed_up(edited_site, tmp_path):
    change = edited_site.store.tables.change
    with edited_site.store.database.writing() as connection:
        connection.execute(change.delete().where(change.c.number == 2))
    with pytest.raises(BackupError, match="1 of its rows"):
        back_up(edited_site.store, tmp_path / "log.gz")
    assert list(tmp_path.iterdir()) == []
