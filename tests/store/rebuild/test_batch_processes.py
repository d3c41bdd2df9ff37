"""Tests of the processes of rebuilds and checks: the same results as without, also if a process or the caller ends."""

import errno
import os
import subprocess
import sys
import tempfile

import pytest
from sqlalchemy import delete, update

from api.store.log.actions import unpublish
from api.store.maintenance import backup_and_restore, log_copy
from api.store.maintenance.backup_and_restore import back_up, restore
from api.store.maintenance.doctor import run_checks
from api.store.publishing import batch_processes, rebuild
from api.store.publishing.batch_processes import BatchProcesses, Task
from schema.validation.record_codec import UnreadableRecordsError
from tests.support.response_and_row_snapshots import (
    NETWORK_ACTIONS,
    content_responses,
    stored,
    without_commits,
)
from tests.support.site import KINDS, ROOT, site_on
from tests.support.wait_limit import PATIENCE

KEYS = [action.key for action in NETWORK_ACTIONS]

COMMAND = [sys.executable, "-m", "api.store.publishing.batch_process"]


@pytest.fixture
def tasks(monkeypatch) -> list[str]:
    """Have processes for any number of records, and return the tasks that they get."""
    sent = []
    send = batch_processes.BatchProcess.send

    def record_and_send(process, task, keys) -> None:
        sent.append(task)
        send(process, task, keys)

    monkeypatch.setattr(batch_processes, "MIN_RECORDS", 1)
    monkeypatch.setattr(batch_processes, "available_processors", lambda: 2)
    monkeypatch.setattr(batch_processes.BatchProcess, "send", record_and_send)
    monkeypatch.setattr(rebuild, "RENDERED_BATCH", 2)
    monkeypatch.setattr(rebuild, "COMPARED_BATCH", 2)
    return sent


@pytest.fixture
def results(monkeypatch) -> list:
    """Return the results that processes give, None for a batch that is left to the caller."""
    received = []
    receive = batch_processes.BatchProcess.receive

    def record_result(process, result_type) -> object:
        received.append(receive(process, result_type))
        return received[-1]

    monkeypatch.setattr(batch_processes.BatchProcess, "receive", record_result)
    return received


def assert_caller_does_all(site) -> None:
    """Check that the caller executes every batch, in order."""
    processes = BatchProcesses(site.store.database.address, site.store.renderer)
    batches = [(KEYS[:2], {}), (KEYS[2:], {}), (KEYS, {})]
    executed = processes.results(Task.COMPARE, batches, lambda keys, _: {"done": len(keys)}, dict[str, int])
    assert [*executed] == [{"done": len(keys)} for keys, _ in batches]


def test_processes_compare_and_render_what_one_process_does(site, tasks, results):
    site.store.commit(NETWORK_ACTIONS, "editor")
    assert not site.store.rebuild()
    original, tables = stored(site), site.store.tables
    with site.store.database.writing() as connection:
        connection.execute(delete(tables.record).where(tables.record.c.id == "partner"))
        connection.execute(update(tables.document).values(body=b"{}"))
    with site.store.database.reading() as connection:
        differences = site.store.differences_on(connection)
    assert differences["document"] == len(KEYS)
    assert site.store.rebuild() == differences
    assert without_commits(stored(site)) == without_commits(original)
    assert {*tasks} == {*Task}
    assert len(results) == len(tasks)
    assert None not in results


def test_rendering_depends_on_no_table_but_the_log(site, tasks):
    site.store.commit(NETWORK_ACTIONS, "editor")
    original = content_responses(site)
    tables = site.store.tables
    with site.store.database.writing() as connection:
        for table in (
            tables.record,
            tables.posting,
            tables.sort_key,
            tables.document,
            tables.search_document,
        ):
            connection.execute(delete(table))
    site.store.rebuild()
    assert {*tasks} == {Task.RENDER}
    assert content_responses(site) == original


def test_a_restore_renders_in_processes_what_it_has_not_committed(
    databases, sqlite_site, tasks, results, tmp_path
):
    sqlite_site.store.commit(NETWORK_ACTIONS, "editor")
    back_up(sqlite_site.store, tmp_path / "log.gz")
    for kind in KINDS:
        with site_on(databases.make(kind)) as target:
            restore(target.store, tmp_path / "log.gz")
            assert content_responses(target) == content_responses(sqlite_site)
    assert {*tasks} == {Task.RENDER}
    assert len(results) == len(tasks)
    assert None not in results


@pytest.fixture
def assert_restored(databases, sqlite_site, tmp_path):
    """Return a function that restores a backup of records with several versions each, and checks the content."""
    sqlite_site.store.commit(NETWORK_ACTIONS, "editor")
    sqlite_site.store.commit([unpublish(key) for key in KEYS], "editor")
    sqlite_site.store.commit(NETWORK_ACTIONS, "editor")
    back_up(sqlite_site.store, tmp_path / "log.gz")

    def check() -> None:
        with site_on(databases.make("sqlite")) as target:
            restore(target.store, tmp_path / "log.gz")
            assert content_responses(target) == content_responses(sqlite_site)

    return check


