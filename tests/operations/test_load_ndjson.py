"""A stream of records is loaded some at a time: the same as all at once, and to be gone on with."""

import gzip
import json
import os
import pty
import re
import subprocess
import sys

import pytest
from sqlalchemy import func, select, text

from api.editing.directory import LOADER
from api.editing.ndjson import InvalidLinesError, load_lines
from api.store.log.actions import publish
from schema import MODEL
from schema.validation.decoder import decode_typed_record
from schema.validation.references import link_targets
from tests.bench.network import lines
from tests.support.assertions import assert_told
from tests.support.deadlines import PATIENCE
from tests.support.generators.records import record
from tests.support.log_scenarios import stored
from tests.support.processes import environment, run
from tests.support.site import KINDS, ROOT, site_on


def network(projects: int) -> list[bytes]:
    """Return the lines of a few projects and of what they link to: there are more programmes than that."""
    kept: list[bytes] = []
    linked: set[tuple[str, str]] = set()
    for line in reversed(list(lines(projects, seed=11))):
        one = decode_typed_record(MODEL, line)
        entity = type(one).__name__
        if entity != "Programme" or (entity, one.id) in linked:
            linked.update(link_targets(MODEL.by_name[entity], one))
            kept.insert(0, line)
    return kept


LINES = network(1_000 if os.environ.get("TEST_LONG") else 12)

SOME = 30


class Interrupted(Exception):
    """The load was ended from outside."""


def nothing(_: int) -> None:
    """Show nothing."""


def load(site, content=LINES, tell=nothing, at_once=SOME) -> int:
    return load_lines(site.store, content, tell, at_once)


def bodies(site) -> dict[tuple[str, str], bytes]:
    """Return every document that is served, without the moment that it was published at."""
    document = site.store.tables.document
    with site.store.database.reading() as connection:
        found = {(row.entity, row.id): row.body for row in connection.execute(select(document))}
    return {key: re.sub(rb'"2026-11-2[^"]*Z"', b"then", body) for key, body in found.items()}


def count(site, name: str) -> int:
    table = getattr(site.store.tables, name)
    with site.store.database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table))


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_in_parts_is_the_same_as_the_same_records_at_once(databases, kind):
    with site_on(databases.make(kind)) as parts, site_on(databases.make(kind)) as once:
        assert load(parts) == len(LINES)
        once.store.commit([publish(decode_typed_record(MODEL, line)) for line in LINES], LOADER)
        assert len(bodies(parts)) == len(LINES)
        assert bodies(parts) == bodies(once)
        assert not parts.store.rebuild()
        assert not once.store.rebuild()


def test_a_stream_in_parts_fills_every_table_as_all_at_once_does(databases):
    with site_on(databases.make("sqlite")) as parts, site_on(databases.make("postgresql")) as once:
        load(parts)
        load(once, at_once=len(LINES))
        rows, others = stored(parts), stored(once)
    # What was published again because of later lines is a change of its own.
    for name in (
        "change",
        "head",
        "document",
        "item",
        "published",
        "revision",
        "facet",
        "tally",
        "sort_key",
        "searchable",
    ):
        rows.pop(name), others.pop(name)
    assert rows.keys() == others.keys()
    assert rows == others


def test_both_engines_hold_the_same_after_the_same_stream(databases):
    with site_on(databases.make("sqlite")) as one, site_on(databases.make("postgresql")) as other:
        assert load(one) == load(other) == len(LINES)
        rows, others = stored(one), stored(other)
    assert rows["searchable"]
    for found in (rows, others):
        found["searchable"] = [row[1:] for row in found["searchable"]]
    assert rows == others


def test_an_interrupted_load_goes_on_where_it_ended(site):
    told: list[int] = []

    def interrupt(number: int) -> None:
        told.append(number)
        if len(told) == 2:
            raise Interrupted

    with pytest.raises(Interrupted):
        load(site, tell=interrupt)
    assert count(site, "revision") == 2 * SOME
    assert load(site) == len(LINES) - 2 * SOME
    assert count(site, "revision") == len(LINES)
    assert not site.store.rebuild()


def test_loading_again_publishes_nothing_and_writes_nothing(site):
    load(site)
    before = stored(site)
    assert load(site) == 0
    after = stored(site)
    for found in (before, after):
        del found["head"]
    assert after == before


