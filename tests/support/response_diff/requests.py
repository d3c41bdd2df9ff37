"""Requests of the response diff: every address in every format, errors, and random questions.

Each function is a conversation: a generator that yields requests and is sent their answers. Addresses come
from the sitemap of the installation, parameters from its OpenAPI document, values from its records; only the
formats are known beforehand. The same installation gets the same requests each time.
"""

import random
import re
from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import quote

from api.formats.html.asset_files import asset_path
from tests.support.response_diff.exchange import BASE, ETAG, Answer, Request
from tests.support.response_diff.fixed_request_parts import ACCEPTS, CODINGS, ERRORS, MISTAKES

_T = TypeVar("_T")

Conversation = Generator[Request, Answer, _T]

Pool = Mapping[str, Sequence[str]]
"""Values by the name of the property or of the type that has them."""

FORMATS = {
    "json": "application/json",
    "jsonld": "application/ld+json",
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "csv": "text/csv",
    "html": "text/html",
}

_SEED, _QUESTIONS = 20_261_129, 700

_REPRESENTATION = ("fields", "include", "lang", "fallback", "highlight", "profile")

_ACCEPTED = {"csv": {"fields", "profile"}, "html": {"lang", "highlight"}}
"""The parameters of representation that a format accepts; the others accept all but `profile`."""

_SEPARATE = {*_REPRESENTATION, "id", "q", "any", "sort", "limit", "cursor", "format"}

_ALIASES = {"partner": "organisation", "funder": "organisation"}

_REQUIRED = {"id", "name", "title", "record", "project_list"}
"""Fields that every record has, and `has` refuses."""

_VALUES = {
    "country": ("LV", "LT", "http://publications.europa.eu/resource/authority/country/HUN"),
    "currency": ("EUR", "EUR", "DKK"),
    "missing_lang": ("lv", "en"),
    "region": ("LV", "LV00", "EE00"),
}
"""Values for parameters of which the records of a list may have none."""

_OTHER_QUESTIONS = ("&id=-a", "&sort=-id", "&x=1")

_DATES = ("1999", "2016-24", "2017", "2017-09", "2018-22", "2018-12-31", "2031")

_LIMITS = ("1", "1", "2", "3", "5", "200")


@dataclass(frozen=True)
class Subject:
    """A list, or the records of a collection: the path, JSON Schemas by query parameter, values."""

    path: str
    parameters: Mapping[str, Any]
    pool: Pool


def everything(further: Sequence[str]) -> Conversation[None]:
    """Ask for all that an installation has, and for further addresses."""
    description = (yield Request("/openapi.json")).json()
    parameters = dict(_parameters(description))
    lists = [path for path, names in parameters.items() if "limit" in names]
    addresses = yield from _sitemap()
    documents = {}
    for path in dict.fromkeys([*addresses, *lists, *further]):
        query = "q=social" if path == "/search" else ""
        documents[path] = yield from _representations(path, query)
    subjects = [*_subjects(parameters, documents)]
    yield from _single_representations(description, lists)
    yield from _moved(description, documents)
    yield from _protocol([*addresses[:1], *lists, *(path for path in addresses if path.count("/") > 1)])
    for request in ERRORS:  # noqa: UP028 - `yield from` a tuple cannot take answers
        yield request
    for path in lists:
        yield from _walk(f"{path}?limit=3&{'q=social' if path == '/search' else 'sort=-modified'}")
    yield from _questions(subjects)


