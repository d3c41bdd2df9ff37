"""Random list queries, the same for the same seed, with all parameters and combinations of values.

Most are built around one record, so that results are likely; some contain values that no record has.
"""

import random
from collections.abc import Iterator, Sequence
from decimal import Decimal
from urllib.parse import quote

from schema import MODEL
from schema.declaration.datatypes import AUTHORITY_TABLES, Kind, date_bounds
from tests.support.generators.search_texts import SearchGenerator
from tests.support.generators.values import AMOUNTS
from tests.support.oracle.filter_values import CODES, RANGES, Body, link_target, record_names
from tests.support.oracle.queries import BruteForce, QueryPairs, sort_keys
from tests.support.site import BASE
from vocab.concept_schemes import CONCEPT_SCHEMES

Pairs = list[tuple[str, str]]
"""Parameters of a query string, in order."""

AUTHORITY_KINDS = {"country": Kind.COUNTRY, "currency": Kind.CURRENCY, "language": Kind.LANGUAGE}

SCHEMES = {"topic": "topic", "role": "role", "level": "programme-level", "target_group": "target-group"}

NOT_IDENTIFIED = ("year", "region")
"""Parameters whose values have no IRIs and are not accepted by `any`."""

_COMPOSITE_SHARE = 0.06
"""Share of the queries on projects that search a composite index in the order of a sort key."""

UNKNOWN_IDS = ("nobody", "there-is-none-2020", "tilts-99999")

DATES = (
    "1999",
    "2010",
    "2016-24",
    "2017",
    "2017-01-01",
    "2018-02",
    "2018-22",
    "2019-12-31",
    "[2016-11,2017-02]",
    "2031",
)


def query_string(query: QueryPairs) -> str:
    """Return the query string of parameters."""
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in query)


def collection_path(entity: str) -> str:
    """Return the path of an entity's collection."""
    return f"/{MODEL.by_name[entity].collection}"


