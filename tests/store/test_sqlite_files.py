"""Tests of the files of a SQLite database: their modes and sizes, and files removed under a running server."""

import asyncio
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import column, select, table

from api.settings import Settings
from api.store.database import database, sqlite_writing_connection
from api.store.log.actions import publish
from api.store.maintenance.backup_and_restore import back_up
from api.store.maintenance.migrate import migrate
from api.store.readers.factory import open_reader
from api.store_factory import create_store
from tests.support.generators.records import record
from tests.support.processes import run, serving, until
from tests.support.response_and_row_snapshots import NETWORK_ACTIONS
from tests.support.site import BASE, site_on

BESIDE = ("-wal", "-shm")


def beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def umask(value: int) -> Iterator[None]:
    old = os.umask(value)
    try:
        yield
    finally:
        os.umask(old)


def test_only_the_owner_can_read_a_new_database_and_its_backups(tmp_path):
    with umask(0):
        store = create_store(Settings(database=f"sqlite:///{tmp_path / 'new.db'}", base=BASE))
        migrate(store.database)
        store.commit(NETWORK_ACTIONS, "editor")
        back_up(store, tmp_path / "log.gz")
    names = {"new.db", "new.db-wal", "new.db-shm", "new.db.lock", "new.db.turn", "log.gz"}
    assert {path.name: mode(path) for path in tmp_path.iterdir()} == dict.fromkeys(names, 0o600)
    store.database.close()


def test_the_files_of_an_existing_database_have_its_mode(databases, tmp_path):
    path = shutil.copy(databases.make("sqlite").removeprefix("sqlite:///"), tmp_path / "old.db")
    path.chmod(0o660)
    store = create_store(Settings(database=f"sqlite:///{path}", base=BASE))
    store.commit(NETWORK_ACTIONS, "editor")
    assert {mode(file) for file in tmp_path.iterdir()} == {0o660}
    store.database.close()


def test_the_write_ahead_log_is_emptied_after_a_large_commit_beside_an_open_reader(sqlite_site, monkeypatch):
    wal = beside(sqlite_site.store.database.path, "-wal")
    assert sqlite_site.get("/projects").status_code == 200
    sqlite_site.store.commit(NETWORK_ACTIONS, "editor")
    size = wal.stat().st_size
    monkeypatch.setattr(sqlite_writing_connection, "MAX_WAL_BYTES", size)
    with sqlite_site.store.database.reading() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM head")
        sqlite_site.store.commit([publish(record("Organisation", "meanwhile"))], "editor")
        assert wal.stat().st_size > size
    sqlite_site.store.commit([publish(record("Organisation", "later"))], "editor")
    assert wal.stat().st_size == 0
    assert sqlite_site.json("/organisations/later")["id"] == "later"


def test_connections_that_write_keep_the_write_ahead_log_below_its_limit(sqlite_site):
    with sqlite_site.store.database.writing() as connection:
        limit = connection.exec_driver_sql("PRAGMA journal_size_limit").scalar()
    assert limit == database.MAX_WAL_BYTES == 64 << 20


@pytest.mark.parametrize("suffixes", [("-shm",), BESIDE])
def test_a_server_serves_commits_after_the_files_beside_the_database_were_removed(
    databases, tmp_path, suffixes
):
    address = databases.make_with_content("sqlite")
    path = Path(address.removeprefix("sqlite:///"))
    line = tmp_path / "later.ndjson"
    line.write_text('{"type": "Organisation", "id": "later", "name": {"en": "Later"}}', encoding="utf-8")
    with serving(tmp_path, database=address, base=BASE) as server:
        assert server.get("/organisations/later")[0] == 404
        for suffix in suffixes:
            beside(path, suffix).unlink()
        loaded = run("load", line, database=address, base=BASE)
        assert loaded.returncode == 0, loaded.stderr
        until(lambda: server.get("/organisations/later")[0] == 200)
        assert server.get("/readyz")[0] == 200


def test_a_writer_opens_the_files_again_after_those_beside_the_database_were_removed(databases):
    store = create_store(Settings(database=databases.make("sqlite"), base=BASE))
    store.commit(NETWORK_ACTIONS, "editor")
    with store.database.writing() as connection:
        before = connection.connection.driver_connection
    beside(store.database.path, "-shm").unlink()
    store.commit([publish(record("Organisation", "later"))], "editor")
    with store.database.writing() as connection:
        assert connection.connection.driver_connection is not before
    assert beside(store.database.path, "-shm").exists()
    assert not store.rebuild()
    store.database.close()


def test_the_event_loop_reads_through_a_page_cache_of_16_mb(databases):
    cache_size = select(column("cache_size")).select_from(table("pragma_cache_size"))

    async def read_cache_size(site) -> list[tuple]:
        reader = await open_reader(site.store.database, 5)
        rows = await reader.rows(cache_size, {})
        await reader.close()
        return rows

    with site_on(databases.make("sqlite")) as site:
        assert asyncio.run(read_cache_size(site)) == [(-16_000,)]
