"""A copy of a SQLite file in PostgreSQL, with every row, stored between runs."""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import click
import psycopg
from psycopg import sql
from sqlalchemy import Table, make_url

from api.settings import Settings
from api.store.maintenance.migrate import migrate
from api.store_factory import create_store
from schema import MODEL
from tests.bench.databases import FOLDER
from tests.bench.entity_tables import EntityTableSet
from tests.bench.process_resources import LOAD_CORE, process_tree
from tests.bench.servers import BASE
from tests.support import postgresql


@contextmanager
def running_copy(file: Path) -> Iterator[str]:
    """Run PostgreSQL on the core of the load, and yield the URL of its copy of a SQLite file."""
    folder = FOLDER / "postgresql"
    folder.mkdir(parents=True, exist_ok=True)
    with postgresql.running(folder) as server:
        _pin(int((folder / "data" / "postmaster.pid").read_text().split()[0]))
        name = f"bench-{file.stem}"
        if not _exists(server, name):
            _create(server, name, file)
        yield _url(server, name)


def server_version(url: str) -> str:
    """Return the version of PostgreSQL that a database is on."""
    with psycopg.connect(url) as connection:
        return connection.execute("SHOW server_version").fetchall()[0][0]


def _pin(postmaster: int) -> None:
    for process in process_tree(postmaster):
        os.sched_setaffinity(process, {LOAD_CORE})


def _url(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _exists(server: str, name: str) -> bool:
    with psycopg.connect(server) as connection:
        cursor = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def _create(server: str, name: str, file: Path) -> None:
    """Make the copy under another name first, so that an interrupted copy is never used."""
    unfinished = f"{name}-unfinished"
    with psycopg.connect(server, autocommit=True) as connection:
        for outdated in _outdated(connection, name):
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(outdated)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(unfinished)))
        _fill(_url(server, unfinished), file)
        names = map(sql.Identifier, (unfinished, name))
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*names))
        connection.execute("CHECKPOINT")


def _outdated(connection: psycopg.Connection[Any], name: str) -> list[str]:
    """Return the databases of the same size and seed that other code has made."""
    size = name.rpartition("-")[0]
    rows = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{size}-%"])
    return [row[0] for row in rows]


def _fill(url: str, file: Path) -> None:
    store = create_store(Settings(database=url, base=BASE))
    migrate(store.database)
    store.database.close()
    tables = store.tables.metadata.sorted_tables
    with (
        closing(sqlite3.connect(file)) as source,
        psycopg.connect(url) as target,
        click.progressbar(_rows(source, tables), label="Copying to PostgreSQL") as bar,
    ):
        for table, rows in bar:
            _copy(table, rows, target)
    with store.database.engine.begin() as connection:
        EntityTableSet(MODEL).fill(store, connection)
    store.database.close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _rows(source: sqlite3.Connection, tables: Iterable[Table]) -> list[tuple[Table, Iterable[Any]]]:
    selected = ((table, ", ".join(f'"{column.name}"' for column in table.columns)) for table in tables)
    return [(table, source.execute(f'SELECT {names} FROM "{table.name}"')) for table, names in selected]  # noqa: S608 - names of our tables


def _copy(table: Table, rows: Iterable[Any], target: psycopg.Connection[Any]) -> None:
    name = sql.Identifier(table.name)
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
    target.execute(sql.SQL("DELETE FROM {}").format(name))
    copying = sql.SQL("COPY {} ({}) FROM STDIN").format(name, columns)
    with target.cursor() as cursor, cursor.copy(copying) as copy:
        for row in rows:
            copy.write_row(row)
