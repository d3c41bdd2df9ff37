"""Parser of parameter values: codes, IRIs, years, regions, partial dates, amounts and instants."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches

from schema.declaration.datatypes import AUTHORITY_TABLES, MONEY, SLUG, Kind, date_bounds
from schema.declaration.entity_base import RecordKey
from schema.index.entries import sortable_decimal
from schema.model import Model
from schema.query.parameters import RANGE_FROM, FilterParameter
from vocab.concept_schemes import CONCEPT_SCHEMES
from vocab.uri_builder import Uris

MAX_TEXT = "\U0010ffff"
"""The greatest code point, which sorts after every value."""

_MAX_LISTED_CODES = 60
"""Codes that an error message lists."""

_MAX_FUZZY_WORDS = 1_000
"""Words that a misspelled value is compared with, unless they have its first letter."""

MAX_ECHO_LENGTH = 100
"""Characters of the client's text that an error message repeats."""

_MAX_LENGTH = 300
"""Characters of a value; IRIs are the longest ones."""


@dataclass(frozen=True)
class ValueParser:
    """Parses values of one installation, whose IRIs are accepted in place of ids and codes.

    `merges` has the records that merged ones lead to: the ids of these are replaced.
    """

    model: Model
    uris: Uris
    merges: Mapping[RecordKey, RecordKey] = field(default_factory=dict)

    def parse(self, parameter: FilterParameter, text: str) -> str:
        """Return a value in the form that index entries have. Raise ValueError with a message for clients."""
        if not text or len(text) > _MAX_LENGTH:
            message = f"A value is empty or longer than {_MAX_LENGTH} characters. Correct or remove it."
            raise ValueError(message)
        code = self._code_of_iri(parameter, text)
        if parameter.codes:
            return _parse_code(parameter, code)
        parse = _PARSERS.get(parameter.kind, _parse_slug)
        value = parse(code, parameter)
        _, identifier = self.merges.get((parameter.target, value), ("", value))
        return identifier

    def _code_of_iri(self, parameter: FilterParameter, text: str) -> str:
        """Return the id or code that an IRI identifies, or the text unchanged."""
        if "://" not in text:
            return text
        match parameter.kind:
            case Kind.LINK:
                collection = self.model.by_name[parameter.target].collection
                base = self.uris.resolve(f"{collection}/")
                return text.removeprefix(base).removesuffix("#this")
            case Kind.CONCEPT:
                return text.removeprefix(self.uris.resolve(f"{CONCEPT_SCHEMES[parameter.target].iri}/"))
            case kind if kind in AUTHORITY_TABLES:
                codes = {iri: code for code, iri in AUTHORITY_TABLES[kind].iris.items()}
                return codes.get(text, text)
            case _:
                return text


def value_range(kind: Kind, value: str) -> tuple[str, str]:
    """Return the least and the greatest value that match; a region matches all regions within it."""
    return (value, value + MAX_TEXT) if kind is Kind.REGION else (value, value)


def did_you_mean(text: str, words: Mapping[str, str]) -> str:
    """Return a sentence that suggests the word closest to a text, or an empty string.

    `words` maps case-folded spellings to the words they suggest.
    """
    spelling = text[:MAX_ECHO_LENGTH].casefold()
    # Comparing with thousands of words takes too long, so only those with the same first letter are tried.
    candidates = (
        [word for word in words if word[:1] == spelling[:1]] if len(words) > _MAX_FUZZY_WORDS else words
    )
    closest = [spelling] if spelling in words else get_close_matches(spelling, candidates, n=1)
    return f" Did you mean {words[closest[0]]!r}?" if closest else ""


def _parse_code(parameter: FilterParameter, text: str) -> str:
    if text in parameter.codes:
        return text
    hint = did_you_mean(text, parameter.spellings)
    codes = f" Use one of {', '.join(parameter.codes)}." if len(parameter.codes) <= _MAX_LISTED_CODES else ""
    message = f"{text[:MAX_ECHO_LENGTH]!r} is not a value of {parameter.name}.{hint}{codes}"
    raise ValueError(message)


def _parse_slug(text: str, parameter: FilterParameter) -> str:
    if re.search(SLUG, text):
        return text
    raise _invalid(text, f"an id, or the IRI of a record of type {parameter.target}")


def _parse_year(text: str, _: FilterParameter) -> str:
    if re.fullmatch("[0-9]{4}", text):
        return text
    raise _invalid(text, "a year of four digits, such as 2017")


def _parse_region(text: str, _: FilterParameter) -> str:
    if re.fullmatch("[A-Z]{2}[A-Z0-9]{0,3}", text):
        return text
    raise _invalid(text, "a NUTS code or a prefix of one, such as LV00")


def _parse_date(text: str, parameter: FilterParameter) -> str:
    try:
        first, last = date_bounds(text)
    except ValueError as error:
        expected = (
            "a date such as 2017, 2017-09, 2017-09-01, 2018-22 (a season) or [2018-03,2018-04] (one of two)"
        )
        raise _invalid(text, expected) from error
    return (first if parameter.range_end == RANGE_FROM else last).isoformat()


def _parse_amount(text: str, _: FilterParameter) -> str:
    if re.search(MONEY, text):
        return sortable_decimal(text)
    raise _invalid(text, "an amount such as 1250 or 1250.00")


def _parse_instant(text: str, _: FilterParameter) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        pass
    else:
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?", text):
            return text
    raise _invalid(text, "a date or a time in UTC, such as 2026-11-22 or 2026-11-22T10:00:00Z")


def _invalid(text: str, expected: str) -> ValueError:
    return ValueError(f"{text[:MAX_ECHO_LENGTH]!r} is not {expected}.")


_PARSERS: Mapping[Kind, Callable[[str, FilterParameter], str]] = {
    Kind.YEAR: _parse_year,
    Kind.REGION: _parse_region,
    Kind.PARTIAL_DATE: _parse_date,
    Kind.DECIMAL: _parse_amount,
    Kind.INSTANT: _parse_instant,
}
