"""What is remembered of a list: it is counted once for all who read it, and anew when something else is served."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from api.lists.pagination import DataChangedError, Paginator
from api.store.log.actions import publish
from api.store.queries.list_query import ListQuery
from api.store.queries.select_statements import SelectStatements
from api.store.readers.factory import open_reader
from api.store.readers.reader import CONNECT_TIMEOUT
from tests.support.generators.records import record
from tests.support.log_scenarios import NETWORK_ACTS

PROJECTS = ListQuery("Project")


@asynccontextmanager
async def asking(site):
    """Yield how a page is read, and what was asked for it."""
    paging = Paginator(SelectStatements(site.store.tables), site.store.renderer.model.entity_ordinals)
    reader = await open_reader(site.store.database, CONNECT_TIMEOUT)
    asked = []

    async def ask(query, values):
        asked.append(query)
        await asyncio.sleep(0)  # so that others ask meanwhile, on either engine
        return await reader.rows(query, values)

    async def page():
        return await paging.page(ask, PROJECTS, None, 25)

    try:
        yield page, asked
    finally:
        await reader.close()


def test_those_who_read_a_page_at_the_same_time_do_not_count_its_list_anew(network):
    async def read():
        async with asking(network) as (page, asked):
            first = await page()
            asked.clear()
            return first, await asyncio.gather(*(page() for _ in range(3))), len(asked)

    first, pages, asked = asyncio.run(read())
    assert [one.total for one in pages] == [first.total] * 3
    assert asked == 3


def test_a_list_is_counted_anew_when_something_else_is_served(site):
    site.store.commit(NETWORK_ACTS, "editor")

    async def read():
        async with asking(site) as (page, _):
            before = await page()
            site.store.commit([publish(record("Project", "another"))], "editor")
            with pytest.raises(DataChangedError):
                await page()
            return before.total, (await page()).total

    before, after = asyncio.run(read())
    assert after == before + 1
