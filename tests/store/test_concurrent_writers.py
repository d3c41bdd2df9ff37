"""Several processes that write, follow and serve one log at the same time."""

import json
import multiprocessing.connection
import random
import shutil
from collections import Counter
from contextlib import ExitStack, contextmanager

import pytest
from sqlalchemy import select

from api.settings import Settings
from api.store.log.actions import ChangesRefusedError, discard, publish, save, unpublish
from api.store_factory import create_store
from tests.support.deadlines import PATIENCE
from tests.support.forkserver import FORKSERVER, Command
from tests.support.generators.records import record
from tests.support.processes import environment, run, serving
from tests.support.site import BASE, KINDS, ROOT, site_on

WRITERS = ("a", "b", "c", "d")

ACTS = 500

ANCHOR = ("Project", "anchor")
"""A record that all link to and that nobody withdraws."""

COLLECTIONS = ("/projects", "/grants", "/organisations", "/programmes", "/projects/anchor", "/")

RACES = {"not-public", "no-draft", "referred-to", "unknown-reference"}
"""Why an act may be refused when another writer was faster."""


def some(dice: random.Random, entity: str, writer: str) -> str:
    """Return the id of a record: one of the writer's own, or one that all write."""
    return f"{entity.lower()}-{dice.choice((writer, 'shared'))}-{dice.randrange(3)}"


def random_record(dice: random.Random, writer: str, mark: str):
    """Return a record that differs from all others and may refer to some."""
    organisation = some(dice, "Organisation", writer)
    match dice.choice(("Organisation", "Project", "Grant", "Anchor")):
        case "Organisation":
            return record("Organisation", organisation, name={"en": mark})
        case "Project":
            links = [{"id": "p", "role": "partner", "organisation": organisation}]
            return record("Project", some(dice, "Project", writer), title={"en": mark}, participations=links)
        case "Grant":
            grant = some(dice, "Grant", writer)
            return record("Grant", grant, number=mark, projects=["anchor"], funders=[organisation])
        case _:
            return record(*ANCHOR, title={"en": mark})


def random_act(dice: random.Random, writer: str, mark: str):
    one = random_record(dice, writer, mark)
    key = (type(one).__name__, one.id)
    match dice.choices((publish, save, unpublish, discard), weights=(5, 4, 2, 1))[0]:
        case act if act in (publish, save):
            return act(one, note=mark)
        case act:
            return discard(key) if act is discard or key == ANCHOR else unpublish(key, reason=mark)


def write(address: str, writer: str, pipe) -> None:
    """Write until enough acts are acknowledged; tell which, and why others were refused."""
    store = create_store(Settings(database=address, base=BASE))
    dice = random.Random(writer)  # noqa: S311 - the same acts each time
    done, refused = [], set()
    pipe.recv()
    while len(done) < ACTS:
        act = random_act(dice, writer, f"{writer} {len(done)}")
        try:
            assert store.commit([act], writer) == 1
        except ChangesRefusedError as error:
            refused |= {fault.code for _, fault in error.faults}
        else:
            done.append((*act.key, act.action.value, act.note))
    pipe.send((done, refused))


@contextmanager
def writing(address: str):
    """Start the writers together; end them whatever happens."""
    pipes = {}
    with ExitStack() as ends:
        for writer in WRITERS:
            pipes[writer], theirs = FORKSERVER.Pipe()
            process = FORKSERVER.Process(target=write, args=(address, writer, theirs))
            process.start()
            theirs.close()
            ends.callback(process.join, PATIENCE)
            ends.callback(process.kill)
        for pipe in pipes.values():
            pipe.send("go")
        yield pipes


class Follower:
    """Reads the changes that are new since it last asked, by their numbers alone."""

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


def assert_none_lost(done: dict[str, list], revisions: list) -> None:
    for writer, acknowledged in done.items():
        own = [(*row[1:3], row.action, row.note) for row in revisions if row.actor == writer]
        assert own == acknowledged
    versions: Counter[tuple] = Counter()
    for row in revisions:
        versions[row.entity, row.id] += 1
        assert row.version == versions[row.entity, row.id]
    assert len(revisions) == len(WRITERS) * ACTS + 1
    assert [row.at for row in revisions] == sorted(row.at for row in revisions)


@pytest.mark.parametrize("kind", KINDS)
def test_four_writers_lose_nothing_and_a_follower_and_a_reader_miss_nothing(request, databases, kind):
    address = databases.make(kind)
    store = create_store(Settings(database=address, base=BASE))
    request.addfinalizer(store.database.close)
    follower, done, statuses = Follower(store), {}, Counter()
    with site_on(address) as site, writing(address) as pipes:
        store.commit([publish(record(*ANCHOR))], "editor")
        while len(done) < len(WRITERS):
            for path in COLLECTIONS:
                statuses[path, site.get(path).status_code] += 1
            follower.poll()
            waiting = [pipe for writer, pipe in pipes.items() if writer not in done]
            ready = multiprocessing.connection.wait(waiting, timeout=0.2)
            for writer in [writer for writer in pipes if pipes[writer] in ready]:
                done[writer], refused = pipes[writer].recv()
                assert refused <= RACES
    follower.poll()
    assert set(statuses) == {(path, 200) for path in COLLECTIONS}
    assert_none_lost(done, rows(store, store.tables.revision))
    changes = rows(store, store.tables.change)
    assert [row.number for row in changes] == list(range(1, len(changes) + 1))
    assert [row.at for row in changes] == sorted(row.at for row in changes)
    assert follower.seen == changes
    assert not store.rebuild()


@pytest.fixture(scope="module", params=KINDS)
def beside(request, databases, tmp_path_factory):
    """A server, the settings it has, and a folder of content of its own."""
    folder = tmp_path_factory.mktemp("beside")
    shutil.copytree(ROOT / "data", folder / "data")
    settings = {"database": databases.make(request.param), "base": BASE, "data": folder / "data"}
    with serving(folder, **settings) as server:
        yield server, settings, folder


def test_what_the_command_line_loads_is_served_at_once(beside):
    server, settings, folder = beside
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
def test_the_server_goes_on_answering_while_a_command_runs_beside_it(beside, command):
    server, settings, folder = beside
    expected = server.get("/projects")
    assert expected[0] == 200
    file = [str(folder / "log.gz")] if command == "backup" else []
    output = folder / "output"
    process = Command([command, *file], environment(**settings), output, output)
    try:
        while process.poll() is None:
            assert server.get("/projects") == expected
    finally:
        process.kill()
    assert process.poll() == 0, output.read_text()
    assert all((folder / "log.gz").is_file() for _ in file)
