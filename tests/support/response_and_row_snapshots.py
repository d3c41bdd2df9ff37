"""A small network as actions, and snapshots of all responses and of all rows of a database."""

from sqlalchemy import select

from api.store.log.actions import publish
from api.store.publishing.store import Store
from api.store.zstd_frame import decompress
from schema.storage.tables import TABLES
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


def stored_documents(store: Store) -> dict[tuple[str, str], bytes]:
    """Return the bytes of every public document, by entity and id."""
    record, document = TABLES.record, TABLES.document
    query = select(record.c.entity, record.c.id, document.c.body)
    with store.database.reading() as connection:
        joined = query.join_from(record, document, document.c.number == record.c.number)
        rows = connection.execute(joined.order_by(record.c.entity, record.c.id))
        return {(row.entity, row.id): decompress(row.body) for row in rows}


def without_commits(tables: dict[str, list[tuple]]) -> dict[str, list[tuple]]:
    """Return stored rows without what says by which commit, and when, a row of `record` was written."""
    names = [column.name for column in TABLES.record.c]
    ignored = [names.index(name) for name in ("changed_at", "commit_number")]
    records = [
        tuple(value for index, value in enumerate(row) if index not in ignored) for row in tables["record"]
    ]
    heads = [row[:-1] for row in tables["head"]]
    return {**tables, "record": records, "head": heads}


def stored(site) -> dict[str, list[tuple]]:
    """Return every row of every table, without the generation, which is random, and its moment."""
    tables = {}
    with site.store.database.reading() as connection:
        for table in site.store.tables.metadata.sorted_tables:
            columns = [column for column in table.c if column.name not in ("served", "served_at")]
            rows = connection.execute(select(*columns).order_by(*table.primary_key))
            tables[table.name] = [tuple(row) for row in rows]
    return tables
