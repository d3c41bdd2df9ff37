"""Minimal and random records of any entity, generated from the declarations of its fields."""

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
from schema.declaration.annotations import Conditional, DecimalRange, Visibility
from schema.declaration.datatypes import AUTHORITY_TABLES, Kind, date_bounds
from schema.declaration.entity_base import Entity, RecordKey
from schema.declaration.shapes import Field, Shape
from schema.validation.record_codec import decode_record
from vocab.concept_schemes import CONCEPT_SCHEMES

TEXT_KINDS = (Kind.TEXT, Kind.TEXTS, Kind.STRING, Kind.IRI)
"""Kinds whose random values contain the generator's word, if the limits of the field allow it."""


def record(type_: str, identifier: str, **fields: object) -> Entity:
    """Return a record with some fields, decoded as a client's would be.

    A missing label and missing required fields get default values.
    """
    shape = MODEL.by_name[type_]
    label = next((field for field in shape.stated_fields if field.visibility is Visibility.CARD), None)
    needed = [field for field in shape.stated_fields if field.required or field is label]
    missing = [field for field in needed if field.name not in ("id", *fields)]
    return _decoded(
        shape, identifier, {field.name: _default(field, shape, identifier) for field in missing} | fields
    )


def random_record(
    rng: random.Random, key: RecordKey, word: str, known: Sequence[RecordKey], links: float
) -> Entity:
    """Return a random record whose texts all contain a word.

    It links to `known` records only; `links` is the probability that an optional link is set.
    """
    shape = MODEL.by_name[key[0]]
    return _decoded(shape, key[1], RecordGenerator(rng, word, known, links).fields(shape))


def _decoded(shape: Shape, identifier: str, fields: dict[str, object]) -> Entity:
    return decode_record(shape, msgspec.json.encode({"id": identifier, **fields}), identifier)


def _default(field: Field, shape: Shape, identifier: str) -> object:
    match field.kind:
        case Kind.TEXT if not field.is_list:
            return {"en": f"{shape.name} {identifier}"}
        case Kind.STRING if not field.is_list and _fits(identifier.upper(), field.limits):
            return identifier.upper()
        case Kind.CONCEPT if not field.is_list:
            return CONCEPT_SCHEMES[field.target].codes[0]
        case _:
            rng = random.Random(identifier)  # noqa: S311 - the same values each time
            return RecordGenerator(rng, identifier).value(field)


@dataclass
class RecordGenerator:
    """Generates values of declared fields; fields of kinds that it does not know have none."""

    rng: random.Random
    word: str
    known: Sequence[RecordKey] = ()
    links: float = 0

    def fields(self, shape: Shape) -> dict[str, object]:
        """Return the fields of a shape, as a client may send them, without the id."""
        values = {field.name: self.value(field) for field in shape.stated_fields if self._is_stated(field)}
        fields = {name: value for name, value in values.items() if value not in (None, [], {})}
        if {"start", "end"} <= fields.keys():
            fields["start"], fields["end"] = sorted((fields["start"], fields["end"]), key=date_bounds)
        for field in shape.stated_fields:
            if field.condition and not _is_met(field.condition, fields):
                fields.pop(field.name, None)
        return fields

    def value(self, field: Field) -> object:
        """Return the value of a field; a list has one or two different items."""
        if not field.is_list:
            return self._item(field)
        count = min(self.rng.choice((1, 2)), field.max_items or 2)
        if field.part:
            return self._parts(field, field.part, count)
        return _distinct(self._item(field) for _ in range(count))

    def _is_stated(self, field: Field) -> bool:
        """Return True if a record gets the field; it gets all texts, so that a leak of any is noticed."""
        if field.name == "id":
            return False
        if field.required or field.kind in TEXT_KINDS:
            return True
        return self.rng.random() < (self.links if field.kind is Kind.LINK else 0.7)

    def _parts(self, field: Field, shape: Shape, count: int) -> list[dict[str, object]]:
        parts = [{"id": f"{self.word.lower()}-{index}", **self.fields(shape)} for index in range(count)]
        for part_field in shape.stated_fields:
            if part_field.kind is Kind.SIBLING and part_field.target == field.name:
                for part in parts[1:]:
                    part[part_field.name] = parts[0]["id"]
        return parts

    def _item(self, field: Field) -> object:
        match field.kind:
            case Kind.TEXT:
                return {tag: self._string(field) for tag in self._languages()}
            case Kind.TEXTS:
                return {tag: _distinct(self._string(field) for _ in range(2)) for tag in self._languages()}
            case Kind.PART:
                return self.fields(field.part)
            case Kind.INTEGER:
                return self.rng.randint(field.limits.ge, field.limits.le)
            case Kind.BOOLEAN:
                return self.rng.random() < 0.5
            case Kind.STRING | Kind.IRI | Kind.DECIMAL | Kind.PARTIAL_DATE | Kind.DURATION:
                return self._string(field)
            case _:
                codes = self._codes(field)
                return self.rng.choice(codes) if codes else None

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
        return self.rng.choice((("en",), ("lv", "en")))

    def _string(self, field: Field) -> str:
        """Return the first candidate within the limits of a field, else the simplest valid string."""
        limits, number = field.limits, self.rng.randint(1, 999)
        candidates = (candidate[: limits.max_length].strip() for candidate in self._candidates(field, number))
        valid = (candidate for candidate in candidates if _fits(candidate, limits))
        return next(valid, None) or _simplest(limits.pattern, limits.max_length)

    def _candidates(self, field: Field, number: int) -> Sequence[str]:
        match field.kind:
            case Kind.IRI:
                return [f"https://example.org/{self.word}/{number}"]
            case Kind.DURATION:
                return [f"P{number}M"]
            case Kind.PARTIAL_DATE:
                year, season, month = number % 30 + 2000, number % 4 + 21, number % 12 + 1
                forms = (f"{year}", f"{year}-{season}", f"{year}-{month:02}", f"{year}-{month:02}-28")
                form = self.rng.choice(forms)
                return [self.rng.choice((form, f"[{form},{year + 1}{form[4:]}]"))]
            case Kind.DECIMAL:
                limits = field.decimal_range or DecimalRange(0, 1_000_000)
                amount = self.rng.randint(limits.minimum, limits.maximum)
                return [f"{amount}.00", str(amount)]
            case _:
                word, slug = self.word, self.word.lower()
                return [f"{word} {number} {field.name}", f"{slug}-{number}", f"{slug}@example.org", "LV"]


def _is_met(condition: Conditional, fields: dict[str, object]) -> bool:
    return all(name in fields for name in condition.stated) and not fields.keys() & {*condition.absent}


def _fits(text: str, limits: Meta) -> bool:
    """Return True if a string is within the limits of a field."""
    is_short = limits.max_length is None or len(text) <= limits.max_length
    return is_short and re.search(limits.pattern or "", text) is not None


@cache
def _simplest(pattern: str, max_length: int | None) -> str:
    """Return the simplest string that matches a pattern, found without knowledge of its meaning."""
    return hypothesis.find(
        strategies.from_regex(pattern),
        lambda text: max_length is None or len(text) <= max_length,
        random=random.Random(0),  # noqa: S311 - the same each time
        settings=hypothesis.settings(phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink)),
    )


def _distinct(values: Iterable[object]) -> list[object]:
    distinct: list[object] = []
    for value in values:
        if value is not None and value not in distinct:
            distinct.append(value)
    return distinct
