"""Tests of loading NDJSON: batches give the same result as a single commit, and a load can be resumed."""

import fcntl
import gzip
import json
import os
import pty
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from pyroaring import BitMap
from sqlalchemy import func, select, text

from api.editing.loader_commit import LOADER
from api.editing.ndjson_loader import InvalidLinesError, load_lines
from api.settings import Settings
from api.store.log.actions import publish
from api.store.log.clock import utc_now
from api.store.log.head import LogHead
from api.store_factory import create_store
from schema import MODEL
from schema.validation.record_codec import decode_typed_record
from schema.validation.references import link_targets
from tests.bench.network import lines
from tests.support.assertions import assert_command_failed
from tests.support.generators.records import record
from tests.support.processes import environment, run, until
from tests.support.response_and_row_snapshots import stored, stored_documents
from tests.support.site import BASE, KINDS, ROOT, site_on
from tests.support.wait_limit import PATIENCE


def network_lines(projects: int) -> list[bytes]:
    """Return the lines of some projects and the records they link to, without other programmes."""
    selected: list[bytes] = []
    linked: set[tuple[str, str]] = set()
    for line in reversed(list(lines(projects, seed=11))):
        entity_record = decode_typed_record(MODEL, line)
        entity = type(entity_record).__name__
        if entity != "Programme" or (entity, entity_record.id) in linked:
            linked.update(link_targets(MODEL.by_name[entity], entity_record))
            selected.insert(0, line)
    return selected


LINES = network_lines(1_000 if os.environ.get("TEST_LONG") else 12)

BATCH_SIZE = 30


class Interrupted(Exception):
    """An interruption of a load, raised by its progress callback."""


def no_progress(_: int) -> None:
    """Report no progress."""


def load(site, content=LINES, report=no_progress, batch_size=BATCH_SIZE, part_size=None) -> int:
    return load_lines(site.store, content, report, batch_size, part_size or batch_size).published


def bodies(site) -> dict[tuple[str, str], bytes]:
    """Return every public document, with its timestamps replaced."""
    return {
        key: re.sub(rb'"2026-11-2[^"]*Z"', b"then", body)
        for key, body in stored_documents(site.store).items()
    }


def count(site, name: str) -> int:
    table = getattr(site.store.tables, name)
    with site.store.database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table))


@pytest.mark.parametrize("kind", KINDS)
def test_batches_give_the_same_documents_as_a_single_commit(databases, kind):
    with site_on(databases.make(kind)) as batched, site_on(databases.make(kind)) as single:
        assert load(batched) == len(LINES)
        single.store.commit([publish(decode_typed_record(MODEL, line)) for line in LINES], LOADER)
        assert len(bodies(batched)) == len(LINES)
        assert bodies(batched) == bodies(single)
        assert not batched.store.rebuild()
        assert not single.store.rebuild()


def test_batches_fill_every_table_as_a_single_batch_does(databases):
    with site_on(databases.make("sqlite")) as batched, site_on(databases.make("postgresql")) as single:
        load(batched)
        load(single, batch_size=len(LINES))
        batched_rows, single_rows = stored(batched), stored(single)
    # A record that is published again because of later lines is a change of its own.
    for name in (
        "change",
        "head",
        "document",
        "revision",
        "sort_key",
        "record",
    ):
        batched_rows.pop(name), single_rows.pop(name)
    # Equal sets may be serialized in two ways.
    for rows in (batched_rows, single_rows):
        rows["posting"] = [(*key, BitMap.deserialize(numbers)) for *key, numbers in rows["posting"]]
    assert batched_rows.keys() == single_rows.keys()
    assert batched_rows == single_rows


def test_both_engines_have_the_same_rows_after_the_same_load(databases):
    with site_on(databases.make("sqlite")) as sqlite, site_on(databases.make("postgresql")) as postgresql:
        assert load(sqlite) == load(postgresql) == len(LINES)
        sqlite_rows, postgresql_rows = stored(sqlite), stored(postgresql)
    assert sqlite_rows["search_document"]
    assert sqlite_rows == postgresql_rows


def test_an_interrupted_load_resumes_where_it_ended(site):
    reports: list[int] = []

    def interrupt(number: int) -> None:
        reports.append(number)
        if len(reports) == 2:
            raise Interrupted

    with pytest.raises(Interrupted):
        load(site, report=interrupt)
    assert count(site, "revision") == 2 * BATCH_SIZE
    assert load(site) == len(LINES) - 2 * BATCH_SIZE
    assert count(site, "revision") == len(LINES)
    assert not site.store.rebuild()


