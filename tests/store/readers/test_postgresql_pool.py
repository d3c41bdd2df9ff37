"""Tests of the PostgreSQL connection pool: connections of cancelled queries are closed, and no slot is lost.

TEST_LONG=1 in the environment makes more attempts.
"""

import asyncio
import os
import socket
from contextlib import asynccontextmanager, suppress
from math import inf
from time import monotonic

import psycopg
import pytest
from sqlalchemy import func, make_url, select

from api.request_work import begin_work
from api.store.database.database import Database
from api.store.database.statement import Statement
from api.store.readers import postgresql_pool
from api.store.readers.factory import open_reader
from api.store.readers.fair_slots import FairSlots
from api.store.readers.postgresql_pool import ConnectionPool
from api.store.readers.reader import DatabaseUnavailableError, NoConnectionError, QueryTimeoutError
from tests.support.processes import until
from tests.support.wait_limit import PATIENCE

IS_LONG = bool(os.environ.get("TEST_LONG"))

SHORT_TIMEOUT = 0.05

BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

TURNS = range(200) if IS_LONG else (*range(12), 16, 24, 40)
"""Numbers of event-loop turns that a query has before it is cancelled."""


def make_statement(text: str, *names: str) -> Statement:
    return Statement(text, names, {})


PROCESS_ID = make_statement("SELECT pg_backend_pid()")

ENDLESS = make_statement("SELECT count(*) FROM generate_series(1, 2000000000)")

WAITING_FOR_LOCK = make_statement("SELECT count(*) FROM held")
"""Waits while another transaction locks the table."""

INVALID = make_statement("SELECT nothing FROM nowhere")

NUMBER = make_statement("SELECT $1::integer", "number")

TIMEOUT = make_statement("SHOW statement_timeout")


@pytest.fixture(scope="module")
def address(databases) -> str:
    return databases.empty("postgresql")


class RefusingPool(ConnectionPool):
    @property
    def waiting(self):
        """The queries that wait for a connection."""
        return self._waiting

    def refuse_connections(self):
        """Open no other connection, as if the server had just refused one."""
        self._refused_until = inf


class Pool:
    """A pool whose queries share some slots."""

    def __init__(self, address: str, size: int = 1, statement_timeout: float = PATIENCE) -> None:
        self._pool = RefusingPool(Database(address).parameters, statement_timeout)
        self._slots = FairSlots(size)
        self.renew, self.close = self._pool.renew, self._pool.close
        self.refuse_connections = self._pool.refuse_connections
        self.waiting = self._pool.waiting

    def fetch(self, end, statement, values):
        return self._pool.fetch(self._slots, end, statement, values)

    def transaction(self):
        return self._pool.transaction(self._slots, monotonic() + PATIENCE, BEGIN)


@asynccontextmanager
async def open_pool(address, size=1, statement_timeout=PATIENCE):
    pool = Pool(address, size, statement_timeout)
    try:
        yield pool
    finally:
        await pool.close()


async def fetch(pool, statement=PROCESS_ID, **values):
    """Return the single value of a statement. It fails after a timeout if a slot was lost."""
    return (await pool.fetch(monotonic() + PATIENCE, statement, values))[0][0]


async def retry(method, pool, *arguments, **values):
    """Repeat a statement until it succeeds: on a busy machine, even a quick one may time out."""
    end = monotonic() + PATIENCE
    while True:
        try:
            return await method(pool, *arguments, **values)
        except QueryTimeoutError:
            assert monotonic() < end


async def in_transaction(pool, statement=PROCESS_ID, **values):
    async with pool.transaction() as connection:
        return (await connection.fetch(monotonic() + PATIENCE, statement, values))[0][0]


methods = pytest.mark.parametrize("method", [fetch, in_transaction])


def processes(address, state="%"):
    """Return the ids of the server processes of our connections that are in a state."""
    query = (
        "SELECT pid FROM pg_stat_activity WHERE datname = %s AND state LIKE %s AND pid <> pg_backend_pid()"
    )
    with psycopg.connect(address) as connection:
        return [row[0] for row in connection.execute(query, [connection.info.dbname, state])]


async def wait_for_active(address, count=1):
    """Wait until the server executes `count` statements."""
    await asyncio.to_thread(until, lambda: len(processes(address, "active")) == count)


async def wait_for_only(address, expected):
    """Wait until no other connections are left: the server notices the end of a connection later."""
    await asyncio.to_thread(until, lambda: set(processes(address)) <= set(expected))


