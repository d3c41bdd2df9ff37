"""Pairs of requests that differ in one respect, to find cache keys that leave it out."""

import random
from collections.abc import Iterator, Sequence

from tests.support.raw_asgi_requests import RawRequest

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

LANGUAGES += (
    "lang=LV",
    "lang=en-GB",
    "lang=lv_LV",
    "lang=lv&fallback=none",
    "lang=lv&fallback=NONE",
    "lang=de",
    "shape=plain",
    "lang=lv&shape=plain",
    "lang=LV&shape=plain&fields=title,lead.name",
    "lang=en&fields=title,lead.name",
)

ACCEPT_LANGUAGES = ("", "lv", "en", "lv;q=0.5, en", "*")

HOSTS = (("data.example.org",), ("other.example",), ("a.example:81",), ("",), (), ("a.example", "b.example"))

FORMATS = ("json", "jsonld", "ttl", "nt", "rdf", "html", "csv", "xlsx")

METHODS = ("GET", "HEAD", "OPTIONS", "POST")


class RequestPairGenerator:
    """Generates pairs of requests for some paths.

    `tagged` has the requests whose responses had an ETag, with that ETag; the caller adds to it.
    """

    def __init__(self, rng: random.Random, paths: Sequence[str]) -> None:
        self._rng = rng
        self._paths = paths
        self._kinds = [value for name, value in vars(RequestPairGenerator).items() if name.startswith("by_")]
        self.tagged: list[tuple[RawRequest, str]] = []

    def generate(self, count: int) -> Iterator[tuple[RawRequest, RawRequest]]:
        """Yield pairs that differ in each respect in turn."""
        for number in range(count):
            yield self._kinds[number % len(self._kinds)](self)

    def by_suffix(self) -> tuple[RawRequest, RawRequest]:
        path = self._rng.choice([path for path in self._paths if path != "/"])
        return self._pair(*((path + suffix, {}) for suffix in self._two(SUFFIXES)))

    def by_format(self) -> tuple[RawRequest, RawRequest]:
        path = self._rng.choice(self._paths)
        return self._pair(*((f"{path}?format={name}", {}) for name in self._two(FORMATS)))

    def by_accept(self) -> tuple[RawRequest, RawRequest]:
        return self._by_header("accept", ACCEPTS)

    def by_coding(self) -> tuple[RawRequest, RawRequest]:
        return self._by_header("accept-encoding", CODINGS)

    def by_accept_language(self) -> tuple[RawRequest, RawRequest]:
        return self._by_header("accept-language", ACCEPT_LANGUAGES)

    def by_language(self) -> tuple[RawRequest, RawRequest]:
        path, accept = self._rng.choice(self._paths), self._rng.choice(("*/*", "text/html"))
        return self._pair(*((f"{path}?{query}", {"accept": accept}) for query in self._two(LANGUAGES)))

    def by_host(self) -> tuple[RawRequest, RawRequest]:
        first, second = self._pair(*[(self._rng.choice(self._paths), {})] * 2)
        hosts = [tuple(host.encode() for host in names) for names in self._two(HOSTS)]
        return first._replace(hosts=hosts[0]), second._replace(hosts=hosts[1])

    def by_order(self) -> tuple[RawRequest, RawRequest]:
        path = self._rng.choice(self._paths)
        query = self._rng.sample(("limit=2", "format=ttl", "lang=lv", "sort=-id", "x=1", "format=json"), 2)
        return self._pair((f"{path}?{'&'.join(query)}", {}), (f"{path}?{'&'.join(reversed(query))}", {}))

    def by_method(self) -> tuple[RawRequest, RawRequest]:
        first, second = self._pair(*[(self._rng.choice(self._paths), {})] * 2)
        methods = self._two(METHODS)
        return first._replace(method=methods[0]), second._replace(method=methods[1])

    def by_condition(self) -> tuple[RawRequest, RawRequest]:
        if not self.tagged:
            return self.by_coding()
        request, tag = self._rng.choice(self.tagged)
        other_tag = self._rng.choice(self.tagged)[1]
        first, second = self._two(("", "*", '"x"', tag, f"W/{tag}", f'"x", {tag}', other_tag))
        return _if_none_match(request, first), _if_none_match(request, second)

    def by_content(self) -> tuple[RawRequest, RawRequest]:
        first, second = self._pair(*[(self._rng.choice(self._paths), {})] * 2)
        return first, second._replace(body=b"{}")

    def _by_header(self, name: str, values: Sequence[str]) -> tuple[RawRequest, RawRequest]:
        path = self._rng.choice(self._paths)
        return self._pair(*((path, {name: value} if value else {}) for value in self._two(values)))

    def _two(self, values: Sequence) -> list:
        return [self._rng.choice(values), self._rng.choice(values)]

    def _pair(
        self, first: tuple[str, dict[str, str]], second: tuple[str, dict[str, str]]
    ) -> tuple[RawRequest, RawRequest]:
        """Return requests for two targets with their headers, and with other random headers in common."""
        common = {
            "accept": self._rng.choice(("", "*/*", "text/turtle", "text/html")),
            "accept-encoding": self._rng.choice(CODINGS),
        }
        return self._request(*first, common), self._request(*second, common)

    def _request(self, target: str, own: dict[str, str], common: dict[str, str]) -> RawRequest:
        headers = {name: value for name, value in (common | own).items() if value}
        return RawRequest(
            target.encode(), tuple((name.encode(), value.encode()) for name, value in headers.items())
        )


def _if_none_match(request: RawRequest, condition: str) -> RawRequest:
    """Return a request with an If-None-Match condition in place of its own, or with none if it is empty."""
    headers = tuple(header for header in request.headers if header[0] != b"if-none-match")
    if condition:
        headers = (*headers, (b"if-none-match", condition.encode()))
    return request._replace(headers=headers)
