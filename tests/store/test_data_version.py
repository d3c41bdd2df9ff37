"""The version of the data that a kept answer is given for is never older than the request."""

import asyncio

from api.store.log.actions import publish
from api.store.readers.factory import open_reader
from api.store.readers.sqlite_connection import SqliteConnection
from tests.support.generators.records import record
from tests.support.site import site_on


def told_at_once(answer):
    """Return what a coroutine returns that waits for nothing."""
    try:
        answer.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError


def test_who_comes_while_the_version_is_looked_up_does_not_get_what_was_found(databases, monkeypatch):
    """Threads hand requests to the event loop whenever they like, and SQLite lets them run meanwhile."""
    told, look = [], SqliteConnection.commits

    async def ask(site):
        reader = await open_reader(site.store.database, 5)
        first = await reader.version()
        await asyncio.sleep(0)

        def looked_up(connection):
            found = look(connection)
            monkeypatch.undo()
            site.store.commit([publish(record("Organisation", "new"))], "editor")
            # Who was told of that asks now.
            asyncio.get_running_loop().call_soon(lambda: told.append(told_at_once(reader.version())))
            return found

        monkeypatch.setattr(SqliteConnection, "commits", looked_up)
        told.append(await reader.version())
        await asyncio.sleep(0)
        await reader.close()
        return first

    with site_on(databases.make("sqlite")) as site:
        first = asyncio.run(ask(site))
    assert told[0] == first
    assert told[1] != first


def test_those_who_wait_together_are_told_of_one_look(databases):
    async def ask(site):
        reader = await open_reader(site.store.database, 5)
        before = await reader.version()
        site.store.commit([publish(record("Organisation", "new"))], "editor")
        found = await asyncio.gather(*(reader.version() for _ in range(20)))
        await reader.close()
        return before, found

    with site_on(databases.make("sqlite")) as site:
        before, found = asyncio.run(ask(site))
    assert len({*found}) == 1
    assert found[0] != before
