"""Tests of fair slots: which waiting peer is next, how many may wait, and that no slot is lost."""

import asyncio
from math import inf

import pytest

from api.request_work import begin_work
from api.store.readers.fair_slots import FairSlots
from api.store.readers.reader import QueryTimeoutError, TooManyQueriesError


class Queries:
    """Queries that each wait for a slot, and hold it until they are ended."""

    def __init__(self, size, max_waiting=inf):
        self.slots = FairSlots(size, max_waiting)
        self.running = {}
        self.granted = []
        self.tasks = {}

    async def start(self, *names, end=inf):
        """Start queries in turn; the first letter of a name is the peer."""
        for name in names:
            self.tasks[name] = asyncio.create_task(self._acquire(name, end))
            await asyncio.sleep(0)

    async def _acquire(self, name, end):
        begin_work(name[0])
        self.running[name] = await self.slots.acquire(end)
        self.granted.append(name)

    async def end(self, name, used=0.0):
        """End a query as if it had run for some seconds, and return those that were granted a slot by this."""
        before = len(self.granted)
        slot = self.running.pop(name)
        slot.start -= used
        slot.release()
        for _ in range(3):
            await asyncio.sleep(0)
        return self.granted[before:]


def run(scenario):
    return asyncio.run(scenario())


def test_one_peer_may_use_all_slots_while_no_other_waits():
    async def scenario():
        queries = Queries(2)
        await queries.start("a1", "a2", "a3", "a4")
        assert queries.granted == ["a1", "a2"]
        assert await queries.end("a1") == ["a3"]

    run(scenario)


def test_a_free_slot_goes_to_the_peer_that_holds_none():
    async def scenario():
        queries = Queries(2)
        await queries.start("a1", "a2", "a3", "a4", "b1", "b2")
        assert await queries.end("a1", used=0) == ["b1"]
        # Each holds one now.
        assert await queries.end("b1", used=0) == ["b2"]
        assert await queries.end("a2", used=0) == ["a3"]

    run(scenario)


def test_peers_that_use_little_wait_for_one_query_of_those_that_use_much():
    async def scenario():
        queries = Queries(2)
        await queries.start(*(f"{peer}{number}" for number in range(1, 6) for peer in "abcd"))
        assert queries.granted == ["a1", "b1"]
        assert await queries.end("a1", used=1.0) == ["c1"]
        assert await queries.end("b1", used=1.1) == ["d1"]
        for number in range(1, 10):
            await queries.start(f"x{number}", f"y{number}", f"z{number}")
            name = next(name for name in queries.running if name[0] in "abcd")
            turns = ""
            for used in (1 + number / 10, 0.01, 0.01, 0.01):
                (name,) = await queries.end(name, used)
                turns += name[0]
            assert sorted(turns[:3]) == ["x", "y", "z"]
            assert turns[3] in "abcd"

    run(scenario)


def test_a_peer_that_paused_has_saved_no_turns():
    async def scenario():
        queries = Queries(1)
        await queries.start("b1", "a1", "a2")
        assert await queries.end("b1", used=1) == ["a1"]
        await queries.start("a3", "a4", "a5", "a6", "a7", "a8", "a9")
        for number in range(1, 6):
            assert await queries.end(f"a{number}", used=10) == [f"a{number + 1}"]
        await queries.start("b2", "b3", "b4")
        assert await queries.end("a6", used=10) == ["b2"]
        # What b did not use before does not count: it is ahead by one query of a, and no more.
        assert await queries.end("b2", used=15) == ["a7"]

    run(scenario)


def test_too_many_waiting_queries_are_refused_at_the_peer_that_has_most():
    async def scenario():
        queries = Queries(1, max_waiting=4)
        await queries.start("a1", "a2", "a3", "a4", "a5", "a6")
        with pytest.raises(TooManyQueriesError):
            await queries.tasks["a6"]
        await queries.start("b1", "b2", "b3")
        for refused in ("a5", "a4", "b3"):
            with pytest.raises(TooManyQueriesError):
                await queries.tasks[refused]
        assert await queries.end("a1") == ["b1"]
        assert await queries.end("b1", used=1) == ["a2"]

    run(scenario)


def test_a_query_waits_until_its_deadline_and_leaves_the_queue():
    async def scenario():
        queries = Queries(1, max_waiting=1)
        await queries.start("a1")
        await queries.start("a2", end=0)
        with pytest.raises(QueryTimeoutError):
            await queries.tasks["a2"]
        await queries.start("b1")
        assert await queries.end("a1") == ["b1"]

    run(scenario)


@pytest.mark.parametrize("turns", range(4))
def test_a_cancelled_query_loses_no_slot(turns):
    async def scenario():
        queries = Queries(1)
        await queries.start("a1", "b1", "c1")
        queries.running.pop("a1").release()
        for _ in range(turns):
            await asyncio.sleep(0)
        queries.tasks["b1"].cancel()
        await asyncio.wait([queries.tasks["b1"]])
        if "b1" in queries.running:
            await queries.end("b1")
        await queries.tasks["c1"]
        assert await queries.end("c1") == []
        await queries.start("d1")
        assert "d1" in queries.running

    run(scenario)
