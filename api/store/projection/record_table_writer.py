"""Writing of rendered records: their rows, documents and search documents, and what they are found by."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, Table, select

from api.store.database.statement_cache import KeysIn
from api.store.database.writing_session import RowValues, Session, key_condition
from api.store.log.head import LogHead
from api.store.log.record_numbers import RecordNumbers
from api.store.projection.fulltext_index import NAME as FULLTEXT_INDEX
from api.store.projection.fulltext_index import FulltextIndex
from api.store.projection.index_comparison import readable_index
from api.store.projection.posting_writer import PostingWriter
from api.store.projection.word_table import WordTable
from schema.declaration.entity_base import RecordKey
from schema.index.record_index import NO_INDEX, RecordIndex, decode_record_index
from schema.storage.tables import Tables


class RecordRow(NamedTuple):
    """The columns of `record` that are rendered."""

    number: int
    entity: str
    id: str
    revision: int | None
    created: str
    modified: str
    etag: str
    list_item: bytes
    index_entries: bytes


class RenderedRecord(NamedTuple):
    """The row of a public record, its document as a zstd frame, and the columns of its search document."""

    row: RecordRow
    frame: bytes
    texts: tuple[str, str, str]


RenderedRecords = Mapping[RecordKey, RenderedRecord]

_NO_INDEX = NO_INDEX.encode()


class RecordTableWriter:
    """Writes rendered records inside a writing transaction."""

    def __init__(self, session: Session, numbers: RecordNumbers) -> None:
        self.repaired: Counter[str] = Counter()
        """Number of rows that differed, by table, where whole rows were compared."""
        self._session = session
        self._tables = session.tables
        self._numbers = numbers
        self._postings = PostingWriter(session)
        self._fulltext_index = FulltextIndex(session)
        self._words = WordTable(session, self._fulltext_index)

    def replace(self, keys: Iterable[RecordKey], rendered: RenderedRecords, head: LogHead) -> None:
        """Write the records that differ from the stored ones.

        Documents, list items and search documents differ only if the ETags do.
        """
        stored = self._stored_rows(keys)
        rows = self._differing_rows(keys, rendered, stored)
        self._write_rows(rows, stored, head, decode_record_index)
        changed = [key for key, row in rows.items() if key not in stored or stored[key][0].etag != row.etag]
        numbers = [rows[key].number for key in changed]
        documents = {rows[key].number for key in changed if key in stored and stored[key][0].etag}
        bodies, texts = _contents(changed, rendered)
        self._write(self._tables.document, numbers, documents, bodies)
        stored_texts = self._stored(self._tables.search_document, documents)
        self._write_texts(numbers, stored_texts, texts)

    def repair(
        self, keys: Sequence[RecordKey], rendered: RenderedRecords, head: LogHead
    ) -> list[tuple[RecordKey, bytes, bytes]]:
        """Compare whole records with the stored ones, and write what differs. The full-text index is left as it is.

        The stored posting lists and sort keys must agree with the stored rows; those of an unreadable row are empty.
        Return the stored and the rendered document of each record that has both.
        """
        stored = self._stored_rows(keys)
        rows = self._differing_rows(keys, rendered, stored)
        self.repaired[self._tables.record.name] += len(rows)
        self._write_rows(rows, stored, head, readable_index)
        differing_contents = self._differing_contents(keys, rendered)
        for table, differing, stored_contents, contents in differing_contents:
            self.repaired[table.name] += len(differing)
            self._write(table, differing, stored_contents, contents)
        _, _, stored_documents, _ = differing_contents[0]
        return [
            (key, stored_documents[number][1], rendered[key].frame)
            for key in keys
            if key in rendered and (number := rendered[key].row.number) in stored_documents
        ]

    def differences(self, keys: Sequence[RecordKey], rendered: RenderedRecords) -> Counter[str]:
        """Return the number of records whose stored rows differ from the rendered ones, by table."""
        stored = self._stored_rows(keys)
        rows = self._differing_rows(keys, rendered, stored)
        never_public = [key for key in stored if self._row(key, rendered) is None]
        counts = Counter({self._tables.record.name: len(rows) + len(never_public)})
        for table, differing, _, _ in self._differing_contents(keys, rendered):
            counts[table.name] += len(differing)
        return counts

    def repair_words(self) -> None:
        """Fill the full-text index again after all repairs, if it or its texts were wrong, and correct the words."""
        is_outdated = bool(self.repaired[self._tables.search_document.name])
        self.repaired[FULLTEXT_INDEX] += self._fulltext_index.repair(is_outdated=is_outdated)
        self.repaired[self._tables.word.name] += len(self._words.repair())

    def word_differences(self) -> Counter[str]:
        """Return the number of wrong terms of the full-text index and of wrong words, by table."""
        return Counter(
            {
                FULLTEXT_INDEX: self._fulltext_index.differences(),
                self._tables.word.name: len(self._words.differences()),
            }
        )

    def _stored_rows(self, keys: Iterable[RecordKey]) -> dict[RecordKey, tuple[RecordRow, str]]:
        """Return the stored rows, each with the moment at which its document changed."""
        rows = self._session.rows_about(_select_rows, keys)
        return {(row[1], row[2]): (RecordRow(*row), changed_at) for changed_at, *row in rows}

    def _differing_rows(
        self,
        keys: Iterable[RecordKey],
        rendered: RenderedRecords,
        stored: Mapping[RecordKey, tuple[RecordRow, str]],
    ) -> dict[RecordKey, RecordRow]:
        """Return the rows that differ from the stored ones; a record that never was public has none."""
        return {
            key: row
            for key in keys
            if (row := self._row(key, rendered)) and (key not in stored or stored[key][0] != row)
        }

    def _row(self, key: RecordKey, rendered: RenderedRecords) -> RecordRow | None:
        """Return the row of a record that is or was public, or None."""
        if key in rendered:
            return rendered[key].row
        number = self._numbers.get(key)
        return None if number is None else RecordRow(number, *key, None, "", "", "", b"", _NO_INDEX)

    def _write_rows(
        self,
        rows: Mapping[RecordKey, RecordRow],
        stored: Mapping[RecordKey, tuple[RecordRow, str]],
        head: LogHead,
        decode: Callable[[bytes], RecordIndex],
    ) -> None:
        """Write rows with what their records are found by; `decode` reads the index entries of stored rows."""
        new: list[RowValues] = []
        changed: list[RowValues] = []
        for key, row in rows.items():
            old, changed_at = stored.get(key, (None, head.at))
            if not (old and old.etag == row.etag):
                changed_at = head.at
            written = (*row[:_COLUMNS_BEFORE], changed_at, head.count_commit(), *row[_COLUMNS_BEFORE:])
            if not old:
                new.append(written)
                self._postings.add(row.entity, row.number, decode_record_index(row.index_entries))
                continue
            changed.append(written)
            if row.index_entries != old.index_entries:
                new_index = decode_record_index(row.index_entries)
                self._postings.replace(row.entity, row.number, decode(old.index_entries), new_index)
        self._session.insert(self._tables.record, sorted(new))
        self._session.update(self._tables.record, changed)
        self._postings.write()

    def _differing_contents(
        self, keys: Sequence[RecordKey], rendered: RenderedRecords
    ) -> list[tuple[Table, list[int], dict[int, RowValues], dict[int, RowValues]]]:
        """Return for each table of contents the numbers of records that differ, the stored and the rendered rows."""
        numbers = [number for key in keys if (number := self._numbers.get(key)) is not None]
        tables = (self._tables.document, self._tables.search_document)
        differences = []
        for table, contents in zip(tables, _contents(keys, rendered), strict=True):
            stored = self._stored(table, numbers)
            differing = [number for number in numbers if stored.get(number) != contents.get(number)]
            differences.append((table, differing, stored, contents))
        return differences

    def _stored(self, table: Table, numbers: Iterable[int]) -> dict[int, RowValues]:
        """Return the stored rows of a table by record number."""
        return {row[0]: row for row in self._session.rows_numbered(_select_contents, numbers, table)}

    def _write_texts(
        self, numbers: Iterable[int], stored: Mapping[int, RowValues], texts: Mapping[int, RowValues]
    ) -> None:
        """Write the search documents that differ from the stored ones, and their words."""
        differing = [number for number in numbers if stored.get(number) != texts.get(number)]
        removed = [stored[number] for number in differing if number in stored]
        added = [texts[number] for number in differing if number in texts]
        self._fulltext_index.remove(removed)
        self._write(self._tables.search_document, differing, stored, texts)
        self._fulltext_index.add(added)
        self._words.update([row[-1] for row in removed], [row[-1] for row in added])

    def _write(
        self,
        table: Table,
        numbers: Iterable[int],
        stored: Collection[int],
        contents: Mapping[int, RowValues],
    ) -> None:
        """Insert, update or delete the rows of some records; `stored` has the numbers of those that have one."""
        new = [number for number in numbers if number in contents and number not in stored]
        self._session.insert(table, [contents[number] for number in sorted(new)])
        both = [number for number in numbers if number in contents and number in stored]
        self._session.update(table, [contents[number] for number in both])
        old = [number for number in numbers if number not in contents and number in stored]
        self._session.delete(table, [(number,) for number in old])


_COLUMNS_BEFORE = RecordRow._fields.index("etag")
"""Number of columns before those that are set when a row is written."""


def _contents(
    keys: Iterable[RecordKey], rendered: RenderedRecords
) -> tuple[dict[int, RowValues], dict[int, RowValues]]:
    """Return the rows of the documents and of the search documents of public records, by number."""
    records = [rendered[key] for key in keys if key in rendered]
    return (
        {record.row.number: (record.row.number, record.frame) for record in records},
        {record.row.number: (record.row.number, *record.texts) for record in records},
    )


def _select_rows(tables: Tables) -> Select[Any]:
    record = tables.record
    columns = (record.c.changed_at, *(record.c[name] for name in RecordRow._fields))
    return select(*columns).where(key_condition(record))


def _select_contents(_: Tables, table: Table) -> Select[Any]:
    return select(table).where(KeysIn(table.c.number))
