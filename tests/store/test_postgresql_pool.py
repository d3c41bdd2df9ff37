"""Connections to PostgreSQL: nobody is given one that another gave up on, and no place is ever lost.

TEST_LONG=1 in the environment makes more attempts.
"""

import asyncio
import os
from contextlib import asynccontextmanager, suppress
from time import monotonic

import psycopg
import pytest
from sqlalchemy import make_url

from api.store.database.statement import Statement
from api.store.readers import postgresql_pool
from api.store.readers.postgresql_pool import ConnectionPool
from api.store.readers.reader import DatabaseUnavailableError, QueryTimeoutError
from tests.support.deadlines import PATIENCE
from tests.support.processes import until

IS_LONG = bool(os.environ.get("TEST_LONG"))

SHORT = 0.05

BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

TURNS = range(200) if IS_LONG else (*range(12), 16, 24, 40)
"""How many turns of the loop a question has before nobody waits for it any more."""


def statement(text: str, *names: str) -> Statement:
    return Statement(text, names, {})


PROCESS = statement("SELECT pg_backend_pid()")

ENDLESS = statement("SELECT count(*) FROM generate_series(1, 2000000000)")

WAITING = statement("SELECT count(*) FROM held")
"""Waits while somebody holds the table."""

WRONG = statement("SELECT nothing FROM nowhere")

NUMBER = statement("SELECT $1::integer", "number")

TIMEOUT = statement("SHOW statement_timeout")


@pytest.fixture(scope="module")
def address(databases) -> str:
    return databases.empty("postgresql")


@asynccontextmanager
async def opened(address, most=1, seconds=PATIENCE):
    connections = ConnectionPool(address, most, seconds)
    try:
        yield connections
    finally:
        await connections.close()


async def fetch(connections, asked=PROCESS, **values):
    """Return the one value of a statement; if a place were lost, none would be had in time."""
    return (await connections.fetch(monotonic() + PATIENCE, asked, values))[0][0]


async def repeated(ask, connections, *arguments, **values):
    """Ask under a short time limit, which on a busy machine may pass before even a quick statement ends."""
    end = monotonic() + PATIENCE
    while True:
        try:
            return await ask(connections, *arguments, **values)
        except QueryTimeoutError:
            assert monotonic() < end


async def in_transaction(connections, asked=PROCESS, **values):
    async with connections.transaction(monotonic() + PATIENCE, BEGIN) as connection:
        return (await connection.fetch(asked, values))[0][0]


ways = pytest.mark.parametrize("ask", [fetch, in_transaction])


def processes(address, state="%"):
    """Return the processes of the server that serve us, in a state."""
    query = (
        "SELECT pid FROM pg_stat_activity WHERE datname = %s AND state LIKE %s AND pid <> pg_backend_pid()"
    )
    with psycopg.connect(address) as connection:
        return [row[0] for row in connection.execute(query, [connection.info.dbname, state])]


async def active(address, count=1):
    """Wait until the server is at work on as many statements."""
    await asyncio.to_thread(until, lambda: len(processes(address, "active")) == count)


async def only(address, expected):
    """Wait until no other processes serve us: the end of a connection reaches the server later."""
    await asyncio.to_thread(until, lambda: set(processes(address)) <= set(expected))


@ways
def test_one_after_another_asks_on_the_same_connection(address, ask):
    async def used():
        async with opened(address) as connections:
            return {await ask(connections) for _ in range(5)} | {await fetch(connections)}

    assert len(asyncio.run(used())) == 1


@ways
def test_a_connection_on_which_somebody_gave_up_is_closed_and_the_server_stops(address, ask):
    async def cancelled():
        async with opened(address) as connections:
            before = await fetch(connections)
            question = asyncio.create_task(ask(connections, ENDLESS))
            await active(address)
            question.cancel()
            await asyncio.wait([question])
            assert question.cancelled()
            after = await fetch(connections)
            await only(address, [after])
            return before, after

    before, after = asyncio.run(cancelled())
    assert before != after


@ways
def test_a_connection_on_which_the_server_gave_up_is_used_again(address, ask):
    async def refused():
        async with opened(address, seconds=SHORT) as connections:
            before = await repeated(fetch, connections)
            with pytest.raises(QueryTimeoutError):
                await ask(connections, ENDLESS)
            return before, await repeated(fetch, connections)

    before, after = asyncio.run(refused())
    assert before == after


@ways
def test_no_place_is_lost_whenever_somebody_gives_up(address, ask):
    async def give_up(connections, turns):
        question = asyncio.create_task(ask(connections))
        for _ in range(turns):
            await asyncio.sleep(0)
        question.cancel()
        await asyncio.wait([question])

    async def together():
        async with opened(address, most=2) as connections:
            for turns in TURNS:
                # Two have the places, and two wait for them.
                await asyncio.gather(*(give_up(connections, turns) for _ in range(4)))
                numbers = [ask(connections, NUMBER, number=one) for one in range(4)]
                assert await asyncio.gather(*numbers) == [0, 1, 2, 3]

    asyncio.run(together())


