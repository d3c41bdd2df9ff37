"""Tests of the cost of list queries: statements, memory, the event loop, and the counts of pages."""

import asyncio
import random
import sys
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.sql import compiler

from api.lists import facet_counts
from api.lists.page_reader import Paginator
from api.lists.query import ListQuerySpec
from api.store.queries.select_statements import SelectStatements
from api.store.readers import postgresql_reader, sqlite_reader
from api.store.readers.factory import open_reader
from api.store.readers.statement_compiler import MAX_STATEMENT_BYTES
from schema import MODEL
from schema.declaration.datatypes import AUTHORITY_TABLES, Kind
from schema.query.parser import MAX_VALUES_OF_PARAMETER
from tests.support.html.pages import page
from tests.support.raw_asgi_requests import RawRequest, send_requests
from tests.support.response_and_row_snapshots import NETWORK_ACTIONS
from tests.support.wait_limit import PATIENCE

QUERIES = 300

MAX_STATEMENTS = 100
"""Compiled statements of QUERIES queries of different parameters: several for each, if each had its own."""

MAX_GROWTH = 100_000_000
"""Bytes of memory that QUERIES queries may leave behind: they took a gigabyte when each had statements of its own."""

ORDERS = ("", "&sort=title", "&sort=-start,title", "&q=tilts&sort=modified", "&limit=3")

COUNTRIES = [*AUTHORITY_TABLES[Kind.COUNTRY].iris]

COMPILED = {
    "sqlite": sqlite_reader.STATEMENTS.cache,
    "postgresql": postgresql_reader.STATEMENTS.cache,
}


def long_queries(count: int) -> list[str]:
    """Return list queries that differ in the number of values, in their filters and order."""
    dice = random.Random(4)  # noqa: S311 - a repeatable draw
    return [
        f"/projects?country={_some(dice, COUNTRIES, '-')}&year={_some(dice, range(1990, 2030), dice.choice(('', '-')))}"
        f"{dice.choice(ORDERS)}"
        for _ in range(count)
    ]


def _some(dice: random.Random, values, prefix: str) -> str:
    chosen = dice.sample([*values], dice.randint(1, MAX_VALUES_OF_PARAMETER))
    return ",".join(f"{prefix}{value}" for value in chosen)


def resident_memory() -> int:
    """Return the resident memory of this process, in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def test_many_different_queries_have_few_statements_and_leave_little_memory(network):
    queries = [RawRequest(target.encode()) for target in dict.fromkeys(long_queries(QUERIES))]
    cache = COMPILED[network.kind]
    assert len(queries) > QUERIES * 0.9
    send_requests(network, queries[:10])
    statements, memory = len(cache), resident_memory()
    responses = send_requests(network, queries)
    assert {response.status for response in responses} == {200}
    assert len(cache) - statements < MAX_STATEMENTS
    assert cache.size <= MAX_STATEMENT_BYTES
    assert resident_memory() - memory < MAX_GROWTH


@pytest.mark.parametrize("prefix", ["", "-"])
def test_the_number_of_values_does_not_change_the_statement(sqlite_network, prefix):
    spec = ListQuerySpec(sqlite_network.store.renderer, MODEL.by_name["Project"])
    shapes = {
        spec.list_query(
            {"country": ",".join(f"{prefix}{code}" for code in COUNTRIES[:number])}, full_documents=False
        ).shape
        for number in range(2, MAX_VALUES_OF_PARAMETER + 1)
    }
    assert len(shapes) == 1


def test_no_statement_is_compiled_in_the_event_loop(network):
    compiled = []

    def profile(frame, event, _):
        if event == "call" and frame.f_code.co_filename == compiler.__file__:
            compiled.append(frame.f_code.co_name)

    async def read_page():
        COMPILED[network.kind].clear()
        reader = await open_reader(network.store.database, PATIENCE)
        spec = ListQuerySpec(network.store.renderer, MODEL.by_name["Project"])
        query = spec.list_query({"country": "LV,EE", "q": "a"}, full_documents=False)
        paginator = Paginator(
            SelectStatements(network.store.tables), network.store.renderer.model.entity_ordinals
        )
        sys.setprofile(profile)
        try:
            rows = await reader.snapshot(lambda run_query: paginator.page(run_query, query, None, 25))
            await reader.rows(paginator.statements.moments, {})
        finally:
            sys.setprofile(None)
            await reader.close()
        return rows

    assert asyncio.run(read_page()).cardinalities.total >= 0
    assert len(COMPILED[network.kind]) > 1
    assert compiled == []


def test_a_page_of_all_records_shows_the_stored_counts(site):
    site.store.commit(NETWORK_ACTIONS, "editor")
    tally = site.store.tables.tally
    with site.store.database.writing() as connection:
        connection.execute(update(tally).where(tally.c.name != "").values(number=777))
    assert "(777)" in "".join(page(site, "/projects").itertext()).replace(" ", "")


def test_counts_of_one_generation_are_not_those_of_another(network):
    """The reads of two pages overlap: a commit came between them."""
    paginator = Paginator(SelectStatements(network.store.tables), MODEL.entity_ordinals)
    values = {"entity": "Project"}

    async def count(generation, committed=None):
        async def run_query(*_):
            if committed:
                await committed
            return [("LV", generation)]

        return await paginator.stored_counts(run_query, generation, values)

    async def overlap():
        committed = asyncio.get_running_loop().create_future()
        earlier = asyncio.create_task(count(1, committed))
        await asyncio.sleep(0)
        later = await count(2)
        committed.set_result(None)
        return [*await earlier, *later, *await count(2), *await count(1)]

    assert [number for _, number in asyncio.run(overlap())] == [1, 2, 2, 1]


def test_with_a_search_too_the_values_of_five_filters_in_use_are_counted(network, monkeypatch):
    alternatives = set()
    read_ids = Paginator.ids

    async def ids(paginator, run_query, query, limit, among):
        if among:
            alternatives.add(query)
        return await read_ids(paginator, run_query, query, limit, among)

    monkeypatch.setattr(Paginator, "ids", ids)
    filters = (
        "country=LV&year=2020&status=completed&role=coordinator&topic=youth&target_group=unemployed-people"
    )
    page(network, f"/projects?q=a*&{filters}")
    assert len(alternatives) == 5


def test_values_of_a_longer_list_than_is_counted_are_shown_without_counts(network, monkeypatch):
    def choices_and_counts(target: str) -> tuple[int, int]:
        tree = page(network, target)
        labels = [label for label in tree.iter("label") if label.find("input[@type='checkbox']") is not None]
        return len(labels), sum(label.find("span/data") is not None for label in labels)

    choices, counts = choices_and_counts("/projects?country=LV&limit=5")
    assert choices == counts > 20
    monkeypatch.setattr(facet_counts, "MAX_COUNTED_RECORDS", 0)
    choices, counts = choices_and_counts("/projects?country=LV&limit=6")
    # The countries are counted in the list without the filter, that of all projects.
    assert 0 < counts < choices
