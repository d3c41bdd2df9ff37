"""Tests of the index of a process: brought up to date by commits and rebuilds, it answers as one that begins."""

import asyncio
import os
import random
from contextlib import suppress
from dataclasses import dataclass

import pytest
from pyroaring import BitMap
from sqlalchemy import update

from api.store.log.actions import RecordAction, delete, merge, publish, save, unpublish
from api.store.publishing.commit import ChangesRefusedError
from schema import MODEL
from schema.declaration.entity_base import RecordKey
from tests.store.record_index.indexed_reader import CountingReader, new_index, readers
from tests.support.generators.records import random_record, record
from tests.support.site import Site

LONG = bool(os.environ.get("TEST_LONG"))

ACTS, QUESTIONS_PER_ACT = (500, 8) if LONG else (60, 4)

REBUILD_INTERVAL = 20
"""Acts between two rebuilds of a database in which records have been damaged."""

RECORDS_PER_ENTITY = 8

SMALL_INDEX_SIZE = 20_000

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


def test_a_reader_that_is_opened_later_shows_the_commits_since_the_one_before(site):
    async def run():
        index = None
        for total in range(3):
            site.store.commit([publish(record("Project", f"p-{total}"))], "editor")
            async with readers(site) as (reader,):
                index = index or new_index(site, reader)
                index.reader = reader
                assert [(await index.answer("Project", ""))[0] for _ in range(3)] == [total + 1] * 3

    asyncio.run(run())


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
