"""Tests of long steps with the record index: other requests are answered between their parts."""

import asyncio

import pytest
from pyroaring import BitMap

from api.lists.page_reader import Paginator
from api.store.log.actions import publish
from api.store.queries.select_statements import SelectStatements
from api.store.readers import sqlite_reader
from api.store.readers.factory import open_reader
from api.store.record_index import index_snapshot, index_values
from schema import MODEL
from tests.support.generators.records import record
from tests.support.wait_limit import PATIENCE

COUNTED = 4


async def counts(snapshot) -> dict[str, int]:
    """Return the number of records with each country among the first records."""
    (records,) = await snapshot.postings("Organisation", "", [""])
    return await snapshot.value_counts(("Organisation", "country"), BitMap(records[:COUNTED]))


@pytest.mark.parametrize("is_cached", [True, False])
def test_other_tasks_run_between_the_parts_of_counting(site, monkeypatch, is_cached):
    for module, name, value in (
        (index_snapshot, "PAUSE_INTERVAL", 0),
        (sqlite_reader, "MAX_STEP", 0),
        (index_values, "MAX_SETS", 0),
        (index_values, "COUNTED_RECORDS", 1),
    ):
        monkeypatch.setattr(module, name, value)
    records = [record("Organisation", f"o-{number}", country="LV") for number in range(3 * COUNTED)]
    site.store.commit([publish(organisation) for organisation in records], "editor")
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0)
            ticks += 1

    async def run() -> dict[str, int]:
        reader = await open_reader(site.store.database, PATIENCE)
        index = Paginator(SelectStatements(site.store.tables), MODEL, 10_000_000).index
        await index.answer(reader, counts)
        task = asyncio.create_task(tick())
        counted = await index.answer(reader, counts, is_cached=is_cached)
        task.cancel()
        await reader.close()
        return counted

    assert asyncio.run(run()) == {"LV": COUNTED}
    assert ticks >= COUNTED // 2
