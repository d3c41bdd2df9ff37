"""What our server asks a SQLite file for the first page of a list: for a handler that does nothing else."""

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy import Select
from sqlalchemy.dialects.sqlite import dialect

from api.lists.pagination import Paginator
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
from tests.bench.content import address
from tests.bench.figures import CannotMeasureError
from tests.bench.servers import BASE

_DIALECT = dialect(paramstyle="qmark")

_PATIENCE = 10

Asked = tuple[str, list[Any]]
"""A statement as SQLite takes it, and its values."""


def asked_for(file: Path, paths: Iterable[str]) -> dict[str, Asked]:
    """Return, by their queries, what is asked for lists of projects."""
    return asyncio.run(_asked_for(file, paths))


async def _asked_for(file: Path, paths: Iterable[str]) -> dict[str, Asked]:
    asking = ListQuerySpec(create_store(Settings(base=BASE)).renderer, MODEL.by_name["Project"])
    paging = Paginator(SelectStatements(Tables(MODEL)), MODEL.entity_ordinals)
    reader = await open_reader(Database(address(file)), _PATIENCE)
    found: dict[str, Asked] = {}
    for query in (path.partition("?")[2] for path in paths):
        given = dict(parse_qsl(query))
        limit = int(given.pop("limit"))
        wanted = asking.list_query(given, full_documents=False)
        found[query] = await reader.snapshot(partial(_last_asked, paging, wanted, limit))
    await reader.close()
    return found


async def _last_asked(paging: Paginator, wanted: ListQuery, limit: int, ask: RunQuery) -> Asked:
    """Return what a page is read by, once its list was counted. Raise CannotMeasureError if it is not full."""
    noted: list[tuple[Select[Any], Mapping[str, Any]]] = []

    async def noting(query: Select[Any], values: Mapping[str, Any]) -> Rows:
        noted.append((query, values))
        return await ask(query, values)

    position = await paging.page(noting, wanted, None, limit)
    if not position.has_next:
        message = f"a bare handler has one statement for a full page, and {wanted.canonical_text} has fewer than {limit}"
        raise CannotMeasureError(message)
    query, values = noted[-1]
    statement = compile_statement(_DIALECT, query)
    return statement.text, statement.bind(values)
