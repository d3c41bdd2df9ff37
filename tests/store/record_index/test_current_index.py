"""Tests of the index of a process: brought up to date by commits and rebuilds, it answers as one that begins."""

import asyncio
import os
import random
import sqlite3
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass

import pytest
from pyroaring import BitMap
from sqlalchemy import select, update

from api.lists.page_reader import Paginator
from api.lists.query import ListQuerySpec, SearchSpec
from api.store.log.actions import RecordAction, delete, merge, publish, save, unpublish
from api.store.maintenance.backup_and_restore import back_up
from api.store.maintenance.backup_and_restore import restore as restore_backup
from api.store.publishing.commit import ChangesRefusedError
from api.store.queries.select_statements import SelectStatements
from api.store.readers.factory import open_reader
from api.store.readers.reader import Reader
from schema import MODEL
from schema.declaration.entity_base import RecordKey
from schema.entities.partner_and_funder_lists import ROLE_LISTS
from tests.support.generators.records import random_record, record
from tests.support.site import Site, site_on
from tests.support.wait_limit import PATIENCE

LONG = bool(os.environ.get("TEST_LONG"))

ACTS, QUESTIONS_PER_ACT = (500, 8) if LONG else (60, 4)

REBUILD_INTERVAL = 20
"""Acts between two rebuilds of a database in which records have been damaged."""

RECORDS_PER_ENTITY = 8

INDEX_SIZE, SMALL_INDEX_SIZE = 10_000_000, 20_000

QUESTIONS = (
    ("Project", ""),
    ("Project", "country=LV,EE&sort=-start,title"),
    ("Project", "country=-LV&sort=title&limit=3"),
    ("Project", "start_from=2015&sort=-modified"),
    ("Project", "has=summary&missing=end&sort=-id"),
    ("Project", "missing_lang=lv&year=2018,2019,2020"),
    ("Project", "q=tilts&sort=created"),
    ("Project", "q=tilts"),
    ("Organisation", "country=LV,LT&sort=name"),
    ("Organisation", "sort=id&limit=4"),
    ("Grant", "currency=EUR&amount_from=5&sort=-decided"),
    ("Programme", "sort=code"),
    ("Activity", "sort=start,-title"),
    ("partners", "sort=-name"),
    ("funders", ""),
    ("search", "q=tilts"),
)

VALUES = (("Project", "country"), ("Project", "partner"), ("Organisation", "kind"), ("Grant", "funder"))
"""Indexes whose values are counted."""


@dataclass
class IndexedReader:
    """A reader with an index of its own, as a process has one."""

    paginator: Paginator
    reader: Reader
    specs: dict[str, ListQuerySpec | SearchSpec]

    async def answers(self, questions) -> list[object]:
        """Return the rows, the total and the cursor keys of the first page of each question."""
        return [await self.answer(*question) for question in questions]

    async def answer(self, name: str, text: str) -> object:
        parameters = dict(pair.split("=", 1) for pair in text.split("&") if pair)
        limit = int(parameters.pop("limit", 25))
        query = self.specs[name].list_query(parameters, full_documents=False)

        async def read(snapshot):
            return await self.paginator.page(snapshot, query, None, limit)

        await asyncio.sleep(0)  # As a request, which begins in a turn of the event loop of its own.
        rows = await self.paginator.index.answer(self.reader, read, is_cached=True)
        return rows.total, (rows.items, rows.project_counts), rows.next

    async def counts(self) -> dict[tuple[str, str], dict[str, int]]:
        """Return the number of records of each value of some indexes."""

        async def read(snapshot):
            counts = {}
            for entity, name in VALUES:
                (records,) = await snapshot.postings(entity, "", [""])
                counts[entity, name] = await snapshot.value_counts((entity, name), records)
            return counts

        return await self.paginator.index.answer(self.reader, read)


def new_index(site: Site, reader: Reader, size: int = INDEX_SIZE) -> IndexedReader:
    """Return an index of which nothing has been read."""
    renderer = site.store.renderer
    specs = {shape.name: ListQuerySpec(renderer, shape) for shape in MODEL.entities}
    specs |= {
        name: ListQuerySpec(renderer, MODEL.by_name[role.entity], role) for name, role in ROLE_LISTS.items()
    }
    paginator = Paginator(SelectStatements(site.store.tables), MODEL, size)
    return IndexedReader(paginator, reader, {**specs, "search": SearchSpec()})