def _parameters(description: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each path that has query parameters, and their JSON Schemas by name."""
    components = description["components"]["parameters"]
    for path, operations in description["paths"].items():
        listed = operations["get"].get("parameters", [])
        resolved = [
            components[item["$ref"].rpartition("/")[2]] if "$ref" in item else item for item in listed
        ]
        schemas = {
            parameter["name"]: parameter["schema"] for parameter in resolved if parameter["in"] == "query"
        }
        if schemas:
            yield path, schemas


def _sitemap() -> Conversation[list[str]]:
    """Return the paths in all sitemaps."""
    index = yield from _revalidated(Request("/sitemap.xml"))
    paths: list[str] = []
    for part in _locations(index):
        paths += _locations((yield from _revalidated(Request(part))))
    return paths


def _locations(sitemap: Answer) -> list[str]:
    return re.findall(f"<loc>{BASE}([^<]*)</loc>", sitemap.body.decode())


def _revalidated(request: Request) -> Conversation[Answer]:
    """Ask, and ask again with the ETag of the answer."""
    answer = yield request
    yield replace(request, headers=(*request.headers, ("If-None-Match", ETAG)))
    return answer


def _address(path: str, *query: str, suffix: str = "") -> str:
    """Return a target: a path, perhaps with a suffix, and the parts of a query that are not empty."""
    stem = ("/index" if path == "/" else path) + f".{suffix}" if suffix else path
    parameters = "&".join(part for part in query if part)
    return f"{stem}?{parameters}" if parameters else stem


def _representations(path: str, query: str) -> Conversation[Any]:
    """Ask for an address in every format and language; return its JSON, or None if it has none."""
    plain = yield from _revalidated(Request(_address(path, query)))
    yield Request(_address(path, query), method="HEAD")
    for name, media_type in FORMATS.items():
        yield from _revalidated(Request(_address(path, query, suffix=name)))
        yield Request(_address(path, query, f"format={name}"))
        yield Request(_address(path, query), (("Accept", media_type),))
    for language in ("lv", "en"):
        yield Request(_address(path, query, f"lang={language}", suffix="html"))
    yield Request(_address(path, query, "lang=lv"))
    yield Request(_address(path, query, "lang=en", "fallback=*"))
    return plain.json() if plain.status == 200 else None


def _single_representations(description: Any, lists: Sequence[str]) -> Conversation[None]:
    """Ask for addresses that have one representation, and for the files that pages link to."""
    entry = (yield Request("/")).json()
    pages = (yield Request("/index.html")).body + (yield Request("/docs")).body
    negotiated = {"/", "/vocab", *lists}
    paths = [
        *(path for path in description["paths"] if "{" not in path and path not in negotiated),
        *(iri.removeprefix(BASE) for iri in entry["schemas"]),
        *sorted(set(re.findall("/problems/[a-z-]+", str(description["components"])))),
        *sorted(set(re.findall(r'"(/assets/[\w.-]+)"', pages.decode()))),
        *(f"{path}.csv-metadata.json" for path in lists),
    ]
    for path in paths:
        yield from _revalidated(Request(path))
        yield Request(path, method="HEAD")
        yield Request(path, (("Accept", "text/turtle"), ("Accept-Encoding", "gzip")))
        yield Request(f"{path}?lang=lv")
        yield Request(f"{path}.json")


def _moved(description: Any, documents: Mapping[str, Any]) -> Conversation[None]:
    """Ask for records at the addresses that redirect."""
    for template, operations in description["paths"].items():
        if "308" not in operations["get"]["responses"]:
            continue
        path = template.removesuffix("/{id}")
        for record in [*documents[path]["items"], {"id": "there-is-none"}, {"id": "No-Id"}]:
            yield Request(f"{path}/{record['id']}")
        for tail in ("a.ttl", "a.pdf", "a?lang=lv", "a.html?lang=lv&x=1", "a/b"):
            yield Request(f"{path}/{tail}")
        yield Request(f"{path}/a", method="HEAD")
        yield Request(f"{path}/a", (("Accept", "image/png"),))


def _protocol(paths: Sequence[str]) -> Conversation[None]:
    """Ask one address of each kind with other methods, content codings, conditions and Accept headers."""
    by_kind = {path.split("/")[1] + "/" * path.count("/"): path for path in reversed(paths)}
    fixed = (
        "/livez",
        "/readyz",
        "/robots.txt",
        "/docs",
        "/openapi.json",
        "/context.jsonld",
        "/problems/gone",
    )
    for path in (*by_kind.values(), *fixed, asset_path("style.css"), "/sitemap.xml", "/nothing"):
        for method in ("HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"):
            yield Request(path, method=method)
        preflight = (("Origin", "https://a.example"), ("Access-Control-Request-Method", "GET"))
        yield Request(path, preflight, "OPTIONS")
        for tag in (f'"x", {ETAG}', f"W/{ETAG}", "*", '"x"', "x"):
            yield Request(path)
            yield Request(path, (("If-None-Match", tag),))
    for path in (*by_kind.values(), asset_path("style.css"), "/livez"):
        for coding in CODINGS:
            yield from _revalidated(Request(path, (("Accept-Encoding", coding),)))
        yield Request(path, (("Accept-Encoding", "br"),), "HEAD")
    for path in by_kind.values():
        for accept in ACCEPTS:
            yield Request(path, (("Accept", accept),))
            yield Request(f"{path}?lang=lv", (("Accept", accept),))
        yield Request(f"{path}?fields=id", (("Accept", "text/html, text/turtle"),))


def _walk(target: str) -> Conversation[None]:
    """Follow a list to its end and back to its beginning."""
    for relation in ("next", "prev"):
        while True:
            answer = yield Request(target)
            linked = _linked(answer, relation)
            if not linked:
                break
            target = linked


def _linked(answer: Answer, relation: str) -> str:
    """Return the target of a link, or an empty string."""
    link = re.search(f'<{BASE}([^>]*)>; rel="{relation}"', answer.header("link"))
    return link[1] if link else ""


def _subjects(parameters: Mapping[str, Any], documents: Mapping[str, Any]) -> Iterator[Subject]:
    """Yield the subjects of questions, with the values of the first records of each."""
    for path, schemas in parameters.items():
        listed = documents.get(path.removesuffix("/{id}"))
        if not listed or not listed.get("items"):
            continue
        records = [item["uri"].removeprefix(BASE).partition("#")[0] for item in listed["items"]]
        pool: dict[str, list[str]] = defaultdict(list)
        for record in records:
            _collect(pool, documents.get(record))
        pool["id"] = [record.rpartition("/")[2] for record in records]
        yield Subject(path, schemas, pool)


def _collect(pool: dict[str, list[str]], value: Any, name: str = "") -> None:
    """Add the values in a JSON value to a pool: ids and IRIs of linked things, texts, dates, amounts."""
    match value:
        case {"id": str(identifier), "uri": str(uri), "type": str(entity)} if name:
            for key in {name, entity.lower()}:
                pool[key] += [identifier, identifier, identifier, uri]
        case str() if name in ("lv", "en"):
            pool["text"].append(value)
        case str():
            date = re.fullmatch("[12][0-9]{3}(-[0-9-]+)?(T.*)?", value)
            pool[("moment" if date[2] else "date") if date else name].append(value)
    for key, item in value.items() if isinstance(value, dict) else ():
        _collect(pool, item, key)
    for item in value if isinstance(value, list) else ():
        _collect(pool, item, name)


def _questions(subjects: Sequence[Subject]) -> Conversation[None]:
    """Ask random questions, and for the next and the previous page of those that have several."""
    dice = Dice(random.Random(_SEED))  # noqa: S311 - the same requests each time
    for _ in range(_QUESTIONS):
        request = dice.question(dice.random.choice(subjects))
        next_page = _linked((yield request), "next")
        if not next_page:
            continue
        previous_page = _linked((yield Request(next_page)), "prev")
        yield Request(previous_page)
        yield Request(dice.misused(next_page))


@dataclass(frozen=True)
class Dice:
    """Makes random questions: most of them valid, some with a mistake."""

    random: random.Random

    def question(self, subject: Subject) -> Request:
        """Return a request of a list, or of a record."""
        name = self.random.choice(("json", "json", "json", *FORMATS))
        pairs = [*self._filters(subject)]
        pairs += self._representation(subject, name, has_search="q" in dict(pairs))
        if "limit" in subject.parameters and self._is_likely(0.8):
            pairs.append(("limit", self.random.choice(_LIMITS)))
        if self._is_likely(0.12):
            pairs.append(self.random.choice(MISTAKES))
        self.random.shuffle(pairs)
        path = subject.path.replace("{id}", self.random.choice(subject.pool["id"]))
        query = "&".join(
            f"{key}={quote(value, safe=self.random.choice((',:*', '')))}" for key, value in pairs
        )
        match self.random.choice(("suffix", "format", "accept")):
            case "suffix":
                return Request(_address(path, query, suffix=name))
            case "format":
                return Request(_address(path, query, f"format={name}"))
            case _:
                return Request(_address(path, query), (("Accept", FORMATS[name]),))

    def misused(self, page: str) -> str:
        """Return the address of a page of a list with its cursor changed, or with another question."""
        start = page.index("cursor=") + len("cursor=")
        index = self.random.randrange(start, len(page))
        corrupted = page[:index] + self.random.choice("AZaz09-_") + page[index + 1 :]
        return self.random.choice((corrupted, page[:index], *(page + end for end in _OTHER_QUESTIONS)))

    def _is_likely(self, probability: float) -> bool:
        return self.random.random() < probability

    def _filters(self, subject: Subject) -> Iterator[tuple[str, str]]:
        """Yield parameters that choose records and put them in order."""
        names = sorted(subject.parameters.keys() - _SEPARATE)
        for name in self.random.sample(names, min(len(names), self.random.choice((0, 1, 1, 2, 3)))):
            yield from self._filter(subject, name)
        for name, probability in (("id", 0.05), ("any", 0.2), ("sort", 0.5)):
            if name in subject.parameters and self._is_likely(probability):
                yield from self._filter(subject, name)
        if "q" in subject.parameters and (subject.path == "/search" or self._is_likely(0.3)):
            yield "q", self._words(subject)

    def _filter(self, subject: Subject, name: str) -> Iterator[tuple[str, str]]:
        """Yield a parameter with one value or several, or given twice."""
        if name.startswith("amount_") and self._is_likely(0.9):
            yield "currency", self._value(subject, "currency")
        if subject.parameters[name].get("type") != "array":
            yield name, self._value(subject, name)
            return
        values = {self._value(subject, name) for _ in range(self.random.choice((1, 1, 2, 3)))}
        if name == "sort":
            values = {*{key.removeprefix("-"): key for key in sorted(values)}.values()}
        is_signed = name not in ("any", "sort")
        signed = [f"-{value}" if is_signed and self._is_likely(0.2) else value for value in sorted(values)]
        if self._is_likely(0.2):
            yield from ((name, value) for value in signed)
        else:
            yield name, ",".join(signed)

    def _value(self, subject: Subject, name: str) -> str:
        """Return a value that a record of the subject has, or might have."""
        schema = subject.parameters[name]
        pool = subject.pool
        if choices := schema.get("items", schema).get("enum"):
            return str(self.random.choice(choices))
        dates = (*_DATES, *pool.get("date", ()))
        match name:
            case "any":
                lists = [key for key, schema in subject.parameters.items() if schema.get("type") == "array"]
                key = self.random.choice(sorted({*lists, "id"} - _SEPARATE))
                return f"{key}:{self._value(subject, key)}"
            case "has" | "missing":
                choices = sorted({*subject.parameters["fields"]["items"]["enum"]} - _REQUIRED)
            case "updated_since":
                choices = pool["moment"]
            case "year":
                choices = [date[:4] for date in dates]
            case "amount_from" | "amount_to":
                choices = ("0", "1250.00", *pool.get("value", ()))
            case _ if name.endswith(("_from", "_to")):
                choices = dates
            case _:
                key = _ALIASES.get(name, name)
                choices = pool.get(key) or pool.get(f"{key}s") or _VALUES.get(name) or pool["id"]
        return str(self.random.choice(choices))

    def _words(self, subject: Subject) -> str:
        """Return a search for words of a record, as they are, in a row, or by their beginning."""
        words = self.random.choice(subject.pool["text"]).replace('"', "").split()
        start = self.random.randrange(len(words))
        word, row = words[start], " ".join(words[start : start + 3])
        return self.random.choice((word, word.upper(), row, f'"{row}"', f"{word[:4]}*", f"{row} zzz"))

    def _representation(
        self, subject: Subject, format_name: str, *, has_search: bool
    ) -> Iterator[tuple[str, str]]:
        """Yield parameters of representation; now and then one that the format does not accept."""
        accepted = _ACCEPTED.get(format_name, {*_REPRESENTATION} - {"profile"})
        for name in ("fields", "include"):
            if name in subject.parameters and self._is_likely(0.3 if name in accepted else 0.01):
                names = subject.parameters[name]["items"]["enum"]
                count = min(len(names), self.random.choice((1, 2, 4)))
                yield name, ",".join(self.random.sample(names, count))
        if self._is_likely(0.3 if "lang" in accepted else 0.01):
            yield "lang", self.random.choice(("lv", "lv", "en", "en", "de"))
            if "fallback" in accepted and self._is_likely(0.6):
                yield "fallback", self.random.choice(("*", "en", "lv,*"))
        if has_search and self._is_likely(0.5 if "highlight" in accepted else 0.01):
            yield "highlight", self.random.choice(("true", "true", "false"))
        if "profile" in subject.parameters and self._is_likely(0.5 if "profile" in accepted else 0.01):
            yield "profile", "spreadsheet"
