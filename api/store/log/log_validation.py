"""Validation of the log by the current declarations: of the public document and the draft of every record."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from api.store.log.revision_reader import decode_logged, draft_revisions, public_revisions
from schema.declaration.entity_base import Entity, RecordKey
from schema.declaration.upgrades import LINKED_SOURCES, embedded_sources
from schema.model import Model
from schema.storage.tables import Tables
from schema.validation.errors import Fault, InvalidRecordError
from schema.validation.record_codec import revision_faults
from schema.validation.references import UNKNOWN, reference_faults

_BATCH_SIZE = 1_000

_SOURCE = "Source"


class LogValidation:
    """The validation of a log on a connection in a transaction; it writes nothing, and needs the log's tables only.

    `count` is the number of records, drafts included, that `faults` has validated. With `is_thorough`, a document
    must be one that could be published again; else it must be one that can be decoded.
    """

    def __init__(self, connection: Connection, tables: Tables, model: Model, *, is_thorough: bool) -> None:
        self.count = 0
        self._connection = connection
        self._tables = tables
        self._model = model
        self._is_thorough = is_thorough
        self._embedded_sources: set[RecordKey] = set()

    def faults(
        self, track: Callable[[Sequence[Any]], Iterable[Any]] = iter
    ) -> Iterator[tuple[RecordKey, Fault]]:
        """Yield the errors of all records, those of links to records that are not public at the end.

        `track` iterates over the batches, and may show progress. Raise NewerSchemaError.
        """
        public = self._numbers(public_revisions(self._tables))
        drafts = self._numbers(draft_revisions(self._tables))
        revision = self._tables.revision
        keys = select(revision.c.entity, revision.c.id).where(*public_revisions(self._tables))
        public_keys = {(row.entity, row.id) for row in self._connection.execute(keys)}
        dangling: list[tuple[RecordKey, Fault]] = []
        batches = [
            (numbers[start : start + _BATCH_SIZE], numbers is public)
            for numbers in (public, drafts)
            for start in range(0, len(numbers), _BATCH_SIZE)
        ]
        for numbers, is_public in track(batches):
            for row in self._connection.execute(self._select(numbers)):
                record, faults = self._decoded(row)
                yield from (((row.entity, row.id), fault) for fault in faults)
                if is_public and record:
                    dangling += self._reference_faults(record, public_keys)
                    yield from self._embedded_source_faults(row)
                self.count += 1
        yield from (
            (key, fault)
            for key, fault in dangling
            if (fault.limits["entity"], fault.limits["given"]) not in self._embedded_sources
        )

    def _decoded(self, row: Row[Any]) -> tuple[Entity | None, Sequence[Fault]]:
        """Return the record of a revision, or None, and its errors."""
        if row.document is None:
            return None, [Fault("missing")]
        faults: Sequence[Fault] = ()
        if self._is_thorough:
            faults = revision_faults(self._model, row.entity, row.document, row.declared)
        try:
            return decode_logged(self._model, row.entity, row.id, row.document, row.declared), faults
        except InvalidRecordError as error:
            return None, faults or error.faults

    def _reference_faults(
        self, record: Entity, public_keys: set[RecordKey]
    ) -> Iterator[tuple[RecordKey, Fault]]:
        """Yield an error for each link of a record to one that is not public."""
        records = {(type(record).__name__, record.id): record}
        for key, fault in reference_faults(self._model, records, public_keys.__contains__, lambda _: None):
            if fault.code == UNKNOWN:
                yield key, fault

    def _embedded_source_faults(self, row: Row[Any]) -> Iterator[tuple[RecordKey, Fault]]:
        """Yield the errors of the sources that the document of an early version contains."""
        if row.declared >= LINKED_SOURCES or _SOURCE not in self._model.by_name:
            return
        for index, source in enumerate(embedded_sources(msgspec.json.decode(row.document))):
            self._embedded_sources.add((_SOURCE, source["id"]))
            document = msgspec.json.encode(source).decode()
            for fault in revision_faults(self._model, _SOURCE, document, len(self._model.upgrades)):
                yield (row.entity, row.id), replace(fault, pointer=f"/record/sources/{index}{fault.pointer}")

    def _numbers(self, conditions: Iterable[Any]) -> list[int]:
        """Return the sequence numbers of revisions that meet conditions."""
        seq = self._tables.revision.c.seq
        return [*self._connection.scalars(select(seq).where(*conditions).order_by(seq))]

    def _select(self, numbers: Sequence[int]) -> Any:
        revision = self._tables.revision
        columns = (revision.c.entity, revision.c.id, revision.c.declared, revision.c.document)
        return select(*columns).where(revision.c.seq.in_(numbers)).order_by(revision.c.seq)