@ways
@pytest.mark.parametrize(
    ("asked", "values", "seconds", "error"),
    [
        (WRONG, {}, PATIENCE, DatabaseUnavailableError),
        (NUMBER, {"number": "no number"}, PATIENCE, DatabaseUnavailableError),
        (NUMBER, {}, PATIENCE, KeyError),
        (ENDLESS, {}, SHORT, QueryTimeoutError),
    ],
    ids=["wrong statement", "wrong value", "no value", "too slow"],
)
def test_no_place_is_lost_by_what_fails(address, ask, asked, values, seconds, error):  # noqa: PLR0913, PLR0917 - a table
    async def failing():
        async with opened(address, seconds=seconds) as connections:
            for _ in range(3):
                with pytest.raises(error):
                    await ask(connections, asked, **values)
            return await repeated(ask, connections, NUMBER, number=7)

    assert asyncio.run(failing()) == 7


def test_no_place_is_lost_by_a_server_that_gives_no_connection(address):
    nowhere = make_url(address).set(database="tikls_nowhere").render_as_string(hide_password=False)

    async def refused():
        async with opened(nowhere) as connections:
            for _ in range(3):
                with pytest.raises(DatabaseUnavailableError):
                    await fetch(connections)

    asyncio.run(refused())


def test_who_waits_for_a_place_in_vain_is_told_in_time(address):
    async def waiting():
        async with opened(address) as connections:
            async with connections.transaction(monotonic() + PATIENCE, BEGIN):
                for end in (monotonic() + SHORT, monotonic() - 1):
                    with pytest.raises(QueryTimeoutError):
                        await connections.fetch(end, PROCESS, {})
            return await fetch(connections, NUMBER, number=7)

    assert asyncio.run(waiting()) == 7


def test_a_connection_that_the_server_ended_while_it_lay_idle_disappoints_one_at_most(address):
    async def ended():
        async with opened(address) as connections:
            before = await fetch(connections)
            with psycopg.connect(address, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
            with suppress(DatabaseUnavailableError):
                await fetch(connections)
            return before, await fetch(connections)

    before, after = asyncio.run(ended())
    assert before != after


def test_connections_are_made_anew_also_those_that_are_in_use(address):
    async def renewed():
        async with opened(address, most=2) as connections:
            async with connections.transaction(monotonic() + PATIENCE, BEGIN) as connection:
                before = {await fetch(connections), (await connection.fetch(PROCESS, {}))[0][0]}
                connections.renew()
            after = set(await asyncio.gather(*(in_transaction(connections) for _ in range(2))))
            await only(address, after)
            return before, after

    before, after = asyncio.run(renewed())
    assert len(before) == len(after) == 2
    assert not before & after


def test_what_one_may_take_is_nothing_to_the_next(address):
    async def limited():
        async with opened(address, seconds=420) as connections:
            async with connections.transaction(monotonic() + PATIENCE, BEGIN) as connection:
                rows = await connection.fetch_until(monotonic() + 300, TIMEOUT, {})
            return rows[0][0], await fetch(connections, TIMEOUT)

    limited, usual = asyncio.run(limited())
    assert limited != usual == "7min"


def test_what_is_under_way_is_answered_before_connections_are_closed(address):
    async def closed():
        connections = ConnectionPool(address, 2, PATIENCE)
        with psycopg.connect(address) as holder:
            holder.execute("LOCK TABLE held")
            asked = [asyncio.create_task(fetch(connections, WAITING)) for _ in range(2)]
            await active(address, 2)
            closing = asyncio.create_task(connections.close())
            await asyncio.sleep(0)
            assert not closing.done()
            holder.rollback()
            await closing
        assert all(one.done() for one in asked)
        with pytest.raises(QueryTimeoutError):
            await connections.fetch(monotonic() + SHORT, PROCESS, {})
        return await asyncio.gather(*asked)

    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS held ()")
    assert asyncio.run(closed()) == [0, 0]
    asyncio.run(only(address, []))


def test_what_does_not_end_is_ended_when_connections_are_closed(address, monkeypatch):
    monkeypatch.setattr(postgresql_pool, "CONNECT_TIMEOUT", SHORT)

    async def closed():
        connections = ConnectionPool(address, 1, PATIENCE)
        asked = asyncio.create_task(fetch(connections, WAITING))
        await active(address)
        await connections.close()
        await asyncio.wait([asked])
        return asked.exception()

    with psycopg.connect(address) as holder:
        holder.execute("CREATE TABLE IF NOT EXISTS held ()")
        holder.commit()
        holder.execute("LOCK TABLE held")
        assert isinstance(asyncio.run(closed()), DatabaseUnavailableError)
