"""What a commit writes to SQLite, statement by statement, so that it can be written again by itself."""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import event

from api.store.log.actions import RecordAction
from api.store.publishing.store import Store

Statement = tuple[str, tuple[Any, ...]]
"""A statement with places for values, and the values."""

_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")

_PARTS = re.compile(
    r"""(?P<name>"(?:[^"]|"")*") | [xX]'(?P<bytes>[0-9A-Fa-f]*)' | '(?P<text>(?:[^']|'')*)'
    | (?<![\w.])(?P<number>\d+)(?![\w.])""",
    re.VERBOSE,
)


def written(store: Store, acts: Iterable[RecordAction]) -> list[list[Statement]]:
    """Commit some acts, each by itself, and return what each of them wrote."""
    found: list[list[Statement]] = []
    said: list[str] = []
    event.listen(store.database.engine, "connect", lambda opened, _: opened.set_trace_callback(said.append))
    for act in acts:
        said.clear()
        store.commit([act], "bench")
        found.append([prepared(one) for one in once(said)])
    return found


def once(said: Iterable[str]) -> Iterator[str]:
    """Yield the statements that write, each once: it is told again for each trigger that it sets off."""
    before = ""
    for one in said:
        if one.startswith(_WRITES) and one != before:
            before = one
            yield one


def prepared(text: str) -> Statement:
    """Return a statement that has its values in it as one with places for them."""
    values: list[Any] = []

    def place(match: re.Match[str]) -> str:
        if match["name"] is not None:
            return match[0]
        if match["bytes"] is not None:
            values.append(bytes.fromhex(match["bytes"]))
        elif match["text"] is not None:
            values.append(match["text"].replace("''", "'"))
        else:
            values.append(int(match["number"]))
        return "?"

    return _PARTS.sub(place, text), tuple(values)


def opened(file: Path) -> sqlite3.Connection:
    """Return a connection as our writer's: what is committed is on the disk, and foreign keys hold."""
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode = WAL", "foreign_keys = ON", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def write(connection: sqlite3.Connection, statements: Iterable[Statement]) -> None:
    """Write in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    for text, values in statements:
        connection.execute(text, values).fetchall()
    connection.execute("COMMIT")


def sizes(file: Path, tables: Iterable[str]) -> dict[str, int]:
    """Return how many rows tables have."""
    with closing(sqlite3.connect(file)) as connection:
        return {
            one: connection.execute(f'SELECT count(*) FROM "{one}"').fetchone()[0]  # noqa: S608 - our tables
            for one in tables
        }
