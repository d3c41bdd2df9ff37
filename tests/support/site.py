"""An installation under test: its store, and a client of its server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from litestar.testing import TestClient

from api.application import create
from api.dispatcher import ALL_ENDPOINTS
from api.formats.document import ResourceKind
from api.formats.registry import FORMATS as FORMAT_ROWS
from api.settings import MAX_DEADLINE, Settings
from api.store.publishing.store import Store
from api.store_factory import create_store
from schema import MODEL
from tests.support.validating_openapi_client import DescribedClient

ROOT = Path(__file__).parents[2]

SHARED = ROOT.parent / "shared"

BASE = "https://data.example.org"

FORMATS = tuple(row.name for row in FORMAT_ROWS if ResourceKind.RECORD in row.applies_to)
"""The names of the formats of every resource."""

KINDS = ("sqlite", "postgresql")

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared material is not beside the project")


class Clock:
    """A clock that advances by a minute with each reading."""

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
        """Send a GET request; underscores in the names of headers become hyphens."""
        return self.client.get(
            path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def json(self, path: str):
        """Return the JSON of a response, whose status must be 200."""
        response = self.get(path)
        assert response.status_code == 200, (path, response.text)
        return response.json()

    def raw(self, path: str, accept_encoding: str = "identity") -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and content of a response."""
        response = self.get(path, accept_encoding=accept_encoding)
        return response.status_code, dict(response.headers), response.content


@contextmanager
def site_on(
    address: str, model=MODEL, formats=FORMAT_ROWS, endpoints=ALL_ENDPOINTS, **settings: object
) -> Iterator[Site]:
    """Yield an installation on a database, with its application running."""
    # No verdict depends on how busy the machine is: a test of deadlines or budgets sets its own.
    wide = {"deadline": MAX_DEADLINE, "budget": 0}
    chosen = Settings(**{"database": address, "base": BASE, **wide, **settings})
    store = create_store(chosen, model, Clock())
    try:
        with DescribedClient(create(chosen, model, formats, endpoints)) as client:
            yield Site(address, store.database.kind, store, client)
    finally:
        store.database.close()


def addresses(site: Site) -> list[str]:
    """Return the path without a suffix of every public document: static ones, lists, records, vocabulary."""
    paths = ["/vocab"]
    for scheme in site.json("/vocab")["schemes"]:
        path = scheme["uri"].removeprefix(BASE)
        paths += [path, *(concept["uri"].removeprefix(BASE) for concept in site.json(path)["concepts"])]
    return paths + content_addresses(site)


def content_addresses(site: Site) -> list[str]:
    """Return the paths without a suffix that depend on content: the entry point, lists and records."""
    paths = ["/"]
    for collection in site.json("/")["collections"]:
        path = collection["uri"].removeprefix(BASE)
        listing = site.json(f"{path}?limit=200")
        paths += [path, f"{path}?limit=1"]
        paths += [item["uri"].removeprefix(BASE).removesuffix("#this") for item in listing["items"]]
    # Records are in the list of their entity, and perhaps in those of roles.
    return [*dict.fromkeys(paths)]