def test_loading_again_publishes_nothing_and_writes_nothing(site):
    load(site)
    before = stored(site)
    assert load(site) == 0
    after = stored(site)
    for tables in (before, after):
        del tables["head"]
    assert after == before


def test_a_changed_line_alone_is_published(site):
    load(site)
    source, organisation, *others = LINES
    changed = json.loads(organisation) | {"acronym": "CHANGED"}
    assert load(site, [source, json.dumps(changed).encode(), *others]) == 1
    assert site.json(f"/organisations/{changed['id']}")["acronym"] == "CHANGED"


@pytest.mark.parametrize(
    ("line", "pointer", "code"),
    [
        (b"{", "", "not-json"),
        (b"[]", "", "wrong-type"),
        (b'{"id": "one"}', "/type", "missing"),
        (b'{"type": "Project", "title": {"en": "One"}}', "/id", "missing"),
        (b'{"type": "Projekt", "id": "one"}', "/type", "unknown-code"),
        (b'{"type": ["Project"], "id": "one"}', "/type", "wrong-type"),
        (b'{"type": "Project", "id": 1, "title": {"en": "One"}}', "/id", "wrong-type"),
        (b'{"type": "Project", "id": "one"}', "/title", "missing"),
        (b'{"type": "Grant", "id": "one", "projects": ["nowhere"]}', "/projects/0", "unknown-reference"),
        (b'{"type": "Programme", "id": "a", "name": {"en": "A"}, "parent": "a"}', "/parent", "cycle"),
        (b"[" * 5000, "", "too-deep"),
        (b'{"type": "Project", "id": "one", "title": {"en": "\xff"}}', "", "not-utf-8"),
    ],
)
def test_a_fault_in_line_57_is_reported_and_nothing_of_its_batch_is_published(
    sqlite_site, line, pointer, code
):
    content = [*LINES[:56], line + b"\n", *LINES[56:]]
    with pytest.raises(InvalidLinesError) as caught:
        load(sqlite_site, content, batch_size=20)
    assert [(number, fault.pointer, fault.code) for number, fault in caught.value.faults] == [
        (57, pointer, code)
    ]
    assert caught.value.published == count(sqlite_site, "revision") == 40


def test_all_faults_of_a_batch_are_reported_in_the_order_of_the_lines(site):
    grant = b'{"type": "Grant", "id": "%b", "projects": ["nowhere"]}'
    content = [grant % b"b", b"", LINES[0], grant % b"a"]
    with pytest.raises(InvalidLinesError) as caught:
        load(site, content)
    assert [number for number, _ in caught.value.faults] == [1, 4]
    with pytest.raises(InvalidLinesError) as caught:
        load(site, [*content, b"{", b"{}"])
    assert [number for number, _ in caught.value.faults] == [5, 6]


def test_a_record_that_an_editor_changed_last_is_refused_with_its_line(site):
    load(site, LINES[:3])
    organisation = decode_typed_record(MODEL, LINES[1])
    site.store.commit([publish(record("Organisation", organisation.id, name={"en": "Theirs"}))], "editor")
    with pytest.raises(InvalidLinesError) as caught:
        load(site, LINES[:3])
    assert [(number, fault.code) for number, fault in caught.value.faults] == [(2, "changed-by-another")]


def test_a_batch_is_committed_in_parts_whatever_the_order_of_its_lines(site):
    reports: list[int] = []
    assert load(site, LINES[::-1], reports.append, batch_size=len(LINES), part_size=10) == len(LINES)
    assert sum(reports) == len(LINES)
    assert len(reports) > 3
    assert not site.store.rebuild()


def test_two_lines_of_one_record_are_published_in_their_order(site):
    line = '{{"type": "Source", "id": "one", "title": {{"en": "{}"}}}}'
    content = [line.format(title).encode() for title in ("First", "Second")]
    load(site, [content[0], *LINES[:5], content[1]], batch_size=10, part_size=1)
    assert site.json("/sources/one")["title"] == {"en": "Second"}


WAITING = """
SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted
"""
"""The server has the databases of other tests, too."""