def test_a_changed_line_alone_is_published(site):
    load(site)
    changed = json.loads(LINES[0]) | {"acronym": "CHANGED"}
    assert load(site, [json.dumps(changed).encode(), *LINES[1:]]) == 1
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
def test_a_fault_in_line_57_is_told_and_nothing_of_its_part_is_there(bare, line, pointer, code):
    content = [*LINES[:56], line + b"\n", *LINES[56:]]
    with pytest.raises(InvalidLinesError) as caught:
        load(bare, content, at_once=20)
    assert [(number, fault.pointer, fault.code) for number, fault in caught.value.faults] == [
        (57, pointer, code)
    ]
    assert caught.value.published == count(bare, "revision") == 40


def test_all_faults_of_a_part_are_told_in_the_order_of_the_lines(site):
    grant = b'{"type": "Grant", "id": "%b", "projects": ["nowhere"]}'
    content = [grant % b"b", b"", LINES[0], grant % b"a"]
    with pytest.raises(InvalidLinesError) as caught:
        load(site, content)
    assert [number for number, _ in caught.value.faults] == [1, 4]
    with pytest.raises(InvalidLinesError) as caught:
        load(site, [*content, b"{", b"{}"])
    assert [number for number, _ in caught.value.faults] == [5, 6]


def test_what_an_editor_changed_last_is_refused_with_its_line(site):
    load(site, LINES[:3])
    theirs = decode_typed_record(MODEL, LINES[1])
    site.store.commit([publish(record("Organisation", theirs.id, name={"en": "Theirs"}))], "editor")
    with pytest.raises(InvalidLinesError) as caught:
        load(site, LINES[:3])
    assert [(number, fault.code) for number, fault in caught.value.faults] == [(2, "changed-by-another")]


PIECES = {
    "sqlite": "SELECT count(DISTINCT segid) - 1 FROM searchable_words_idx",
    "postgresql": "SELECT gin_clean_pending_list('ix_searchable_words')",
}
"""How much of the index of words is in pieces; PostgreSQL tells it by what is left to be put in order."""


def test_the_index_of_words_is_in_one_piece_after_much_was_loaded(site):
    load(site, at_once=5)
    with site.store.database.reading() as connection:
        if site.kind == "sqlite":
            assert connection.scalar(text(PIECES[site.kind]))
    before = site.json("/search?q=the&limit=200")
    site.store.database.optimize_indexes()
    with site.store.database.writing() as connection:
        assert connection.scalar(text(PIECES[site.kind])) == 0
    assert site.json("/search?q=the&limit=200") == before


def test_the_command_loads_a_packed_file_and_standard_input_and_is_quiet_in_a_pipe(tmp_path):
    database = f"sqlite:///{tmp_path / 'new.db'}"
    packed = tmp_path / "some.ndjson.gz"
    packed.write_bytes(gzip.compress(b"".join(LINES[:50])))
    first = run("load", packed, database=database)
    assert (first.stdout, first.stderr) == (f"50 records published from {packed}.\n", "")
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


def test_the_command_tells_the_file_the_line_and_what_was_published_before(tmp_path):
    database = f"sqlite:///{tmp_path / 'new.db'}"
    path = tmp_path / "bad.ndjson"
    path.write_bytes(b"".join(LINES[:56]) + b'{"type": "Project", "id": "x", "titel": 1}\n')
    told = assert_told(run("load", path, database=database), 3)
    assert told[0].startswith(f"{path}:57: /titel: ")
    assert told[0].endswith("[unknown-field]")
    assert told[1].startswith(f"{path}:57: /title: ")
    assert told[2].startswith("0 records ")


def test_a_packed_file_that_is_cut_short_is_told_in_a_line(tmp_path):
    path = tmp_path / "cut.ndjson.gz"
    path.write_bytes(gzip.compress(b"".join(LINES))[:-2000])
    assert_told(run("load", path, database=f"sqlite:///{tmp_path / 'new.db'}"), 1)


def test_a_terminal_is_shown_how_many_were_loaded(tmp_path):
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
        shown = b""
        try:
            while part := os.read(terminal, 4096):
                shown += part
        except OSError:  # Linux says so when the other end is closed
            pass
        os.close(terminal)
        assert process.wait(PATIENCE) == 0
    assert "Loading" in shown.decode()
    assert "40" in shown.decode()
