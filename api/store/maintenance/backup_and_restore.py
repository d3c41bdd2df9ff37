"""Backup and restore of the log as compressed NDJSON, which both kinds of database can restore.

Derived tables are not included: a restore rebuilds them.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, select

from api.store.database.writing_session import RowValues, Session
from api.store.log.head import LogHead
from api.store.log.revision_reader import Revisions, batches
from api.store.maintenance.backup_format import (
    FORMAT,
    BackupError,
    BackupHeader,
    BackupReader,
    BackupRow,
    write_backup,
)
from api.store.maintenance.backup_validation import BackupValidation, LoggedChange, LoggedRevision
from api.store.maintenance.log_copy import log_copy
from api.store.maintenance.new_file import new_file
from api.store.projection.read_model import Progress
from api.store.publishing.batch_processes import BatchProcesses, has_processes
from api.store.publishing.store import Store
from schema.model import Model
from schema.storage.tables import Tables

_BATCH_SIZE = 5_000


@dataclass(frozen=True)
class Backup:
    """The content of a backup: the time and last public change of the log, its number of rows, and its digest."""

    at: str
    number: int
    rows: int
    digest: str | None


def back_up(store: Store, path: Path) -> Backup:
    """Write a snapshot of the log to a file; concurrent commits go on. Raise BackupError if the file exists.

    The file appears only when it is complete. Raise BackupError, and leave nothing, if it cannot be written.
    """
    try:
        with new_file(path) as file, store.database.reading() as connection:
            seq, number, at = _last_numbers(connection, store.tables)
            trailer = write_backup(
                file, BackupHeader(FORMAT, seq, number, at), _read_rows(connection, store.tables)
            )
            if trailer.rows != seq + number:
                lost = seq + number - trailer.rows
                message = f"the log is damaged: {lost} of its rows are missing. Run doctor."
                raise BackupError(message)
    except FileExistsError as error:
        message = f"{path} exists already. Choose another file: a backup replaces none."
        raise BackupError(message) from error
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}. Nothing is left of it."
        raise BackupError(message) from error
    return Backup(at, number, trailer.rows, trailer.digest)


def _last_numbers(connection: Connection, tables: Tables) -> tuple[int, int, str]:
    """Return the last numbers of revisions and public changes, and the time of the last of them.

    They are those of the head, but a backup must also succeed if nothing but the head is damaged.
    """
    last_rows = (
        connection.execute(select(number, table.c.at).order_by(number.desc()).limit(1)).first() or (0, "")
        for table, number in (
            (tables.revision, tables.revision.c.seq),
            (tables.change, tables.change.c.number),
        )
    )
    (seq, revised_at), (number, changed_at) = last_rows
    return seq, number, max(revised_at, changed_at)


def restore(store: Store, path: Path, track: Progress = iter) -> Backup:
    """Restore a backup into an empty log, and rebuild the derived tables. Raise BackupError.

    A truncated, damaged or changed file, or one that is no backup, changes nothing; neither does one with records
    that this version cannot read, for which UnreadableRecordsError or NewerSchemaError is raised. Processes render
    many records from a temporary copy of the log. `track` iterates over the batches of the rebuild, and may show
    progress.
    """
    with store.database.writing() as connection:
        session = store.session(connection)
        head = LogHead.lock(session, store.clock)
        if connection.execute(select(store.tables.revision.c.seq).limit(1)).first():
            message = "the log is not empty. Restore a backup into an empty database."
            raise BackupError(message)
        reader = BackupReader(path)
        header = reader.header()
        validation = _restore_rows(session, store.renderer.model, reader, header)
        head.seq, head.number, head.at = header.seq, header.number, header.at
        head.write(session)
        has_copy = has_processes(store.renderer, validation.record_count)
        with log_copy(session) if has_copy else nullcontext() as log:
            processes = BatchProcesses(log, store.renderer) if log else None
            store.rebuild_on(connection, head, processes, track)
        records = Revisions(session, store.renderer.model)
        for batch in batches(validation.saved):
            records.drafts(batch)
    return Backup(header.at, header.number, reader.trailer.rows, reader.trailer.digest)


def _read_rows(connection: Connection, tables: Tables) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name of the table and the values of each row of the log."""
    for table in (tables.revision, tables.change):
        query = select(table).order_by(*table.primary_key).execution_options(yield_per=_BATCH_SIZE)
        names = [str(column.name) for column in table.c]
        for row in connection.execute(query):
            yield str(table.name), dict(zip(names, row, strict=True))


def _restore_rows(
    session: Session, model: Model, reader: BackupReader, header: BackupHeader
) -> BackupValidation:
    """Insert the rows of a backup in batches; return their validation. Raise BackupError for an invalid one."""
    tables = session.tables
    validation = BackupValidation(header)
    _require_none(reader, validation.header_problems())
    pending: dict[Table, list[RowValues]] = {tables.revision: [], tables.change: []}
    for line in reader.rows():
        table = tables.metadata.tables.get(line.table)
        if table not in pending:
            reader.fail(f"{line.table!r} is not a table of the log")
        pending[table].append(_validated_row(reader, model, validation, line))
        if len(pending[table]) >= _BATCH_SIZE:
            session.insert(table, pending[table])
            pending[table].clear()
    _require_none(reader, validation.final_problems())
    for table, rows in pending.items():
        session.insert(table, rows)
    return validation


def _validated_row(
    reader: BackupReader, model: Model, validation: BackupValidation, line: BackupRow
) -> RowValues:
    """Return the values of a row. Raise BackupError if it is invalid by itself or after the rows before it."""
    row: LoggedRevision | LoggedChange
    try:
        if line.table == "revision":
            row = msgspec.json.decode(line.values, type=LoggedRevision)
        else:
            row = msgspec.json.decode(line.values, type=LoggedChange)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        reader.fail(str(error), error)
    if row.entity not in model.by_name:
        message = "the backup has records of an entity that this version does not know. Update the software."
        raise BackupError(message)
    if isinstance(row, LoggedRevision) and row.declared > len(model.upgrades):
        message = "the backup was made by a newer version. Update the software."
        raise BackupError(message)
    _require_none(reader, validation.problems(row))
    return msgspec.structs.astuple(row)


def _require_none(reader: BackupReader, problems: Iterator[str]) -> None:
    """Raise BackupError with the first problem."""
    if problem := next(problems, None):
        reader.fail(problem)
