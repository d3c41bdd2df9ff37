"""Random values and parts of records: partial dates, codes, links to earlier records, amounts."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from schema.declaration.datatypes import date_bounds
from tests.support.generators.texts import TextGenerator
from vocab.concept_schemes import CONCEPT_SCHEMES

COUNTRIES = ("LV", "LV", "LV", "LV", "EE", "EE", "LT", "DK", "SE", "PL", "PT", "XK", "CY")

REGIONS = ("LV", "LV00", "LV006", "LV009", "LV00A", "EE", "EE004", "EE008", "LT01", "LT02", "DK", "PL213")

CURRENCIES = ("EUR", "EUR", "EUR", "DKK", "SEK", "GBP")

AMOUNTS = ("0", "0.00", "1000", "99999.99", "99999.9999", "100000", "100000.00", "100000.0001", "250000.5000")

HUGE = ("12345678901234.01", "12345678901234.0101", "99999999999999.9999", "90071992547409.93")

DURATIONS = ("P1Y", "P12M", "P18M", "P24M", "P30D", "P1Y6M", "P364D", "P365D", "P1D", "P40Y")

ENDLESS = "P9999Y9999M9999D"

PART_IDS = ("first", "second", "third")

ValueFactory = Callable[[], Any]


@dataclass
class ValueGenerator:
    """Generates values; `ids` has the ids of the records generated so far, by entity.

    `part_ids` has the ids of the participations of the projects generated so far.
    """

    rng: random.Random
    ids: dict[str, list[str]] = field(default_factory=dict)
    part_ids: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.texts = TextGenerator(self.rng)

    def maybe(self, chance: float, generate: ValueFactory) -> Any:
        """Return a generated value with a probability, else None."""
        return generate() if self.rng.random() < chance else None

    def concept(self, chance: float, scheme: str) -> str | None:
        """Return a code of a concept scheme; the first ones are more frequent."""
        codes = CONCEPT_SCHEMES[scheme].codes
        return self.maybe(chance, lambda: codes[int(len(codes) * self.rng.random() ** 2)])

    def country(self, chance: float) -> str | None:
        """Return a country code, most often Latvia's."""
        return self.maybe(chance, lambda: self.rng.choice(COUNTRIES))

    def link(self, chance: float, entity: str) -> str | None:
        """Return the id of a record; the first ones get the most links."""
        ids = self.ids.get(entity)
        return self.maybe(chance, lambda: ids[int(len(ids) * self.rng.random() ** 1.7)]) if ids else None

    def links(self, chance: float, entity: str, maximum: int) -> list[str]:
        """Return the ids of a few different records."""
        ids = (self.link(chance, entity) for _ in range(self.rng.randint(1, maximum)))
        return [*dict.fromkeys(identifier for identifier in ids if identifier)]

    def codes(self, chance: float, codes: Sequence[str], maximum: int) -> list[str]:
        """Return a few different codes, or none."""
        chosen = [self.rng.choice(codes) for _ in range(self.rng.randint(1, maximum))]
        return [*dict.fromkeys(chosen)] if self.rng.random() < chance else []

    def parts(self, generate: ValueFactory, maximum: int) -> list[dict[str, Any]]:
        """Return at most `maximum` parts."""
        return [
            {"id": PART_IDS[index], **_stated(generate())} for index in range(self.rng.randint(0, maximum))
        ]

    def number(self, chance: float, maximum: int) -> int | None:
        """Return a positive integer up to `maximum`, or None."""
        return self.maybe(chance, lambda: self.rng.randint(1, maximum))

    def date(self, chance: float, year: int | None = None) -> str | None:
        """Return a partial date: a year, season, month or day, or one of two such dates."""
        year = year or self.rng.randint(2004, 2024)
        month, day, season = self.rng.randint(1, 12), self.rng.randint(1, 28), self.rng.randint(21, 24)
        forms = (f"{year}", f"{year}-{month:02}", f"{year}-{season}", f"{year}-{month:02}-{day:02}")
        boundaries = (
            f"{year}-01-01",
            f"{year}-12-31",
            f"{year}-02-28",
            f"{year}-01",
            f"{year}-12",
            f"{year}-24",
            f"[{year},{year + 2}]",
            f"[{year}-{season},{year + 1}-21]",
            f"[{year}-{month:02},{year + 1}-{month:02}]",
            f"[{year}-{month:02}-{day:02},{year}-12-31]",
        )
        return self.maybe(chance, lambda: self.rng.choice(forms if self.rng.random() < 0.8 else boundaries))

    def period(self) -> dict[str, Any]:
        """Return a start, an end and a duration, each of which may be None."""
        year = self.rng.randint(2004, 2024)
        start, end = self.date(0.8, year), self.date(0.5, year + self.rng.choice((0, 0, 1, 1, 2, 5)))
        if start and end and date_bounds(end)[1] < date_bounds(start)[0]:
            end = None
        return {
            "start": start,
            "end": end,
            "duration": self.maybe(0.4, lambda: self.rng.choice(DURATIONS)),
        }

    def identifiers(self) -> list[dict[str, Any]]:
        """Return up to two identifiers of registers."""
        schemes = CONCEPT_SCHEMES["identifier-scheme"].codes
        return self.parts(lambda: {"scheme": self.rng.choice(schemes), "notation": self.texts.number()}, 2)

    def place(self) -> dict[str, Any]:
        """Return a place with some of its fields."""
        return _stated(
            {
                "name": self.maybe(0.3, lambda: self.texts.text(1, 2)),
                "locality": self.maybe(0.6, lambda: self.texts.text(1, 1)),
                "region": self.maybe(0.2, lambda: self.texts.text(1, 2)),
                "nuts": self.maybe(0.5, lambda: self.rng.choice(REGIONS)),
                "country": self.country(0.5),
            }
        )

    def amount(self) -> dict[str, Any]:
        """Return an amount of money; many are close to each other, some are huge."""
        random_value = f"{self.rng.randint(0, 400) * 1000}.{self.rng.choice(('00', '50', '2500'))}"
        return {
            "kind": self.concept(1, "amount-kind"),
            "value": self.rng.choice(
                (random_value, random_value, self.rng.choice(AMOUNTS), self.rng.choice(HUGE))
            ),
            "currency": self.rng.choice(CURRENCIES),
        }

    def participation(self) -> dict[str, Any]:
        """Return a participation: an organisation or several unnamed ones, the role and the amounts."""
        is_group = self.rng.random() < 0.1
        return {
            "organisation": self.link(0 if is_group else 0.75, "Organisation"),
            "name_as_stated": self.maybe(0.15, lambda: self.texts.text(1, 3)),
            "count": self.number(1, 12) if is_group else None,
            "each_from_own_country": self.maybe(0.5, lambda: True) if is_group else None,
            "role": self.concept(1, "role"),
            "role_as_stated": self.maybe(0.05, lambda: self.texts.text(1, 2)),
            "country": self.country(0 if is_group else 0.5),
            "amounts": self.maybe(0.05, lambda: self.parts(self.amount, 1)),
        }

    def linked_parts(self, projects: list[str]) -> list[str]:
        """Return the ids of a few participations that exactly one of some projects has."""
        ids = [identifier for project in projects for identifier in self.part_ids.get(project, [])]
        unique = [identifier for identifier in ids if ids.count(identifier) == 1]
        return self.rng.sample(unique, self.rng.randint(0, len(unique)))

    def contact_point(self) -> dict[str, Any]:
        """Return a contact point."""
        return {
            "organisation": self.link(0.3, "Organisation"),
            "role_as_stated": self.maybe(0.5, lambda: self.texts.text(1, 2)),
            "email": self.maybe(0.5, lambda: f"tilts.{self.rng.randint(1, 99)}@example.org"),
        }

    def record(self) -> dict[str, Any]:
        """Return the description of a record: its sources, and that its texts in English are translations."""
        translated = {"id": "en", "pointer": "", "language": "en"}
        return _stated({"sources": self.links(0.9, "Source", 3), "translated": [translated]})


def _stated(fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields without the empty ones."""
    return {name: value for name, value in fields.items() if value not in (None, [], {})}
