"""Requests at random over all that lists can be asked: filters, searches, orders, shapes and formats.

Their values are those of public records and of drafts alike, so that what only drafts have is asked for too.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from api.formats.registry import FORMATS, FORMATS_BY_NAME, Format
from api.resources.embedding import includable_links, selectable_fields
from schema import MODEL
from schema.declaration.datatypes import Kind
from schema.declaration.shapes import Shape
from schema.entities.role_lists import ROLE_LISTS
from schema.index.sort_keys import BY_ID, sort_key_names
from schema.index.tokenizer import tokenize
from schema.query.parameters import DISJUNCTION, FilterParameter, filter_parameters
from schema.query.values import ValueParser
from tests.support.raw_http import Ask
from tests.support.site import BASE
from vocab.turtle import LANGUAGES
from vocab.uris import Uris

Pairs = list[tuple[str, str]]

LISTS: Mapping[str, Shape | None] = {
    **{f"/{shape.collection}": shape for shape in MODEL.entities},
    **{f"/{role.collection}": MODEL.by_name[role.entity] for role in ROLE_LISTS.values()},
    "/search": None,
}
"""What can be asked, and of which entity the records are there."""

LIMITS = ("1", "1", "2", "200")

NOT_IN_ANY = {Kind.YEAR, Kind.REGION, Kind.STRING}

_VALUES = ValueParser(MODEL, Uris(BASE))


@cache
def asked_of(shape: Shape) -> Mapping[str, FilterParameter]:
    """Return the parameters that ask for records of an entity."""
    return filter_parameters(shape, LANGUAGES)


def _is_taken(parameter: FilterParameter, value: str) -> bool:
    if parameter.codes:
        return value in parameter.codes
    if parameter.kind is Kind.LINK and not value.startswith((f"{parameter.target.lower()}-", "canary-")):
        return False
    try:
        _VALUES.parse(parameter, value)
    except ValueError:
        return False
    return True


@dataclass
class Asks:
    """Asks for what some records said, by the word that they bear."""

    dice: random.Random
    said: Mapping[str, set[str]]

    def __post_init__(self) -> None:
        years = {
            word: {one[:4] for one in said if one[:2] in ("19", "20")} for word, said in self.said.items()
        }
        moments = {f"2026-11-21T10:{minute}:00Z" for minute in range(10, 60, 3)}
        self._texts = {word: sorted(said | years[word] | moments) for word, said in self.said.items()}
        self._taken: dict[tuple[str, ...], list[str]] = {}

    def some(self, count: int) -> Iterator[Ask]:
        """Yield so many requests."""
        for _ in range(count):
            path = self.dice.choice((*LISTS, "/search"))
            chosen = self.dice.choice((*FORMATS, FORMATS_BY_NAME["json"], FORMATS_BY_NAME["json"]))
            pairs = self._search() if path == "/search" else self._question(LISTS[path], chosen)
            pairs += self._shape(chosen, has_words="q" in dict(pairs))
            pairs += [("format", chosen.name), ("limit", self.dice.choice(LIMITS))]
            self.dice.shuffle(pairs)
            yield Ask(f"{path}?{written(pairs)}".encode())

    def _search(self) -> Pairs:
        return [("q", self._words())]

    def _question(self, shape: Shape, chosen: Format) -> Pairs:
        """Return what is asked of a list of an entity."""
        known = asked_of(shape)
        count = self.dice.choices((0, 1, 2, 3), (3, 5, 1, 1))[0]
        found = dict(pair for name in self.dice.sample([*known], count) for pair in self._filter(shape, name))
        if self.dice.random() < 0.2:
            found[DISJUNCTION] = ",".join(
                self._alternative(shape) for _ in range(self.dice.choice((1, 2, 3)))
            )
        if self.dice.random() < 0.35:
            found["q"] = self._words()
        if self.dice.random() < 0.5:
            keys = self.dice.sample((BY_ID, *sort_key_names(shape)), self.dice.choice((1, 2)))
            found["sort"] = ",".join(self.dice.choice(("", "-")) + key for key in keys)
        for name, names in (
            ("fields", selectable_fields(shape, to_list=True)),
            ("include", [*includable_links(shape)]),
        ):
            if name in chosen.parameters and self.dice.random() < 0.3:
                found[name] = ",".join(self.dice.sample(names, min(len(names), self.dice.choice((1, 2, 5)))))
        return [*found.items()]

    def _filter(self, shape: Shape, name: str) -> Pairs:
        """Return a parameter with values, and the one that its values cannot do without."""
        parameter = asked_of(shape)[name]
        if not parameter.is_multivalued:
            beside = asked_of(shape).get(parameter.scoped_by)
            return [(name, self._value(parameter)), *([(beside.name, self._value(beside))] if beside else [])]
        values = {self._value(parameter) for _ in range(self.dice.choice((1, 1, 2, 3)))}
        return [(name, ",".join(self.dice.choice(("", "", "", "-")) + one for one in sorted(values)))]

    def _alternative(self, shape: Shape) -> str:
        several = [
            one for one in asked_of(shape).values() if one.is_multivalued and one.kind not in NOT_IN_ANY
        ]
        parameter = self.dice.choice(several)
        return f"{parameter.name}:{self._value(parameter)}"

    def _value(self, parameter: FilterParameter) -> str:
        """Return what a public record or a draft may have, or now and then any code."""
        word = self._word()
        key = (word, parameter.kind.value, parameter.target, parameter.index_name)
        if key not in self._taken:
            self._taken[key] = [one for one in self._texts[word] if _is_taken(parameter, one)]
        found = self._taken[key] or parameter.codes
        return self.dice.choice(parameter.codes if parameter.codes and self.dice.random() < 0.1 else found)

    def _word(self) -> str:
        """Return the word of public records, or that of drafts."""
        return self.dice.choices([*self._texts], [2 if one == "Public" else 1 for one in self._texts])[0]

    def _words(self) -> str:
        """Return a search: for a word that stands somewhere, a row of them, or how one begins."""
        said = tokenize(self.dice.choice(self._texts[self._word()])) or ["public"]
        start = self.dice.randrange(len(said))
        word, row = said[start], " ".join(said[start : start + 3])
        return self.dice.choice((word, word.title(), f'"{row}"', row, f"{word[:3]}*", f'"{row[:-1]}*"'))

    def _shape(self, chosen: Format, *, has_words: bool) -> Pairs:
        found = []
        if has_words and "highlight" in chosen.parameters and self.dice.random() < 0.5:
            found.append(("highlight", "true"))
        if "lang" in chosen.parameters and self.dice.random() < 0.3:
            found.append(("lang", self.dice.choice(LANGUAGES)))
            if "fallback" in chosen.parameters:
                found.append(("fallback", self.dice.choice(("*", "en", "lv,*"))))
        if "profile" in chosen.parameters and self.dice.random() < 0.6:
            found.append(("profile", "spreadsheet"))
        return found


def written(pairs: Pairs) -> str:
    """Return parameters as they stand in an address."""
    return "&".join(f"{name}={quote(value, safe=',:*')}" for name, value in pairs)
