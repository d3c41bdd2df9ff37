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


def everything(site) -> dict[str, tuple]:
    """Return every answer that content decides, as JSON: each other format is made of it alone."""
    return {path: site.raw(path) for path in content_addresses(site)}


def rows(site, table: str) -> list[tuple]:
    with site.store.database.reading() as connection:
        found = getattr(site.store.tables, table)
        return [tuple(row) for row in connection.execute(select(found).order_by(*found.primary_key))]


NETWORK_ACTS = [publish(one) for one in NETWORK]


def stored(site) -> dict[str, list[tuple]]:
    """Return every row of every table, but for how often something else was served."""
    found = {}
    with site.store.database.reading() as connection:
        for table in site.store.tables.metadata.sorted_tables:
            kept = [column for column in table.c if column.name != "served"]
            rows = connection.execute(select(*kept).order_by(*table.primary_key))
            found[table.name] = [tuple(row) for row in rows]
    return found