def is_waiting(site) -> bool:
    """Return True if a writer waits for its turn."""
    if site.kind == "postgresql":
        with site.store.database.reading() as connection:
            return bool(connection.scalar(text(WAITING)))
    path = site.store.database.path
    with path.with_name(f"{path.name}.turn").open("w") as turn:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_a_writer_that_waits_has_its_turn_before_one_that_locks_again_at_once(site):
    other, order = create_store(Settings(database=site.address, base=BASE)), []

    def lock(store, name: str, while_locked=lambda: None) -> None:
        with store.database.writing() as connection:
            LogHead.lock(store.session(connection), utc_now)
            order.append(name)
            while_locked()

    with ThreadPoolExecutor(1) as thread:
        waiting = []

        def wait_in_turn() -> None:
            waiting.append(thread.submit(lock, other, "one that waits"))
            until(lambda: is_waiting(site))

        lock(site.store, "a part", wait_in_turn)
        lock(site.store, "the next part")
        waiting[0].result(PATIENCE)
    other.database.close()
    assert order == ["a part", "one that waits", "the next part"]


FRAGMENTS = {
    "sqlite": "SELECT count(DISTINCT segid) - 1 FROM search_document_words_idx",
    "postgresql": "SELECT gin_clean_pending_list('ix_search_document_words')",
}
"""Queries for full-text index fragments: further segments in SQLite, pending pages in PostgreSQL."""


def test_optimizing_indexes_leaves_the_fulltext_index_in_one_piece(site):
    load(site, batch_size=5)
    with site.store.database.reading() as connection:
        if site.kind == "sqlite":
            assert connection.scalar(text(FRAGMENTS[site.kind]))
    before = site.json("/search?q=the&limit=200")
    site.store.database.optimize_indexes()
    with site.store.database.writing() as connection:
        assert connection.scalar(text(FRAGMENTS[site.kind])) == 0
    assert site.json("/search?q=the&limit=200") == before


def test_the_command_loads_a_compressed_file_and_standard_input_and_is_quiet_in_a_pipe(tmp_path):
    database = f"sqlite:///{tmp_path / 'new.db'}"
    compressed = tmp_path / "some.ndjson.gz"
    compressed.write_bytes(gzip.compress(b"".join(LINES[:50])))
    first = run("load", compressed, database=database)
    assert (first.stdout, first.stderr) == (f"50 records published from {compressed}.\n", "")
    second = subprocess.run(
        [sys.executable, "-m", "api", "load", "-"],
        cwd=ROOT,
        env=environment(database=database),
        input=b"".join(LINES[:54]),
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )
    assert (second.stdout, second.stderr) == (b"4 records published from -.\n", b"")


def test_the_command_reports_file_line_and_number_of_published_records(tmp_path):
    database = f"sqlite:///{tmp_path / 'new.db'}"
    path = tmp_path / "bad.ndjson"
    path.write_bytes(b"".join(LINES[:56]) + b'{"type": "Project", "id": "x", "titel": 1}\n')
    messages = assert_command_failed(run("load", path, database=database), 3)
    assert messages[0].startswith(f"{path}:57: /titel: ")
    assert messages[0].endswith("[unknown-field]")
    assert messages[1].startswith(f"{path}:57: /title: ")
    assert messages[2].startswith("0 records ")


def test_a_truncated_compressed_file_is_reported_in_one_line(tmp_path):
    path = tmp_path / "cut.ndjson.gz"
    path.write_bytes(gzip.compress(b"".join(LINES))[:-2000])
    assert_command_failed(run("load", path, database=f"sqlite:///{tmp_path / 'new.db'}"), 1)


def test_a_terminal_gets_the_number_of_loaded_records(tmp_path):
    path = tmp_path / "some.ndjson"
    path.write_bytes(b"".join(LINES[:40]))
    terminal, end = pty.openpty()
    command = [sys.executable, "-m", "api", "load", str(path)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(database=f"sqlite:///{tmp_path / 'new.db'}"),
        stdout=subprocess.PIPE,
        stderr=end,
    ) as process:
        os.close(end)
        output = b""
        try:
            while chunk := os.read(terminal, 4096):
                output += chunk
        except OSError:  # raised on Linux when the other end is closed
            pass
        os.close(terminal)
        assert process.wait(PATIENCE) == 0
    assert "Loading" in output.decode()
    assert "40" in output.decode()
