"""The SELECT with which Tikls reads the first page of a list from SQLite, for the bare handler."""

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy import Select
from sqlalchemy.dialects.sqlite import dialect

from api.lists.page_reader import Paginator
from api.lists.query import ListQuerySpec
from api.settings import Settings
from api.store.database.database import Database
from api.store.database.statement import compile_statement
from api.store.queries.list_query import ListQuery
from api.store.queries.select_statements import SelectStatements
from api.store.readers.factory import open_reader
from api.store.readers.reader import Rows, RunQuery
from api.store_factory import create_store
from schema import MODEL
from schema.storage.tables import Tables
from tests.bench.databases import database_url
from tests.bench.figures import CannotMeasureError
from tests.bench.servers import BASE

_DIALECT = dialect(paramstyle="qmark")

_TIMEOUT = 10

BoundSelect = tuple[str, list[Any]]
"""A statement in the syntax of SQLite, and its bind values."""


def page_statements(file: Path, paths: Iterable[str]) -> dict[str, BoundSelect]:
    """Return the statement that reads the first page of each list, by query string."""
    return asyncio.run(_page_statements(file, paths))


async def _page_statements(file: Path, paths: Iterable[str]) -> dict[str, BoundSelect]:
    spec = ListQuerySpec(create_store(Settings(base=BASE)).renderer, MODEL.by_name["Project"])
    paginator = Paginator(SelectStatements(Tables(MODEL)), MODEL.entity_ordinals)
    reader = await open_reader(Database(database_url(file)), _TIMEOUT)
    statements: dict[str, BoundSelect] = {}
    for query in (path.partition("?")[2] for path in paths):
        parameters = dict(parse_qsl(query))
        limit = int(parameters.pop("limit"))
        list_query = spec.list_query(parameters, full_documents=False)
        statements[query] = await reader.snapshot(partial(_page_statement, paginator, list_query, limit))
    await reader.close()
    return statements


async def _page_statement(
    paginator: Paginator, list_query: ListQuery, limit: int, run_query: RunQuery
) -> BoundSelect:
    """Return the statement that follows the count of a page. Raise CannotMeasureError if the page is not full."""
    selects: list[tuple[Select[Any], Mapping[str, Any]]] = []

    async def record(query: Select[Any], values: Mapping[str, Any]) -> Rows:
        selects.append((query, values))
        return await run_query(query, values)

    page = await paginator.page(record, list_query, None, limit)
    if not page.has_next:
        message = f"a bare handler has one statement for a full page, and {list_query.canonical_text} has fewer than {limit}"
        raise CannotMeasureError(message)
    query, values = selects[-1]
    statement = compile_statement(_DIALECT, query)
    return statement.text, statement.bind(values)
