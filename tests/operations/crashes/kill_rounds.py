"""`python -m tests.operations.crashes.kill_rounds`: kill writers, loads and servers again and again, and check what is left.

In each round a writer is killed by SIGKILL, most of them inside a commit; from time to time also the server that reads
meanwhile, and a load, which is then repeated. The databases are temporary ones.
"""

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import click
import msgspec

from api.cli.progress import progress_bar
from api.settings import Settings
from api.store.maintenance.check_result import CheckStatus
from api.store.maintenance.doctor import run_checks
from api.store.publishing.store import Store
from api.store_factory import create_store
from tests.support import postgresql
from tests.support.crashes.change_sets import (
    assert_change_sets_are_complete,
    assert_consistent,
    assert_serves_newest_change_set,
)
from tests.support.crashes.writer import FIRST, KilledCommits, writers
from tests.support.databases import Databases
from tests.support.forkserver import Command
from tests.support.oracle.record_tables import assert_record_tables_agree
from tests.support.processes import Server, environment, free_port
from tests.support.run_cleanup import Cleanup, new_folder
from tests.support.site import BASE, KINDS
from tests.support.wait_limit import PATIENCE

ROUNDS_PER_DATABASE = 50

ROUNDS_PER_SERVER = 25

LOADED = 300
"""Records of a load: one commit, which takes long enough to be killed."""


@click.command()
@click.option("--engine", type=click.Choice(KINDS), required=True)
@click.option("--rounds", default=1_000, show_default=True, type=click.IntRange(1))
@click.option("--seed", default=1, show_default=True, help="Seed of the moments of kills.")
def main(engine: str, rounds: int, seed: int) -> None:
    """Kill processes in rounds; exit with an error if an acknowledged commit is lost or one is partial."""
    rng = random.Random(seed)  # noqa: S311 - the same moments each time
    totals = KilledCommits()
    loads = servers = 0
    with databases_of(engine) as databases, tempfile.TemporaryDirectory() as folder:
        track = progress_bar(f"Killing on {engine}")
        for number in track(range(0, rounds, ROUNDS_PER_DATABASE)):
            count = min(ROUNDS_PER_DATABASE, rounds - number)
            with databases.temporary(engine) as address:
                commits, killed_loads = kill_on(address, count, rng, Path(folder))
            loads += killed_loads
            servers += -(-count // ROUNDS_PER_SERVER)
            for name in ("kills", "inside", "committing"):
                setattr(totals, name, getattr(totals, name) + getattr(commits, name))
            totals.acknowledged += commits.acknowledged
    click.echo(
        f"{engine}: {totals.kills} writers killed, {totals.inside} inside a commit ({totals.committing} after COMMIT "
        f"was sent), {loads} loads and {servers} servers killed; "
        f"{len(totals.acknowledged)} acknowledged commits, 0 lost, 0 partial; databases intact"
    )
    sys.exit(totals.inside * 2 < totals.kills)


@contextmanager
def databases_of(engine: str) -> Iterator[Databases]:
    """Yield a maker of databases, with a PostgreSQL server of its own if the engine is PostgreSQL."""
    cleanup = Cleanup()
    try:
        with nullcontext("") if engine == "sqlite" else postgresql.running(new_folder()) as server:
            yield Databases(server, new_folder())
    finally:
        cleanup.finish()


def kill_on(address: str, rounds: int, rng: random.Random, folder: Path) -> tuple[KilledCommits, int]:
    """Kill writers on a database in rounds. Return their commits, and the number of loads that were killed.

    Raise AssertionError if a commit is lost or partial, or the database is damaged.
    """
    store, commits = create_store(Settings(database=address, base=BASE)), KilledCommits([FIRST])
    try:
        with writers(address) as writer:
            for first in range(1, rounds + 1, ROUNDS_PER_SERVER):
                with killed_server(address, folder) as server:
                    for number in range(first, min(first + ROUNDS_PER_SERVER, rounds + 1)):
                        commits.add(writer.kill_in_commit(f"round-{number}", rng))
                        assert_change_sets_are_complete(store, commits.acknowledged, commits.kills)
                        assert_serves_newest_change_set(server.get, store)
                assert_sound(store)
        loads = kill_load(address, store, rng, folder)
        assert_sound(store)
    finally:
        store.database.close()
    return commits, loads


@contextmanager
def killed_server(address: str, folder: Path) -> Iterator[Server]:
    """Start a server, yield it when it is ready, and kill it."""
    port, output = free_port(), folder / "server"
    command = Command(
        ["-m", "api", "serve"], environment(database=address, base=BASE, port=port), output, output
    )
    try:
        server = Server(command, port, output)
        server.wait_until_ready()
        yield server
    finally:
        command.kill()
        command.wait(PATIENCE)


def kill_load(address: str, store: Store, rng: random.Random, folder: Path) -> int:
    """Kill a load at a random moment, and return 1 if it had not ended; repeat it to its end."""
    lines, output = folder / "lines.ndjson", folder / "load"
    records = (
        {"type": "Organisation", "id": f"loaded-{number}", "name": {"en": "Loaded"}}
        for number in range(LOADED)
    )
    lines.write_bytes(b"".join(msgspec.json.encode(record) + b"\n" for record in records))
    keys = [("Organisation", f"loaded-{number}") for number in range(LOADED)]
    load = Command(
        ["-m", "api", "load", str(lines)], environment(database=address, base=BASE), output, output
    )
    time.sleep(rng.uniform(0, 1))
    was_running = load.poll() is None
    load.kill()
    load.wait(PATIENCE)
    assert len(store.are_public(keys)) in {0, LOADED}, "a load is partial"
    again = Command(
        ["-m", "api", "load", str(lines)], environment(database=address, base=BASE), output, output
    )
    assert again.wait(PATIENCE) == 0, output.read_text()
    assert len(store.are_public(keys)) == LOADED
    return int(was_running)


def assert_sound(store: Store) -> None:
    """Check that the database is intact, and that the read model agrees with the log, and its tables with each other."""
    assert_consistent(store)
    assert_record_tables_agree(store)
    failed = [check.text for check in run_checks(store) if check.status is CheckStatus.FAILED]
    assert not failed, failed


if __name__ == "__main__":
    main()
