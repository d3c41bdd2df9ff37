"""Tests of upgrades whose declarations cannot read records of the log: `check` names them, and nothing is half done."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from sqlalchemy import select, text, update

from api.settings import Settings
from api.store.maintenance.backup_and_restore import back_up
from api.store.publishing.store import Store
from api.store_factory import create_store
from tests.support.assertions import assert_command_failed
from tests.support.processes import run
from tests.support.response_and_row_snapshots import stored
from tests.support.site import BASE, KINDS

CHANGED = {
    ("Output", "ensie-handbook"): {"kind": "handbok"},
    ("Project", "ensie"): {"start": 2017, "wings": "two"},
    ("Project", "buicasus"): {"start": "2019-02-31"},
}
"""Fields that the log has as no declaration of this version allows: a removed concept, another type, no field."""

LINES = (
    "outputs/ensie-handbook: /kind: handbok is not one of the codes (handbook?) [unknown-code]",
    "projects/buicasus: /start: is not a date",
    "projects/ensie: /start: is a number; it should be a string [wrong-type]",
    "projects/ensie: /wings: is not a field here",
)


def log_documents(store, changes) -> None:
    """Give records of the log other values, as if another version had written them."""
    revision = store.tables.revision
    with store.database.writing() as connection:
        for (entity, identifier), values in changes.items():
            is_record = (revision.c.entity == entity, revision.c.id == identifier)
            document = connection.scalar(select(revision.c.document).where(*is_record))
            body = json.dumps(json.loads(document) | values)
            connection.execute(update(revision).where(*is_record).values(document=body))
        connection.execute(update(store.tables.head).values(fingerprint="another"))


class Earlier(NamedTuple):
    """A database of an earlier version, with its address."""

    store: Store
    address: str


@pytest.fixture(params=KINDS)
def earlier(request, databases) -> Iterator[Earlier]:
    """A database whose log has records that this version cannot read."""
    with databases.temporary(request.param, with_content=True) as address:
        store = create_store(Settings(database=address, base=BASE))
        log_documents(store, CHANGED)
        yield Earlier(store, address)
        store.database.close()


def everything(store) -> dict:
    """Return every row of the database, with the version of its schema."""
    rows = stored(SimpleNamespace(store=store))
    with store.database.reading() as connection:
        return rows | {"schema": connection.scalar(text("SELECT version_num FROM alembic_version"))}


def command(earlier, *arguments):
    return run(*arguments, database=earlier.address, base=BASE)


def assert_names_every_record(lines) -> None:
    assert [*map(str.startswith, sorted(lines), LINES)] == [True] * len(LINES), lines


def test_check_names_every_record_of_the_database_that_this_version_cannot_read(earlier):
    before = everything(earlier.store)
    assert_names_every_record(assert_command_failed(command(earlier, "check", "--database"), len(LINES)))
    latvian = assert_command_failed(command(earlier, "check", "--database", "--lang", "lv"), len(LINES))
    assert any("/kind: handbok nav starp kodiem (handbook?)" in line for line in latvian)
    assert everything(earlier.store) == before


@pytest.mark.parametrize("name", ["serve", "rebuild"])
def test_a_start_with_unreadable_records_names_them_and_leaves_everything_as_it_is(earlier, name):
    before = everything(earlier.store)
    *lines, summary = assert_command_failed(command(earlier, name), len(LINES) + 1)
    assert_names_every_record(lines)
    assert "nothing was changed" in summary
    assert everything(earlier.store) == before


@pytest.mark.parametrize("name", ["serve", "load"])
def test_a_database_with_unreadable_records_is_not_migrated(earlier, name):
    with earlier.store.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0011'"))
    before = everything(earlier.store)
    *lines, _ = assert_command_failed(command(earlier, name), 4)
    # The day that no month has is found when it is rendered, which no migration does.
    assert [line.split(":")[0] for line in sorted(lines)] == [
        "outputs/ensie-handbook",
        "projects/ensie",
        "projects/ensie",
    ]
    assert everything(earlier.store) == before


def test_a_backup_with_unreadable_records_is_not_restored(earlier, databases, tmp_path):
    back_up(earlier.store, tmp_path / "log.gz")
    target = databases.make(earlier.store.database.kind)
    *lines, _ = assert_command_failed(run("restore", tmp_path / "log.gz", database=target), len(LINES) + 1)
    assert_names_every_record(lines)
    assert create_store(Settings(database=target)).is_empty()


def test_of_many_unreadable_records_the_first_are_named(earlier):
    with earlier.store.database.reading() as connection:
        record = earlier.store.tables.record
        is_public = record.c.revision.is_not(None)
        keys = connection.execute(select(record.c.entity, record.c.id).where(is_public)).all()
    log_documents(earlier.store, {tuple(key): {"wings": 2} for key in keys})
    *lines, summary = assert_command_failed(command(earlier, "rebuild"), 21)
    assert all("wings" in line or line.startswith(("outputs", "projects")) for line in lines)
    assert str(len(keys) + 3) in summary
    assert len(command(earlier, "check", "--database").stderr.splitlines()) == len(keys) + 3


def test_records_of_an_unknown_entity_and_links_to_records_that_are_not_public_are_named(earlier):
    revision = earlier.store.tables.revision
    with earlier.store.database.writing() as connection:
        connection.execute(
            update(revision).where(revision.c.entity == "Activity").values(entity="Activities")
        )
    lines = command(earlier, "check", "--database").stderr.splitlines()
    assert any(line.startswith("Activities/") and "(Activity?) [unknown-code]" in line for line in lines)
    log_documents(earlier.store, {("Grant", "588997-citiz-1-2017-1-1sk-citiz-nt"): {"projects": ["nowhere"]}})
    expected = "grants/588997-citiz-1-2017-1-1sk-citiz-nt: /projects/0: there is no published Project nowhere"
    assert any(
        line.startswith(expected) for line in command(earlier, "check", "--database").stderr.splitlines()
    )


@pytest.mark.parametrize("kind", KINDS)
def test_check_of_a_sound_database_counts_its_records_and_one_without_a_log_says_so(
    databases, kind, tmp_path
):
    with databases.temporary(kind, with_content=True) as address:
        finished = run("check", "--database", database=address)
        assert (finished.returncode, finished.stderr) == (0, "")
        assert finished.stdout.endswith(" records of the log, no faults.\n")
    empty = databases.empty(kind)
    assert len(assert_command_failed(run("check", "--database", database=empty), 1)) == 1
    assert run("check", tmp_path, "--database", database=empty).returncode == 2