@methods
def test_consecutive_queries_use_the_same_connection(address, method):
    async def collect_process_ids():
        async with open_pool(address) as pool:
            return {await method(pool) for _ in range(5)} | {await fetch(pool)}

    assert len(asyncio.run(collect_process_ids())) == 1


@methods
def test_the_connection_of_a_cancelled_query_is_closed_and_the_server_stops_the_query(address, method):
    async def cancel_query():
        async with open_pool(address) as pool:
            before = await fetch(pool)
            task = asyncio.create_task(method(pool, ENDLESS))
            await wait_for_active(address)
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
            after = await fetch(pool)
            await wait_for_only(address, [after])
            return before, after

    before, after = asyncio.run(cancel_query())
    assert before != after


@methods
def test_a_connection_is_used_again_after_a_statement_timeout(address, method):
    async def exceed_timeout():
        async with open_pool(address, statement_timeout=SHORT_TIMEOUT) as pool:
            before = await retry(fetch, pool)
            with pytest.raises(QueryTimeoutError):
                await method(pool, ENDLESS)
            return before, await retry(fetch, pool)

    before, after = asyncio.run(exceed_timeout())
    assert before == after


@methods
def test_no_slot_is_lost_whenever_a_query_is_cancelled(address, method):
    async def cancel_query(pool, turns):
        task = asyncio.create_task(method(pool))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    async def cancel_queries():
        async with open_pool(address, size=2) as pool:
            for turns in TURNS:
                # Two queries have the slots, and two wait for them.
                await asyncio.gather(*(cancel_query(pool, turns) for _ in range(4)))
                numbers = [method(pool, NUMBER, number=number) for number in range(4)]
                assert await asyncio.gather(*numbers) == [0, 1, 2, 3]

    asyncio.run(cancel_queries())


@methods
@pytest.mark.parametrize(
    ("statement", "values", "statement_timeout", "error"),
    [
        (INVALID, {}, PATIENCE, DatabaseUnavailableError),
        (NUMBER, {"number": "no number"}, PATIENCE, DatabaseUnavailableError),
        (NUMBER, {}, PATIENCE, KeyError),
        (ENDLESS, {}, SHORT_TIMEOUT, QueryTimeoutError),
    ],
    ids=["wrong statement", "wrong value", "no value", "too slow"],
)
def test_no_slot_is_lost_by_a_failing_query(address, method, statement, values, statement_timeout, error):  # noqa: PLR0913, PLR0917 - a table
    async def fail_repeatedly():
        async with open_pool(address, statement_timeout=statement_timeout) as pool:
            for _ in range(3):
                with pytest.raises(error):
                    await method(pool, statement, **values)
            return await retry(method, pool, NUMBER, number=7)

    assert asyncio.run(fail_repeatedly()) == 7


def test_no_slot_is_lost_by_a_failing_connection(address):
    nowhere = make_url(address).set(database="tikls_nowhere").render_as_string(hide_password=False)

    async def fail_to_connect():
        async with open_pool(nowhere) as pool:
            for _ in range(3):
                with pytest.raises(DatabaseUnavailableError):
                    await fetch(pool)

    asyncio.run(fail_to_connect())


def test_waiting_for_a_slot_ends_with_an_error_in_time(address):
    async def wait_for_slot():
        async with open_pool(address) as pool:
            async with pool.transaction():
                for end in (monotonic() + SHORT_TIMEOUT, monotonic() - 1):
                    with pytest.raises(QueryTimeoutError):
                        await pool.fetch(end, PROCESS_ID, {})
            return await fetch(pool, NUMBER, number=7)

    assert asyncio.run(wait_for_slot()) == 7


