"""Damage of SQLite files: pages of zeros, flipped bytes, files that are cut or gone."""

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path


def root_pages(path: Path) -> Mapping[str, int]:
    """Return the number of the root page of each table and index of a database file, by name."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0 ORDER BY name")
        return dict(rows.fetchall())


def page_size(path: Path) -> int:
    """Return the size of the pages of a database file."""
    return int.from_bytes(path.read_bytes()[16:18], "big") or 65_536


def overwrite(path: Path, offset: int, content: bytes) -> None:
    """Write bytes into a file; no connection may have it open."""
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)


def zero_page(path: Path, number: int) -> None:
    """Overwrite a page with zeros, which no connection has read before."""
    size = page_size(path)
    overwrite(path, (number - 1) * size, bytes(size))


def zero_table(path: Path, name: str) -> None:
    """Overwrite the root page of a table or index with zeros."""
    zero_page(path, root_pages(path)[name])


def flip_schema(path: Path) -> None:
    """Flip bits in the text of the schema, of which then not even the error message can be decoded."""
    content = path.read_bytes()
    # Free space may have statements of tables that are gone.
    for match in re.finditer(b"CREATE TABLE", content):
        offset = match.start()
        overwrite(path, offset, bytes(byte ^ 0xFF for byte in content[offset : offset + 40]))


def cut(path: Path, size: int) -> None:
    """Cut a file off after some bytes."""
    with path.open("r+b") as file:
        file.truncate(size)


def pages(path: Path) -> list[tuple[str, int]]:
    """Return every page of every table and index, as its name and the number of the page."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT name, pageno FROM dbstat ORDER BY name, pageno").fetchall()
