"""The same database in PostgreSQL: every row of a SQLite file, kept between runs."""

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
from tests.bench.content import FOLDER
from tests.bench.processes import LOAD_CORE, family
from tests.bench.servers import BASE
from tests.support import postgresql


@contextmanager
def copied(file: Path) -> Iterator[str]:
    """Run a PostgreSQL on the core of the load, and yield the address of its copy of a SQLite file."""
    folder = FOLDER / "postgresql"
    folder.mkdir(parents=True, exist_ok=True)
    with postgresql.running(folder) as server:
        _pin(int((folder / "data" / "postmaster.pid").read_text().split()[0]))
        name = f"bench-{file.stem}"
        if not _is_there(server, name):
            _make(server, name, file)
        yield _address(server, name)


def version(address: str) -> str:
    """Return which PostgreSQL a database is of."""
    with psycopg.connect(address) as connection:
        return connection.execute("SHOW server_version").fetchall()[0][0]


def _pin(postmaster: int) -> None:
    for one in family(postmaster):
        os.sched_setaffinity(one, {LOAD_CORE})


def _address(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _is_there(server: str, name: str) -> bool:
    with psycopg.connect(server) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return found.fetchone() is not None


def _make(server: str, name: str, file: Path) -> None:
    """Make the copy under another name first, so that what was interrupted is not taken for whole."""
    unfinished = f"{name}-unfinished"
    with psycopg.connect(server, autocommit=True) as connection:
        for older in _older(connection, name):
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(older)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(unfinished)))
        _fill(_address(server, unfinished), file)
        names = map(sql.Identifier, (unfinished, name))
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*names))
        connection.execute("CHECKPOINT")


def _older(connection: psycopg.Connection[Any], name: str) -> list[str]:
    """Return the databases of the same size and seed that were made by other code."""
    size = name.rpartition("-")[0]
    rows = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{size}-%"])
    return [row[0] for row in rows]


def _fill(address: str, file: Path) -> None:
    store = create_store(Settings(database=address, base=BASE))
    migrate(store.database)
    store.database.close()
    tables = store.tables.metadata.sorted_tables
    with closing(sqlite3.connect(file)) as source, psycopg.connect(address) as target:
        # The rows were held by the same foreign keys where they come from.
        target.execute("SET session_replication_role = replica")
        with click.progressbar(_rows(source, tables), label="Copying to PostgreSQL") as bar:
            for table, rows in bar:
                _copy(table, rows, target)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _rows(source: sqlite3.Connection, tables: Iterable[Table]) -> list[tuple[Table, Iterable[Any]]]:
    chosen = ((table, ", ".join(f'"{column.name}"' for column in table.columns)) for table in tables)
    return [(table, source.execute(f'SELECT {names} FROM "{table.name}"')) for table, names in chosen]  # noqa: S608 - names of our tables


def _copy(table: Table, rows: Iterable[Any], target: psycopg.Connection[Any]) -> None:
    name = sql.Identifier(table.name)
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
    target.execute(sql.SQL("DELETE FROM {}").format(name))
    copying = sql.SQL("COPY {} ({}) FROM STDIN").format(name, columns)
    with target.cursor() as cursor, cursor.copy(copying) as copy:
        for row in rows:
            copy.write_row(row)
