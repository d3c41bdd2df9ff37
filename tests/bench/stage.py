"""The stage of a run: databases, and servers that start when a row first needs them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path

import msgspec

from tests.bench import datasette_peer, postgresql_copy
from tests.bench.bare_list_statements import page_statements
from tests.bench.databases import FOLDER, database_url, ensure_database
from tests.bench.figures import CannotMeasureError, Round, measure_in_turn
from tests.bench.load import Load, Slice
from tests.bench.sample import Sample
from tests.bench.servers import BenchServer, bare_server, function_server, limit_server, tikls_server

LARGE_CACHE = 1_024
"""Size of a response cache for many responses, in megabytes."""

_SERVER_HEADERS = ("date", "server")

_SAMPLED = 101
"""Number of responses from which the one of median size is taken."""

_MIN_REQUESTS, _EXTENSION = 100, 4
"""After a slice with fewer requests, the next slices are that many times longer."""

SMALL = 1_000
"""Number of projects in the small database that the large one is compared with."""


class Stage:
    """The installation under measurement, its peers, and the lengths of slices."""

    def __init__(self, projects: int, seconds: int, rounds: int, exit_stack: ExitStack) -> None:
        self.projects = projects
        self.rounds = rounds
        self.seconds = seconds
        self._exit_stack = exit_stack

    @cached_property
    def file(self) -> Path:
        """Return the SQLite file with the projects."""
        return ensure_database(self.projects)

    @cached_property
    def sample(self) -> Sample:
        """Return the sample of requests to it."""
        return Sample(self.file)

    @cached_property
    def uncached_server(self) -> BenchServer:
        """Return the server of Tikls without its response cache."""
        return self._exit_stack.enter_context(tikls_server(database_url(self.file), cache=0))

    @cached_property
    def cached_server(self) -> BenchServer:
        """Return the server of Tikls as in production."""
        return self._exit_stack.enter_context(tikls_server(database_url(self.file), cache=None))

    @cached_property
    def large_cache_server(self) -> BenchServer:
        """Return the server of Tikls with a response cache for many responses."""
        return self._exit_stack.enter_context(tikls_server(database_url(self.file), cache=LARGE_CACHE))

    @cached_property
    def small(self) -> tuple[Sample, BenchServer]:
        """Return the sample and the uncached server of a small database."""
        file = ensure_database(SMALL)
        return Sample(file), self._exit_stack.enter_context(tikls_server(database_url(file), cache=0))

    @cached_property
    def postgresql(self) -> str:
        """Return the URL of the same data in a running PostgreSQL."""
        return self._exit_stack.enter_context(postgresql_copy.running_copy(self.file))

    @cached_property
    def uncached_postgresql_server(self) -> BenchServer:
        """Return the server of Tikls on PostgreSQL without its response cache."""
        return self._exit_stack.enter_context(tikls_server(self.postgresql, cache=0))

    @cached_property
    def datasette(self) -> BenchServer:
        """Return Datasette on the same data."""
        return self._exit_stack.enter_context(datasette_peer.serve(self.file))

    @contextmanager
    def bare_load(self, load: Load) -> Iterator[Load]:
        """Serve lists from a bare application with the statements of Tikls, and yield the same load on it."""
        statements = FOLDER / "bare.json"
        statements.write_bytes(msgspec.json.encode(page_statements(self.file, load.paths)))
        path = load.paths[0]
        with bare_server(self.file, path.partition("?")[0], statements, path) as server:
            yield Load(server, load.paths, load.headers, load.connections)

    def measure(self, loads: Mapping[str, Load]) -> list[Round]:
        """Measure some loads in turn."""
        return measure_in_turn({name: self._measure_slice(load) for name, load in loads.items()}, self.rounds)

    def _measure_slice(self, load: Load) -> Callable[[], Slice]:
        """Return a function that runs one slice of a load, a longer one after a slice with few requests."""
        seconds = self.seconds

        def measure() -> Slice:
            nonlocal seconds
            result = load.run(seconds)
            if result.requests < _MIN_REQUESTS:
                seconds = _EXTENSION * self.seconds
            return result

        return measure


@contextmanager
def limit_load(load: Load) -> Iterator[Load]:
    """Serve a response of a load's server from a bare application, and yield the same load on it."""
    path, (file, headers) = load.paths[0], _median_response(load)
    collection, _, identifier = path.removeprefix("/").partition("?")[0].partition("/")
    route = f"/{collection}/{{number:str}}" if identifier else f"/{collection}"
    with limit_server(route, file, headers["content-type"], path) as server:
        yield Load(server, load.paths, load.headers, load.connections)


@contextmanager
def function_load(load: Load) -> Iterator[Load]:
    """Serve a response of a load's server from an ASGI function, and yield the same load on it."""
    file, headers = _median_response(load)
    with function_server(file, headers, load.paths[0]) as server:
        yield Load(server, load.paths, load.headers, load.connections)


def _median_response(load: Load) -> tuple[Path, dict[str, str]]:
    """Write the response of median size to a file, and return its path and the headers of Tikls."""
    responses = [load.server.get(path, **load.headers) for path in load.paths[:_SAMPLED]]
    for path, (status, _, _) in zip(load.paths, responses, strict=False):
        if status != 200:
            message = f"{path} answers {status}"
            raise CannotMeasureError(message)
    _, headers, body = sorted(responses, key=lambda response: len(response[2]))[len(responses) // 2]
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / "limit.body"
    file.write_bytes(body)
    return file, {name: value for name, value in headers.items() if name not in _SERVER_HEADERS}
