"""Tests of several processes that write, poll and serve one log at the same time.

TEST_LONG=1 in the environment commits five times as many actions.
"""

import json
import multiprocessing.connection
import os
import random
import shutil
from collections import Counter
from contextlib import ExitStack, contextmanager

import pytest
from sqlalchemy import select

from api.settings import Settings
from api.store.log.actions import ChangesRefusedError, discard, publish, save, unpublish
from api.store_factory import create_store
from tests.support.forkserver import FORKSERVER, Command
from tests.support.generators.records import record
from tests.support.processes import environment, run, serving
from tests.support.site import BASE, KINDS, ROOT, site_on
from tests.support.wait_limit import PATIENCE

WRITERS = ("a", "b", "c", "d")

ACTIONS = 500 if os.environ.get("TEST_LONG") else 100
"""Acknowledged actions of each writer."""

ANCHOR = ("Project", "anchor")
"""A record that all writers link to and none withdraws."""

COLLECTIONS = ("/projects", "/grants", "/organisations", "/programmes", "/projects/anchor", "/")

RACE_FAULTS = {"not-public", "no-draft", "referred-to", "unknown-reference"}
"""Codes of the faults that a faster writer may cause."""


def random_id(rng: random.Random, entity: str, writer: str) -> str:
    """Return the id of a record: of the writer's own, or one that all write."""
    return f"{entity.lower()}-{rng.choice((writer, 'shared'))}-{rng.randrange(3)}"


def random_record(rng: random.Random, writer: str, marker: str):
    """Return a record that contains a marker and may link to other records."""
    organisation = random_id(rng, "Organisation", writer)
    match rng.choice(("Organisation", "Project", "Grant", "Anchor")):
        case "Organisation":
            return record("Organisation", organisation, name={"en": marker})
        case "Project":
            links = [{"id": "p", "role": "partner", "organisation": organisation}]
            return record(
                "Project", random_id(rng, "Project", writer), title={"en": marker}, participations=links
            )
        case "Grant":
            grant = random_id(rng, "Grant", writer)
            return record("Grant", grant, number=marker, projects=["anchor"], funders=[organisation])
        case _:
            return record(*ANCHOR, title={"en": marker})


def random_action(rng: random.Random, writer: str, marker: str):
    candidate = random_record(rng, writer, marker)
    key = (type(candidate).__name__, candidate.id)
    match rng.choices((publish, save, unpublish, discard), weights=(5, 4, 2, 1))[0]:
        case make_action if make_action in (publish, save):
            return make_action(candidate, note=marker)
        case make_action:
            return discard(key) if make_action is discard or key == ANCHOR else unpublish(key, reason=marker)


def write(address: str, writer: str, pipe) -> None:
    """Commit until enough actions are acknowledged; send these and the codes of refused ones."""
    store = create_store(Settings(database=address, base=BASE))
    rng = random.Random(writer)  # noqa: S311 - the same actions each time
    acknowledged, refused = [], set()
    pipe.recv()
    while len(acknowledged) < ACTIONS:
        action = random_action(rng, writer, f"{writer} {len(acknowledged)}")
        try:
            assert store.commit([action], writer) == 1
        except ChangesRefusedError as error:
            refused |= {fault.code for _, fault in error.faults}
        else:
            acknowledged.append((*action.key, action.action.value, action.note))
    pipe.send((acknowledged, refused))


@contextmanager
def running_writers(address: str):
    """Start the writers at the same time; kill them at the end in any case."""
    pipes = {}
    with ExitStack() as cleanup:
        for writer in WRITERS:
            pipes[writer], child_end = FORKSERVER.Pipe()
            process = FORKSERVER.Process(target=write, args=(address, writer, child_end))
            process.start()
            child_end.close()
            cleanup.callback(process.join, PATIENCE)
            cleanup.callback(process.kill)
        for pipe in pipes.values():
            pipe.send("go")
        yield pipes