@asynccontextmanager
async def readers(site: Site, number: int = 1):
    opened = [await open_reader(site.store.database, PATIENCE) for _ in range(number)]
    try:
        yield opened
    finally:
        for reader in opened:
            await reader.close()


@dataclass
class RandomActs:
    """Publishes, changes, unpublishes, deletes and merges random records, and saves drafts."""

    rng: random.Random
    number: int = 0

    def commit(self, site: Site) -> None:
        """Execute some random actions, unless they are refused."""
        keys = [
            (entity, f"{entity.lower()}-{index}")
            for entity in MODEL.by_name
            for index in range(RECORDS_PER_ENTITY)
        ]
        chosen = self.rng.sample(keys, self.rng.choice((1, 1, 2, 3, 12)))
        with suppress(ChangesRefusedError):  # such as the withdrawal of a record that others link to
            site.store.commit([self.action(key, chosen) for key in chosen], "editor")

    def action(self, key: RecordKey, known: list[RecordKey]) -> RecordAction:
        """Return a random action on a record."""
        self.number += 1
        word = self.rng.choice(("tilts", "tiltiem", "bridge"))
        made = random_record(self.rng, key, word, [*known, key], links=0.5)
        chance = self.rng.random()
        if chance < 0.05:
            return delete((key[0], f"{key[0].lower()}-{self.rng.randrange(RECORDS_PER_ENTITY)}"))
        if chance < 0.1:
            return merge(key, f"{key[0].lower()}-{self.rng.randrange(RECORDS_PER_ENTITY)}")
        if chance < 0.2:
            return unpublish(key)
        return save(made) if chance < 0.3 else publish(made)


