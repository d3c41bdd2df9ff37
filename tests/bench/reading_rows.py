"""Reading beside the limit: G1 to G5."""

from collections.abc import Iterator, Sequence
from functools import partial
from statistics import median

from tests.bench.figures import Goal, Plan, Round, Row, middle, ratios, short
from tests.bench.load import Load
from tests.bench.stage import ROOMY, Stage, function_of, limit_of

_ADDRESSES = 2_000

_FEW = 500

_MANY = 20_000

_IDENTITY = {"Accept-Encoding": "identity"}

_OF_BROWSERS = {"Accept-Encoding": "gzip, deflate, br, zstd"}

_RDF = {
    "Turtle": (".ttl", 0.45),
    "N-Triples": (".nt", 0.45),
    "JSON-LD": (".jsonld", 0.75),
    "RDF/XML": (".rdf", 0.20),
}


def detail(stage: Stage) -> Iterator[Plan]:
    """G1: one project as JSON."""
    paths = stage.sample.details(min(_ADDRESSES, stage.projects))
    yield _plan(stage, "G1", "detail as JSON", 0.80, paths)


def lists(stage: Stage) -> Iterator[Plan]:
    """G2: a list by country and funder, in either order."""
    lists, newest = stage.sample.lists(), stage.sample.lists("&sort=-start")
    for what, paths in (("filtered list of 25", lists), ("filtered list of 25, newest first", newest)):
        yield Plan("G2", what, partial(_listed, stage, what, Goal(0.55), paths))


def search(stage: Stage) -> Iterator[Plan]:
    """G3: a search for a common word, the newest first."""
    what = "search, newest first"
    yield Plan("G3", what, partial(_listed, stage, what, Goal(0.35), stage.sample.searches()))


def rdf(stage: Stage) -> Iterator[Plan]:
    """G4: one project in each format of RDF."""
    for name, (suffix, bound) in _RDF.items():
        paths = stage.sample.details(min(_ADDRESSES, stage.projects), suffix)
        yield _plan(stage, "G4", f"detail as {name}", bound, paths)


def hot(stage: Stage) -> Iterator[Plan]:
    """G5: what was asked before, plain and compressed, of a few addresses and of many."""
    few = min(_FEW, stage.projects)
    asked = {
        "detail": stage.sample.details(few),
        "list": stage.sample.lists(),
        "Turtle": stage.sample.details(few, ".ttl"),
    }
    for name, paths in asked.items():
        for coding, headers in {"plain": _IDENTITY, "compressed": _OF_BROWSERS}.items():
            what = f"{name}, {coding}"
            load = Load(stage.hot, paths, headers)
            yield Plan("G5", what, partial(_hot, stage, what, load))
    what = f"detail, plain, {_MANY} addresses in a cache of {ROOMY} MB"
    load = Load(stage.roomy, stage.sample.details(_MANY), _IDENTITY)
    yield Plan("G5", what, partial(_hot, stage, what, load))


def _plan(stage: Stage, goal: str, what: str, bound: float, paths: Sequence[str]) -> Plan:
    return Plan(goal, what, partial(_read, stage, what, Goal(bound), paths))


def _read(stage: Stage, what: str, target: Goal, paths: Sequence[str]) -> Iterator[Row]:
    load = Load(stage.reading, paths, _IDENTITY)
    with limit_of(load) as limit:
        rounds = stage.measured({"ours": load, "limit": limit})
    found = ratios(rounds, "ours", "limit", "rate")
    yield Row(f"{what}, read / limit", target, found, rounds, rates_and_cpu(rounds, "limit"))


def _listed(stage: Stage, what: str, target: Goal, paths: Sequence[str]) -> Iterator[Row]:
    load = Load(stage.reading, paths, _IDENTITY)
    with limit_of(load) as limit, stage.bare_of(load) as bare:
        rounds = stage.measured({"ours": load, "limit": limit, "bare": bare})
    found = ratios(rounds, "ours", "limit", "rate")
    most = short(median(ratios(rounds, "bare", "limit", "rate")))
    beside = f"{rates_and_cpu(rounds, 'limit')}; a bare handler of our statement {most}"
    yield Row(f"{what}, read / limit", target, found, rounds, beside)


def _hot(stage: Stage, what: str, load: Load) -> Iterator[Row]:
    load.ask_each()
    with limit_of(load) as limit, function_of(load) as function:
        rounds = stage.measured({"ours": load, "limit": limit, "function": function})
    rate, p99 = (ratios(rounds, "ours", "limit", of) for of in ("rate", "p99"))
    most = short(median(ratios(rounds, "function", "limit", "rate")))
    beside = f"{rates_and_cpu(rounds, 'limit')}; a function without a framework {most}"
    yield Row(f"{what}, hot / limit", Goal(1.5), rate, rounds, beside)
    slowest = " / ".join(f"{middle(rounds, side, 'p99') / 1000:.1f}" for side in ("ours", "limit"))
    yield Row(f"{what}, p99 hot / limit", Goal(1, at_most=True), p99, rounds, f"{slowest} ms")


def rates_and_cpu(rounds: Sequence[Round], other: str) -> str:
    """Return what both sides did in a second, and the ratio by the time of a processor."""
    rates = " / ".join(f"{middle(rounds, side, 'rate'):.0f}" for side in ("ours", other))
    return f"{rates} a second; by CPU {short(median(ratios(rounds, other, 'ours', 'cpu')))}"