class QueryGenerator:
    """Generates queries on the documents of an oracle."""

    def __init__(self, oracle: BruteForce, seed: int) -> None:
        self.oracle = oracle
        self.rng = random.Random(seed)  # noqa: S311 - the same each time
        self.searches = SearchGenerator(self.rng)
        self.bodies = {entity: [*bodies.values()] for entity, bodies in oracle.documents.items()}

    def queries(self, count: int) -> Iterator[tuple[str, Pairs]]:
        """Yield `count` queries with their entities: with each parameter, then random ones; most are on projects."""
        parameters = [(entity, name) for entity in self.bodies for name in self._weights(entity)]
        self.rng.shuffle(parameters)
        for entity, name in parameters[:count]:
            yield entity, self.query(entity, name)
        others = [entity for entity in self.bodies if entity != "Project"]
        for _ in range(count - len(parameters)):
            entity = "Project" if self.rng.random() < 2 / 3 else self.rng.choice(others)
            yield entity, self.query(entity)

    def query(self, entity: str, parameter: str | None = None) -> Pairs:
        """Return a query on an entity, perhaps with a parameter among others."""
        subject = self.rng.choice(self.bodies[entity])
        weights = self._weights(entity)
        count = self.rng.choices((0, 1, 2, 3, 4), (4, 36, 34, 18, 8))[0]
        names = set(self.rng.choices([*weights], [*weights.values()], k=count)) | ({parameter} - {None})
        is_composite = entity == "Project" and not parameter and self.rng.random() < _COMPOSITE_SHARE
        if is_composite:
            names = {"country", self.rng.choice(("funder", "programme"))}
        if "amount" in names:  # It has the currency.
            names.discard("currency")
        pairs = [pair for name in sorted(names) for pair in self._pairs(entity, subject, name)]
        if is_composite:
            pairs.append(("sort", self.rng.choice(("start", "-start", "-start,title", "start,-id"))))
        elif self.rng.random() < 0.4:
            pairs.append(("sort", self._sort(entity)))
        if self.rng.random() < 0.9:
            pairs.append(("limit", str(self.rng.randint(1, 50))))
        self.rng.shuffle(pairs)
        return pairs

    def _weights(self, entity: str) -> dict[str, float]:
        """Return the weight of each parameter, or group of parameters, in the random choice."""
        weights = dict.fromkeys([*CODES[entity], *RANGES[entity]], 1.0)
        weights |= {"id": 0.4, "fields": 2, "missing_lang": 0.7, "updated_since": 0.7, "any": 1.5, "q": 4}
        return weights | ({"amount": 5} if entity == "Grant" else {})

    def _pairs(self, entity: str, subject: Body, name: str) -> Pairs:
        match name:
            case "q":
                return [("q", self.searches.search(entity, subject))]
            case "any":
                return [("any", self._any(entity, subject)) for _ in range(self.rng.choice((1, 1, 1, 2)))]
            case "fields":
                return self._fields(entity)
            case "missing_lang":
                return self._spread(name, self.rng.choice((["lv"], ["en"], ["en", "lv"])))
            case "updated_since":
                modified = subject["record"]["modified"]
                return [(name, self.rng.choice((modified, modified, modified[:10], "2026-11-22")))]
            case "amount":
                return self._amount(subject)
            case _ if name in RANGES[entity]:
                return self._range(subject, name)
            case _:
                return self._codes(entity, subject, name)

    def _codes(self, entity: str, subject: Body, name: str) -> Pairs:
        """Return a parameter with required values, excluded ones, or both."""
        required = {self._code(entity, subject, name) for _ in range(self.rng.choice((0, 1, 1, 1, 2, 3, 4)))}
        excluded = {
            self._code(entity, subject, name) for _ in range(self.rng.choice((0, 0, 0, 1, 2)))
        } - required
        if not required and not excluded:
            required = {self._code(entity, subject, name)}
        values = [self._code_or_iri(entity, name, code) for code in sorted(required)]
        values += [f"-{self._code_or_iri(entity, name, code)}" for code in sorted(excluded)]
        self.rng.shuffle(values)
        return self._spread(name, values)

    def _code(self, entity: str, subject: Body, name: str) -> str:
        """Return a code: of the subject, of another record, or of no record."""
        draw = self.rng.random()
        body = subject if draw < 0.5 else self.rng.choice(self.bodies[entity])
        codes = [code for code in self.oracle.codes(entity, name, body) if len(code) > 1]
        # An unknown id is refused, so it is less frequent than a code that no record has.
        share = 0.97 if link_target(entity, name) else 0.85
        return self.rng.choice(sorted(codes) if codes and draw < share else self._candidates(entity, name))

    def _candidates(self, entity: str, name: str) -> Sequence[str]:
        """Return values of a parameter that perhaps no record has: of one by records, unknown ids too."""
        target = link_target(entity, name)
        if target and self.rng.random() < 0.7 and self.bodies[target]:
            return [body["id"] for body in self.bodies[target]]
        return _candidate_codes(entity, name)

    def _code_or_iri(self, entity: str, name: str, code: str) -> str:
        """Return a code, or now and then its IRI or another name of the record."""
        if name in NOT_IDENTIFIED or self.rng.random() > 0.12:
            return code
        if name in AUTHORITY_KINDS:
            return AUTHORITY_TABLES[AUTHORITY_KINDS[name]].iris[code]
        if target := link_target(entity, name):
            return self._record_name(target, code)
        return f"{BASE}/vocab/{_scheme(entity, name)}/{code}"

    def _record_name(self, entity: str, identifier: str) -> str:
        """Return the IRI of a record, or a name of it without a comma, which separates values."""
        names = record_names(self.oracle.documents[entity].get(identifier, {}))
        usable = [name for name in names if "," not in name and not name.startswith("-")]
        if usable and self.rng.random() < 0.7:
            return self.rng.choice(usable)
        return f"{BASE}{collection_path(entity)}/{identifier}#this"

    def _spread(self, name: str, values: Sequence[str]) -> Pairs:
        """Return values separated by commas, as repeated parameters, or both."""
        size = self.rng.choice((1, 2, len(values), len(values)))
        return [(name, ",".join(values[start : start + size])) for start in range(0, len(values), size)]

    def _any(self, entity: str, subject: Body) -> str:
        names = [name for name in CODES[entity] if name not in NOT_IDENTIFIED]
        chosen = [self.rng.choice(names) for _ in range(self.rng.randint(1, 4))]
        pairs = [(name, self._code(entity, subject, name)) for name in chosen]
        return ",".join(
            f"{name}:{self._code_or_iri(entity, name, code)}" for name, code in dict.fromkeys(pairs)
        )

    def _fields(self, entity: str) -> Pairs:
        fields = [field.name for field in MODEL.by_name[entity].fields if not field.required]
        optional = [
            name
            for name in fields
            if name not in ("record", "label", "projects_total") and not name.endswith("_list")
        ]
        chosen = self.rng.sample(optional, self.rng.choice((1, 1, 2, 3)))
        split = self.rng.randint(0, len(chosen))
        has, missing = chosen[:split], chosen[split:]
        return [
            pair
            for name, values in (("has", has), ("missing", missing))
            if values
            for pair in self._spread(name, values)
        ]

    def _range(self, subject: Body, name: str) -> Pairs:
        dates = [subject[name]] if name in subject and self.rng.random() < 0.6 else []
        dates = sorted([*dates, *self.rng.sample(DATES, 2)][:2], key=date_bounds)
        ends = [(f"{name}_from", dates[0]), (f"{name}_to", dates[1])]
        return self.rng.choice((ends, ends[:1], ends[1:]))

    def _amount(self, subject: Body) -> Pairs:
        amounts = subject.get("amounts", [])
        currency = amounts[0]["currency"]["id"] if amounts else "EUR"
        values = [amount["value"] for amount in amounts] + self.rng.sample(AMOUNTS, 3)
        minimum, maximum = sorted(self.rng.sample(values, 2), key=Decimal)
        ends = [("amount_from", minimum), ("amount_to", maximum)]
        chosen = self.rng.choice((ends, ends[:1], ends[1:]))
        return [("currency", self._code_or_iri("Grant", "currency", currency)), *chosen]

    def _sort(self, entity: str) -> str:
        keys = sort_keys(entity)
        chosen = self.rng.sample(keys, self.rng.choice((1, 1, 2, 3)))
        return ",".join(self.rng.choice(("", "-")) + key for key in chosen)


def _scheme(entity: str, name: str) -> str:
    return SCHEMES.get(name, f"{entity.lower()}-{name}")


def _candidate_codes(entity: str, name: str) -> Sequence[str]:
    """Return values of a parameter, some of which no record has."""
    if name in AUTHORITY_KINDS:
        return [*AUTHORITY_TABLES[AUTHORITY_KINDS[name]].iris]
    if link_target(entity, name):
        return UNKNOWN_IDS
    if name in NOT_IDENTIFIED:
        return ("1999", "2016", "2500", "9999") if name == "year" else ("LV", "EE00", "FR", "LV003")
    return CONCEPT_SCHEMES[_scheme(entity, name)].codes