def test_an_index_that_is_brought_up_to_date_answers_as_one_that_begins(site):
    rng = random.Random(7)  # noqa: S311 - a repeatable draw
    acts = RandomActs(rng)

    async def run():
        async with readers(site, 2) as (first, second):
            current, rare, small = (
                new_index(site, first),
                new_index(site, second),
                new_index(site, first, SMALL_INDEX_SIZE),
            )
            for number in range(ACTS if LONG or site.kind == "sqlite" else ACTS // 2):
                acts.commit(site)
                if number % REBUILD_INTERVAL == REBUILD_INTERVAL - 1:
                    damage(site)
                    site.store.rebuild()
                questions = rng.sample(QUESTIONS, QUESTIONS_PER_ACT)
                expected = await new_index(site, first).answers(questions)
                assert await current.answers(questions) == expected
                assert await small.answers(questions) == expected
                if number % 5 == 0:
                    assert await rare.answers(questions) == expected
            fresh = new_index(site, first)
            expected, counts = await fresh.answers(QUESTIONS), await fresh.counts()
            for index in (current, rare, small):
                assert await index.answers(QUESTIONS) == expected
                assert await index.counts() == counts
            assert sum(counts["Project", "country"].values())
            assert 0 < small.paginator.index.size <= SMALL_INDEX_SIZE < current.paginator.index.size

    asyncio.run(run())


def damage(site: Site) -> None:
    """Damage the list items and the index of some records, as a fault of the disk would."""
    with site.store.database.writing() as connection:
        table = site.store.tables.record
        connection.execute(update(table).where(table.c.entity == "Project").values(list_item=b"{}", etag="?"))


def test_a_renamed_organisation_shows_in_items_words_and_orders_of_every_index(site):
    organisation = record("Organisation", "owner", name={"en": "Zebra"})
    other = record("Organisation", "other", name={"en": "Middle"})
    participation = {"id": "p1", "organisation": "owner", "role": "coordinator"}
    project = record("Project", "bridge", participations=[participation])
    site.store.commit([publish(organisation), publish(other), publish(project)], "editor")
    questions = [
        ("Organisation", "sort=name"),
        ("Project", "q=zebra"),
        ("Project", "q=ants"),
        ("Project", ""),
    ]

    async def run():
        async with readers(site, 2) as opened:
            indexes = [new_index(site, reader) for reader in opened]
            before = [await index.answers(questions) for index in indexes]
            site.store.commit([publish(record("Organisation", "owner", name={"en": "Ant"}))], "editor")
            after = [await index.answers(questions) for index in indexes]
            return before, after, await new_index(site, opened[0]).answers(questions)

    before, after, fresh = asyncio.run(run())
    assert before[0] == before[1]
    assert after == [fresh, fresh]
    (_, (by_name, _), _), (zebras, *_), (ants, *_), _ = fresh
    assert [item.id for item in by_name] == ["owner", "other"]
    assert (zebras, ants) == (0, 1)


def test_a_list_that_was_answered_costs_no_select_until_the_next_commit(network):
    queries = []

    async def run():
        async with readers(network) as (reader,):
            index = new_index(network, reader)
            expected = await index.answers(QUESTIONS)
            index.reader = CountingReader(reader, queries)
            assert await index.answers(QUESTIONS) == expected

    asyncio.run(run())
    assert queries == []


@dataclass
class CountingReader:
    """A reader that notes the SELECTs that are executed."""

    reader: Reader
    queries: list

    async def rows(self, query, values):
        self.queries.append(query)
        return await self.reader.rows(query, values)

    async def snapshot(self, callback):
        async def counted(run_query):
            async def run(query, values):
                self.queries.append(query)
                return await run_query(query, values)

            return await callback(run)

        return await self.reader.snapshot(counted)

    async def version(self):
        return await self.reader.version()


def test_an_answer_that_commits_overtake_is_given_in_the_end_and_shares_what_it_has_read(site):
    site.store.commit([publish(record("Project", f"p-{number}")) for number in range(9)], "editor")
    attempts = []

    async def run():
        async with readers(site) as (reader,):
            index = new_index(site, reader)

            async def read(snapshot):
                attempts.append(snapshot.version.commit_number)
                await snapshot.order("Project", "title")
                site.store.commit([publish(record("Project", f"new-{len(attempts)}"))], "editor")
                await index.answer("Project", "")
                (records,) = await snapshot.postings("Project", "", [""])
                return len(records)

            total = await index.paginator.index.answer(reader, read, is_long=True)
            # The commits since have moved what was read for that answer alone.
            shared = await index.answer("Project", "sort=title")
            return total, shared, await new_index(site, reader).answer("Project", "sort=title")

    total, shared, fresh = asyncio.run(run())
    assert len(attempts) == 4
    assert total == 9 + 3
    assert shared == fresh


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


@pytest.mark.parametrize("change", ["draft", "nothing"])
def test_what_is_not_public_leaves_the_version_as_it_is(site, change):
    site.store.commit([publish(record("Project", "one"))], "editor")

    async def run():
        async with readers(site) as (reader,):
            index = new_index(site, reader)
            await index.answer("Project", "")
            version = await index.paginator.index.answer(reader, current_version)
            actions = [save(record("Project", "two"))] if change == "draft" else []
            site.store.commit(actions, "editor")
            return version, await index.paginator.index.answer(reader, current_version)

    before, after = asyncio.run(run())
    assert before == after


async def current_version(snapshot):
    return snapshot.version


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


def test_a_commit_as_large_as_the_parts_of_a_load_keeps_the_sets(site):
    queries = []
    countries = ("Organisation", "country=LV")
    site.store.commit([publish(organisation("first"))], "editor")

    async def run():
        async with readers(site) as (reader,):
            index = new_index(site, CountingReader(reader, queries))
            await index.answer(*countries)
            site.store.commit([publish(organisation(f"o-{number}")) for number in range(250)], "editor")
            queries.clear()
            return index, await index.answer(*countries), await new_index(site, reader).answer(*countries)

    index, answer, fresh = asyncio.run(run())
    assert answer == fresh
    assert answer[0] == 1 + 250
    assert index.paginator.statements.index.posting_lists not in queries
    read = queries.count(index.paginator.statements.index.changed_records)
    assert read > 1, "changes are decoded in batches"


def organisation(identifier: str):
    return record("Organisation", identifier, country="LV")


def test_values_that_no_record_has_displace_no_others(sqlite_site):
    sqlite_site.store.commit([publish(record("Project", "one"))], "editor")
    size = 500_000

    async def run():
        async with readers(sqlite_site) as (reader,):
            index = new_index(sqlite_site, reader, size)
            await index.answer("Project", "sort=title")
            before = index.paginator.index.size
            for number in range(500):
                await index.paginator.index.answer(reader, unknown(f"unknown-{number}"))
            return before, index.paginator.index.size

    before, after = asyncio.run(run())
    assert before < after <= before + size // 64


def unknown(value: str):
    async def read(snapshot):
        assert not await snapshot.numbers([("Organisation", value)])
        assert await snapshot.postings("Project", "keyword", [value]) == [BitMap()]

    return read


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
