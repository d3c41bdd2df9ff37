"""Pagination: pages of lists and their totals, read from the record index."""

from collections.abc import Sequence
from typing import NamedTuple

from api.lists.cursor import Cursor, requested_cursor
from api.lists.named_records import follow_merges
from api.store.queries.select_statements import SelectStatements
from api.store.record_index.current_index import CurrentIndex
from api.store.record_index.index_snapshot import IndexSnapshot, StoredItem
from api.store.record_index.list_evaluation import ListEvaluation, number_page
from api.store.record_index.list_query import CursorKey, ListQuery
from schema.entities.partner_and_funder_lists import COUNTED_ENTITY
from schema.index.record_numbers import number_place
from schema.index.sort_keys import BY_ID
from schema.model import Model


class ListRow(NamedTuple):
    """A row of a list: a record with its stored item or document, and its number of projects in a role list."""

    entity: str
    item: StoredItem
    project_count: int = 0


class ListRows(NamedTuple):
    """The rows of a page with the total and the moment of the list, and the cursor keys of other pages.

    The query follows merges. `previous` and `next` are the keys of the first and the last row, or None without such a
    page.
    """

    query: ListQuery
    cursor: Cursor | None
    limit: int
    total: int
    served_at: str
    rows: Sequence[ListRow]
    previous: Sequence[CursorKey] | None
    next: Sequence[CursorKey] | None


class Paginator:
    """Reads pages and totals of lists from the record index of the process."""

    def __init__(self, statements: SelectStatements, model: Model, index_size: int) -> None:
        """Make a paginator with an empty index of up to `index_size` bytes."""
        self.statements = statements
        self.model = model
        self.index = CurrentIndex(statements.index, index_size)
        self._entities = {place: entity for entity, place in model.number_places.items()}

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
        followed = await follow_merges(snapshot, self.statements, query)
        # Cursors digest the query as it was requested, so that a walk goes on after a merge.
        cursor = requested_cursor(cursor_text, query)
        query = followed
        evaluation = self.evaluation(snapshot)
        order = await evaluation.order(query)
        start = await evaluation.position(query, order, cursor.keys) if cursor else None
        records = await evaluation.records(query)
        page = number_page(order, records, start, limit, backwards=bool(cursor and cursor.backwards))
        total = len(records)
        rows = await self._rows(snapshot, query, page.numbers)
        edges = [*zip(page.numbers, rows, strict=True)]
        return ListRows(
            query,
            cursor,
            limit,
            total,
            snapshot.version.served_at,
            rows,
            await self._keys(evaluation, query, *edges[0]) if page.has_previous and edges else None,
            await self._keys(evaluation, query, *edges[-1]) if page.has_next and edges else None,
        )

    async def _rows(self, snapshot: IndexSnapshot, query: ListQuery, numbers: Sequence[int]) -> list[ListRow]:
        """Return the rows of some records."""
        items = await snapshot.items(numbers, full_documents=query.full_documents)
        counts = [0] * len(items)
        if query.role:
            ids = [item.id for item in items]
            counts = [*map(len, await snapshot.postings(COUNTED_ENTITY, query.role.count_filter, ids))]
        entities = [query.entity or self._entities[number_place(number)] for number in numbers]
        return [ListRow(*row) for row in zip(entities, items, counts, strict=True)]

    async def _keys(
        self, evaluation: ListEvaluation, query: ListQuery, number: int, row: ListRow
    ) -> list[CursorKey]:
        """Return the cursor keys of a row: of a rank or of each sort key, then the number unless the id decides."""
        if query.is_ranked:
            return [await evaluation.rank(query, number), number]
        names = [key.name for key in query.sort_keys if key.name != BY_ID]
        values = (await evaluation.snapshot.sort_keys([number]))[number] if names else {}
        last = row.item.id if len(names) < len(query.sort_keys) else number
        return [*(values.get(name) for name in names), last]
