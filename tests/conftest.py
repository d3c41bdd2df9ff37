"""Fixtures: databases made by the migrations, and installations with clients of their servers."""

import gc
import os
import shutil
from collections.abc import Iterator

import hypothesis
import pytest

from api.store.readers import (
    postgresql_connection,
    postgresql_data_version,
    postgresql_pool,
    sqlite_worker_threads,
)
from tests.support import postgresql
from tests.support.databases import Databases
from tests.support.site import KINDS, Site, site_on
from tests.support.time_limit import PATIENCE

# The same examples each time, so that a change is to blame when a test begins to fail.
hypothesis.settings.register_profile("tikls", derandomize=True, deadline=None, database=None)

hypothesis.settings.load_profile("tikls")


LONGEST = (
    "test_queries_against_oracle",
    "test_draft_isolation",
    "test_concurrent_writers",
    "test_pages_in_browser",
    "test_crashes",
    "test_server_memory",
)


def pytest_collection_modifyitems(items) -> None:
    """Begin with the longest in every process, so that the processes that share the tests end together.

    At first each process gets a part of the list, all of one length.
    """
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    others = [item for item in items if item.path.stem not in LONGEST]
    ordered = []
    for index in range(processes):
        part = [item for stem in LONGEST[index::processes] for item in items if item.path.stem == stem]
        size = (len(items) - len(ordered)) // (processes - index) - len(part)
        ordered += part + others[: max(size, 0)]
        del others[: max(size, 0)]
    items[:] = ordered + others


def pytest_collection_finish() -> None:
    """Spare the garbage collector the modules and tests, which stay until the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def patience() -> Iterator[None]:
    """Widen the time limits that no setting changes: a busy machine must not decide a test."""
    limits = [
        (postgresql_connection, "CONNECT_TIMEOUT"),
        (postgresql_connection, "GRACE_PERIOD"),
        (postgresql_pool, "CONNECT_TIMEOUT"),
        (sqlite_worker_threads, "CONNECT_TIMEOUT"),
        (postgresql_data_version, "_TIMEOUT"),
    ]
    with pytest.MonkeyPatch.context() as patch:
        for module, name in limits:
            patch.setattr(module, name, PATIENCE)
        yield


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    with postgresql.server() as address:
        yield address


@pytest.fixture(scope="session")
def databases(postgresql_server) -> Iterator[Databases]:
    folder = postgresql.new_folder()
    databases = Databases(postgresql_server, folder)
    yield databases
    if "TEST_DATABASE" in os.environ:  # otherwise the server itself ends, and its folder is removed
        databases.drop_all()
    shutil.rmtree(folder)


@pytest.fixture(scope="session", params=KINDS)
def network(request, databases) -> Iterator[Site]:
    """The network's own content, loaded. Tests that use it change nothing."""
    with site_on(databases.make_with_content(request.param)) as site:
        yield site


@pytest.fixture(scope="session")
def networks(databases) -> Iterator[tuple[Site, Site]]:
    """The network's own content on both engines, with response caches so small that entries are evicted."""
    with (
        site_on(databases.make_with_content("sqlite"), cache=1) as sqlite,
        site_on(databases.make_with_content("postgresql"), cache=1) as postgresql_site,
    ):
        yield sqlite, postgresql_site


@pytest.fixture
def sqlite_network(networks) -> Site:
    """The network's own content on SQLite. Pages follow from documents, which are the same on both engines."""
    return networks[0]


@pytest.fixture
def sqlite_site(databases) -> Iterator[Site]:
    """An empty installation on SQLite."""
    with databases.temporary("sqlite") as address, site_on(address) as site:
        yield site


@pytest.fixture(params=KINDS)
def site(request, databases) -> Iterator[Site]:
    """An empty installation, for one test."""
    with databases.temporary(request.param) as address, site_on(address) as site:
        yield site
