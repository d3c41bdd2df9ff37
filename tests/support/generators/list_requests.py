"""Random list requests: filters, searches, sort orders, fieldsets, includes and formats.

Their values come from public records and from drafts, so that requests search for drafts as well.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from api.formats.format import Format
from api.formats.registry import FORMATS, JSON
from api.resources.sparse_fieldsets_and_includes import includable_links
from schema import MODEL
from schema.declaration.datatypes import Kind
from schema.declaration.shapes import Shape
from schema.documents.field_paths import field_paths, field_tree
from schema.entities.partner_and_funder_lists import ROLE_LISTS
from schema.index.sort_keys import BY_ID, sort_key_names
from schema.index.tokenizer import tokenize
from schema.query.parameters import DISJUNCTION, FilterParameter, filter_parameters
from schema.query.values import ValueParser
from tests.support.raw_asgi_requests import RawRequest
from tests.support.site import BASE
from vocab.turtle_parser import LANGUAGES
from vocab.uri_builder import Uris

Pairs = list[tuple[str, str]]
"""Parameters of a query string, in order."""

LISTS: Mapping[str, Shape | None] = {
    **{f"/{shape.collection}": shape for shape in MODEL.entities},
    **{f"/{role.collection}": MODEL.by_name[role.entity] for role in ROLE_LISTS.values()},
    "/search": None,
}
"""The entity of each list by path; the search has several."""

LIMITS = ("1", "1", "2", "200")

NOT_IN_DISJUNCTION = {Kind.YEAR, Kind.REGION, Kind.STRING}

_VALUE_PARSER = ValueParser(MODEL, Uris(BASE))


@cache
def list_parameters(shape: Shape) -> Mapping[str, FilterParameter]:
    """Return the filter parameters of an entity's lists, by name."""
    return filter_parameters(shape, LANGUAGES)


def _is_valid(parameter: FilterParameter, value: str) -> bool:
    """Return True if a parameter accepts a value; ids have to begin as those of generated records."""
    if parameter.codes:
        return value in parameter.codes
    if parameter.kind is Kind.LINK and not value.startswith((f"{parameter.target.lower()}-", "canary-")):
        return False
    try:
        _VALUE_PARSER.parse(parameter, value)
    except ValueError:
        return False
    return True


