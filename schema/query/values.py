"""The values of parameters: codes or IRIs, years, dates, amounts, moments."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from schema.declaration.datatypes import AUTHORITY_TABLES, MONEY, SLUG, Kind, date_bounds
from schema.index.entries import sortable_decimal
from schema.model import Model
from schema.query.parameters import RANGE_FROM, FilterParameter
from vocab.concept_schemes import CONCEPT_SCHEMES
from vocab.uris import Uris

MAX_TEXT = "\U0010ffff"
"""What sorts behind every text."""

_FEW, _MANY = 60, 1_000

_LONGEST_SHOWN = 100

_LONGEST = 300
"""Characters of a value: IRIs are the longest."""


@dataclass(frozen=True)
class ValueParser:
    """Reads values for one installation, whose IRIs stand for ids and codes."""

    model: Model
    uris: Uris

    def parse(self, parameter: FilterParameter, text: str) -> str:
        """Return a value as facets have it. Raise ValueError, saying what would be right."""
        if not text or len(text) > _LONGEST:
            message = f"It has an empty value, or one of more than {_LONGEST} characters."
            raise ValueError(message)
        local = self._local(parameter, text)
        if parameter.codes:
            return _code(parameter, local)
        read = _READERS.get(parameter.kind, _slug)
        return read(local, parameter)

    def _local(self, parameter: FilterParameter, text: str) -> str:
        """Return the code that an IRI stands for, or the text as it is."""
        if "://" not in text:
            return text
        match parameter.kind:
            case Kind.LINK:
                collection = self.model.by_name[parameter.target].collection
                stem = self.uris.resolve(f"{collection}/")
                return text.removeprefix(stem).removesuffix("#this")
            case Kind.CONCEPT:
                return text.removeprefix(self.uris.resolve(f"{CONCEPT_SCHEMES[parameter.target].iri}/"))
            case kind if kind in AUTHORITY_TABLES:
                codes = {iri: code for code, iri in AUTHORITY_TABLES[kind].iris.items()}
                return codes.get(text, text)
            case _:
                return text


def value_range(kind: Kind, value: str) -> tuple[str, str]:
    """Return the lowest and the highest value that is meant: of a region all that is within."""
    return (value, value + MAX_TEXT) if kind is Kind.REGION else (value, value)


def did_you_mean(text: str, words: Mapping[str, str]) -> str:
    """Return a sentence with the word that was probably meant, or nothing."""
    sought = text[:_LONGEST_SHOWN].casefold()
    # Among thousands of words, those with the same beginning are looked at alone.
    likely = [word for word in words if word[:1] == sought[:1]] if len(words) > _MANY else words
    near = [sought] if sought in words else get_close_matches(sought, likely, n=1)
    return f" Did you mean {words[near[0]]!r}?" if near else ""


def _code(parameter: FilterParameter, text: str) -> str:
    if text in parameter.codes:
        return text
    few = f" There are {', '.join(parameter.codes)}." if len(parameter.codes) <= _FEW else ""
    message = f"There is no {text[:_LONGEST_SHOWN]!r} here.{did_you_mean(text, parameter.spellings)}{few}"
    raise ValueError(message)


def _slug(text: str, parameter: FilterParameter) -> str:
    if re.search(SLUG, text):
        return text
    raise _wrong(text, f"an id, or the IRI of something of the type {parameter.target}")


def _year(text: str, _: FilterParameter) -> str:
    if re.fullmatch("[0-9]{4}", text):
        return text
    raise _wrong(text, "a year of four digits, such as 2017")


def _region(text: str, _: FilterParameter) -> str:
    if re.fullmatch("[A-Z]{2}[A-Z0-9]{0,3}", text):
        return text
    raise _wrong(text, "a NUTS code or the beginning of one, such as LV00")


def _day(text: str, parameter: FilterParameter) -> str:
    try:
        first, last = date_bounds(text)
    except ValueError as error:
        raise _wrong(text, "a date such as 2017, 2017-09, 2017-09-01, or a season: 2018-22") from error
    return (first if parameter.range_end == RANGE_FROM else last).isoformat()


def _money(text: str, _: FilterParameter) -> str:
    if re.search(MONEY, text):
        return sortable_decimal(text)
    raise _wrong(text, "an amount such as 1250 or 1250.00")


def _moment(text: str, _: FilterParameter) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        pass
    else:
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?", text):
            return text
    raise _wrong(text, "a moment, such as 2026-11-22 or 2026-11-22T10:00:00Z")


def _wrong(text: str, right: str) -> ValueError:
    return ValueError(f"{text[:_LONGEST_SHOWN]!r} is not {right}.")


_READERS: Mapping[Kind, Callable[[str, FilterParameter], str]] = {
    Kind.YEAR: _year,
    Kind.REGION: _region,
    Kind.PARTIAL_DATE: _day,
    Kind.DECIMAL: _money,
    Kind.INSTANT: _moment,
}
