"""Reading from a thousand to a million, and beside peers: G6, G8, G13."""

from collections.abc import Iterator, Sequence
from statistics import median

from tests.bench import peer
from tests.bench.figures import Goal, Round, Row, middle, ratios, short
from tests.bench.load import Load
from tests.bench.reading_rows import rates_and_cpu
from tests.bench.servers import Server, mapped
from tests.bench.stage import SMALL, Stage, limit_of

_ADDRESSES = 500


def flatness(stage: Stage) -> Iterator[Row]:
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
        yield _half(stage.measured(loads), what, "large", "small", Goal(1.3, at_most=True))
    pages = {"last": many.last_page, "first": many.first_page}
    loads = {name: Load(large, [page], connections=1) for name, page in pages.items()}
    yield _half(stage.measured(loads), "last page / first page", "last", "first", Goal(1.2, at_most=True))


def _half(rounds: Sequence[Round], what: str, over: str, under: str, target: Goal) -> Row:
    beside = " / ".join(f"{middle(rounds, side, 'p50'):.0f}" for side in (over, under)) + " us"
    return Row("G6", what, target, ratios(rounds, over, under, "p50"), rounds, beside)


def beside_datasette(stage: Stage) -> Iterator[Row]:
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
        rounds = stage.measured(loads)
        found = ratios(rounds, "ours", "Datasette", "rate")
        beside = rates_and_cpu(rounds, "Datasette")
        yield Row("G8", f"{name}, ours / Datasette", Goal(bound), found, rounds, beside)


def on_postgresql(stage: Stage) -> Iterator[Row]:
    """G13: the same on PostgreSQL, by the time of a processor, beside the limit and an ORM."""
    details = stage.sample.details(min(_ADDRESSES, stage.projects))
    with mapped(stage.postgresql, details[0]) as orm:
        yield from _on_postgresql(stage, orm, "detail", Goal(0.40), details)
        yield from _on_postgresql(stage, orm, "filtered list", Goal(0.25), stage.sample.lists())


def _on_postgresql(stage: Stage, orm: Server, name: str, target: Goal, paths: Sequence[str]) -> Iterator[Row]:
    load = Load(stage.reading_postgresql, paths)
    with limit_of(load) as limit:
        rounds = stage.measured({"ours": load, "limit": limit, "ORM": Load(orm, paths)})
    for other, bound in {"limit": target, "ORM": Goal(10)}.items():
        found = ratios(rounds, other, "ours", "cpu")
        rates = [f"{middle(rounds, side, 'rate'):.0f}" for side in ("ours", other)]
        by_rate = short(median(ratios(rounds, "ours", other, "rate")))
        beside = f"{' / '.join(rates)} a second, which is {by_rate}"
        yield Row("G13", f"PostgreSQL: {name}, read / {other}, by CPU", bound, found, rounds, beside)
