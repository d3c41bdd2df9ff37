"""Tests of the cost of list queries: statements, memory, the event loop, and the counts of pages."""

import asyncio
import random
import sys
from pathlib import Path

from sqlalchemy.sql import compiler

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
        paginator = Paginator(SelectStatements(network.store.tables), MODEL, index_size=0)
        sys.setprofile(profile)
        try:
            rows = await paginator.index.answer(
                reader, lambda snapshot: paginator.page(snapshot, query, None, 25)
            )
            await reader.rows(paginator.statements.moments, {})
        finally:
            sys.setprofile(None)
            await reader.close()
        return rows

    assert asyncio.run(read_page()).total >= 0
    assert len(COMPILED[network.kind]) > 1
    assert compiled == []


def test_all_filters_in_use_are_counted_also_of_a_search(network):
    """Each is counted without itself: the more filters, the more lists."""
    filters = (
        "country=LV&year=2020&status=completed&role=coordinator&topic=youth&target_group=unemployed-people"
    )
    tree = page(network, f"/projects?q=a*&{filters}")
    labels = [label for label in tree.iter("label") if label.find("input[@type='checkbox']") is not None]
    assert len(labels) >= 6
    assert all(label.find("span/data") is not None for label in labels)
