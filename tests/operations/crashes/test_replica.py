"""Tests of a streaming replica of PostgreSQL: it serves what it has, refuses writes, and can be promoted."""

from collections.abc import Iterator

import psycopg
import pytest

from api.settings import Settings
from api.store.log.actions import publish
from api.store_factory import create_store
from tests.support.assertions import assert_command_failed
from tests.support.crashes.promotion import at_database, promote_under_load
from tests.support.crashes.replication import ReplicatedServer, replicated
from tests.support.databases import Databases
from tests.support.generators.records import record
from tests.support.processes import run, until
from tests.support.response_and_row_snapshots import NETWORK_ACTIONS
from tests.support.run_cleanup import new_folder
from tests.support.site import BASE, site_on


@pytest.fixture(scope="module")
def pair() -> Iterator[ReplicatedServer]:
    with replicated() as pair:
        yield pair


@pytest.fixture(scope="module")
def primary(pair) -> str:
    """The address of a database with some records at the primary."""
    address = Databases(pair.primary, new_folder()).make("postgresql")
    store = create_store(Settings(database=address, base=BASE))
    store.commit(NETWORK_ACTIONS, "editor")
    store.database.close()
    return address


@pytest.fixture(scope="module")
def replica(pair, primary) -> str:
    """The address of the same database at the replica, once it has the records."""
    address = at_database(pair.replica, primary)
    with psycopg.connect(primary) as connection:
        (position,) = connection.execute("SELECT pg_current_wal_lsn()").fetchone()
    with psycopg.connect(address, autocommit=True) as connection:
        query = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"
        until(lambda: connection.execute(query, [position]).fetchone()[0])
    return address


def test_a_replica_that_lags_serves_an_earlier_moment_and_then_the_newest(primary, replica):
    store = create_store(Settings(database=primary, base=BASE))
    with site_on(replica) as site, psycopg.connect(replica, autocommit=True) as connection:
        before = site.json("/organisations")
        connection.execute("SELECT pg_wal_replay_pause()")
        until(lambda: connection.execute("SELECT pg_get_wal_replay_pause_state()").fetchone() == ("paused",))
        store.commit([publish(record("Organisation", "later"))], "editor")
        assert site.get("/organisations/later").status_code == 404
        assert site.json("/organisations") == before
        assert site.get("/readyz").status_code == 200
        connection.execute("SELECT pg_wal_replay_resume()")
        until(lambda: site.get("/organisations/later").status_code == 200)
        assert site.json("/organisations")["total"] == before["total"] + 1
    store.database.close()


@pytest.mark.parametrize(
    "command", [("load",), ("rebuild",), ("withdraw", "projects/project", "--reason", "It is over.")]
)
def test_a_command_that_writes_says_in_one_line_that_a_replica_is_read_only(replica, command):
    (line,) = assert_command_failed(run(*command, database=replica, base=BASE), 1)
    assert "replica" in line
    assert "TIKLS_DATABASE" in line


def test_a_backup_can_be_made_from_a_replica(replica, tmp_path):
    finished = run("backup", tmp_path / "backup", database=replica, base=BASE)
    assert finished.returncode == 0, finished.stderr
    assert (tmp_path / "backup").stat().st_size


@pytest.mark.usefixtures("replica")
def test_a_promotion_loses_no_acknowledged_commit_and_readers_get_200_404_or_503_only(
    pair, primary, tmp_path
):
    result = promote_under_load(pair, primary, tmp_path)
    assert not result.lost
    assert result.statuses.keys() <= {200, 404, 503}
    assert not result.without_advice
    assert result.statuses[200]
