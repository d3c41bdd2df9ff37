"""The rebuild: recomputes everything derived from the log, and writes the rows that differ."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager

from sqlalchemy import Table, select, union

from api.store.database.writing_session import Session
from api.store.log.head import LogHead
from api.store.log.log_validation import LogValidation
from api.store.log.logged_revisions import LoggedRevisions
from api.store.log.revision_reader import batches
from api.store.projection.index_comparison import IndexComparison
from api.store.projection.read_model import Progress, ReadModel
from api.store.projection.record_links import LinkingIds, LoggedLinks
from api.store.projection.record_table_writer import RenderedRecord, RenderedRecords
from api.store.projection.rerendered_records import RerenderedRecords
from api.store.publishing.batch_processes import BatchProcesses, Task
from api.store.publishing.embedded_sources_upgrade import publish_embedded_sources
from schema.declaration.entity_base import RecordKey
from schema.documents.renderer import Renderer
from schema.validation.record_codec import UnreadableRecordsError

RENDERED_BATCH = 2_000
"""Number of records that are rendered at once: larger batches save pages that are written, but need more memory."""

COMPARED_BATCH = 500
"""Number of records that are compared at once."""


class Rebuild:
    """A rebuild, inside a writing transaction. No table is emptied, so readers always find the data.

    Records are rendered from the log alone. Comparing and rendering need a reading transaction only.
    """

    def __init__(self, session: Session, renderer: Renderer) -> None:
        self.session = session
        self.tables = session.tables
        self.records = LoggedRevisions(session, renderer.model)
        self.renderer = renderer
        self._read_model = ReadModel(self.records, renderer)

    def repair(self, head: LogHead, processes: BatchProcesses | None, track: Progress = iter) -> Counter[str]:
        """Repair everything derived from the log, and return the number of records that differed, by table.

        Without processes, the caller renders alone. It also does if documents of earlier versions contain sources, which
        are appended to the log as records of their own: processes read what is committed. Raise UnreadableRecordsError
        with the errors of all records that the current declarations cannot read.
        """
        with self._naming_unreadable_records():
            self.read_record_numbers()
            repaired = self._delete_unnumbered() + IndexComparison(self.session).repair(head)
            sources = publish_embedded_sources(head, self.records, self.renderer)
            keys = self._keys()
            links = LoggedLinks(self.records, keys)
            key_batches = [(batch, links.linking(batch)) for batch in batches(keys, RENDERED_BATCH)]
            results = (
                (self.render(*batch) for batch in key_batches)
                if sources or not processes
                else processes.results(Task.RENDER, key_batches, self.render, list[RenderedRecord | None])
            )
            rerendered = RerenderedRecords(self.session, self.renderer, head)
            with closing(results):
                for (batch, _), records in zip(track(key_batches), results, strict=True):
                    rerendered.add(self._read_model.writer.repair(batch, _by_key(batch, records), head))
            self._read_model.writer.repair_words()
            return +(repaired + self._read_model.writer.repaired)

    def read_record_numbers(self) -> None:
        """Read the numbers of all records from the log, which rendering and comparing need."""
        self.records.numbers.read_log()

    def render(self, keys: Sequence[RecordKey], linking: LinkingIds) -> list[RenderedRecord | None]:
        """Return each record as rendered, None for one that is not public."""
        rendered = self._read_model.render(keys, linking)
        return [rendered.get(key) for key in keys]

    def differences(self, processes: BatchProcesses, track: Progress = iter) -> Counter[str]:
        """Return the number of records whose rows differ from what follows from the log, by table.

        It writes nothing, so that one snapshot of a reading transaction is enough, or one of each process.
        Batches are small: nothing is gained by large ones, which save pages that are written.
        """
        self.read_record_numbers()
        differences = self._count_unnumbered() + IndexComparison(self.session).differences()
        keys = self._keys()
        links = LoggedLinks(self.records, keys)
        key_batches = [(batch, links.linking(batch)) for batch in batches(keys, COMPARED_BATCH)]
        results = processes.results(Task.COMPARE, key_batches, self.compare, dict[str, int])
        with closing(results):
            for _, result in zip(track(key_batches), results, strict=True):
                differences.update(result)
        differences.update(self._read_model.writer.word_differences())
        return +differences

    def compare(self, keys: Sequence[RecordKey], linking: LinkingIds) -> Counter[str]:
        """Return the number of records of a batch whose rows differ from what follows from the log, by table."""
        return self._read_model.differences(keys, linking)

    @contextmanager
    def _naming_unreadable_records(self) -> Iterator[None]:
        """Raise UnreadableRecordsError instead of another error, if there are records that cannot be read."""
        try:
            yield
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            # Not looked for before: the search takes as long as a tenth of a rebuild, and seldom finds any.
            validation = LogValidation(
                self.session.connection, self.tables, self.records.model, is_thorough=True
            )
            if faults := [*validation.faults()]:
                raise UnreadableRecordsError(faults) from error
            raise

    def _keys(self) -> list[RecordKey]:
        """Return the sorted keys of all records in the log or with a row."""
        query = union(
            *(select(table.c.entity, table.c.id) for table in (self.tables.revision, self.tables.record))
        )
        return sorted((row.entity, row.id) for row in self.session.connection.execute(query))

    def _delete_unnumbered(self) -> Counter[str]:
        """Delete the rows whose numbers do not follow from the log; rendering inserts those of records again."""
        deleted: Counter[str] = Counter()
        for table, numbers in self._unnumbered():
            self.session.delete(table, [(number,) for number in numbers])
            deleted[table.name] += len(numbers)
        return deleted

    def _count_unnumbered(self) -> Counter[str]:
        """Return the number of rows whose numbers do not follow from the log, by table but `record`."""
        unnumbered = {table.name: len(numbers) for table, numbers in self._unnumbered()}
        # Rows of records are compared by key.
        return Counter({name: unnumbered[name] for name in unnumbered if name != self.tables.record.name})

    def _unnumbered(self) -> Iterator[tuple[Table, list[int]]]:
        """Yield each table of records with the numbers of the rows that are not those of records in the log."""
        record, connection, numbers = self.tables.record, self.session.connection, self.records.numbers
        rows = connection.execute(select(record.c.number, record.c.entity, record.c.id))
        yield record, [number for number, *key in rows if numbers.get((key[0], key[1])) != number]
        for table in (self.tables.document, self.tables.search_document):
            stored = connection.scalars(select(table.c.number))
            yield table, [number for number in stored if not numbers.has(number)]


def _by_key(keys: Sequence[RecordKey], records: Iterable[RenderedRecord | None]) -> RenderedRecords:
    return {key: record for key, record in zip(keys, records, strict=True) if record}
