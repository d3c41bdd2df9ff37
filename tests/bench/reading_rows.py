"""Rows of reading beside the limit: G1 to G5, G7."""

from collections.abc import Iterator, Sequence
from functools import partial
from statistics import median

from tests.bench.figures import Goal, Plan, Round, Row, format_figure, median_of, ratios
from tests.bench.load import Load
from tests.bench.stage import LARGE_CACHE, Stage, function_load, limit_load

_MAX_PATHS = 2_000

_CACHED_PATHS = 500

_LARGE_CACHE_PATHS = 20_000

_IDENTITY = {"Accept-Encoding": "identity"}

_BROWSER_CODINGS = {"Accept-Encoding": "gzip, deflate, br, zstd"}

_RDF = {
    "Turtle": (".ttl", 0.45),
    "N-Triples": (".nt", 0.45),
    "JSON-LD": (".jsonld", 0.75),
    "RDF/XML": (".rdf", 0.20),
}


def detail(stage: Stage) -> Iterator[Plan]:
    """G1: one project as JSON."""
    paths = stage.sample.detail_paths(min(_MAX_PATHS, stage.projects))
    yield _plan(stage, "G1", "detail as JSON", 0.80, paths)


def lists(stage: Stage) -> Iterator[Plan]:
    """G2: a list by country and funder in two orders, whose items are kept, and pages whose items are not."""
    by_number, newest = stage.sample.list_paths(), stage.sample.list_paths("&sort=-start")
    for label, paths in (("filtered list of 25", by_number), ("filtered list of 25, newest first", newest)):
        yield Plan("G2", label, partial(_list_row, stage, label, Goal(0.50), paths))
    pages = stage.sample.cursor_paths(min(_MAX_PATHS, stage.projects))
    yield _plan(stage, "G2", "any page of a filtered list", 0.35, pages)


def search(stage: Stage) -> Iterator[Plan]:
    """G3: a search for a common word, the newest first."""
    label = "search, newest first"
    yield Plan("G3", label, partial(_list_row, stage, label, Goal(0.35), stage.sample.search_paths()))


def pages(stage: Stage) -> Iterator[Plan]:
    """G7: the page of a list as HTML, with the counts of its filters, of all projects and filtered."""
    orders = ("", "?sort=title", "?sort=-start", "?sort=-modified")
    plain = [f"/projects.html{order}" for order in orders]
    filtered = [path.replace("/projects", "/projects.html", 1) for path in stage.sample.list_paths()]
    yield _plan(stage, "G7", "list of all as HTML", 0.01, plain)
    yield _plan(stage, "G7", "filtered list as HTML", 0.01, filtered)


def rdf(stage: Stage) -> Iterator[Plan]:
    """G4: one project in each format of RDF."""
    for name, (suffix, bound) in _RDF.items():
        paths = stage.sample.detail_paths(min(_MAX_PATHS, stage.projects), suffix)
        yield _plan(stage, "G4", f"detail as {name}", bound, paths)


def cached(stage: Stage) -> Iterator[Plan]:
    """G5: what was asked before, plain and compressed, of a few addresses and of many."""
    few = min(_CACHED_PATHS, stage.projects)
    requests = {
        "detail": stage.sample.detail_paths(few),
        "list": stage.sample.list_paths(),
        "Turtle": stage.sample.detail_paths(few, ".ttl"),
    }
    for name, paths in requests.items():
        for coding, headers in {"plain": _IDENTITY, "compressed": _BROWSER_CODINGS}.items():
            label = f"{name}, {coding}"
            load = Load(stage.cached_server, paths, headers)
            yield Plan("G5", label, partial(_cached_rows, stage, label, load))
    label = f"detail, plain, {_LARGE_CACHE_PATHS} addresses in a cache of {LARGE_CACHE} MB"
    load = Load(stage.large_cache_server, stage.sample.detail_paths(_LARGE_CACHE_PATHS), _IDENTITY)
    yield Plan("G5", label, partial(_cached_rows, stage, label, load))


def _plan(stage: Stage, goal: str, label: str, bound: float, paths: Sequence[str]) -> Plan:
    return Plan(goal, label, partial(_uncached_row, stage, label, Goal(bound), paths))


def _uncached_row(stage: Stage, label: str, target: Goal, paths: Sequence[str]) -> Iterator[Row]:
    load = Load(stage.uncached_server, paths, _IDENTITY)
    with limit_load(load) as limit:
        rounds = stage.measure({"ours": load, "limit": limit})
    quotients = ratios(rounds, "ours", "limit", "rate")
    yield Row(f"{label}, read / limit", target, quotients, rounds, rates_and_cpu(rounds, "limit"))


def _list_row(stage: Stage, label: str, target: Goal, paths: Sequence[str]) -> Iterator[Row]:
    load = Load(stage.uncached_server, paths, _IDENTITY)
    with limit_load(load) as limit, stage.bare_load(load) as bare:
        rounds = stage.measure({"ours": load, "limit": limit, "bare": bare})
    quotients = ratios(rounds, "ours", "limit", "rate")
    ceiling = format_figure(median(ratios(rounds, "bare", "limit", "rate")))
    notes = f"{rates_and_cpu(rounds, 'limit')}; a bare handler of our statement {ceiling}"
    yield Row(f"{label}, read / limit", target, quotients, rounds, notes)


def _cached_rows(stage: Stage, label: str, load: Load) -> Iterator[Row]:
    load.request_each()
    with limit_load(load) as limit, function_load(load) as function:
        rounds = stage.measure({"ours": load, "limit": limit, "function": function})
    rate, p99 = (ratios(rounds, "ours", "limit", quantity) for quantity in ("rate", "p99"))
    ceiling = format_figure(median(ratios(rounds, "function", "limit", "rate")))
    notes = f"{rates_and_cpu(rounds, 'limit')}; a function without a framework {ceiling}"
    yield Row(f"{label}, hot / limit", Goal(1.5), rate, rounds, notes)
    slowest = " / ".join(f"{median_of(rounds, side, 'p99') / 1000:.1f}" for side in ("ours", "limit"))
    yield Row(f"{label}, p99 hot / limit", Goal(1, at_most=True), p99, rounds, f"{slowest} ms")


def rates_and_cpu(rounds: Sequence[Round], other: str) -> str:
    """Format the requests per second of both sides, and the ratio of their CPU times."""
    rates = " / ".join(f"{median_of(rounds, side, 'rate'):.0f}" for side in ("ours", other))
    return f"{rates} a second; by CPU {format_figure(median(ratios(rounds, other, 'ours', 'cpu')))}"
