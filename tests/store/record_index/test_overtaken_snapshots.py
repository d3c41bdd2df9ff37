"""Tests of the index of a process that a slow snapshot uses after commits, and of what many queries leave in it."""

import asyncio
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import select, update

from api.store.log.actions import publish
from api.store.readers.reader import Reader
from tests.store.record_index.indexed_reader import CountingReader, new_index, readers
from tests.support.generators.records import record
from tests.support.site import Site


@dataclass
class SlowReader:
    """A reader whose snapshot waits behind its first SELECT until it may go on."""

    reader: Reader
    has_begun: asyncio.Event
    may_go_on: asyncio.Event

    async def long_snapshot(self, callback):
        async def slow(run_query):
            async def run(query, values):
                rows = await run_query(query, values)
                self.has_begun.set()
                await self.may_go_on.wait()
                return rows

            return await callback(run)

        return await self.reader.long_snapshot(slow)


def damage(site: Site) -> None:
    """Add a number that no record has to a posting list, so that a rebuild begins an epoch."""
    posting = site.store.tables.posting
    is_damaged = posting.c.name == "Project"
    with site.store.database.writing() as connection:
        numbers = BitMap.deserialize(connection.scalar(select(posting.c.numbers).where(is_damaged)))
        numbers.add(numbers.max() + 5)
        connection.execute(update(posting).where(is_damaged).values(numbers=numbers.serialize()))


def test_a_snapshot_of_an_earlier_epoch_makes_no_later_answer_stale(site):
    site.store.commit([publish(record("Project", f"p-{number}")) for number in range(4)], "editor")

    async def run():
        async with readers(site) as (reader,):
            index = new_index(site, reader)
            query = index.specs["Project"].list_query({}, full_documents=False)

            async def read(snapshot):
                return (await index.paginator.page(snapshot, query, None, 25)).total

            before, *_ = await index.answer("Project", "")
            slow_reader = SlowReader(reader, asyncio.Event(), asyncio.Event())
            slow = asyncio.create_task(index.paginator.index.answer(slow_reader, read, is_long=True))
            await slow_reader.has_begun.wait()
            damage(site)
            site.store.rebuild()
            site.store.commit([publish(record("Project", "later"))], "editor")
            # Twice, so that the index is known to show the data.
            committed = [(await index.answer("Project", ""))[0] for _ in range(2)]
            slow_reader.may_go_on.set()
            overtaken = await slow
            later = [(await index.answer("Project", ""))[0] for _ in range(2)]
            return before, committed, overtaken, later

    assert asyncio.run(run()) == (4, [5, 5], 4, [5, 5])


def test_many_queries_that_find_nothing_evict_no_item_and_no_order(sqlite_site):
    queries = []
    sqlite_site.store.commit([publish(record("Project", f"p-{number}")) for number in range(4)], "editor")

    async def run():
        async with readers(sqlite_site) as (reader,):
            index = new_index(sqlite_site, reader, 4_000_000)
            await index.answers([("Project", "sort=title")] * 2)
            for first in range(1900, 1950):
                for second in range(1950, 2000):
                    await index.answer("Project", f"year={first},{second}")
            assert index.paginator.index.size <= 4_000_000
            index.reader = CountingReader(reader, queries)
            await index.answer("Project", "sort=title")

    asyncio.run(run())
    assert queries == []
