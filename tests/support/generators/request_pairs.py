"""Pairs of requests that differ in one thing alone, which a cache could overlook."""

import random
from collections.abc import Iterator, Sequence

from tests.support.raw_http import Ask

SUFFIXES = ("", ".json", ".jsonld", ".ttl", ".nt", ".rdf", ".html")

ACCEPTS = ("", "*/*", "application/json", "application/ld+json", "text/turtle", "text/html", "text/csv")

ACCEPTS += (
    "text/turtle;q=0.5, application/json;q=0.4",
    "text/*",
    "image/png",
    "application/rdf+xml, */*;q=0.1",
)

CODINGS = ("", "identity", "gzip", "br", "zstd", "gzip, deflate, br, zstd", "br;q=0.5, gzip", "*")

CODINGS += ("identity;q=0, gzip", "identity;q=0, *;q=0", "gzip;q=0", "deflate")

LANGUAGES = ("lang=lv", "lang=en", "lang=en&fallback=lv", "lang=de&fallback=*", "lang=xx-x-a", "")

LIKED = ("", "lv", "en", "lv;q=0.5, en", "*")

HOSTS = (("data.example.org",), ("other.example",), ("a.example:81",), ("",), (), ("a.example", "b.example"))

FORMATS = ("json", "jsonld", "ttl", "nt", "rdf", "html", "csv", "xlsx")

METHODS = ("GET", "HEAD", "OPTIONS", "POST")


class Pairs:
    """Draws them, for addresses that there are, and for requests whose answers had tags."""

    def __init__(self, dice: random.Random, paths: Sequence[str]) -> None:
        self._dice = dice
        self._paths = paths
        self._ways = [value for name, value in vars(Pairs).items() if name.startswith("by_")]
        self.seen: list[tuple[Ask, str]] = []

    def some(self, count: int) -> Iterator[tuple[Ask, Ask]]:
        """Yield pairs, of each kind as many as of any other."""
        for number in range(count):
            yield self._ways[number % len(self._ways)](self)

    def by_suffix(self) -> tuple[Ask, Ask]:
        path = self._dice.choice([one for one in self._paths if one != "/"])
        return self._pair(*((path + suffix, {}) for suffix in self._two(SUFFIXES)))

    def by_format(self) -> tuple[Ask, Ask]:
        path = self._dice.choice(self._paths)
        return self._pair(*((f"{path}?format={name}", {}) for name in self._two(FORMATS)))

    def by_accept(self) -> tuple[Ask, Ask]:
        return self._by_header("accept", ACCEPTS)

    def by_coding(self) -> tuple[Ask, Ask]:
        return self._by_header("accept-encoding", CODINGS)

    def by_liked_language(self) -> tuple[Ask, Ask]:
        return self._by_header("accept-language", LIKED)

    def by_language(self) -> tuple[Ask, Ask]:
        path, accept = self._dice.choice(self._paths), self._dice.choice(("*/*", "text/html"))
        return self._pair(*((f"{path}?{query}", {"accept": accept}) for query in self._two(LANGUAGES)))

    def by_host(self) -> tuple[Ask, Ask]:
        pair = self._pair(*[(self._dice.choice(self._paths), {})] * 2)
        hosts = [tuple(host.encode() for host in one) for one in self._two(HOSTS)]
        return pair[0]._replace(hosts=hosts[0]), pair[1]._replace(hosts=hosts[1])

    def by_order(self) -> tuple[Ask, Ask]:
        path = self._dice.choice(self._paths)
        query = self._dice.sample(("limit=2", "format=ttl", "lang=lv", "sort=-id", "x=1", "format=json"), 2)
        return self._pair((f"{path}?{'&'.join(query)}", {}), (f"{path}?{'&'.join(reversed(query))}", {}))

    def by_method(self) -> tuple[Ask, Ask]:
        one, other = self._pair(*[(self._dice.choice(self._paths), {})] * 2)
        methods = self._two(METHODS)
        return one._replace(method=methods[0]), other._replace(method=methods[1])

    def by_condition(self) -> tuple[Ask, Ask]:
        if not self.seen:
            return self.by_coding()
        ask, tag = self._dice.choice(self.seen)
        other = self._dice.choice(self.seen)[1]
        one, two = self._two(("", "*", '"x"', tag, f"W/{tag}", f'"x", {tag}', other))
        return _if_none_match(ask, one), _if_none_match(ask, two)

    def by_content(self) -> tuple[Ask, Ask]:
        one, other = self._pair(*[(self._dice.choice(self._paths), {})] * 2)
        return one, other._replace(body=b"{}")

    def _by_header(self, name: str, values: Sequence[str]) -> tuple[Ask, Ask]:
        path = self._dice.choice(self._paths)
        return self._pair(*((path, {name: value} if value else {}) for value in self._two(values)))

    def _two(self, values: Sequence) -> list:
        return [self._dice.choice(values), self._dice.choice(values)]

    def _pair(self, one: tuple[str, dict[str, str]], other: tuple[str, dict[str, str]]) -> tuple[Ask, Ask]:
        """Return two requests that have in common whatever else can be said."""
        common = {
            "accept": self._dice.choice(("", "*/*", "text/turtle", "text/html")),
            "accept-encoding": self._dice.choice(CODINGS),
        }
        return self._ask(*one, common), self._ask(*other, common)

    def _ask(self, target: str, own: dict[str, str], common: dict[str, str]) -> Ask:
        headers = {name: value for name, value in (common | own).items() if value}
        return Ask(target.encode(), tuple((name.encode(), value.encode()) for name, value in headers.items()))


def _if_none_match(ask: Ask, condition: str) -> Ask:
    """Return a request with this condition and no other."""
    others = tuple(one for one in ask.headers if one[0] != b"if-none-match")
    return ask._replace(headers=(*others, (b"if-none-match", condition.encode())) if condition else others)
