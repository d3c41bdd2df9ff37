"""Backups: the log in a file, whole or not at all, and good for either engine."""

import gzip
import itertools
import threading
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select

from api.editing.directory import load_directory
from api.store.log.actions import delete, publish, save, unpublish
from api.store.maintenance.backup import BackupError, back_up, restore
from api.store.maintenance.doctor import CheckStatus, run_checks
from schema.validation.decoder import decode_revision
from tests.support.generators.records import record
from tests.support.log_scenarios import NETWORK_ACTS, everything
from tests.support.processes import until
from tests.support.site import ROOT, Clock, site_on


def log(site) -> list[list[tuple]]:
    tables = site.store.tables
    with site.store.database.reading() as connection:
        return [
            [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in (tables.revision, tables.change)
        ]


@pytest.fixture
def lived(site):
    load_directory(site.store, ROOT / "data")
    site.store.commit(NETWORK_ACTS, "editor")
    site.store.commit([save(record("Project", "project", title={"en": "Draft"}))], "editor")
    site.store.commit([unpublish(("Grant", "grant"), reason="Why")], "editor")
    site.store.commit([publish(record("Grant", "gone"))], "editor")
    site.store.commit([delete(("Grant", "gone"), reason="Because")], "editor")
    return site


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_backup_is_restored_on_either_engine_with_the_same_answers(databases, lived, kind, tmp_path):
    done = back_up(lived.store, tmp_path / "log.gz")
    with site_on(databases.make(kind)) as other:
        assert restore(other.store, tmp_path / "log.gz") == done
        assert everything(other) == everything(lived)
        for path in ("/grants/grant", "/grants/gone"):
            assert other.raw(path) == lived.raw(path)
        assert log(other) == log(lived)
        assert not other.store.rebuild()
        assert not other.store.is_stale()
        for site in (lived, other):
            object.__setattr__(site.store, "clock", Clock())
            site.store.commit([publish(record("Organisation", "later"))], "editor")
        assert log(other) == log(lived)


def play_again(site, revisions: list[tuple]) -> None:
    """Do the acts of a log again, each set at its own moment, on an empty installation."""
    for at, rows in itertools.groupby(revisions, key=lambda row: row[4]):
        moment = datetime.fromisoformat(at)
        acts = [
            publish(decode_revision(site.store.renderer.model, entity, document, declared))
            for _, entity, _, _, _, _, _, _, declared, document in rows
        ]
        replace(site.store, clock=lambda moment=moment: moment).commit(acts, "editor")


def wait_for_change(site, number: int) -> None:
    """Return when there is a public change after a number; the writer is at work meanwhile."""
    until(lambda: max(row[0] for row in log(site)[1]) > number)


def test_a_backup_taken_under_writes_is_of_the_moment_that_it_states(databases, site, tmp_path):
    site.store.commit(NETWORK_ACTS, "editor")
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
        done = []
        for number in range(3):
            wait_for_change(site, done[-1].number if done else 5)
            done.append(back_up(site.store, tmp_path / f"{number}.gz"))
    finally:
        stop.set()
        writer.join()
    assert len({one.number for one in done}) == 3
    for number, one in enumerate(done):
        with site_on(databases.make(site.kind)) as other:
            restore(other.store, tmp_path / f"{number}.gz")
            assert log(other)[1] == log(site)[1][: one.number]
            assert log(other)[0] == [row for row in log(site)[0] if row[0] <= len(log(other)[0])]
            with site_on(databases.make(site.kind)) as played:
                play_again(played, log(other)[0])
                assert everything(other) == everything(played)


def test_a_backup_takes_the_place_of_no_file(lived, tmp_path):
    path = tmp_path / "log.gz"
    path.write_bytes(b"mine")
    with pytest.raises(BackupError, match="exists already"):
        back_up(lived.store, path)
    assert path.read_bytes() == b"mine"
    assert [one.name for one in tmp_path.iterdir()] == ["log.gz"]


def test_a_log_that_is_not_empty_is_not_written_over(lived, tmp_path):
    back_up(lived.store, tmp_path / "log.gz")
    before = log(lived), everything(lived)
    with pytest.raises(BackupError, match="not empty"):
        restore(lived.store, tmp_path / "log.gz")
    assert (log(lived), everything(lived)) == before


@pytest.mark.parametrize(
    "harm",
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
def test_a_damaged_backup_changes_nothing(databases, lived, tmp_path, harm):
    path = tmp_path / "log.gz"
    back_up(lived.store, path)
    packed, lines = path.read_bytes(), gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    path.write_bytes(
        {
            "cut": packed[: len(packed) // 2],
            "cut within": gzip.compress(b"".join(lines[:-1])),
            "a line less": gzip.compress(b"".join([*lines[:5], *lines[6:]])),
            "not packed": b"".join(lines),
            "another file": gzip.compress(b'{"a": 1}\n'),
            "a row too many": gzip.compress(b"".join([*lines[:-1], lines[1], lines[-1]])),
            "a wrong checksum": packed[:-8] + b"\0" * 8,
            "a newer version": gzip.compress(b"".join(lines).replace(b'"declared":0', b'"declared":9')),
            "an unknown entity": gzip.compress(b"".join(lines).replace(b'"Grant"', b'"Grain"')),
        }[harm]
    )
    with site_on(databases.make(lived.kind)) as other:
        with pytest.raises(BackupError):
            restore(other.store, path)
        assert log(other) == [[], []]
        assert other.json("/projects")["total"] == 0


def test_a_backup_with_a_bit_flipped_is_refused_or_whole(databases, lived, tmp_path):
    path = tmp_path / "log.gz"
    back_up(lived.store, path)
    packed = path.read_bytes()
    with site_on(databases.make(lived.kind)) as other:
        for place in range(10, len(packed), len(packed) // 12):
            path.write_bytes(packed[:place] + bytes([packed[place] ^ 16]) + packed[place + 1 :])
            with pytest.raises(BackupError):
                restore(other.store, path)
        assert log(other) == [[], []]


def verdicts(site) -> set[str]:
    return {
        finding.text.split(":")[0].split(" (")[0]
        for finding in run_checks(site.store)
        if finding.status is CheckStatus.FAILED
    }


def test_the_doctor_finds_a_sound_installation_well(lived):
    lived.store.rebuild()
    assert verdicts(lived) == set()
    assert len(list(run_checks(lived.store))) >= 5


def test_the_doctor_names_what_is_ill_and_changes_nothing(lived):
    tables = lived.store.tables
    with lived.store.database.writing() as connection:
        connection.execute(tables.head.update().values(fingerprint="another"))
    assert verdicts(lived) == {"the read model was rendered by other code or settings"}
    lived.store.rebuild()
    with lived.store.database.writing() as connection:
        connection.execute(tables.item.delete())
        connection.execute(tables.head.update().values(number=1))
    before = log(lived)
    for _ in range(2):
        assert verdicts(lived) == {"the numbers of the log disagree", "the read model differs from the log"}
    assert log(lived) == before
    assert lived.json("/projects")["items"] == []
