"""Questions at random, the same for the same seed: of every parameter and every way to combine values.

Most are built around one record, so that something is likely to be found; some ask for what is not there.
"""

import random
from collections.abc import Iterator, Sequence
from decimal import Decimal
from urllib.parse import quote

from schema import MODEL
from schema.declaration.datatypes import AUTHORITY_TABLES, Kind, date_bounds
from tests.support.generators.searches import Words
from tests.support.generators.values import AMOUNTS
from tests.support.oracle.queries import BruteForce, Question, sort_keys
from tests.support.oracle.values import CODES, RANGES, Body
from tests.support.site import BASE
from vocab.concept_schemes import CONCEPT_SCHEMES

Pairs = list[tuple[str, str]]

LINKS = {
    "funder": "Organisation",
    "partner": "Organisation",
    "organisation": "Organisation",
    "programme": "Programme",
    "project": "Project",
}

TABLES = {"country": Kind.COUNTRY, "currency": Kind.CURRENCY, "language": Kind.LANGUAGE}

SCHEME_OF = {"topic": "topic", "role": "role", "level": "programme-level"}

NOT_CODES = ("year", "region")
"""What cannot be written as an IRI, and is not offered to `any`."""

_OF_PAIRS = 0.06
"""How many questions about projects are by two codes that are often asked for together, in order."""

NOBODY = ("nobody", "there-is-none-2020", "tilts-99999")

DATES = ("1999", "2010", "2016-24", "2017", "2017-01-01", "2018-02", "2018-22", "2019-12-31", "2031")


def query(question: Question) -> str:
    """Return a question as it stands in an address."""
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in question)


def collection(entity: str) -> str:
    """Return the path of an entity's list."""
    return f"/{MODEL.by_name[entity].collection}"


