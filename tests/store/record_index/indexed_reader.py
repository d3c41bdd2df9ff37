"""A reader with an index of its own, as a process has one, and a reader that notes its SELECTs."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass

from api.lists.page_reader import Paginator
from api.lists.query import ListQuerySpec, SearchSpec
from api.store.queries.select_statements import SelectStatements
from api.store.readers.factory import open_reader
from api.store.readers.reader import Reader
from schema import MODEL
from schema.entities.partner_and_funder_lists import ROLE_LISTS
from tests.support.site import Site
from tests.support.wait_limit import PATIENCE

INDEX_SIZE = 10_000_000

VALUES = (("Project", "country"), ("Project", "partner"), ("Organisation", "kind"), ("Grant", "funder"))
"""Indexes whose values are counted."""


@dataclass
class IndexedReader:
    """A reader with an index of its own, as a process has one."""

    paginator: Paginator
    reader: Reader
    specs: dict[str, ListQuerySpec | SearchSpec]

    async def answers(self, questions) -> list[object]:
        """Return the rows, the total and the cursor keys of the first page of each question."""
        return [await self.answer(*question) for question in questions]

    async def answer(self, name: str, text: str) -> object:
        parameters = dict(pair.split("=", 1) for pair in text.split("&") if pair)
        limit = int(parameters.pop("limit", 25))
        query = self.specs[name].list_query(parameters, full_documents=False)

        async def read(snapshot):
            return await self.paginator.page(snapshot, query, None, limit)

        await asyncio.sleep(0)  # As a request, which begins in a turn of the event loop of its own.
        rows = await self.paginator.index.answer(self.reader, read, is_cached=True)
        return rows.total, (rows.items, rows.project_counts), rows.next

    async def counts(self) -> dict[tuple[str, str], dict[str, int]]:
        """Return the number of records of each value of some indexes."""

        async def read(snapshot):
            counts = {}
            for entity, name in VALUES:
                (records,) = await snapshot.postings(entity, "", [""])
                counts[entity, name] = await snapshot.value_counts((entity, name), records)
            return counts

        return await self.paginator.index.answer(self.reader, read)


def new_index(site: Site, reader: Reader, size: int = INDEX_SIZE) -> IndexedReader:
    """Return an index of which nothing has been read."""
    renderer = site.store.renderer
    specs = {shape.name: ListQuerySpec(renderer, shape) for shape in MODEL.entities}
    specs |= {
        name: ListQuerySpec(renderer, MODEL.by_name[role.entity], role) for name, role in ROLE_LISTS.items()
    }
    paginator = Paginator(SelectStatements(site.store.tables), MODEL, size)
    return IndexedReader(paginator, reader, {**specs, "search": SearchSpec()})


@asynccontextmanager
async def readers(site: Site, number: int = 1):
    opened = [await open_reader(site.store.database, PATIENCE) for _ in range(number)]
    try:
        yield opened
    finally:
        for reader in opened:
            await reader.close()


@dataclass
class CountingReader:
    """A reader that notes the SELECTs that are executed."""

    reader: Reader
    queries: list

    async def rows(self, query, values):
        self.queries.append(query)
        return await self.reader.rows(query, values)

    async def snapshot(self, callback):
        async def counted(run_query):
            async def run(query, values):
                self.queries.append(query)
                return await run_query(query, values)

            return await callback(run)

        return await self.reader.snapshot(counted)

    async def version(self):
        return await self.reader.version()
