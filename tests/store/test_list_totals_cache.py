"""Tests of cached list totals: a list is counted once for all its readers, and again after a commit."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from api.lists.page_reader import DataChangedError, Paginator
from api.store.log.actions import publish
from api.store.queries.list_query import ListQuery
from api.store.queries.select_statements import SelectStatements
from api.store.readers.factory import open_reader
from api.store.readers.reader import CONNECT_TIMEOUT
from tests.support.generators.records import record
from tests.support.response_and_row_snapshots import NETWORK_ACTIONS

PROJECTS = ListQuery("Project")


@asynccontextmanager
async def page_reader(site):
    """Yield a function that reads a page, and the list of the queries that it sends."""
    paginator = Paginator(SelectStatements(site.store.tables), site.store.renderer.model.entity_ordinals)
    reader = await open_reader(site.store.database, CONNECT_TIMEOUT)
    queries = []

    async def run_query(query, values):
        queries.append(query)
        await asyncio.sleep(0)  # so that other tasks send queries meanwhile, on either engine
        return await reader.rows(query, values)

    async def read_page():
        return await paginator.page(run_query, PROJECTS, None, 25)

    try:
        yield read_page, queries
    finally:
        await reader.close()


def test_concurrent_readers_of_a_page_do_not_count_its_list_again(network):
    async def read_pages():
        async with page_reader(network) as (read_page, queries):
            first = await read_page()
            queries.clear()
            return first, await asyncio.gather(*(read_page() for _ in range(3))), len(queries)

    first, pages, query_count = asyncio.run(read_pages())
    assert [page.cardinalities.total for page in pages] == [first.cardinalities.total] * 3
    assert query_count == 3


def test_a_list_is_counted_again_after_a_commit(site):
    site.store.commit(NETWORK_ACTIONS, "editor")

    async def read_totals():
        async with page_reader(site) as (read_page, _):
            before = await read_page()
            site.store.commit([publish(record("Project", "another"))], "editor")
            with pytest.raises(DataChangedError):
                await read_page()
            return before.cardinalities.total, (await read_page()).cardinalities.total

    before, after = asyncio.run(read_totals())
    assert after == before + 1
