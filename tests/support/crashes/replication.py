"""A PostgreSQL server with a streaming replica, which can take its place."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.support.postgresql import as_owner, installed_programs, run_program, start_installed
from tests.support.processes import until
from tests.support.run_cleanup import new_folder
from tests.support.wait_limit import PATIENCE

_SETTINGS = "-c wal_level=replica -c max_wal_senders=4"


@dataclass(frozen=True)
class ReplicatedServer:
    """The addresses of a server and of its streaming replica; a commit is acknowledged when both have it."""

    primary: str
    replica: str

    def stop_primary(self) -> None:
        """End the primary at once, without a checkpoint."""
        with psycopg.connect(self.primary) as connection:
            (folder,) = connection.execute("SHOW data_directory").fetchone()
        postmaster = Path(folder, "postmaster.pid")
        os.kill(int(postmaster.read_text(encoding="utf-8").split()[0]), signal.SIGQUIT)
        until(lambda: not postmaster.exists())

    def promote(self) -> None:
        """Make the replica a primary, which waits for no other, and wait until it accepts writes."""
        with psycopg.connect(self.replica, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
            connection.execute("SELECT pg_reload_conf()")
            assert connection.execute("SELECT pg_promote(true, %s)", [PATIENCE]).fetchone() == (True,)


@contextmanager
def replicated() -> Iterator[ReplicatedServer]:
    """Run a server with a synchronous streaming replica. Skip the test if no PostgreSQL is installed."""
    if not (binaries := installed_programs()):
        pytest.skip("a replica needs an installed PostgreSQL, with pg_basebackup")
    folders = new_folder(), new_folder()
    primary, stop_primary = start_installed(binaries, folders[0], _SETTINGS)
    copy = [str(binaries / "pg_basebackup"), "--write-recovery-conf", "--checkpoint=fast", "--no-sync"]
    source = ["--dbname", f"host={folders[0]} user=postgres", "--pgdata", str(folders[1] / "data")]
    run_program([*as_owner(folders[1]), *copy, *source])
    replica, stop_replica = start_installed(binaries, folders[1], _SETTINGS)
    try:
        with psycopg.connect(primary, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            connection.execute("SELECT pg_reload_conf()")
            state = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"
            until(lambda: connection.execute(state).fetchone())
        yield ReplicatedServer(primary, replica)
    finally:
        stop_replica()
        if (folders[0] / "data" / "postmaster.pid").exists():  # otherwise a promotion has ended it
            stop_primary()