class Follower:
    """A reader of the changes since its last poll, identified by their numbers alone."""

    def __init__(self, store) -> None:
        self.store = store
        self.seen = []

    def poll(self) -> None:
        change = self.store.tables.change
        last = self.seen[-1].number if self.seen else 0
        with self.store.database.reading() as connection:
            self.seen += connection.execute(
                select(change).where(change.c.number > last).order_by(change.c.number)
            )


def rows(store, table) -> list:
    with store.database.reading() as connection:
        return connection.execute(select(table).order_by(*table.primary_key)).all()


def assert_none_lost(acknowledged: dict[str, list], revisions: list) -> None:
    for writer, actions in acknowledged.items():
        own = [(*row[1:3], row.action, row.note) for row in revisions if row.actor == writer]
        assert own == actions
    versions: Counter[tuple] = Counter()
    for row in revisions:
        versions[row.entity, row.id] += 1
        assert row.version == versions[row.entity, row.id]
    assert len(revisions) == len(WRITERS) * ACTIONS + 1
    assert [row.at for row in revisions] == sorted(row.at for row in revisions)


@pytest.mark.parametrize("kind", KINDS)
def test_four_writers_lose_nothing_and_a_follower_and_a_reader_miss_nothing(request, databases, kind):
    address = databases.make(kind)
    store = create_store(Settings(database=address, base=BASE))
    request.addfinalizer(store.database.close)
    follower, acknowledged, statuses = Follower(store), {}, Counter()
    with site_on(address) as site, running_writers(address) as pipes:
        store.commit([publish(record(*ANCHOR))], "editor")
        while len(acknowledged) < len(WRITERS):
            for path in COLLECTIONS:
                statuses[path, site.get(path).status_code] += 1
            follower.poll()
            waiting = [pipe for writer, pipe in pipes.items() if writer not in acknowledged]
            ready = multiprocessing.connection.wait(waiting, timeout=0.2)
            for writer in [writer for writer in pipes if pipes[writer] in ready]:
                acknowledged[writer], refused = pipes[writer].recv()
                assert refused <= RACE_FAULTS
    follower.poll()
    assert set(statuses) == {(path, 200) for path in COLLECTIONS}
    assert_none_lost(acknowledged, rows(store, store.tables.revision))
    changes = rows(store, store.tables.change)
    assert [row.number for row in changes] == list(range(1, len(changes) + 1))
    assert [row.at for row in changes] == sorted(row.at for row in changes)
    assert follower.seen == changes
    assert not store.rebuild()


@pytest.fixture(scope="module", params=KINDS)
def running_server(request, databases, tmp_path_factory):
    """A server, its settings, and a data folder of its own."""
    folder = tmp_path_factory.mktemp("beside")
    shutil.copytree(ROOT / "data", folder / "data")
    settings = {"database": databases.make(request.param), "base": BASE, "data": folder / "data"}
    with serving(folder, **settings) as server:
        yield server, settings, folder


def test_content_loaded_by_the_command_line_is_served_at_once(running_server):
    server, settings, folder = running_server
    path = folder / "data/projects/ensie.json"
    content = json.loads(path.read_bytes())
    for title in ("Once", "Twice"):
        path.write_text(json.dumps(content | {"title": {"en": title}}), encoding="utf-8")
        loaded = run("load", **settings)
        assert (loaded.returncode, loaded.stderr) == (0, "")
        assert loaded.stdout.startswith("1 records published")
        status, body = server.get("/projects/ensie")
        assert (status, json.loads(body)["title"]) == (200, {"en": title})


@pytest.mark.parametrize("command", ["rebuild", "backup"])
def test_the_server_keeps_responding_while_a_command_runs(running_server, command):
    server, settings, folder = running_server
    expected = server.get("/projects")
    assert expected[0] == 200
    file = [str(folder / "log.gz")] if command == "backup" else []
    output = folder / "output"
    process = Command(["-m", "api", command, *file], environment(**settings), output, output)
    try:
        while process.poll() is None:
            assert server.get("/projects") == expected
    finally:
        process.kill()
    assert process.poll() == 0, output.read_text()
    assert all((folder / "log.gz").is_file() for _ in file)
