"""Tests of query deadlines: slow queries end in time, and quick ones run meanwhile."""

import asyncio
import sqlite3
import threading
from contextlib import asynccontextmanager
from time import monotonic

import pytest
from sqlalchemy import Integer, bindparam, func, literal, select, table
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from api.request_work import begin_work
from api.store.database.database import Database
from api.store.database.size_bounded_cache import SizeBoundedCache
from api.store.database.statement import DeferredSelect
from api.store.log.actions import publish
from api.store.readers import postgresql_reader, sqlite_reader
from api.store.readers.factory import open_reader
from api.store.readers.reader import QueryTimeoutError
from api.store.readers.statement_compiler import CompiledStatements, StatementCompiler
from tests.support.assertions import assert_problem
from tests.support.failing_site import endless_lists
from tests.support.generators.records import record
from tests.support.processes import until
from tests.support.response_and_row_snapshots import NETWORK_ACTIONS
from tests.support.site import KINDS, site_on
from tests.support.wait_limit import PATIENCE

SLOW = {"sqlite": 200_000, "postgresql": 800_000}
"""Length of the series that a slow query counts, by engine: it takes several times the budget of a quick one."""

ENDLESS = 2_000_000_000

SHORT_DEADLINE = 0.3

QUICK_QUERIES = 100
"""Number of quick queries that run beside slow ones."""

TURNS = (0, 1, 2, 3, 5, 8, 13, 21, 50, 200)

ECHO = select(bindparam("number", type_=Integer))


def _count_query():
    numbers = select(literal(1, Integer).label("number")).cte("numbers", recursive=True)
    following = numbers.c.number + literal(1, Integer)
    numbers = numbers.union_all(select(following).where(numbers.c.number < bindparam("limit", type_=Integer)))
    return select(func.count()).select_from(numbers)


COUNT = _count_query()


@pytest.fixture(params=KINDS)
def database(request, databases):
    database = Database(databases.make(request.param))
    yield database
    database.close()


@asynccontextmanager
async def reading(database, deadline=PATIENCE):
    reader = await open_reader(database, deadline)
    try:
        yield reader
    finally:
        await reader.close()


def bind_values(database, limit=None):
    return {"limit": limit or SLOW[database.kind]}


async def run_quick_query(reader) -> bool:
    """Run a quick query, then let other tasks run."""
    rows = await reader.rows(ECHO, {"number": 1})
    await asyncio.sleep(0)
    return rows[0][0] == 1


async def retry_quick_query(reader) -> bool:
    """Run a quick query until it succeeds: on a busy machine, it may exceed a short deadline."""
    end = monotonic() + PATIENCE
    while True:
        try:
            return await run_quick_query(reader)
        except QueryTimeoutError:
            assert monotonic() < end


def run_slow_query(method, reader, limit):
    """Return an awaitable of the slow query, sent by itself or within a snapshot."""

    async def callback(run_query):
        assert (await run_query(ECHO, {"number": 1}))[0][0] == 1
        return await run_query(COUNT, {"limit": limit})

    return reader.rows(COUNT, {"limit": limit}) if method == "rows" else reader.snapshot(callback)


methods = pytest.mark.parametrize("method", ["rows", "answer"])


@methods
def test_a_slow_query_returns_its_result_and_quick_ones_run_meanwhile(database, method):
    async def run_queries():
        async with reading(database) as reader:
            endless = asyncio.create_task(run_slow_query(method, reader, ENDLESS))
            for _ in range(QUICK_QUERIES):
                assert await run_quick_query(reader)
            assert not endless.done()
            endless.cancel()
            slow = asyncio.create_task(run_slow_query(method, reader, SLOW[database.kind]))
            while not slow.done():
                assert await run_quick_query(reader)
            return (await slow)[0][0]

    assert asyncio.run(run_queries()) == SLOW[database.kind]


@methods
def test_an_endless_query_times_out_and_the_next_succeeds(database, method):
    async def run_queries():
        async with reading(database, SHORT_DEADLINE) as reader:
            for _ in range(2):
                with pytest.raises(QueryTimeoutError):
                    await run_slow_query(method, reader, ENDLESS)
                assert await retry_quick_query(reader)

    asyncio.run(run_queries())