class Asker:
    """Asks about some documents, with dice of its own."""

    def __init__(self, answers: BruteForce, seed: int) -> None:
        self.answers = answers
        self.dice = random.Random(seed)  # noqa: S311 - the same each time
        self.words = Words(self.dice)
        self.bodies = {entity: [*listed.values()] for entity, listed in answers.documents.items()}

    def questions(self, count: int) -> Iterator[tuple[str, Pairs]]:
        """Yield so many questions, each with the entity that it is about; two thirds are about projects."""
        others = [entity for entity in self.bodies if entity != "Project"]
        for _ in range(count):
            entity = "Project" if self.dice.random() < 2 / 3 else self.dice.choice(others)
            yield entity, self.question(entity)

    def question(self, entity: str) -> Pairs:
        """Return one question about an entity."""
        near = self.dice.choice(self.bodies[entity])
        weights = self._weights(entity)
        count = self.dice.choices((0, 1, 2, 3, 4), (4, 36, 34, 18, 8))[0]
        names = set(self.dice.choices([*weights], [*weights.values()], k=count))
        is_pair = entity == "Project" and self.dice.random() < _OF_PAIRS
        if is_pair:
            names = {"country", self.dice.choice(("funder", "programme"))}
        if "amount" in names:
            names.discard("currency")
        pairs = [pair for name in sorted(names) for pair in self._pairs(entity, near, name)]
        if is_pair:
            pairs.append(("sort", self.dice.choice(("start", "-start", "-start,title", "start,-id"))))
        elif self.dice.random() < 0.4:
            pairs.append(("sort", self._sort(entity)))
        if self.dice.random() < 0.9:
            pairs.append(("limit", str(self.dice.randint(1, 50))))
        self.dice.shuffle(pairs)
        return pairs

    def _weights(self, entity: str) -> dict[str, float]:
        """Return how often each parameter is asked for."""
        found = dict.fromkeys([*CODES[entity], *RANGES[entity]], 1.0)
        found |= {"id": 0.4, "fields": 2, "missing_lang": 0.7, "updated_since": 0.7, "any": 1.5, "q": 4}
        return found | ({"amount": 5} if entity == "Grant" else {})

    def _pairs(self, entity: str, near: Body, name: str) -> Pairs:
        match name:
            case "q":
                return [("q", self.words.asked(entity, near))]
            case "any":
                return [("any", self._any(entity, near)) for _ in range(self.dice.choice((1, 1, 1, 2)))]
            case "fields":
                return self._fields(entity)
            case "missing_lang":
                return self._spread(name, self.dice.choice((["lv"], ["en"], ["en", "lv"])))
            case "updated_since":
                modified = near["record"]["modified"]
                return [(name, self.dice.choice((modified, modified, modified[:10], "2026-11-22")))]
            case "amount":
                return self._amount(near)
            case _ if name in RANGES[entity]:
                return self._range(near, name)
            case _:
                return self._codes(entity, near, name)

    def _codes(self, entity: str, near: Body, name: str) -> Pairs:
        """Return values that are wanted, refused, or both."""
        wanted = {self._code(entity, near, name) for _ in range(self.dice.choice((0, 1, 1, 1, 2, 3, 4)))}
        refused = {self._code(entity, near, name) for _ in range(self.dice.choice((0, 0, 0, 1, 2)))} - wanted
        if not wanted and not refused:
            wanted = {self._code(entity, near, name)}
        values = [self._written(entity, name, code) for code in sorted(wanted)]
        values += [f"-{self._written(entity, name, code)}" for code in sorted(refused)]
        self.dice.shuffle(values)
        return self._spread(name, values)

    def _code(self, entity: str, near: Body, name: str) -> str:
        """Return a code: of the record that is asked for, or of another, or of none."""
        luck = self.dice.random()
        body = near if luck < 0.5 else self.dice.choice(self.bodies[entity])
        found = [code for code in self.answers.codes(entity, name, body) if len(code) > 1]
        return self.dice.choice(sorted(found) if found and luck < 0.85 else _all(entity, name))

    def _written(self, entity: str, name: str, code: str) -> str:
        """Return a code as it is, or the IRI of what it stands for."""
        if name in NOT_CODES or self.dice.random() > 0.12:
            return code
        if name in TABLES:
            return AUTHORITY_TABLES[TABLES[name]].iris[code]
        if target := entity if name == "id" else LINKS.get(name):
            return f"{BASE}{collection(target)}/{code}#this"
        return f"{BASE}/vocab/{_scheme(entity, name)}/{code}"

    def _spread(self, name: str, values: Sequence[str]) -> Pairs:
        """Return values behind commas, as repetitions of the parameter, or both."""
        size = self.dice.choice((1, 2, len(values), len(values)))
        return [(name, ",".join(values[start : start + size])) for start in range(0, len(values), size)]

    def _any(self, entity: str, near: Body) -> str:
        names = [name for name in CODES[entity] if name not in NOT_CODES]
        chosen = [self.dice.choice(names) for _ in range(self.dice.randint(1, 4))]
        pairs = [(name, self._code(entity, near, name)) for name in chosen]
        return ",".join(f"{name}:{self._written(entity, name, code)}" for name, code in dict.fromkeys(pairs))

    def _fields(self, entity: str) -> Pairs:
        fields = [one.name for one in MODEL.by_name[entity].fields if not one.required]
        optional = [name for name in fields if name not in ("record", "project_list", "projects_total")]
        chosen = self.dice.sample(optional, self.dice.choice((1, 1, 2, 3)))
        split = self.dice.randint(0, len(chosen))
        has, missing = chosen[:split], chosen[split:]
        return [
            pair
            for name, some in (("has", has), ("missing", missing))
            if some
            for pair in self._spread(name, some)
        ]

    def _range(self, near: Body, name: str) -> Pairs:
        dates = [near[name]] if name in near and self.dice.random() < 0.6 else []
        dates = sorted([*dates, *self.dice.sample(DATES, 2)][:2], key=date_bounds)
        sides = [(f"{name}_from", dates[0]), (f"{name}_to", dates[1])]
        return self.dice.choice((sides, sides[:1], sides[1:]))

    def _amount(self, near: Body) -> Pairs:
        amounts = near.get("amounts", [])
        currency = amounts[0]["currency"]["id"] if amounts else "EUR"
        values = [one["value"] for one in amounts] + self.dice.sample(AMOUNTS, 3)
        least, most = sorted(self.dice.sample(values, 2), key=Decimal)
        sides = [("amount_from", least), ("amount_to", most)]
        chosen = self.dice.choice((sides, sides[:1], sides[1:]))
        return [("currency", self._written("Grant", "currency", currency)), *chosen]

    def _sort(self, entity: str) -> str:
        keys = sort_keys(entity)
        chosen = self.dice.sample(keys, self.dice.choice((1, 1, 2, 3)))
        return ",".join(self.dice.choice(("", "-")) + key for key in chosen)


def _scheme(entity: str, name: str) -> str:
    return SCHEME_OF.get(name, f"{entity.lower()}-{name}")


def _all(entity: str, name: str) -> Sequence[str]:
    """Return codes of which some are nobody's."""
    if name in TABLES:
        return [*AUTHORITY_TABLES[TABLES[name]].iris]
    if name == "id" or name in LINKS:
        return NOBODY
    if name in NOT_CODES:
        return ("1999", "2016", "2500", "9999") if name == "year" else ("LV", "EE00", "FR", "LV003")
    return CONCEPT_SCHEMES[_scheme(entity, name)].codes