def test_an_idle_connection_that_the_server_ended_fails_at_most_one_query(address):
    async def end_idle_connection():
        async with open_pool(address) as pool:
            before = await fetch(pool)
            with psycopg.connect(address, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
            with suppress(DatabaseUnavailableError):
                await fetch(pool)
            return before, await fetch(pool)

    before, after = asyncio.run(end_idle_connection())
    assert before != after


def test_renewing_replaces_all_connections_including_those_in_use(address):
    async def renew_pool():
        async with open_pool(address, size=2) as pool:
            async with pool.transaction() as connection:
                before = {
                    await fetch(pool),
                    (await connection.fetch(monotonic() + PATIENCE, PROCESS_ID, {}))[0][0],
                }
                pool.renew()
            async with pool.transaction() as connection:
                after = {
                    await fetch(pool),
                    (await connection.fetch(monotonic() + PATIENCE, PROCESS_ID, {}))[0][0],
                }
            await wait_for_only(address, after)
            return before, after

    before, after = asyncio.run(renew_pool())
    assert len(before) == len(after) == 2
    assert not before & after


def test_renewing_replaces_a_connection_that_is_being_handed_over(address):
    async def renew_pool():
        async with open_pool(address, size=2) as pool:
            async with pool.transaction() as connection:
                before = (await connection.fetch(monotonic() + PATIENCE, PROCESS_ID, {}))[0][0]
                pool.refuse_connections()
                task = asyncio.create_task(fetch(pool))
                while not pool.waiting:  # noqa: ASYNC110 - the pool has no event
                    await asyncio.sleep(0)
            while pool.waiting:  # noqa: ASYNC110 - the next turn is that of the query
                await asyncio.sleep(0)
            pool.renew()
            after = await task
            await wait_for_only(address, [after])
            return before, after

    before, after = asyncio.run(renew_pool())
    assert before != after


def test_waiting_for_a_connection_is_no_server_time(address):
    async def wait_for_released():
        work = begin_work("peer")
        async with open_pool(address, size=2) as pool, pool.transaction():
            pool.refuse_connections()
            waited = work.waited
            with pytest.raises(NoConnectionError):
                await pool.fetch(monotonic() + SHORT_TIMEOUT, PROCESS_ID, {})
            return work.waited - waited

    async def wait_for_frozen_server():
        work = begin_work("peer")
        with socket.create_server(("127.0.0.1", 0)) as frozen:
            port = frozen.getsockname()[1]
            async with open_pool(f"postgresql://nobody@127.0.0.1:{port}/nothing") as pool:
                with pytest.raises(NoConnectionError):
                    await pool.fetch(monotonic() + SHORT_TIMEOUT, PROCESS_ID, {})
        return work.waited

    assert asyncio.run(wait_for_released()) > SHORT_TIMEOUT / 2
    assert asyncio.run(wait_for_frozen_server()) > SHORT_TIMEOUT / 2


def test_waiting_for_a_server_that_does_not_answer_is_no_server_time(address):
    ending = select(func.pg_sleep(SHORT_TIMEOUT), func.pg_terminate_backend(func.pg_backend_pid()))

    async def read():
        reader = await open_reader(Database(address), PATIENCE)
        work = begin_work("peer")
        try:
            with pytest.raises(DatabaseUnavailableError):
                await reader.rows(ending, {})
        finally:
            await reader.close()
        return work.waited

    # The read is repeated once.
    assert asyncio.run(read()) > 2 * SHORT_TIMEOUT


def test_the_time_limit_of_a_query_does_not_apply_to_the_next(address):
    async def read_timeouts():
        async with open_pool(address, statement_timeout=420) as pool:
            async with pool.transaction() as connection:
                rows = await connection.fetch_until(monotonic() + 300, TIMEOUT, {})
            return rows[0][0], await fetch(pool, TIMEOUT)

    limited, usual = asyncio.run(read_timeouts())
    assert limited != usual == "7min"


def test_running_queries_finish_before_the_pool_is_closed(address):
    async def close_pool():
        pool = Pool(address, 2)
        with psycopg.connect(address) as holder:
            holder.execute("LOCK TABLE held")
            tasks = [asyncio.create_task(fetch(pool, WAITING_FOR_LOCK)) for _ in range(2)]
            await wait_for_active(address, 2)
            closing = asyncio.create_task(pool.close())
            await asyncio.sleep(0)
            assert not closing.done()
            holder.rollback()
            await closing
        assert all(task.done() for task in tasks)
        with pytest.raises(DatabaseUnavailableError):
            await fetch(pool)
        return await asyncio.gather(*tasks)

    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS held ()")
    assert asyncio.run(close_pool()) == [0, 0]
    asyncio.run(wait_for_only(address, []))


def test_queries_that_do_not_finish_are_ended_when_the_pool_is_closed(address, monkeypatch):
    monkeypatch.setattr(postgresql_pool, "CONNECT_TIMEOUT", SHORT_TIMEOUT)

    async def close_pool():
        pool = Pool(address)
        task = asyncio.create_task(fetch(pool, WAITING_FOR_LOCK))
        await wait_for_active(address)
        await pool.close()
        await asyncio.wait([task])
        return task.exception()

    with psycopg.connect(address) as holder:
        holder.execute("CREATE TABLE IF NOT EXISTS held ()")
        holder.commit()
        holder.execute("LOCK TABLE held")
        assert isinstance(asyncio.run(close_pool()), DatabaseUnavailableError)
