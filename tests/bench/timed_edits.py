"""The cost of publishing: CPU time and write-ahead log of commits of one project each.

`python -P tests/bench/timed_edits.py DATABASE FILE EDITS`, with the root of a checkout as PYTHONPATH, runs the code of
that checkout on a SQLite file, and prints a JSON array of CPU seconds and bytes for each commit.
"""

import json
import random
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tests.bench.background_editor import open_store, title_edits


def main(database: str, file: str, edits: int) -> None:
    """Publish as many projects as `edits`, after one to warm up, and write the cost of each to standard output."""
    sys.stdout.write(json.dumps([*_costs(database, Path(file), edits)][1:]))


def _costs(database: str, file: Path, edits: int) -> Iterator[tuple[float, int]]:
    store = open_store(database)
    log = file.with_name(f"{file.name}-wal")
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for number, identifier in enumerate(_project_ids(connection, edits + 1)):
            actions = title_edits(store, [identifier], number)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cpu = time.process_time()
            store.commit(actions, "bench")
            yield time.process_time() - cpu, log.stat().st_size


def _project_ids(connection: sqlite3.Connection, count: int) -> list[str]:
    statement = "SELECT DISTINCT id FROM revision WHERE entity = 'Project' ORDER BY id"
    ids = [row[0] for row in connection.execute(statement)]
    return random.Random(1).sample(ids, count)  # noqa: S311 - the same each time


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
