"""Backup and restore of the log as compressed NDJSON, which both kinds of database can restore.

Derived tables are not included: a restore rebuilds them.
"""

import gzip
import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

import msgspec
from sqlalchemy import Connection, Table, func, insert, select

from api.store.log.head import LogHead
from api.store.publishing.store import Store
from schema.model import Model
from schema.storage.tables import Tables

_FORMAT = "tikls-log-1"

_BATCH_SIZE = 1_000


class BackupError(ValueError):
    """A backup cannot be written or restored; nothing was changed."""


class _BackupHeader(msgspec.Struct, tag="head", forbid_unknown_fields=True):
    """The first line: the format, and the last numbers and the time of the log."""

    format: str
    seq: int
    number: int
    at: str


class _BackupRow(msgspec.Struct, tag="row", forbid_unknown_fields=True):
    """A row of a table of the log."""

    table: str
    values: dict[str, Any]


class _BackupTrailer(msgspec.Struct, tag="end", forbid_unknown_fields=True):
    """The last line: the number of rows, by which a truncated file is detected."""

    rows: int


_BackupLine = _BackupHeader | _BackupRow | _BackupTrailer

_DECODER = msgspec.json.Decoder(_BackupLine)


@dataclass(frozen=True)
class Backup:
    """The content of a backup: the time and last public change of the log, and its number of rows."""

    at: str
    number: int
    rows: int


def back_up(store: Store, path: Path) -> Backup:
    """Write a snapshot of the log to a file; concurrent commits go on. Raise BackupError if the file exists.

    The file appears only when it is complete.
    """
    # The temporary file is readable by its owner only, as the log has drafts and notes.
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.") as file:
        with store.database.reading() as connection:
            backup = _write(file, connection, store.tables)
        file.flush()
        os.fsync(file.fileno())
        try:
            os.link(file.name, path)
        except FileExistsError as error:
            message = f"{path} exists already. Choose another file: a backup replaces none."
            raise BackupError(message) from error
    return backup


def _write(file: IO[bytes], connection: Connection, tables: Tables) -> Backup:
    seq, number, at = _last_numbers(connection, tables)
    rows = 0
    with gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as archive:
        archive.write(_encode(_BackupHeader(_FORMAT, seq, number, at)))
        for row in _read_rows(connection, tables):
            archive.write(_encode(row))
            rows += 1
        archive.write(_encode(_BackupTrailer(rows)))
    if rows != seq + number:
        message = f"the log is damaged: {seq + number - rows} of its rows are missing. Run doctor."
        raise BackupError(message)
    return Backup(at, number, rows)


def _last_numbers(connection: Connection, tables: Tables) -> tuple[int, int, str]:
    """Return the last numbers of revisions and public changes, and the moment of the last act.

    They are those of the head, but a backup must also succeed if nothing but the head is damaged.
    """
    revision = tables.revision.c
    last = connection.execute(
        select(revision.seq, revision.at).order_by(revision.seq.desc()).limit(1)
    ).first()
    seq, at = last or (0, "")
    return seq, connection.scalar(select(func.max(tables.change.c.number))) or 0, at


def restore(store: Store, path: Path) -> Backup:
    """Restore a backup into an empty log, and rebuild the derived tables. Raise BackupError.

    A truncated file, or one that is no backup, changes nothing.
    """
    with store.database.writing() as connection:
        head = LogHead.lock(store.session(connection), store.clock)
        if connection.execute(select(store.tables.revision.c.seq).limit(1)).first():
            message = "the log is not empty. Restore a backup into an empty database."
            raise BackupError(message)
        lines = _read_lines(path)
        header = next(lines, None)
        if not isinstance(header, _BackupHeader) or header.format != _FORMAT:
            message = f"{path} is not a backup of the log in the format {_FORMAT}"
            raise BackupError(message)
        checked_lines = (_check_version(store.renderer.model, line) for line in lines)
        rows = _restore_rows(connection, store.tables, checked_lines)
        head.seq, head.number, head.at = header.seq, header.number, header.at
        head.write(store.session(connection))
        store.rebuild_on(connection, head)
    return Backup(header.at, header.number, rows)


def _log_tables(tables: Tables) -> tuple[Table, ...]:
    return tables.revision, tables.change


def _read_rows(connection: Connection, tables: Tables) -> Iterator[_BackupRow]:
    for table in _log_tables(tables):
        query = select(table).order_by(*table.primary_key).execution_options(yield_per=_BATCH_SIZE)
        for row in connection.execute(query):
            values = zip(table.c, row, strict=True)
            yield _BackupRow(str(table.name), {str(column.name): value for column, value in values})


def _restore_rows(connection: Connection, tables: Tables, lines: Iterator[_BackupLine]) -> int:
    """Insert the rows of a backup in batches, and return their number."""
    by_name = {table.name: table for table in _log_tables(tables)}
    pending: dict[str, list[dict[str, Any]]] = {name: [] for name in by_name}
    count = 0
    for line in lines:
        match line:
            case _BackupRow(name, values) if name in by_name and values.keys() <= set(by_name[name].c.keys()):
                pending[name].append(values)
                count += 1
            # Reading past the last line also verifies the checksum of the gzip file.
            case _BackupTrailer(rows) if rows == count and next(lines, None) is None:
                _insert(connection, by_name, pending)
                return count
            case _:
                break
        if count % _BATCH_SIZE == 0:
            _insert(connection, by_name, pending)
    message = "the backup is truncated or damaged"
    raise BackupError(message)


def _insert(connection: Connection, by_name: Mapping[str, Table], pending: Mapping[str, list[Any]]) -> None:
    """Insert the pending rows of each table, and clear them."""
    for name, rows in pending.items():
        if rows:
            connection.execute(insert(by_name[name]), rows)
            rows.clear()


def _read_lines(path: Path) -> Iterator[_BackupLine]:
    try:
        with gzip.open(path, "rb") as archive:
            yield from (_DECODER.decode(line) for line in archive)
    except (OSError, EOFError, ValueError, msgspec.MsgspecError, zlib.error) as error:
        message = f"{path} cannot be read as a backup"
        raise BackupError(message) from error


def _check_version(model: Model, line: _BackupLine) -> _BackupLine:
    """Return a line. Raise BackupError if its row was written by a newer version of the software."""
    if isinstance(line, _BackupRow):
        if line.values.get("entity") not in model.by_name:
            message = (
                "the backup has records of an entity that this version does not know. Update the software."
            )
            raise BackupError(message)
        if line.values.get("declared", 0) > len(model.upgrades):
            message = "the backup was made by a newer version. Update the software."
            raise BackupError(message)
    return line


def _encode(value: msgspec.Struct) -> bytes:
    return msgspec.json.encode(value) + b"\n"
