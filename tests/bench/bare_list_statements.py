"""The SELECT with which Tikls reads the items of the first page of a list from SQLite, for the bare handler."""

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy.dialects.sqlite import dialect

from api.lists.page_reader import Paginator
from api.lists.query import ListQuerySpec
from api.settings import Settings
from api.store.database.database import Database
from api.store.database.statement import SelectQuery, compile_statement
from api.store.queries.select_statements import SelectStatements
from api.store.readers.factory import open_reader
from api.store.readers.reader import Rows
from api.store.record_index.index_snapshot import IndexSnapshot
from api.store.record_index.list_query import ListQuery
from api.store_factory import create_store
from schema import MODEL
from schema.storage.tables import TABLES
from tests.bench.databases import database_url
from tests.bench.figures import CannotMeasureError
from tests.bench.servers import BASE

_DIALECT = dialect(paramstyle="qmark")

_TIMEOUT = 10

BoundSelect = tuple[str, list[Any]]
"""A statement in the syntax of SQLite, and its bind values."""


def page_statements(file: Path, paths: Iterable[str]) -> dict[str, BoundSelect]:
    """Return the statement that reads the items of the first page of each list, by query string."""
    return asyncio.run(_page_statements(file, paths))


async def _page_statements(file: Path, paths: Iterable[str]) -> dict[str, BoundSelect]:
    spec = ListQuerySpec(create_store(Settings(base=BASE)).renderer, MODEL.by_name["Project"])
    paginator = Paginator(SelectStatements(TABLES), MODEL, index_size=0)
    reader = await open_reader(Database(database_url(file)), _TIMEOUT)
    statements: dict[str, BoundSelect] = {}
    for query in (path.partition("?")[2] for path in paths):
        parameters = dict(parse_qsl(query))
        limit = int(parameters.pop("limit"))
        list_query = spec.list_query(parameters, full_documents=False)
        read = partial(_page_statement, paginator, list_query, limit)
        statements[query] = await paginator.index.answer(reader, read)
    await reader.close()
    return statements


async def _page_statement(
    paginator: Paginator, list_query: ListQuery, limit: int, snapshot: IndexSnapshot
) -> BoundSelect:
    """Return the statement that reads the items of a page. Raise CannotMeasureError if the page is not full."""
    selects: list[tuple[SelectQuery, Mapping[str, Any]]] = []
    run_query = snapshot.run_query

    async def record(query: SelectQuery, values: Mapping[str, Any]) -> Rows:
        selects.append((query, values))
        return await run_query(query, values)

    snapshot.run_query = record
    page = await paginator.page(snapshot, list_query, None, limit)
    if not page.next:
        message = f"a bare handler has one statement for a full page, and {list_query.canonical_text} has fewer than {limit}"
        raise CannotMeasureError(message)
    items = paginator.statements.index.items
    statement = compile_statement(_DIALECT, items)
    return statement.text, statement.bind(next(values for query, values in selects if query is items))
