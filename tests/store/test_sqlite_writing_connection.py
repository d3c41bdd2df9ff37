"""Tests of the pooled SQLite writer: not used for a replaced file, in a child process or after an error."""

import gc
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from api.settings import Settings
from api.store.log.actions import publish
from api.store.publishing.store import Store
from api.store_factory import create_store
from tests.support.generators.records import record
from tests.support.site import BASE


@pytest.fixture
def store(databases) -> Iterator[Store]:
    store = create_store(Settings(database=databases.make("sqlite"), base=BASE))
    yield store
    store.database.close()


def publish_project(store: Store, identifier: str) -> None:
    store.commit([publish(record("Project", identifier))], "editor")


def ids(store: Store) -> list[str]:
    """Return the published ids in order, as another connection reads them."""
    return published(store.database.path)


def published(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return [row[0] for row in connection.execute("SELECT id FROM change ORDER BY number")]


def test_commits_of_one_process_share_a_connection(store):
    connections = []
    for number in range(3):
        with store.database.writing() as connection:
            connections.append(connection.connection.driver_connection)
        publish_project(store, f"project-{number}")
    assert connections[0] is connections[1] is connections[2]


def test_a_writer_writes_to_the_current_file_at_its_path(store, databases):
    publish_project(store, "before")
    other = create_store(Settings(database=databases.make("sqlite"), base=BASE))
    publish_project(other, "other")
    other.database.close()
    path = store.database.path
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).rename(path.with_name("moved" + suffix))
    other.database.path.rename(path)
    publish_project(store, "after")
    assert ids(store) == ["other", "after"]
    assert published(path.with_name("moved")) == ["before"]


def test_a_writer_writes_to_a_backup_that_replaces_a_deleted_file(store, tmp_path):
    publish_project(store, "kept")
    store.database.close()
    shutil.copy(store.database.path, tmp_path / "copy")
    publish_project(store, "lost")
    store.database.close()
    store.database.path.unlink()
    shutil.copy(tmp_path / "copy", store.database.path)
    publish_project(store, "after")
    assert ids(store) == ["kept", "after"]


def test_the_last_writer_to_close_leaves_one_whole_file(store, tmp_path):
    publish_project(store, "project")
    store.database.close()
    shutil.copy(store.database.path, tmp_path / "copy")
    assert published(tmp_path / "copy") == ["project"]


def test_an_unreferenced_store_closes_its_connection(databases):
    store = create_store(Settings(database=databases.make("sqlite"), base=BASE))
    publish_project(store, "project")
    path = store.database.path
    del store
    gc.collect()
    assert not path.with_name(f"{path.name}-wal").exists()


def test_a_child_of_a_writer_writes_with_a_connection_of_its_own(store):
    publish_project(store, "one")
    child = os.fork()
    if not child:
        try:
            publish_project(store, "two")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    publish_project(store, "three")
    assert ids(store) == ["one", "two", "three"]


def test_threads_take_turns_with_the_connection(store):
    def work(name: str) -> None:
        for number in range(5):
            publish_project(store, f"{name}-{number}")

    threads = [Thread(target=work, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ids(store)) == [f"{name}-{number}" for name in "abc" for number in range(5)]


def test_a_connection_on_which_a_statement_failed_is_not_used_again(store):
    publish_project(store, "before")
    with store.database.writing() as connection:
        first = connection.connection.driver_connection
    with pytest.raises(DBAPIError), store.database.writing() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (1)"))
    publish_project(store, "after")
    with store.database.writing() as connection:
        assert connection.connection.driver_connection is not first
        record = store.tables.record
        assert connection.scalars(select(record.c.id).order_by(record.c.id)).all() == ["after", "before"]
