"""Backups: the log as a file that any engine takes back. What is served is made from it again."""

import gzip
import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

import msgspec
from sqlalchemy import Connection, Table, insert, select

from api.store.log.head import LogHead
from api.store.publishing.store import Store
from schema.model import Model
from schema.storage.tables import Tables

_FORMAT = "tikls-log-1"

_AT_ONCE = 1_000


class BackupError(ValueError):
    """A backup cannot be written or taken back; nothing was changed."""


class _First(msgspec.Struct, tag="head", forbid_unknown_fields=True):
    """The first line: what this is, and the newest numbers and moment in it."""

    format: str
    seq: int
    number: int
    at: str


class _Row(msgspec.Struct, tag="row", forbid_unknown_fields=True):
    table: str
    values: dict[str, Any]


class _Last(msgspec.Struct, tag="end", forbid_unknown_fields=True):
    """The last line: how many rows there are, so that a file cut short is known."""

    rows: int


_Line = _First | _Row | _Last

_DECODER = msgspec.json.Decoder(_Line)


@dataclass(frozen=True)
class Backup:
    """What a backup holds: the moment it states, and how many rows of the log."""

    at: str
    number: int
    rows: int


def back_up(store: Store, path: Path) -> Backup:
    """Write the log as it is at one moment, while others go on writing. Raise BackupError.

    The file is there when it is whole, and never takes the place of another.
    """
    # Readable by its owner only, as drafts and notes are in it.
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.") as file:
        with store.database.reading() as connection:
            done = _write(file, connection, store.tables)
        file.flush()
        os.fsync(file.fileno())
        try:
            os.link(file.name, path)
        except FileExistsError as error:
            message = f"{path} is there already; a backup does not replace a file"
            raise BackupError(message) from error
    return done


def _write(file: IO[bytes], connection: Connection, tables: Tables) -> Backup:
    head = tables.head.c
    seq, number, at = connection.execute(select(head.seq, head.number, head.at)).one()
    rows = 0
    with gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packed:
        packed.write(_line(_First(_FORMAT, seq, number, at)))
        for row in _rows(connection, tables):
            packed.write(_line(row))
            rows += 1
        packed.write(_line(_Last(rows)))
    return Backup(at, number, rows)


def restore(store: Store, path: Path) -> Backup:
    """Take a backup back into an empty log and make what is served. Raise BackupError.

    All or nothing: a file that is cut short or not a backup changes nothing.
    """
    with store.database.writing() as connection:
        head = LogHead.lock(store.session(connection), store.clock)
        if connection.execute(select(store.tables.revision.c.seq).limit(1)).first():
            message = "the log is not empty; a backup is restored into an empty place"
            raise BackupError(message)
        lines = _lines(path)
        first = next(lines, None)
        if not isinstance(first, _First) or first.format != _FORMAT:
            message = f"{path} is not a backup of the log"
            raise BackupError(message)
        rows = _take_back(connection, store.tables, (_checked(store.renderer.model, line) for line in lines))
        head.seq, head.number, head.at = first.seq, first.number, first.at
        head.write(store.session(connection))
        store.rebuild_on(connection, head)
    return Backup(first.at, first.number, rows)


def _tables(tables: Tables) -> tuple[Table, ...]:
    return tables.revision, tables.change


def _rows(connection: Connection, tables: Tables) -> Iterator[_Row]:
    for table in _tables(tables):
        query = select(table).order_by(*table.primary_key).execution_options(yield_per=_AT_ONCE)
        for row in connection.execute(query):
            values = zip(table.c, row, strict=True)
            yield _Row(str(table.name), {str(column.name): value for column, value in values})


def _take_back(connection: Connection, tables: Tables, lines: Iterator[_Line]) -> int:
    by_name = {table.name: table for table in _tables(tables)}
    waiting: dict[str, list[dict[str, Any]]] = {name: [] for name in by_name}
    taken = 0
    for line in lines:
        match line:
            case _Row(name, values) if name in by_name and values.keys() <= set(by_name[name].c.keys()):
                waiting[name].append(values)
                taken += 1
            case _Last(rows) if rows == taken and next(lines, None) is None:  # its checksum is read too
                _insert(connection, by_name, waiting)
                return taken
            case _:
                break
        if taken % _AT_ONCE == 0:
            _insert(connection, by_name, waiting)
    message = "the backup is cut short or damaged"
    raise BackupError(message)


def _insert(connection: Connection, by_name: Mapping[str, Table], waiting: Mapping[str, list[Any]]) -> None:
    for name, rows in waiting.items():
        if rows:
            connection.execute(insert(by_name[name]), rows)
            rows.clear()


def _lines(path: Path) -> Iterator[_Line]:
    try:
        with gzip.open(path, "rb") as packed:
            yield from (_DECODER.decode(line) for line in packed)
    except (OSError, EOFError, ValueError, msgspec.MsgspecError, zlib.error) as error:
        message = f"{path} cannot be read as a backup"
        raise BackupError(message) from error


def _checked(model: Model, line: _Line) -> _Line:
    """Return a line. Raise BackupError if a newer version of the software wrote what is in it."""
    if isinstance(line, _Row):
        if line.values.get("entity") not in model.by_name:
            message = "the backup holds records of an entity that this version does not know"
            raise BackupError(message)
        if line.values.get("declared", 0) > len(model.upgrades):
            message = "the backup was made by a newer version"
            raise BackupError(message)
    return line


def _line(value: msgspec.Struct) -> bytes:
    return msgspec.json.encode(value) + b"\n"
