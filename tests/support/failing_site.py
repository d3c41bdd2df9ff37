"""A site whose requests fail in every way, lists that never end, and requests as browsers send them."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from api.dispatcher import ALL_ENDPOINTS
from api.endpoints.endpoint import Endpoint
from api.resources.route import SERVICE_TAG
from api.store.log.actions import merge, publish, unpublish
from api.store.publishing.store import Store
from api.store.readers.reader import DatabaseUnavailableError, QueryTimeoutError
from tests.support.generators.records import record
from tests.support.html.pages import parsed
from tests.support.site import Site, site_on

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"
"""The Accept header of a browser."""

BROKEN = {
    "/unavailable": DatabaseUnavailableError("x"),
    "/too-slow": QueryTimeoutError(),
    "/internal-error": KeyError("x"),
}
"""Endpoints that raise an error of the server when they are asked."""

GONE = ("/organisations/withdrawn", "/organisations/merged")

NO_PAGE = Endpoint(
    "/numbers",
    "getNumbers",
    SERVICE_TAG,
    "Numbers, which have no page",
    {"text/plain": {"schema": {"type": "string"}}, "text/csv": {"schema": {"type": "string"}}},
    lambda _: None,
    is_negotiated=True,
)

_VIEW = """
CREATE VIEW {name} AS
WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers)
SELECT CAST(number AS TEXT) AS name, '' AS value, 0 AS chunk, CAST('' AS {kind}) AS numbers
FROM numbers
"""


def broken_endpoint(path: str) -> Endpoint:
    def create_handler(_):
        async def handle(_):
            raise BROKEN[path]

        return handle

    content = {"application/json": {"schema": {"type": "string"}}}
    return Endpoint(
        path, f"get{path[1:].title()}", SERVICE_TAG, "Fails", content, create_handler, reads_database=True
    )


@contextmanager
def failing_site(address: str) -> Iterator[Site]:
    """Yield an installation with records that were withdrawn, and endpoints that fail."""
    endpoints = (*ALL_ENDPOINTS, *map(broken_endpoint, BROKEN), NO_PAGE)
    with site_on(address, endpoints=endpoints) as site:
        keys = [("Organisation", identifier) for identifier in ("withdrawn", "merged")]
        site.store.commit([publish(record(*key)) for key in keys], "editor")
        site.store.commit([merge(keys[1], "withdrawn", "One body.")], "editor")
        site.store.commit([unpublish(keys[0], "It <asked> us to.")], "editor")
        yield site


def error_page(site: Site, target: str, status: int, **headers: str):
    """Return the page of an error, as a browser gets it."""
    response = site.get(target, **{"accept": BROWSER, **headers})
    assert response.status_code == status, (target, response.text)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return parsed(response.text)


@contextmanager
def endless_lists(store: Store) -> Iterator[None]:
    """Give the table of posting lists endlessly many rows."""
    name = store.tables.posting.name
    kind = "BLOB" if store.database.kind == "sqlite" else "bytea"
    with store.database.writing() as connection:
        connection.execute(text(f"ALTER TABLE {name} RENAME TO {name}_before"))
        connection.execute(text(_VIEW.format(name=name, kind=kind)))
    yield
    with store.database.writing() as connection:
        connection.execute(text(f"DROP VIEW {name}"))
        connection.execute(text(f"ALTER TABLE {name}_before RENAME TO {name}"))
