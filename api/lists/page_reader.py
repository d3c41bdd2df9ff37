"""Pagination: pages of lists and their totals, read from the record index."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from pyroaring import BitMap

from api.lists.cursor import Cursor, requested_cursor
from api.lists.named_records import follow_merges
from api.store.queries.select_statements import SelectStatements
from api.store.record_index.cached_index import StoredItem
from api.store.record_index.current_index import CurrentIndex
from api.store.record_index.index_snapshot import IndexSnapshot
from api.store.record_index.list_evaluation import ListEvaluation, number_page
from api.store.record_index.list_query import CursorKey, ListQuery
from schema.entities.partner_and_funder_lists import COUNTED_ENTITY, RoleList
from schema.index.sort_keys import BY_ID
from schema.model import Model
from schema.query.parser import Query


class ListRows(NamedTuple):
    """The rows of a page with the total and the moment of the list, and the cursor keys of other pages.

    The query follows merges. `items` are stored list items or documents; in a role list, `project_counts` has the
    number of projects of each. `previous` and `next` are the keys of the first and the last row, or None without such
    a page.
    """

    query: ListQuery
    cursor: Cursor | None
    limit: int
    total: int
    served_at: str
    items: Sequence[StoredItem]
    project_counts: Sequence[int]
    previous: Sequence[CursorKey] | None
    next: Sequence[CursorKey] | None


class Paginator:
    """Reads pages and totals of lists from the record index of the process."""

    def __init__(self, statements: SelectStatements, model: Model, index_size: int) -> None:
        """Make a paginator with an empty index of up to `index_size` bytes."""
        self.statements = statements
        self.model = model
        self.index = CurrentIndex(statements.index, index_size)

    def evaluation(self, snapshot: IndexSnapshot) -> ListEvaluation:
        """Return the evaluation of lists in a snapshot."""
        return ListEvaluation(snapshot, self.model)

    async def total(self, snapshot: IndexSnapshot, query: ListQuery) -> int:
        """Return the number of records of a list."""
        return len(await self.evaluation(snapshot).records(query))

    async def page(
        self, snapshot: IndexSnapshot, query: ListQuery, cursor_text: str | None, limit: int
    ) -> ListRows:
        """Return the page at a cursor.

        Raise UnknownRecordsError if the query names records that are not public, BadParameter for a cursor of
        another query.
        """
        conditions, records = await self._list_records(snapshot, query)
        # Cursors digest the query as it was requested, so that a walk goes on after a merge.
        cursor = requested_cursor(cursor_text, query)
        if conditions != query.query:
            query = replace(query, query=conditions)
        evaluation = self.evaluation(snapshot)
        order = await evaluation.order(query)
        start = await evaluation.position(query, order, cursor.keys) if cursor else None
        page = number_page(order, records, start, limit, backwards=bool(cursor and cursor.backwards))
        total = len(records)
        items = await snapshot.items(page.numbers, full_documents=query.full_documents)
        project_counts = await self._project_counts(snapshot, query.role, items) if query.role else ()
        edges = [(page.numbers[edge], items[edge]) for edge in (0, -1)] if items else []
        return ListRows(
            query,
            cursor,
            limit,
            total,
            snapshot.version.served_at,
            items,
            project_counts,
            await self._keys(evaluation, query, *edges[0]) if page.has_previous and edges else None,
            await self._keys(evaluation, query, *edges[-1]) if page.has_next and edges else None,
        )

    async def _list_records(self, snapshot: IndexSnapshot, query: ListQuery) -> tuple[Query, BitMap]:
        """Return the conditions of a query with merges followed, and the records of its list, which are kept."""

        async def evaluate() -> tuple[Query, BitMap]:
            followed = await follow_merges(snapshot, self.statements, query)
            return followed.query, await self.evaluation(snapshot).records(followed)

        return await snapshot.result(query.canonical_text, evaluate)

    async def _project_counts(
        self, snapshot: IndexSnapshot, role: RoleList, items: Sequence[StoredItem]
    ) -> list[int]:
        """Return the number of projects of each item of a role list."""
        ids = [item.id for item in items]
        return [*map(len, await snapshot.postings(COUNTED_ENTITY, role.count_filter, ids))]

    async def _keys(
        self, evaluation: ListEvaluation, query: ListQuery, number: int, item: StoredItem
    ) -> list[CursorKey]:
        """Return the cursor keys of a row: of a rank or of each sort key, then the number unless the id decides."""
        if query.is_ranked:
            return [await evaluation.rank(query, number), number]
        names = [key.name for key in query.sort_keys if key.name != BY_ID]
        values = (await evaluation.snapshot.sort_keys([number]))[number] if names else {}
        last = item.id if len(names) < len(query.sort_keys) else number
        return [*(values.get(name) for name in names), last]
