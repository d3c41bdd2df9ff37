"""What rows stand on: the data, and servers that are started when a row first needs them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path

import msgspec

from tests.bench import peer, postgresql_copy
from tests.bench.asked import asked_for
from tests.bench.content import FOLDER, address, made
from tests.bench.figures import CannotMeasureError, Round, in_turn
from tests.bench.load import Load, Slice
from tests.bench.sample import Sample
from tests.bench.servers import Server, bare, function, limit, ours

ROOMY = 1_024
"""Megabytes of whole answers that are kept where there are to be many of them."""

_OF_SERVER = ("date", "server")

_LOOKED_AT = 101
"""Answers of which one of middling size is taken."""

_FEW, _LONGER = 100, 4
"""Answers below which a slice is few, and how many times longer the next ones are."""

SMALL = 1_000
"""Projects of the small database that a large one is compared with."""


class Stage:
    """The installation that is measured, its peers, and how long."""

    def __init__(self, projects: int, seconds: int, rounds: int, running: ExitStack) -> None:
        self.projects = projects
        self.rounds = rounds
        self.seconds = seconds
        self._running = running

    @cached_property
    def file(self) -> Path:
        """Return the database."""
        return made(self.projects)

    @cached_property
    def sample(self) -> Sample:
        """Return what is asked of it."""
        return Sample(self.file)

    @cached_property
    def reading(self) -> Server:
        """Return our server without the cache."""
        return self._running.enter_context(ours(address(self.file), cache=0))

    @cached_property
    def hot(self) -> Server:
        """Return our server as in production."""
        return self._running.enter_context(ours(address(self.file), cache=None))

    @cached_property
    def roomy(self) -> Server:
        """Return our server with a cache in which many answers have room."""
        return self._running.enter_context(ours(address(self.file), cache=ROOMY))

    @cached_property
    def small(self) -> tuple[Sample, Server]:
        """Return what is asked of a small database, and its server without the cache."""
        file = made(SMALL)
        return Sample(file), self._running.enter_context(ours(address(file), cache=0))

    @cached_property
    def postgresql(self) -> str:
        """Return the address of the same data in a PostgreSQL that runs."""
        return self._running.enter_context(postgresql_copy.copied(self.file))

    @cached_property
    def reading_postgresql(self) -> Server:
        """Return our server on PostgreSQL, without the cache."""
        return self._running.enter_context(ours(self.postgresql, cache=0))

    @cached_property
    def datasette(self) -> Server:
        """Return the peer on the same data."""
        return self._running.enter_context(peer.served(self.file))

    @contextmanager
    def bare_of(self, load: Load) -> Iterator[Load]:
        """Serve lists from a bare application that runs our statements, and yield the same load of that."""
        statements = FOLDER / "bare.json"
        statements.write_bytes(msgspec.json.encode(asked_for(self.file, load.paths)))
        path = load.paths[0]
        with bare(self.file, path.partition("?")[0], statements, path) as server:
            yield Load(server, load.paths, load.headers, load.connections)

    def measured(self, loads: Mapping[str, Load]) -> list[Round]:
        """Return what was measured of some loads in turn."""
        return in_turn({name: self._slice(load) for name, load in loads.items()}, self.rounds)

    def _slice(self, load: Load) -> Callable[[], Slice]:
        """Return what asks for a slice of time, a longer one once it is known that few are answered."""
        seconds = self.seconds

        def measure() -> Slice:
            nonlocal seconds
            found = load.run(seconds)
            if found.requests < _FEW:
                seconds = _LONGER * self.seconds
            return found

        return measure


@contextmanager
def limit_of(load: Load) -> Iterator[Load]:
    """Serve an answer of a load's server from a bare application, and yield the same load of that."""
    path, (file, headers) = load.paths[0], _answered(load)
    collection, _, rest = path.removeprefix("/").partition("?")[0].partition("/")
    route = f"/{collection}/{{number:str}}" if rest else f"/{collection}"
    with limit(route, file, headers["content-type"], path) as server:
        yield Load(server, load.paths, load.headers, load.connections)


@contextmanager
def function_of(load: Load) -> Iterator[Load]:
    """Serve an answer of a load's server from a function, and yield the same load of that."""
    file, headers = _answered(load)
    with function(file, headers, load.paths[0]) as server:
        yield Load(server, load.paths, load.headers, load.connections)


def _answered(load: Load) -> tuple[Path, dict[str, str]]:
    """Return a file with an answer of middling size of a load's server, and the headers that are ours."""
    answers = [load.server.get(path, **load.headers) for path in load.paths[:_LOOKED_AT]]
    for path, (status, _, _) in zip(load.paths, answers, strict=False):
        if status != 200:
            message = f"{path} answers {status}"
            raise CannotMeasureError(message)
    _, headers, body = sorted(answers, key=lambda answer: len(answer[2]))[len(answers) // 2]
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / "limit.body"
    file.write_bytes(body)
    return file, {name: value for name, value in headers.items() if name not in _OF_SERVER}
