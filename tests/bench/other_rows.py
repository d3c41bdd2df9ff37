"""Reading from a thousand to a million, and beside peers: G6, G8, G13."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from tests.bench import peer
from tests.bench.figures import Goal, Plan, Row, middle, ratios
from tests.bench.load import Load
from tests.bench.reading_rows import rates_and_cpu
from tests.bench.servers import Server, mapped
from tests.bench.stage import SMALL, Stage, limit_of

_ADDRESSES = 500


def flatness(stage: Stage) -> Iterator[Plan]:
    """G6: on one connection, what half of the answers take in a large database and in a small one."""
    (few, small), (many, large) = stage.small, (stage.sample, stage.reading)
    count = min(_ADDRESSES, stage.projects)
    asked = {
        "detail": (many.details(count), few.details(count)),
        "filtered list": (many.lists(), few.lists()),
        "any cursor page": (many.pages(count), few.pages(count)),
        "search, newest first": (many.searches(), few.searches()),
    }
    for name, (of_large, of_small) in asked.items():
        loads = {"large": Load(large, of_large, connections=1), "small": Load(small, of_small, connections=1)}
        what = f"{name}, p50 at {stage.projects} / at {SMALL}"
        yield Plan("G6", what, partial(_half, stage, what, loads, Goal(1.3, at_most=True)))
    loads = {"last": Load(large, [many.last_page], connections=1)}
    loads["first"] = Load(large, [many.first_page], connections=1)
    what = "last page / first page, p50"
    yield Plan("G6", what, partial(_half, stage, what, loads, Goal(1.2, at_most=True)))


def _half(stage: Stage, what: str, loads: Mapping[str, Load], target: Goal) -> Iterator[Row]:
    for load in loads.values():
        load.ask_each()
    rounds = stage.measured(loads)
    beside = " / ".join(f"{middle(rounds, side, 'p50'):.0f}" for side in loads) + " us"
    over, under = loads
    yield Row(what, target, ratios(rounds, over, under, "p50"), rounds, beside)


def beside_datasette(stage: Stage) -> Iterator[Plan]:
    """G8: Datasette on the same data."""
    sample, file = stage.sample, stage.file
    ids = sample.drawn(min(_ADDRESSES, stage.projects))
    asked = {
        "row": (7, [f"/projects/{one}" for one in ids], peer.rows(file, ids)),
        "filtered list": (9, sample.lists(), peer.lists(file, sample.pairs)),
        "search, newest first": (5, sample.searches(), peer.searches(file, sample.words)),
    }
    for name, (bound, of_ours, of_peer) in asked.items():
        loads = {"ours": Load(stage.reading, of_ours), "Datasette": Load(stage.datasette, of_peer)}
        what = f"{name}, ours / Datasette"
        yield Plan("G8", what, partial(_rate, stage, what, loads, Goal(bound)))


def _rate(stage: Stage, what: str, loads: Mapping[str, Load], target: Goal) -> Iterator[Row]:
    rounds = stage.measured(loads)
    found = ratios(rounds, "ours", "Datasette", "rate")
    yield Row(what, target, found, rounds, rates_and_cpu(rounds, "Datasette"))


def on_postgresql(stage: Stage) -> Iterator[Plan]:
    """G13: the same on PostgreSQL, by the time of a processor, beside the limit and an ORM."""
    details = stage.sample.details(min(_ADDRESSES, stage.projects))
    with mapped(stage.postgresql, details[0]) as orm:
        asked = {"detail": (0.40, details), "filtered list": (0.25, stage.sample.lists())}
        for name, (bound, paths) in asked.items():
            what = f"PostgreSQL: {name}, read"
            yield Plan("G13", what, partial(_on_postgresql, stage, orm, what, Goal(bound), paths))


def _on_postgresql(stage: Stage, orm: Server, what: str, target: Goal, paths: Sequence[str]) -> Iterator[Row]:
    load = Load(stage.reading_postgresql, paths)
    with limit_of(load) as limit:
        rounds = stage.measured({"ours": load, "limit": limit, "ORM": Load(orm, paths)})
    for other, bound in {"limit": target, "ORM": Goal(10)}.items():
        by_cpu = ratios(rounds, other, "ours", "cpu")
        rates = " / ".join(f"{middle(rounds, side, 'rate'):.0f}" for side in ("ours", other))
        yield Row(f"{what} / {other}, by CPU", bound, by_cpu, rounds, f"{rates} a second")
