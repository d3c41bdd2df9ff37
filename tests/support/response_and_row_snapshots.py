"""A small network as actions, and snapshots of all responses and of all rows of a database."""

from sqlalchemy import select

from api.store.log.actions import publish
from tests.support.generators.records import record
from tests.support.site import content_addresses

NETWORK = [
    record("Organisation", "funder"),
    record("Organisation", "partner"),
    record("Programme", "programme", funders=["funder"]),
    record("Project", "project", participations=[{"id": "p", "organisation": "partner", "role": "partner"}]),
    record("Grant", "grant", projects=["project"], programme="programme"),
]


def content_responses(site) -> dict[str, tuple]:
    """Return the JSON responses that depend on content, by path; all other formats are made from JSON."""
    return {path: _without_moment(*site.raw(path)) for path in content_addresses(site)}


def _without_moment(
    status: int, headers: dict[str, str], content: bytes
) -> tuple[int, dict[str, str], bytes]:
    """Return a response without Last-Modified, which a rebuild may change."""
    return status, {name: value for name, value in headers.items() if name != "last-modified"}, content


def rows(site, table: str) -> list[tuple]:
    with site.store.database.reading() as connection:
        selected = getattr(site.store.tables, table)
        return [tuple(row) for row in connection.execute(select(selected).order_by(*selected.primary_key))]


NETWORK_ACTIONS = [publish(record) for record in NETWORK]


def stored(site) -> dict[str, list[tuple]]:
    """Return every row of every table, without the generation, which is random, and its moment."""
    tables = {}
    with site.store.database.reading() as connection:
        for table in site.store.tables.metadata.sorted_tables:
            columns = [column for column in table.c if column.name not in ("served", "served_at")]
            rows = connection.execute(select(*columns).order_by(*table.primary_key))
            tables[table.name] = [tuple(row) for row in rows]
    return tables