@dataclass
class RequestGenerator:
    """Generates requests for the strings of some records.

    `texts` has the strings by the word that the texts of the records contain: "Public" or "Canary".
    """

    rng: random.Random
    texts: Mapping[str, set[str]]

    def __post_init__(self) -> None:
        years = {
            word: {text[:4] for text in texts if text[:2] in ("19", "20")}
            for word, texts in self.texts.items()
        }
        times = {f"2026-11-21T10:{minute}:00Z" for minute in range(10, 60, 3)}
        self._values = {word: sorted(texts | years[word] | times) for word, texts in self.texts.items()}
        self._valid_values: dict[tuple[str, ...], list[str]] = {}

    def generate(self, count: int) -> Iterator[RawRequest]:
        """Yield `count` requests."""
        for _ in range(count):
            path = self.rng.choice((*LISTS, "/search"))
            format_ = self.rng.choice((*FORMATS, JSON, JSON))
            pairs = self._search() if path == "/search" else self._query(LISTS[path], format_)
            pairs += self._representation(format_, is_search="q" in dict(pairs))
            pairs += [("format", format_.name), ("limit", self.rng.choice(LIMITS))]
            self.rng.shuffle(pairs)
            yield RawRequest(f"{path}?{query_string(pairs)}".encode())

    def _search(self) -> Pairs:
        return [("q", self._search_text())]

    def _query(self, shape: Shape, format_: Format) -> Pairs:
        """Return the parameters of a query on a list of an entity."""
        names = [*list_parameters(shape)]
        count = self.rng.choices((0, 1, 2, 3), (3, 5, 1, 1))[0]
        query = dict(pair for name in self.rng.sample(names, count) for pair in self._filter(shape, name))
        if self.rng.random() < 0.2:
            query[DISJUNCTION] = ",".join(self._alternative(shape) for _ in range(self.rng.choice((1, 2, 3))))
        if self.rng.random() < 0.35:
            query["q"] = self._search_text()
        if self.rng.random() < 0.5:
            keys = self.rng.sample((BY_ID, *sort_key_names(shape)), self.rng.choice((1, 2)))
            query["sort"] = ",".join(self.rng.choice(("", "-")) + key for key in keys)
        for name, options in (
            ("fields", _field_paths(shape, format_)),
            ("include", [*includable_links(shape)]),
        ):
            if name in format_.options and self.rng.random() < 0.3:
                count = min(len(options), self.rng.choice((1, 2, 5)))
                query[name] = ",".join(self.rng.sample(options, count))
        return [*query.items()]

    def _filter(self, shape: Shape, name: str) -> Pairs:
        """Return a filter parameter with values, and the parameter that scopes them, if there is one."""
        parameter = list_parameters(shape)[name]
        if not parameter.is_multivalued:
            scope = list_parameters(shape).get(parameter.scoped_by)
            return [(name, self._value(parameter)), *([(scope.name, self._value(scope))] if scope else [])]
        values = {self._value(parameter) for _ in range(self.rng.choice((1, 1, 2, 3)))}
        return [(name, ",".join(self.rng.choice(("", "", "", "-")) + value for value in sorted(values)))]

    def _alternative(self, shape: Shape) -> str:
        parameters = [
            parameter
            for parameter in list_parameters(shape).values()
            if parameter.is_multivalued and parameter.kind not in NOT_IN_DISJUNCTION
        ]
        parameter = self.rng.choice(parameters)
        return f"{parameter.name}:{self._value(parameter)}"

    def _value(self, parameter: FilterParameter) -> str:
        """Return a valid value, most often one of a public record or of a draft."""
        word = self._word()
        key = (word, parameter.kind.value, parameter.target, parameter.index_name)
        if key not in self._valid_values:
            self._valid_values[key] = [value for value in self._values[word] if _is_valid(parameter, value)]
        values = self._valid_values[key] or parameter.codes
        return self.rng.choice(parameter.codes if parameter.codes and self.rng.random() < 0.1 else values)

    def _word(self) -> str:
        """Return the word of public records, or that of drafts."""
        return self.rng.choices([*self._values], [2 if word == "Public" else 1 for word in self._values])[0]

    def _search_text(self) -> str:
        """Return a search for a word, a phrase or a prefix that occurs in a record."""
        tokens = tokenize(self.rng.choice(self._values[self._word()])) or ["public"]
        start = self.rng.randrange(len(tokens))
        word, row = tokens[start], " ".join(tokens[start : start + 3])
        return self.rng.choice((word, word.title(), f'"{row}"', row, f"{word[:3]}*", f'"{row[:-1]}*"'))

    def _representation(self, format_: Format, *, is_search: bool) -> Pairs:
        """Return parameters that change the representation and not the result."""
        pairs = []
        if is_search and "highlight" in format_.options and self.rng.random() < 0.5:
            pairs.append(("highlight", "true"))
        if "lang" in format_.options and self.rng.random() < 0.3:
            pairs.append(("lang", self.rng.choice(LANGUAGES)))
            if "fallback" in format_.options:
                pairs.append(("fallback", self.rng.choice(("*", "none", "en", "lv,*"))))
        if "shape" in format_.options and self.rng.random() < 0.3:
            pairs.append(("shape", "plain"))
        if "profile" in format_.options and self.rng.random() < 0.6:
            pairs.append(("profile", "spreadsheet"))
        return pairs


def _field_paths(shape: Shape, format_: Format) -> list[str]:
    """Return the paths of fields; few of those in parts and cards have a column in tables."""
    paths = field_paths(field_tree(MODEL, shape))
    return [path for path in paths if not (format_.full_documents and "." in path)]


def query_string(pairs: Pairs) -> str:
    """Return the query string of parameters."""
    return "&".join(f"{name}={quote(value, safe=',:*')}" for name, value in pairs)
