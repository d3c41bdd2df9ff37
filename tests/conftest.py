"""What tests stand on: real databases made by the migrations, and clients that go over HTTP."""

from collections.abc import Iterator

import hypothesis
import pytest

from api.editing.directory import load_directory
from tests.support import postgresql
from tests.support.databases import Databases
from tests.support.site import KINDS, ROOT, Site, site_on

# The same examples each time, so that a change is to blame when a test begins to fail.
hypothesis.settings.register_profile("tikls", derandomize=True, deadline=None, database=None)

hypothesis.settings.load_profile("tikls")


def pytest_collection_modifyitems(items) -> None:
    """Begin with the longest, so that the processes that share the tests end together."""
    items.sort(key=lambda item: item.path.stem not in ("test_questions", "test_writers", "test_crashes"))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    with postgresql.server() as address:
        yield address


@pytest.fixture(scope="session")
def databases(postgresql_server, tmp_path_factory) -> Iterator[Databases]:
    made = Databases(postgresql_server, tmp_path_factory.mktemp("databases"))
    yield made
    made.drop_all()


@pytest.fixture(scope="session", params=KINDS)
def network(request, databases) -> Iterator[Site]:
    """The network's own content, loaded. Tests that use it change nothing."""
    with site_on(databases.make(request.param)) as site:
        load_directory(site.store, ROOT / "data")
        yield site


@pytest.fixture(scope="session")
def networks(databases) -> Iterator[tuple[Site, Site]]:
    """The network's own content on both engines; answers are kept, so few that most are soon displaced."""
    with (
        site_on(databases.make("sqlite"), cache=1) as one,
        site_on(databases.make("postgresql"), cache=1) as other,
    ):
        for site in (one, other):
            load_directory(site.store, ROOT / "data")
        yield one, other


@pytest.fixture
def alone(networks) -> Site:
    """The network's own content on one engine: pages follow from documents, which are the same on both."""
    return networks[0]


@pytest.fixture
def bare(databases) -> Iterator[Site]:
    """An empty installation on one engine."""
    with site_on(databases.make("sqlite")) as site:
        yield site


@pytest.fixture(params=KINDS)
def site(request, databases) -> Iterator[Site]:
    """An empty installation of one's own."""
    with site_on(databases.make(request.param)) as site:
        yield site
