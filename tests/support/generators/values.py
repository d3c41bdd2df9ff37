"""Values for a network at random: dates of every exactness, codes, links to what there is, parts."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from schema.declaration.datatypes import date_bounds
from tests.support.generators.texts import NEVER_FOUND, Writer
from vocab.concept_schemes import CONCEPT_SCHEMES

COUNTRIES = ("LV", "LV", "LV", "LV", "EE", "EE", "LT", "DK", "SE", "PL", "PT", "XK", "CY")

REGIONS = ("LV", "LV00", "LV006", "LV009", "LV00A", "EE", "EE004", "EE008", "LT01", "LT02", "DK", "PL213")

CURRENCIES = ("EUR", "EUR", "EUR", "DKK", "SEK", "GBP")

AMOUNTS = ("0", "0.00", "1000", "99999.99", "99999.9999", "100000", "100000.00", "100000.0001", "250000.5000")

HUGE = ("12345678901234.01", "12345678901234.0101", "99999999999999.9999", "90071992547409.93")

DURATIONS = ("P1Y", "P12M", "P18M", "P24M", "P30D", "P1Y6M", "P364D", "P365D", "P1D", "P40Y")

ENDLESS = "P9999Y9999M9999D"

PART_IDS = ("first", "second", "third")

Make = Callable[[], Any]


@dataclass
class Values:
    """Makes values with the dice that it is given; `ids` has the records so far, by entity."""

    dice: random.Random
    ids: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take a writer with the same dice."""
        self.writer = Writer(self.dice)

    def maybe(self, chance: float, make: Make) -> Any:
        """Return a value, or nothing at all."""
        return make() if self.dice.random() < chance else None

    def concept(self, chance: float, scheme: str) -> str | None:
        """Return a code of a scheme: the first ones are more frequent."""
        codes = CONCEPT_SCHEMES[scheme].codes
        return self.maybe(chance, lambda: codes[int(len(codes) * self.dice.random() ** 2)])

    def country(self, chance: float) -> str | None:
        """Return a country, most likely the network's own."""
        return self.maybe(chance, lambda: self.dice.choice(COUNTRIES))

    def link(self, chance: float, entity: str) -> str | None:
        """Return the id of a record: the first ones have the most links."""
        ids = self.ids.get(entity)
        return self.maybe(chance, lambda: ids[int(len(ids) * self.dice.random() ** 1.7)]) if ids else None

    def links(self, chance: float, entity: str, most: int) -> list[str]:
        """Return the ids of a few different records."""
        found = (self.link(chance, entity) for _ in range(self.dice.randint(1, most)))
        return [*dict.fromkeys(one for one in found if one)]

    def different(self, chance: float, codes: Sequence[str], most: int) -> list[str]:
        """Return a few different codes."""
        found = [self.dice.choice(codes) for _ in range(self.dice.randint(1, most))]
        return [*dict.fromkeys(found)] if self.dice.random() < chance else []

    def several(self, make: Make, most: int) -> list[dict[str, Any]]:
        """Return up to so many parts."""
        return [{"id": PART_IDS[place], **_stated(make())} for place in range(self.dice.randint(0, most))]

    def number(self, chance: float, most: int) -> int | None:
        """Return a whole number."""
        return self.maybe(chance, lambda: self.dice.randint(1, most))

    def date(self, chance: float, year: int | None = None) -> str | None:
        """Return a date: a year, season, month or day."""
        year = year or self.dice.randint(2004, 2024)
        month, day, season = self.dice.randint(1, 12), self.dice.randint(1, 28), self.dice.randint(21, 24)
        forms = (f"{year}", f"{year}-{month:02}", f"{year}-{season}", f"{year}-{month:02}-{day:02}")
        edges = (f"{year}-01-01", f"{year}-12-31", f"{year}-02-28", f"{year}-01", f"{year}-12", f"{year}-24")
        return self.maybe(chance, lambda: self.dice.choice(forms if self.dice.random() < 0.8 else edges))

    def period(self) -> dict[str, Any]:
        """Return a start, an end and a duration, or some of them, or none."""
        year = self.dice.randint(2004, 2024)
        start, end = self.date(0.8, year), self.date(0.5, year + self.dice.choice((0, 0, 1, 1, 2, 5)))
        if start and end and date_bounds(end)[1] < date_bounds(start)[0]:
            end = None
        return {
            "start": start,
            "end": end,
            "duration": self.maybe(0.4, lambda: self.dice.choice(DURATIONS)),
        }

    def identifiers(self) -> list[dict[str, Any]]:
        """Return one or two numbers of registers."""
        schemes = CONCEPT_SCHEMES["identifier-scheme"].codes
        make = lambda: {"scheme": self.dice.choice(schemes), "notation": self.writer.number()}  # noqa: E731
        return self.several(make, 2)

    def place(self) -> dict[str, Any]:
        """Return where something is, more or less exactly."""
        return _stated(
            {
                "name": self.maybe(0.3, lambda: self.writer.text(1, 2)),
                "locality": self.maybe(0.6, lambda: self.writer.text(1, 1)),
                "region": self.maybe(0.2, lambda: self.writer.text(1, 2)),
                "nuts": self.maybe(0.5, lambda: self.dice.choice(REGIONS)),
                "country": self.country(0.5),
            }
        )

    def amount(self) -> dict[str, Any]:
        """Return a sum of money: often one of a few that are near each other."""
        any_value = f"{self.dice.randint(0, 400) * 1000}.{self.dice.choice(('00', '50', '2500'))}"
        return {
            "kind": self.concept(1, "amount-kind"),
            "value": self.dice.choice(
                (any_value, any_value, self.dice.choice(AMOUNTS), self.dice.choice(HUGE))
            ),
            "currency": self.dice.choice(CURRENCIES),
        }

    def participation(self) -> dict[str, Any]:
        """Return who took which part, as far as it is known."""
        return {
            "organisation": self.link(0.75, "Organisation"),
            "name_as_stated": self.maybe(0.15, lambda: self.writer.text(1, 3)),
            "role": self.concept(1, "role"),
            "role_as_stated": self.maybe(0.05, lambda: self.writer.text(1, 2)),
            "country": self.country(0.5),
            "amounts": self.maybe(0.05, lambda: self.several(self.amount, 1)),
        }

    def contact_point(self) -> dict[str, Any]:
        """Return whom to ask."""
        return {
            "organisation": self.link(0.3, "Organisation"),
            "role_as_stated": self.maybe(0.5, lambda: self.writer.text(1, 2)),
            "email": self.maybe(0.5, lambda: f"tilts.{self.dice.randint(1, 99)}@example.org"),
        }

    def record(self) -> dict[str, Any]:
        """Return where a record was written from, in words that no search finds."""
        return {"sources": [{"id": "first", "title": {"lv": NEVER_FOUND["source"]}}], "translated": ["en"]}


def _stated(fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields without those that say nothing."""
    return {name: value for name, value in fields.items() if value not in (None, [], {})}
