"""Tests of the data version: it is never older than the request that it is read for."""

import asyncio

from api.store.log.actions import publish
from api.store.readers.factory import open_reader
from api.store.readers.sqlite_connection import SqliteConnection
from tests.support.generators.records import record
from tests.support.site import site_on


def run_without_waiting(coroutine):
    """Return the result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError


def test_a_version_request_during_a_lookup_does_not_get_its_result(databases, monkeypatch):
    """Threads hand requests to the event loop at any time, and SQLite lets them run during a lookup."""
    versions, read_commits = [], SqliteConnection.commits

    async def read_versions(site):
        reader = await open_reader(site.store.database, 5)
        first = await reader.version()
        await asyncio.sleep(0)

        def commit_during_lookup(connection):
            count = read_commits(connection)
            monkeypatch.undo()
            site.store.commit([publish(record("Organisation", "new"))], "editor")
            # A client that knows of the commit sends a request now.
            asyncio.get_running_loop().call_soon(
                lambda: versions.append(run_without_waiting(reader.version()))
            )
            return count

        monkeypatch.setattr(SqliteConnection, "commits", commit_during_lookup)
        versions.append(await reader.version())
        await asyncio.sleep(0)
        await reader.close()
        return first

    with site_on(databases.make("sqlite")) as site:
        first = asyncio.run(read_versions(site))
    assert versions[0] == first
    assert versions[1] != first


def test_concurrent_version_requests_share_one_lookup(databases):
    async def read_versions(site):
        reader = await open_reader(site.store.database, 5)
        before = await reader.version()
        site.store.commit([publish(record("Organisation", "new"))], "editor")
        versions = await asyncio.gather(*(reader.version() for _ in range(20)))
        await reader.close()
        return before, versions

    with site_on(databases.make("sqlite")) as site:
        before, versions = asyncio.run(read_versions(site))
    assert len({*versions}) == 1
    assert versions[0] != before


def test_no_version_of_a_reader_comes_again_from_a_later_one_with_other_data(site):
    async def read_versions():
        versions = []
        for name in ("one", "two", "three"):
            reader = await open_reader(site.store.database, 5)
            versions.append(await reader.version())
            await reader.close()
            site.store.commit([publish(record("Organisation", name))], "editor")
        return versions

    assert len({*asyncio.run(read_versions())}) == 3
