"""The statements of a commit in SQLite, recorded so that they can be executed again without the store."""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import event

from api.store.log.actions import RecordAction
from api.store.publishing.store import Store

BoundStatement = tuple[str, tuple[Any, ...]]
"""A statement with bind parameters, and their values."""

_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")

_LITERALS = re.compile(
    r"""(?P<name>"(?:[^"]|"")*") | [xX]'(?P<bytes>[0-9A-Fa-f]*)' | '(?P<text>(?:[^']|'')*)'
    | (?<![\w.])(?P<number>\d+)(?![\w.])""",
    re.VERBOSE,
)


def record_commits(store: Store, actions: Iterable[RecordAction]) -> list[list[BoundStatement]]:
    """Commit each action by itself, and return the statements that write in each commit."""
    commits: list[list[BoundStatement]] = []
    trace: list[str] = []
    event.listen(
        store.database.engine, "connect", lambda connection, _: connection.set_trace_callback(trace.append)
    )
    for action in actions:
        trace.clear()
        store.commit([action], "bench")
        commits.append([parametrize(statement) for statement in writes(trace)])
    return commits


def writes(trace: Iterable[str]) -> Iterator[str]:
    """Yield the statements that write, each once: SQLite traces one again for each trigger that it fires."""
    previous = ""
    for statement in trace:
        if statement.startswith(_WRITES) and statement != previous:
            previous = statement
            yield statement


def parametrize(text: str) -> BoundStatement:
    """Replace the literals of a statement by bind parameters."""
    values: list[Any] = []

    def placeholder(match: re.Match[str]) -> str:
        if match["name"] is not None:
            return match[0]
        if match["bytes"] is not None:
            values.append(bytes.fromhex(match["bytes"]))
        elif match["text"] is not None:
            values.append(match["text"].replace("''", "'"))
        else:
            values.append(int(match["number"]))
        return "?"

    return _LITERALS.sub(placeholder, text), tuple(values)


def open_connection(file: Path) -> sqlite3.Connection:
    """Return a connection with the settings of the store's writer: durable commits, foreign keys on."""
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode = WAL", "foreign_keys = ON", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def execute(connection: sqlite3.Connection, statements: Iterable[BoundStatement]) -> None:
    """Execute some statements in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    for text, values in statements:
        connection.execute(text, values).fetchall()
    connection.execute("COMMIT")


def row_counts(file: Path, tables: Iterable[str]) -> dict[str, int]:
    """Return the number of rows of each table."""
    with closing(sqlite3.connect(file)) as connection:
        return {
            table: connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608 - our tables
            for table in tables
        }
