"""What tests stand on: real databases made by the migrations, and clients that go over HTTP."""

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis
import psycopg
import pytest
from litestar.testing import TestClient
from sqlalchemy import make_url

from api.application import create
from api.loading import load
from api.reading.formats import offered
from api.settings import Settings
from api.store.database import Database
from api.store.log import Store
from api.store.migrating import migrate
from api.wiring import store_of
from schema import MODEL
from tests import postgresql
from tests.described import DescribedClient

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
BASE = "https://data.example.org"
FORMATS = tuple(one.name for one in offered(to_list=False))
KINDS = ("sqlite", "postgresql")

# The same examples each time, so that a change is to blame when a test begins to fail.
hypothesis.settings.register_profile("tikls", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("tikls")

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared material is not beside the project")


def pytest_collection_modifyitems(items) -> None:
    """Begin with the longest, so that the processes that share the tests end together."""
    items.sort(key=lambda item: item.path.stem not in ("test_questions", "test_writers", "test_crashes"))


class Clock:
    """A clock that goes on a minute each time it is read."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@dataclass
class Site:
    """One installation: its store, and a client of its server."""

    address: str
    kind: str
    store: Store
    client: TestClient

    def get(self, path: str, **headers: str):
        """Ask, with headers whose underscores stand for hyphens."""
        return self.client.get(
            path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def json(self, path: str):
        """Return the JSON at an address that must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    def raw(self, path: str, accept_encoding: str = "identity") -> tuple[int, dict[str, str], bytes]:
        """Return everything that an answer consists of."""
        answer = self.get(path, accept_encoding=accept_encoding)
        return answer.status_code, dict(answer.headers), answer.content


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    with postgresql.server() as address:
        yield address


class Databases:
    """Makes migrated, empty databases of either kind, each a copy of one that was migrated once."""

    def __init__(self, server: str, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._numbers = itertools.count()
        self._templates: dict[str, str] = {}
        self._made: list[str] = []

    def make(self, kind: str) -> str:
        """Return the address of a new database."""
        if kind not in self._templates:
            self._templates[kind] = self._new(kind)
            template = Database(self._address(kind, self._templates[kind]))
            migrate(template)
            template.close()
        return self._address(kind, self._new(kind, self._templates[kind]))

    def empty(self, kind: str) -> str:
        """Return the address of a new database without tables."""
        return self._address(kind, self._new(kind))

    def _new(self, kind: str, template: str | None = None) -> str:
        name = f"tikls_test_{os.getpid()}_{next(self._numbers)}"
        if kind == "postgresql":
            self._execute(f"CREATE DATABASE {name} TEMPLATE {template or 'template0'}")
            self._made.append(name)
        elif template:
            shutil.copy(self._folder / template, self._folder / name)
        return name

    def drop_all(self) -> None:
        """Leave nothing behind on the server."""
        for name in self._made:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _address(self, kind: str, name: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{self._folder / name}"
        return make_url(self._server).set(database=name).render_as_string(hide_password=False)

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def databases(postgresql_server, tmp_path_factory) -> Iterator[Databases]:
    made = Databases(postgresql_server, tmp_path_factory.mktemp("databases"))
    yield made
    made.drop_all()


@contextmanager
def site_on(address: str, model=MODEL, **settings: object) -> Iterator[Site]:
    """Yield an installation on a database, served meanwhile."""
    chosen = Settings(**{"database": address, "base": BASE, **settings})
    store = store_of(chosen, model, Clock())
    try:
        with DescribedClient(create(chosen, model)) as client:
            yield Site(address, store.database.kind, store, client)
    finally:
        store.database.close()


@pytest.fixture(scope="session", params=KINDS)
def network(request, databases) -> Iterator[Site]:
    """The network's own content, loaded. Tests that use it change nothing."""
    with site_on(databases.make(request.param)) as site:
        load(site.store, ROOT / "data")
        yield site


@pytest.fixture(scope="session")
def networks(databases) -> Iterator[tuple[Site, Site]]:
    """The network's own content on both engines; answers are kept, so few that most are soon displaced."""
    with (
        site_on(databases.make("sqlite"), cache=1) as one,
        site_on(databases.make("postgresql"), cache=1) as other,
    ):
        for site in (one, other):
            load(site.store, ROOT / "data")
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


def addresses(site: Site) -> list[str]:
    """Return every bare address that is public: pages, lists, records, the vocabulary."""
    found = ["/vocab"]
    for scheme in site.json("/vocab")["schemes"]:
        path = scheme["uri"].removeprefix(BASE)
        found += [path, *(one["uri"].removeprefix(BASE) for one in site.json(path)["concepts"])]
    return found + content_addresses(site)


def content_addresses(site: Site) -> list[str]:
    """Return the bare addresses that content decides: the entry point, lists and records."""
    found = ["/"]
    for collection in site.json("/")["collections"]:
        path = collection["uri"].removeprefix(BASE)
        listing = site.json(f"{path}?limit=200")
        found += [path, f"{path}?limit=1"]
        found += [one["uri"].removeprefix(BASE).removesuffix("#this") for one in listing["items"]]
    # Records are in the list of their entity, and perhaps in those of roles.
    return [*dict.fromkeys(found)]