@methods
def test_more_slow_queries_than_slots_all_end_and_delay_no_quick_query(database, method):
    async def run_queries():
        async with reading(database, 2 * SHORT_DEADLINE) as reader:
            slow = [
                asyncio.create_task(run_slow_query(method, reader, limit))
                for limit in [ENDLESS, SLOW[database.kind]] * 6
            ]
            while not all(task.done() for task in slow):
                assert await retry_quick_query(reader)
            assert await retry_quick_query(reader)
            results = await asyncio.gather(*slow, return_exceptions=True)
        async with reading(database) as reader:
            endless = [asyncio.create_task(run_slow_query(method, reader, ENDLESS)) for _ in range(12)]
            for _ in range(QUICK_QUERIES):
                assert await run_quick_query(reader)
            assert not any(task.done() for task in endless)
            for task in endless:
                task.cancel()
            await asyncio.wait(endless)
        return results

    results = asyncio.run(run_queries())
    assert {type(result) for result in results[::2]} == {QueryTimeoutError}
    for result in results[1::2]:
        assert isinstance(result, QueryTimeoutError) or result[0][0] == SLOW[database.kind]


@methods
def test_a_cancelled_query_frees_its_slot(database, method):
    async def run_queries():
        async with reading(database) as reader:
            for turns in TURNS:
                slow = [asyncio.create_task(run_slow_query(method, reader, ENDLESS)) for _ in range(3)]
                for _ in range(turns):
                    assert await run_quick_query(reader)
                for task in slow:
                    task.cancel()
                await asyncio.wait(slow)
                assert all(task.cancelled() for task in slow)
            queries = [run_slow_query(method, reader, SLOW[database.kind]) for _ in range(3)]
            return [rows[0][0] for rows in await asyncio.gather(*queries)]

    assert asyncio.run(run_queries()) == [SLOW[database.kind]] * 3


def test_a_slow_query_does_not_wait_for_all_those_that_another_peer_sent_before(database):
    order = []

    async def send(reader, peer):
        begin_work(peer)
        await run_slow_query("rows", reader, SLOW[database.kind])
        order.append(peer)

    async def run_queries():
        async with reading(database) as reader:
            await asyncio.gather(*(send(reader, peer) for peer in "aaaaaaaab"))

    asyncio.run(run_queries())
    assert order.index("b") < 6


@pytest.mark.parametrize("limit", [1, None], ids=["quick", "slow"])
def test_a_snapshot_sees_one_state_despite_concurrent_commits(site, limit):
    database, documents = site.store.database, select(func.count()).select_from(site.store.tables.document)
    commits = []

    async def callback(run_query):
        before = await run_query(documents, {})
        site.store.commit([publish(record("Organisation", f"organisation-{len(commits)}"))], "editor")
        commits.append(before[0][0])
        counted = await run_query(COUNT, bind_values(database, limit))
        return before[0][0], (await run_query(documents, {}))[0][0], counted[0][0]

    async def run_snapshot():
        async with reading(database) as reader:
            result = await reader.snapshot(callback)
            return result, (await reader.rows(documents, {}))[0][0]

    (before, after, counted), now = asyncio.run(run_snapshot())
    assert before == after == now - 1 == commits[-1]
    assert counted == bind_values(database, limit)["limit"]
    # A run that takes too long is started again from the beginning.
    assert len(commits) > 1 or limit


def test_quick_statements_of_a_snapshot_share_one_budget(database):
    """Otherwise a callback of many statements could block all other queries."""
    runs = []

    async def callback(run_query):
        runs.append(len(runs))
        return sum([(await run_query(COUNT, {"limit": 2000}))[0][0] for _ in range(500)])

    async def run_snapshot():
        async with reading(database) as reader:
            await reader.rows(COUNT, {"limit": 1})  # compiles it
            return await reader.snapshot(callback)

    assert asyncio.run(run_snapshot()) == 1_000_000
    assert len(runs) == 2


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_callback_that_awaits_anything_else_is_refused_and_leaves_no_transaction(databases, kind):
    """On SQLite, other queries would run inside its transaction."""
    cleanups = []

    async def sleeping_callback(_):
        try:
            await asyncio.sleep(0)
        finally:
            cleanups.append(True)

    async def run_snapshots():
        async with reading(Database(databases.make(kind))) as reader:

            async def nested_query_callback(_):
                return await reader.rows(ECHO, {"number": 1})

            for callback in (sleeping_callback, nested_query_callback):
                with pytest.raises(RuntimeError, match="a snapshot callback must "):
                    await reader.snapshot(callback)
                assert await run_quick_query(reader)

    asyncio.run(run_snapshots())
    assert cleanups


def test_an_error_of_a_callback_is_raised_and_leaves_no_transaction(database):
    async def failing(run_query):
        await run_query(ECHO, {"number": 1})
        raise KeyError

    async def slowly_failing(run_query):
        await run_query(COUNT, bind_values(database))
        raise KeyError

    async def run_snapshots():
        async with reading(database) as reader:
            for callback in (failing, slowly_failing) * 3:
                with pytest.raises(KeyError):
                    await reader.snapshot(callback)
                assert await run_quick_query(reader)

    asyncio.run(run_snapshots())


