"""Tests of the index of a process with databases that were restored, repaired or damaged."""

import asyncio
import sqlite3
from contextlib import closing

import pytest
from pyroaring import BitMap
from sqlalchemy import select, update

from api.store.log.actions import publish
from api.store.maintenance.backup_and_restore import back_up
from api.store.maintenance.backup_and_restore import restore as restore_backup
from tests.store.record_index.indexed_reader import new_index, readers
from tests.support.generators.records import record
from tests.support.site import Site, site_on


def test_a_restored_database_is_noticed_even_with_more_commits(sqlite_site):
    """A restored copy has fewer commits; then it has as many again, or more, but others."""
    site = sqlite_site
    questions = [("Project", ""), ("Project", "sort=-title"), ("Project", "q=tilts")]

    def commit(name: str) -> None:
        site.store.commit([publish(record("Project", name, title={"en": f"Tilts {name}"}))], "editor")

    async def run():
        async with readers(site) as (reader,):
            index = new_index(site, reader)
            for later_commits in (0, 2, 5):
                backup = sqlite3.connect(":memory:")
                copy_database(site, backup, restores=False)
                for number in range(2):
                    commit(f"lost-{later_commits}-{number}")
                await index.answers(questions)
                copy_database(site, backup, restores=True)
                for number in range(later_commits):
                    commit(f"later-{later_commits}-{number}")
                fresh = await new_index(site, reader).answers(questions)
                assert await index.answers(questions) == fresh
                assert "lost" not in repr(fresh)

    commit("first")
    asyncio.run(run())


def copy_database(site: Site, backup: sqlite3.Connection, *, restores: bool) -> None:
    """Copy the database of a site to a backup, or restore it from that."""
    with closing(sqlite3.connect(site.store.database.path)) as connection:
        source, target = (backup, connection) if restores else (connection, backup)
        source.backup(target)


def test_a_restored_backup_that_overtakes_the_lost_commits_is_noticed(databases, sqlite_site, tmp_path):
    """A restore repeats the changes of the log, with their numbers and times, in one commit."""
    site = sqlite_site
    for number in range(4):
        site.store.commit([publish(record("Project", f"p-{number}"))], "editor")
    back_up(site.store, tmp_path / "log.gz")

    async def run():
        async with readers(site) as (reader,):
            index = new_index(site, reader)
            await index.answer("Project", "")
            with site_on(databases.make("sqlite")) as target:
                restore_backup(target.store, tmp_path / "log.gz")
                for number in range(6):
                    target.store.commit([publish(record("Project", f"later-{number}"))], "editor")
                with closing(sqlite3.connect(target.store.database.path)) as source:
                    copy_database(site, source, restores=True)
            answer = await index.answer("Project", "")
            assert answer == await new_index(site, reader).answer("Project", "")
            assert answer[0] == 4 + 6

    asyncio.run(run())


def test_numbers_that_a_rebuild_has_repaired_leave_the_sets_even_after_a_commit(site):
    store = site.store
    store.commit([publish(record("Project", f"p-{number}")) for number in range(4)], "editor")
    is_damaged = store.tables.posting.c.name == "Project"

    async def run():
        async with readers(site) as (reader,):
            index = new_index(site, reader)
            with store.database.writing() as connection:
                numbers = BitMap.deserialize(
                    connection.scalar(select(store.tables.posting.c.numbers).where(is_damaged))
                )
                numbers.add(numbers.max() + 5)
                values = {"numbers": numbers.serialize()}
                connection.execute(update(store.tables.posting).where(is_damaged).values(values))
            # A page that does not show the number that no record has.
            assert (await index.answer("Project", "limit=2"))[0] == 4 + 1
            store.rebuild()
            store.commit([publish(record("Project", "later"))], "editor")
            return await index.answer("Project", "limit=2"), await new_index(site, reader).answer(
                "Project", "limit=2"
            )

    answer, fresh = asyncio.run(run())
    assert answer == fresh
    assert answer[0] == 4 + 1


@pytest.mark.parametrize("numbers", [b"", b"xxxx", bytes.fromhex("3a300000ffffffff"), None])
def test_a_damaged_posting_list_is_named_in_the_log_with_what_to_do(site, caplog, numbers):
    """Without other bytes the list has a number that no record has."""
    store = site.store
    store.commit([publish(record("Project", "one"))], "editor")
    posting = store.tables.posting
    stray = BitMap([77]).serialize()
    with store.database.writing() as connection:
        values = {"numbers": stray if numbers is None else numbers}
        connection.execute(update(posting).where(posting.c.name == "Project").values(values))
    response = site.get("/projects")
    assert response.status_code == 500
    (logged,) = [line.getMessage() for line in caplog.records if line.name == "tikls"]
    assert "doctor" in logged
    assert ("'Project'" if numbers is not None else "77") in logged
