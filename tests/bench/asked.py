"""What our server asks a SQLite file for the first page of a list: for a handler that does nothing else."""

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy import Select
from sqlalchemy.dialects.sqlite import dialect

from api.lists.pagination import Paging
from api.lists.query import Asking
from api.settings import Settings
from api.store.database.database import Database
from api.store.database.statement import compile_for
from api.store.queries.list_query import Wanted
from api.store.queries.select_statements import Statements
from api.store.readers.factory import open_reader
from api.store.readers.reader import Ask, Rows
from api.store_factory import store_of
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
    asking = Asking(store_of(Settings(base=BASE)).renderer, MODEL.by_name["Project"])
    paging = Paging(Statements(Tables(MODEL)), MODEL.places)
    reader = await open_reader(Database(address(file)), _PATIENCE)
    found: dict[str, Asked] = {}
    for query in (path.partition("?")[2] for path in paths):
        given = dict(parse_qsl(query))
        limit = int(given.pop("limit"))
        wanted = asking.wanted(given, is_whole=False)
        found[query] = await reader.answer(partial(_last_asked, paging, wanted, limit))
    await reader.close()
    return found


async def _last_asked(paging: Paging, wanted: Wanted, limit: int, ask: Ask) -> Asked:
    """Return what a page is read by, once its list was counted. Raise CannotMeasureError if it is not full."""
    noted: list[tuple[Select[Any], Mapping[str, Any]]] = []

    async def noting(query: Select[Any], values: Mapping[str, Any]) -> Rows:
        noted.append((query, values))
        return await ask(query, values)

    position = await paging.page(noting, wanted, None, limit)
    if not position.is_more_behind:
        message = (
            f"a bare handler has one statement for a full page, and {wanted.text} has fewer than {limit}"
        )
        raise CannotMeasureError(message)
    query, values = noted[-1]
    statement = compile_for(_DIALECT, query)
    return statement.text, statement.values(values)