def test_more_selects_run_than_compiled_statements_are_cached(databases):
    database = Database(databases.make("sqlite"))
    statements = CompiledStatements(sqlite_dialect(paramstyle="qmark"))
    statements.cache = SizeBoundedCache(10_000)

    async def run_queries():
        compiler = StatementCompiler(statements)
        async with reading(database) as reader:
            for number in range(20):
                query = select(literal(number, Integer))
                await compiler.statement(query, monotonic() + PATIENCE)
                assert (await reader.rows(query, {}))[0][0] == number
        assert 0 < len(statements.cache) < 20
        assert statements.cache.size <= 10_000

    asyncio.run(run_queries())


def test_an_entry_larger_than_a_cache_is_not_stored_and_evicts_nothing():
    cache = SizeBoundedCache(10)
    cache.put("a", 1, 4)
    cache.put("b", 2, 6)
    cache.put("large", 3, 11)
    assert (cache.get("a"), cache.get("b"), cache.get("large"), cache.size) == (1, 2, None, 10)
    cache.put("a", 1, 11)
    assert (cache.get("a"), len(cache), cache.size) == (None, 1, 6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_snapshot_ends_although_its_statement_is_larger_than_the_cache(databases, kind, monkeypatch):
    statements = {"sqlite": sqlite_reader, "postgresql": postgresql_reader}[kind].STATEMENTS
    monkeypatch.setattr(statements, "cache", SizeBoundedCache(0))

    async def run_snapshot():
        async with asyncio.timeout(PATIENCE), reading(Database(databases.make(kind))) as reader:
            return await reader.snapshot(lambda run_query: run_query(ECHO, {"number": 7}))

    assert asyncio.run(run_snapshot())[0][0] == 7


def test_a_select_is_compiled_once():
    async def compile_twice():
        compiler = StatementCompiler(CompiledStatements(sqlite_dialect(paramstyle="qmark")))
        end = monotonic() + PATIENCE
        statements = await asyncio.gather(*(compiler.statement(ECHO, end) for _ in range(2)))
        assert statements[0] is statements[1] is compiler.compiled(ECHO)

    asyncio.run(compile_twice())


def test_the_next_select_is_compiled_after_one_whose_query_was_cancelled():
    is_begun, is_built = threading.Event(), threading.Event()

    def build(number):
        is_begun.set()
        is_built.wait(PATIENCE)
        return select(literal(number, Integer))

    async def cancel():
        compiler = StatementCompiler(CompiledStatements(sqlite_dialect(paramstyle="qmark")))
        query = DeferredSelect(build, 1)
        compiling = asyncio.create_task(compiler.statement(query, monotonic() + PATIENCE))
        await asyncio.to_thread(is_begun.wait, PATIENCE)
        compiling.cancel()
        await asyncio.wait([compiling])
        try:
            with pytest.raises(QueryTimeoutError):
                await compiler.statement(ECHO, monotonic())
        finally:
            is_built.set()
        assert await compiler.statement(ECHO, monotonic() + PATIENCE)
        # It is not compiled again.
        assert compiler.compiled(query)

    asyncio.run(cancel())


def test_queries_wait_for_a_lock_while_other_tasks_run(databases):
    database = Database(databases.make("sqlite"))
    holder = sqlite3.connect(database.path, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    tables = select(func.count()).select_from(table("sqlite_schema"))

    async def run_queries():
        async with reading(database) as reader:
            holder.execute("BEGIN EXCLUSIVE")
            queries = reader.rows(tables, {}), reader.snapshot(lambda run_query: run_query(tables, {}))
            waiting = [asyncio.create_task(query) for query in queries]
            for _ in range(1000):
                await asyncio.sleep(0)
            assert not any(task.done() for task in waiting)
            holder.close()
            return [rows[0][0] > 1 for rows in await asyncio.gather(*waiting)]

    assert asyncio.run(run_queries()) == [True, True]


@pytest.mark.parametrize("kind", KINDS)
def test_over_http_a_query_that_takes_too_long_gets_a_problem_with_advice(databases, kind):
    with site_on(databases.make(kind), deadline=SHORT_DEADLINE) as site:
        site.store.commit(NETWORK_ACTIONS, "editor")
        with endless_lists(site.store):
            for path in ("/projects", "/projects.ttl?limit=1"):
                response = site.get(path)
                assert "limit" in assert_problem(site, response, 503, "too-slow")["detail"]
                assert int(response.headers["retry-after"]) > 0
                # On a busy machine, the deadline may pass for a quick one too, but not each time.
                until(lambda: site.get("/projects/project").status_code == 200)
