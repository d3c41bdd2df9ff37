"""Tests of `doctor`: what it reports, what it advises, and that no writer waits for it."""

import threading
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text, update

from api.cli.commands import main
from api.settings import Settings
from api.store.log.actions import publish
from api.store.maintenance.check_result import CheckResult, CheckStatus
from api.store.maintenance.doctor import run_checks
from api.store_factory import create_store
from tests.support.generators.records import record
from tests.support.response_and_row_snapshots import NETWORK_ACTIONS, stored
from tests.support.site import BASE, KINDS, Clock
from tests.support.wait_limit import PATIENCE


@pytest.fixture
def edited_site(site):
    site.store.commit(NETWORK_ACTIONS, "editor")
    return site


def execute(site, statement: object) -> None:
    with site.store.database.writing() as connection:
        connection.execute(statement)


def failed(results: list[CheckResult]) -> list[str]:
    """Return the failed checks, without details."""
    return [
        result.text.split(":")[0].split(" (")[0] for result in results if result.status is CheckStatus.FAILED
    ]


def advice(results: list[CheckResult]) -> str:
    (text,) = [result.text for result in results if result.status is CheckStatus.ADVICE]
    return text


def test_a_sound_installation_fails_no_check_and_needs_no_advice(edited_site):
    results = list(run_checks(edited_site.store))
    assert len(results) >= 5
    assert {result.status for result in results} <= {CheckStatus.OK, CheckStatus.NOTE}


def test_a_read_model_of_other_code_or_with_other_rows_is_to_be_rebuilt_and_nothing_is_changed(edited_site):
    tables = edited_site.store.tables
    execute(edited_site, tables.head.update().values(fingerprint="another"))
    results = list(run_checks(edited_site.store))
    assert failed(results) == ["the read model was rendered by other code or settings"]
    assert advice(results) == "run `rebuild`"
    edited_site.store.rebuild()
    execute(edited_site, tables.document.delete())
    execute(edited_site, tables.posting.delete().where(tables.posting.c.name == "Project"))
    before = stored(edited_site)
    for _ in range(2):
        results = list(run_checks(edited_site.store))
        assert failed(results) == ["the read model differs from the log"]
        assert "5 in document" in results[-2].text
        assert "1 in posting" in results[-2].text
        assert advice(results) == "run `rebuild`"
    assert stored(edited_site) == before
    edited_site.store.rebuild()
    assert not failed(list(run_checks(edited_site.store)))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record SET modified = '2020-01-01T00:00:00Z' WHERE id = 'partner'",
        "UPDATE record SET etag = 'x' WHERE id = 'partner'",
        "UPDATE record SET list_item = '{}' WHERE id = 'partner'",
        "UPDATE record SET revision = NULL WHERE id = 'partner'",
        "UPDATE document SET body = '{}' WHERE number = (SELECT number FROM record WHERE id = 'partner')",
        "DELETE FROM document WHERE number = (SELECT number FROM record WHERE id = 'partner')",
        "INSERT INTO document VALUES (7, '{}')",
        "UPDATE search_document SET titles = 'x' WHERE number = (SELECT max(number) FROM search_document)",
        "DELETE FROM posting WHERE name = 'Project.participations.organisation'",
        "DELETE FROM sort_key WHERE name = 'Project title'",
    ],
)
def test_every_row_that_differs_from_the_log_is_reported(sqlite_site, statement):
    sqlite_site.store.commit(NETWORK_ACTIONS, "editor")
    execute(sqlite_site, text(statement))
    results = list(run_checks(sqlite_site.store))
    assert failed(results) == ["the read model differs from the log"]
    assert f"1 in {statement.split()[1] if statement[0] == 'U' else statement.split()[2]}" in results[-2].text


def test_a_writer_does_not_wait_for_it_and_the_snapshot_stays_the_same(edited_site):
    other = create_store(Settings(database=edited_site.address, base=BASE), clock=Clock())
    committed = []

    def commit_before_each_part(parts):
        for part in parts:
            writer = threading.Thread(
                target=other.commit, args=([publish(record("Project", "new"))], "editor")
            )
            writer.start()
            writer.join(PATIENCE)
            committed.append(not writer.is_alive())
            yield part

    results = list(run_checks(edited_site.store, commit_before_each_part))
    other.database.close()
    assert committed == [True]
    assert not failed(results)
    assert any("5 public changes" in result.text for result in results)
    assert edited_site.get("/projects/new").status_code == 200


