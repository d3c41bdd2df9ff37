"""Small records, as a client sends them, and records at random; the declarations decide what is in them."""

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import hypothesis
import msgspec
from hypothesis import strategies
from msgspec import Meta

from schema import MODEL
from schema.declaration.annotations import DecimalRange, Visibility
from schema.declaration.datatypes import AUTHORITY_TABLES, Kind, date_bounds
from schema.declaration.entity import Entity, RecordKey
from schema.declaration.shapes import Field, Shape
from schema.validation.decoder import decode_record
from vocab.concept_schemes import CONCEPT_SCHEMES

WORDY = (Kind.TEXT, Kind.TEXTS, Kind.STRING, Kind.IRI)
"""Kinds of value that bear the word, where their limits let them."""


def record(type_: str, identifier: str, **fields: object) -> Entity:
    """Return a record of an entity, decoded as any client's would be, with a name and all that it needs."""
    shape = MODEL.by_name[type_]
    named = next((field for field in shape.stated_fields if field.visibility is Visibility.CARD), None)
    needed = [field for field in shape.stated_fields if field.required or field is named]
    missing = [field for field in needed if field.name not in ("id", *fields)]
    return _decoded(
        shape, identifier, {field.name: _default(field, shape, identifier) for field in missing} | fields
    )


def random_record(
    dice: random.Random, key: RecordKey, word: str, known: Sequence[RecordKey], links: float
) -> Entity:
    """Return a record with a word in all its texts, and with that part of its links, to known records."""
    shape = MODEL.by_name[key[0]]
    return _decoded(shape, key[1], Author(dice, word, known, links).thing(shape))


def _decoded(shape: Shape, identifier: str, sent: dict[str, object]) -> Entity:
    return decode_record(shape, msgspec.json.encode({"id": identifier, **sent}), identifier)


def _default(field: Field, shape: Shape, identifier: str) -> object:
    match field.kind:
        case Kind.TEXT if not field.is_list:
            return {"en": f"{shape.name} {identifier}"}
        case Kind.STRING if not field.is_list and _fits(identifier.upper(), field.limits):
            return identifier.upper()
        case Kind.CONCEPT if not field.is_list:
            return CONCEPT_SCHEMES[field.target].codes[0]
        case _:
            return Author(random.Random(identifier), identifier).value(field)  # noqa: S311 - the same each time


@dataclass
class Author:
    """Writes whatever is declared; leaves out what is of a kind that it does not know."""

    dice: random.Random
    word: str
    known: Sequence[RecordKey] = ()
    links: float = 0

    def thing(self, shape: Shape) -> dict[str, object]:
        """Return what a client may send for a shape, but for its id."""
        found = {field.name: self.value(field) for field in shape.stated_fields if self._states(field)}
        made = {name: value for name, value in found.items() if value not in (None, [], {})}
        if {"start", "end"} <= made.keys():
            made["start"], made["end"] = sorted((made["start"], made["end"]), key=date_bounds)
        return made

    def value(self, field: Field) -> object:
        """Return the value of a field; a list has one or two that differ."""
        if not field.is_list:
            return self._one(field)
        count = min(self.dice.choice((1, 2)), field.max_items or 2)
        if field.part:
            return self._parts(field, field.part, count)
        return _different(self._one(field) for _ in range(count))

    def _states(self, field: Field) -> bool:
        """Tell whether to state a field: texts always, so that what leaks through any of them is seen."""
        if field.name == "id":
            return False
        if field.required or field.kind in WORDY:
            return True
        return self.dice.random() < (self.links if field.kind is Kind.LINK else 0.7)

    def _parts(self, field: Field, shape: Shape, count: int) -> list[dict[str, object]]:
        parts = [{"id": f"{self.word.lower()}-{place}", **self.thing(shape)} for place in range(count)]
        for one in shape.stated_fields:
            if one.kind is Kind.SIBLING and one.target == field.name:
                for part in parts[1:]:
                    part[one.name] = parts[0]["id"]
        return parts

    def _one(self, field: Field) -> object:
        match field.kind:
            case Kind.TEXT:
                return {tag: self._string(field) for tag in self._languages()}
            case Kind.TEXTS:
                return {tag: _different(self._string(field) for _ in range(2)) for tag in self._languages()}
            case Kind.PART:
                return self.thing(field.part)
            case Kind.INTEGER:
                return self.dice.randint(field.limits.ge, field.limits.le)
            case Kind.STRING | Kind.IRI | Kind.DECIMAL | Kind.PARTIAL_DATE | Kind.DURATION:
                return self._string(field)
            case _:
                codes = self._codes(field)
                return self.dice.choice(codes) if codes else None

    def _codes(self, field: Field) -> Sequence[str]:
        match field.kind:
            case Kind.LINK:
                return [identifier for entity, identifier in self.known if entity == field.target]
            case Kind.CONCEPT:
                return CONCEPT_SCHEMES[field.target].codes
            case kind if kind in AUTHORITY_TABLES:
                return [*AUTHORITY_TABLES[kind].iris]
            case _:
                return ()

    def _languages(self) -> Sequence[str]:
        return self.dice.choice((("en",), ("lv", "en")))

    def _string(self, field: Field) -> str:
        """Return the first of several strings that fits, else the simplest that does."""
        leaf, number = field.limits, self.dice.randint(1, 999)
        tries = (one[: leaf.max_length].strip() for one in self._tries(field, number))
        fitting = (one for one in tries if _fits(one, leaf))
        return next(fitting, None) or _simplest(leaf.pattern, leaf.max_length)

    def _tries(self, field: Field, number: int) -> Sequence[str]:
        match field.kind:
            case Kind.IRI:
                return [f"https://example.org/{self.word}/{number}"]
            case Kind.DURATION:
                return [f"P{number}M"]
            case Kind.PARTIAL_DATE:
                year, season, month = number % 30 + 2000, number % 4 + 21, number % 12 + 1
                return [self.dice.choice((f"{year}", f"{year}-{season}", f"{year}-{month:02}-28"))]
            case Kind.DECIMAL:
                within = field.decimal_range or DecimalRange(0, 1_000_000)
                amount = self.dice.randint(within.minimum, within.maximum)
                return [f"{amount}.00", str(amount)]
            case _:
                word, slug = self.word, self.word.lower()
                return [f"{word} {number} {field.name}", f"{slug}-{number}", f"{slug}@example.org", "LV"]


def _fits(one: str, leaf: Meta) -> bool:
    """Tell whether a string is within the limits of a field."""
    is_short = leaf.max_length is None or len(one) <= leaf.max_length
    return is_short and re.search(leaf.pattern or "", one) is not None


@cache
def _simplest(pattern: str, most: int | None) -> str:
    """Return the simplest string that a pattern allows: nobody here knows what it means."""
    return hypothesis.find(
        strategies.from_regex(pattern),
        lambda one: most is None or len(one) <= most,
        random=random.Random(0),  # noqa: S311 - the same each time
    )


def _different(values: Iterable[object]) -> list[object]:
    found: list[object] = []
    for one in values:
        if one is not None and one not in found:
            found.append(one)
    return found
