"""Fixtures: databases made by the migrations, and installations with clients of their servers."""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import cache

import hypothesis
import pytest

from api.store.log import clock
from api.store.readers import (
    postgresql_connection,
    postgresql_data_version,
    postgresql_pool,
    sqlite_worker_threads,
)
from tests.support.databases import Databases
from tests.support.postgresql import server_of_run
from tests.support.run_cleanup import Cleanup, new_folder, run_folder
from tests.support.site import KINDS, Site, site_on
from tests.support.wait_limit import PATIENCE

# The same examples each time, so that a change is to blame when a test begins to fail.
hypothesis.settings.register_profile("tikls", derandomize=True, deadline=None, database=None)

hypothesis.settings.load_profile("tikls")


LONGEST = (
    "test_queries_against_oracle",
    "test_draft_isolation",
    "test_concurrent_writers",
    "test_typescript_clients",
    "test_pages_in_browser",
    "test_schemathesis",
    "test_crashes",
    "test_server_memory",
)
"""The files that take longest, in this order."""


def pytest_configure(config) -> None:
    """Begin the cleanup of the run; the processes that share the tests have one."""
    if not hasattr(config, "workerinput"):
        config.add_cleanup(Cleanup().finish)


def pytest_collection_modifyitems(items) -> None:
    """Begin with the longest files, so that the processes, which take a file at a time, end together."""
    order = {stem: number for number, stem in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


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
        patch.setattr(clock, "MAX_PAUSE", timedelta.max)  # the content of tests may be years old
        for module, name in limits:
            patch.setattr(module, name, PATIENCE)
        yield


@pytest.fixture(scope="session")
def postgresql_server() -> str:
    return server_of_run()


@pytest.fixture(scope="session")
def databases(postgresql_server) -> Iterator[Databases]:
    has_server = "TEST_DATABASE" in os.environ
    databases = Databases(postgresql_server, new_folder(), None if has_server else run_folder())
    yield databases
    if has_server:  # otherwise the server itself ends, and its folder is removed
        databases.drop_all()


@pytest.fixture(scope="session")
def network_by_kind(databases) -> Iterator[Callable[[str], Site]]:
    """The network's own content on an engine, loaded once."""
    with ExitStack() as stack:

        @cache
        def network(kind: str) -> Site:
            return stack.enter_context(site_on(databases.make_with_content(kind)))

        yield network


@pytest.fixture(scope="module", params=KINDS)
def network(request, network_by_kind) -> Site:
    """The network's own content, loaded. Tests that use it change nothing."""
    return network_by_kind(request.param)


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