@pytest.mark.parametrize("problem", ["full disk", "no directory for temporary files"])
def test_a_restore_that_cannot_copy_the_log_renders_alone(
    assert_restored, tasks, monkeypatch, tmp_path, problem
):
    def database_on_a_full_disk(_: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if problem == "full disk":
        monkeypatch.setattr(log_copy, "Database", database_on_a_full_disk)
    else:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    assert_restored()
    assert not tasks


@pytest.mark.parametrize(("processors", "min_records"), [(1, 1), (2, len(KEYS) + 1)])
def test_a_restore_that_starts_no_processes_makes_no_copy_of_the_log(
    assert_restored, tasks, monkeypatch, processors, min_records
):
    monkeypatch.setattr(batch_processes, "available_processors", lambda: processors)
    monkeypatch.setattr(batch_processes, "MIN_RECORDS", min_records)
    monkeypatch.setattr(backup_and_restore, "log_copy", None)
    assert_restored()
    assert not tasks


def test_a_restore_that_fails_in_processes_restores_nothing_and_deletes_the_copy(
    databases, sqlite_site, tasks, monkeypatch, tmp_path
):
    sqlite_site.store.commit(NETWORK_ACTIONS, "editor")
    revision = sqlite_site.store.tables.revision
    with sqlite_site.store.database.writing() as connection:
        connection.execute(update(revision).where(revision.c.id == "partner").values(document="{}"))
    back_up(sqlite_site.store, tmp_path / "log.gz")
    (tmp_path / "copies").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "copies"))
    with site_on(databases.make("sqlite")) as target:
        before = stored(target)
        with pytest.raises(UnreadableRecordsError):
            restore(target.store, tmp_path / "log.gz")
        assert stored(target) == before
    assert tasks
    assert not [*(tmp_path / "copies").iterdir()]


def test_the_errors_of_processes_are_those_of_the_caller(sqlite_site, tasks):
    sqlite_site.store.commit(NETWORK_ACTIONS, "editor")
    revision = sqlite_site.store.tables.revision
    with sqlite_site.store.database.writing() as connection:
        connection.execute(update(revision).where(revision.c.id == "partner").values(document="{}"))
    with sqlite_site.store.database.reading() as connection, pytest.raises(UnreadableRecordsError):
        sqlite_site.store.differences_on(connection)
    assert any("UnreadableRecordsError" in result.text for result in run_checks(sqlite_site.store))
    assert tasks


def test_the_caller_does_the_work_of_processes_that_cannot_do_it(sqlite_site, tasks, results, monkeypatch):
    path = sqlite_site.store.database.path
    monkeypatch.setattr(sqlite_site.store.database, "address", f"sqlite:///{path.parent}/none/none.db")
    assert_caller_does_all(sqlite_site)
    assert tasks
    assert results == [None] * 3


def test_the_caller_does_the_work_of_processes_that_cannot_start(sqlite_site, tasks, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/none/python")
    assert_caller_does_all(sqlite_site)
    assert not tasks


@pytest.mark.usefixtures("tasks")
def test_the_caller_does_the_work_of_processes_of_other_code(sqlite_site, results, monkeypatch):
    monkeypatch.setattr(batch_processes, "fingerprint", lambda _: "that of other code")
    assert_caller_does_all(sqlite_site)
    assert results == [None] * 3


@pytest.mark.usefixtures("tasks")
@pytest.mark.parametrize("reply", [b"something else", bytes(7) + b"\x01\xc1"], ids=["text", "no MessagePack"])
def test_the_caller_does_the_work_of_processes_that_reply_something_else(
    sqlite_site, results, monkeypatch, tmp_path, reply
):
    code = f"import os; os.write(1, {reply!r})"
    (tmp_path / "sitecustomize.py").write_text(code, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert_caller_does_all(sqlite_site)
    assert results == [None] * 3


@pytest.mark.usefixtures("tasks")
def test_processes_have_the_modules_of_the_caller_and_may_print(sqlite_site, results, monkeypatch, tmp_path):
    code = """
import sys
sys.addaudithook(lambda event, _: print("something", flush=True) if event == "sqlite3.connect" else None)
open(__file__ + ".imported", "w").close()
"""
    (tmp_path / "sitecustomize.py").write_text(code, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    sqlite_site.store.commit(NETWORK_ACTIONS, "editor")
    with sqlite_site.store.database.reading() as connection:
        assert not sqlite_site.store.differences_on(connection)
    assert (tmp_path / "sitecustomize.py.imported").exists()
    assert results
    assert None not in results


def test_where_processors_are_not_limited_all_are_available(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert batch_processes.available_processors() == os.cpu_count()


def test_a_process_ends_with_the_pipe_to_its_caller():
    process = subprocess.Popen(COMMAND, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.communicate(b"", PATIENCE)
    assert process.returncode == 0