def test_a_check_that_stops_does_not_stop_the_others(edited_site):
    execute(edited_site, text("ALTER TABLE sort_key RENAME TO gone"))
    execute(edited_site, edited_site.store.tables.head.delete())
    results = list(run_checks(edited_site.store))
    assert failed(results) == [
        "the row of table head is missing or cannot be read",
        "the read model was rendered by other code or settings",
        "the check of the read model stopped",
    ]
    assert "`backup FILE`" in advice(results)


def test_rows_of_the_log_that_are_missing_are_numbered(edited_site):
    revision = edited_site.store.tables.revision
    execute(edited_site, edited_site.store.tables.document.delete())
    execute(edited_site, revision.delete().where(revision.c.seq.in_([2, 3, 5])))
    results = list(run_checks(edited_site.store))
    with edited_site.store.database.reading() as connection:
        times = dict(connection.execute(select(revision.c.seq, revision.c.at)).fetchall())
    text = (
        f"3 revisions are missing or cannot be read: 2-3, 5; they were written between {times[1]} and the end"
    )
    assert text in [result.text for result in results]
    assert "last backup" in advice(results)


@pytest.mark.parametrize(
    "statement", ["UPDATE alembic_version SET version_num = '9999'", "UPDATE revision SET declared = 9999"]
)
def test_data_of_newer_software_is_not_to_be_migrated_but_the_software_to_be_upgraded(edited_site, statement):
    execute(edited_site, text(statement))
    results = list(run_checks(edited_site.store))
    assert "upgrade the software" in advice(results)


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_database_is_to_be_restored(databases, kind):
    store = create_store(Settings(database=databases.empty(kind), base=BASE))
    if store.database.path:
        store.database.path.touch()
    results = list(run_checks(store))
    store.database.close()
    assert failed(results) == ["the database has no tables"]
    assert "`restore FILE`" in advice(results)


def test_tables_of_older_software_are_to_be_migrated(edited_site):
    execute(edited_site, text("UPDATE alembic_version SET version_num = '0001'"))
    assert "`migrate`" in advice(list(run_checks(edited_site.store)))


@pytest.mark.parametrize(("ahead", "status"), [(timedelta(hours=1), "NOTE"), (timedelta(days=2), "FAILED")])
def test_a_change_in_the_future_is_reported(edited_site, ahead, status):
    time = (edited_site.store.clock.now + ahead).strftime("%Y-%m-%dT%H:%M:%SZ")
    execute(edited_site, update(edited_site.store.tables.head).values(at=time))
    (result,) = [result for result in run_checks(edited_site.store) if "in the future" in result.text]
    assert result.status == status
    assert time in result.text


@pytest.mark.parametrize("time", ["2106-01-01T00:00:00Z", "2026-1-1T00:00:00Z", "yesterday"])
def test_a_last_change_at_a_time_that_cannot_be_stored_is_reported(sqlite_site, time):
    sqlite_site.store.commit(NETWORK_ACTIONS, "editor")
    execute(sqlite_site, update(sqlite_site.store.tables.head).values(at=time))
    results = list(run_checks(sqlite_site.store))
    assert any("is not from 1970" in result.text and time in result.text for result in results)
    assert "set the clock right" in advice(results)


def test_a_database_that_others_can_read_is_noted(sqlite_site):
    sqlite_site.store.database.path.chmod(0o644)
    (note,) = [result for result in run_checks(sqlite_site.store) if "chmod" in result.text]
    assert note.status is CheckStatus.NOTE
    sqlite_site.store.database.path.chmod(0o600)
    assert not [result for result in run_checks(sqlite_site.store) if "chmod" in result.text]


def test_the_command_prints_the_advice_last_and_exits_with_status_1(tmp_path, sqlite_site):
    sqlite_site.store.commit(NETWORK_ACTIONS, "editor")
    environment = {"TIKLS_DATABASE": sqlite_site.address, "TIKLS_BASE": BASE}
    assert CliRunner().invoke(main, ["doctor"], env=environment).exit_code == 0
    execute(sqlite_site, sqlite_site.store.tables.document.delete())
    result = CliRunner().invoke(main, ["doctor"], env=environment)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "ADVICE run `rebuild`"
    missing = CliRunner().invoke(main, ["doctor"], env={"TIKLS_DATABASE": f"sqlite:///{tmp_path}/none.db"})
    assert missing.exit_code == 1
    assert f"there is no database at {tmp_path}/none.db" in missing.stdout
    assert list(tmp_path.iterdir()) == []
