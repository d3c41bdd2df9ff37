"""Rows of reading at two sizes and of reading beside peers: G6, G8, G13."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from tests.bench import datasette_peer
from tests.bench.figures import Goal, Plan, Row, median_of, ratios
from tests.bench.load import Load
from tests.bench.reading_rows import rates_and_cpu
from tests.bench.servers import BenchServer, orm_server
from tests.bench.stage import SMALL, Stage, limit_load

_MAX_PATHS = 500


def scaling(stage: Stage) -> Iterator[Plan]:
    """G6: on one connection, what half of the answers take in a large database and in a small one."""
    (few, small), (many, large) = stage.small, (stage.sample, stage.uncached_server)
    count = min(_MAX_PATHS, stage.projects)
    requests = {
        "detail": (many.detail_paths(count), few.detail_paths(count)),
        "filtered list": (many.list_paths(), few.list_paths()),
        "any cursor page": (many.cursor_paths(count), few.cursor_paths(count)),
        "search, newest first": (many.search_paths(), few.search_paths()),
    }
    for name, (large_paths, small_paths) in requests.items():
        loads = {
            "large": Load(large, large_paths, connections=1),
            "small": Load(small, small_paths, connections=1),
        }
        label = f"{name}, p50 at {stage.projects} / at {SMALL}"
        yield Plan("G6", label, partial(_latency_row, stage, label, loads, Goal(1.3, at_most=True)))
    loads = {"last": Load(large, [many.last_page], connections=1)}
    loads["first"] = Load(large, [many.first_page], connections=1)
    label = "last page / first page, p50"
    yield Plan("G6", label, partial(_latency_row, stage, label, loads, Goal(1.2, at_most=True)))


def _latency_row(stage: Stage, label: str, loads: Mapping[str, Load], target: Goal) -> Iterator[Row]:
    for load in loads.values():
        load.request_each()
    rounds = stage.measure(loads)
    latencies = " / ".join(f"{median_of(rounds, side, 'p50'):.0f}" for side in loads) + " us"
    numerator, denominator = loads
    yield Row(label, target, ratios(rounds, numerator, denominator, "p50"), rounds, latencies)


def datasette(stage: Stage) -> Iterator[Plan]:
    """G8: Datasette on the same data."""
    sample, file = stage.sample, stage.file
    ids = sample.draw(min(_MAX_PATHS, stage.projects))
    requests = {
        "row": (7, [f"/projects/{identifier}" for identifier in ids], datasette_peer.row_paths(file, ids)),
        "filtered list": (9, sample.list_paths(), datasette_peer.list_paths(file, sample.pairs)),
        "search, newest first": (5, sample.search_paths(), datasette_peer.search_paths(file, sample.words)),
    }
    for name, (bound, paths, peer_paths) in requests.items():
        loads = {"ours": Load(stage.uncached_server, paths), "Datasette": Load(stage.datasette, peer_paths)}
        label = f"{name}, ours / Datasette"
        yield Plan("G8", label, partial(_rate_row, stage, label, loads, Goal(bound)))


def _rate_row(stage: Stage, label: str, loads: Mapping[str, Load], target: Goal) -> Iterator[Row]:
    rounds = stage.measure(loads)
    quotients = ratios(rounds, "ours", "Datasette", "rate")
    yield Row(label, target, quotients, rounds, rates_and_cpu(rounds, "Datasette"))


def postgresql(stage: Stage) -> Iterator[Plan]:
    """G13: the same on PostgreSQL, by the time of a processor, beside the limit and an ORM."""
    details = stage.sample.detail_paths(min(_MAX_PATHS, stage.projects))
    with orm_server(stage.postgresql, details[0]) as orm:
        requests = {"detail": (0.40, details), "filtered list": (0.25, stage.sample.list_paths())}
        for name, (bound, paths) in requests.items():
            label = f"PostgreSQL: {name}, read"
            yield Plan("G13", label, partial(_postgresql_row, stage, orm, label, Goal(bound), paths))


def _postgresql_row(
    stage: Stage, orm: BenchServer, label: str, target: Goal, paths: Sequence[str]
) -> Iterator[Row]:
    load = Load(stage.uncached_postgresql_server, paths)
    with limit_load(load) as limit:
        rounds = stage.measure({"ours": load, "limit": limit, "ORM": Load(orm, paths)})
    for other, bound in {"limit": target, "ORM": Goal(10)}.items():
        by_cpu = ratios(rounds, other, "ours", "cpu")
        rates = " / ".join(f"{median_of(rounds, side, 'rate'):.0f}" for side in ("ours", other))
        yield Row(f"{label} / {other}, by CPU", bound, by_cpu, rounds, f"{rates} a second")
