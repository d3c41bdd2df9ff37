"""Parser of parameter values: codes, IRIs, years, regions, partial dates, amounts and instants."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches

from schema.declaration.datatypes import AUTHORITY_TABLES, MONEY, SLUG, Kind, date_bounds
from schema.declaration.entity_base import RecordKey
from schema.declaration.messages import LocalizedError, Suggestion, hint
from schema.index.entries import sortable_decimal
from schema.index.lookup_keys import lookup_key
from schema.model import Model
from schema.query.messages import message
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

    A value that names a record may also be one of its lookup keys, which is returned as it is: the database
    knows whose it is. `merges` has the records that merged ones lead to: the ids of these are replaced.
    """

    model: Model
    uris: Uris
    merges: Mapping[RecordKey, RecordKey] = field(default_factory=dict)

    def parse(self, parameter: FilterParameter, text: str) -> str:
        """Return a value in the form that index entries have. Raise LocalizedError if it is invalid."""
        if not text or len(text) > _MAX_LENGTH:
            raise LocalizedError(message("empty-or-long", most=_MAX_LENGTH))
        code = self.code_of_iri(parameter, text)
        if parameter.codes:
            return _parse_code(parameter, code)
        parse = _PARSERS.get(parameter.kind, _parse_record)
        value = parse(code, parameter)
        _, identifier = self.merges.get((parameter.target, value), ("", value))
        return identifier

    def code_of_iri(self, parameter: FilterParameter, text: str) -> str:
        """Return the id or code that an IRI identifies, or the text unchanged."""
        if parameter.kind is Kind.LINK:
            text = text.strip(" ")
        if "://" not in text:
            return text
        match parameter.kind:
            case Kind.LINK:
                collection = self.model.by_name[parameter.target].collection
                base = self.uris.resolve(f"{collection}/")
                return text.removeprefix(base).removesuffix("#this") if text.startswith(base) else text
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


def nearest_words(text: str, words: Mapping[str, str]) -> tuple[str, ...]:
    """Return the word closest to a text, or none.

    `words` maps case-folded spellings to the words they suggest.
    """
    spelling = text[:MAX_ECHO_LENGTH].casefold()
    # Comparing with thousands of words takes too long, so only those with the same first letter are tried.
    candidates = (
        [word for word in words if word[:1] == spelling[:1]] if len(words) > _MAX_FUZZY_WORDS else words
    )
    closest = [spelling] if spelling in words else get_close_matches(spelling, candidates, n=1)
    return tuple(words[word] for word in closest)


def _parse_code(parameter: FilterParameter, text: str) -> str:
    if text in parameter.codes:
        return text
    nearest = nearest_words(text, parameter.spellings)
    is_short = len(parameter.codes) <= _MAX_LISTED_CODES
    raise LocalizedError(
        message(
            "unknown-code",
            text=text[:MAX_ECHO_LENGTH],
            parameter=parameter.name,
            hint=hint(*nearest),
            choices=message(
                "one-of-codes" if is_short else "too-many-codes", codes=", ".join(parameter.codes)
            ),
        ),
        Suggestion(text, nearest),
    )


def is_id(text: str) -> bool:
    """Return True if a text may be the id of a record."""
    return bool(re.search(SLUG, text))


def _parse_record(text: str, _: FilterParameter) -> str:
    # A minus excludes a value only where it begins one: in a list of values, not among alternatives.
    if is_id(text) or (lookup_key(text) and not text.startswith("-")):
        return text
    raise _invalid(text, "not-a-record")


def _parse_year(text: str, _: FilterParameter) -> str:
    if re.fullmatch("[0-9]{4}", text):
        return text
    raise _invalid(text, "not-a-year")


def _parse_region(text: str, _: FilterParameter) -> str:
    if re.fullmatch("[A-Z]{2}[A-Z0-9]{0,3}", text):
        return text
    raise _invalid(text, "not-a-region")


def _parse_date(text: str, parameter: FilterParameter) -> str:
    try:
        first, last = date_bounds(text)
    except ValueError as error:
        raise _invalid(text, "not-a-date") from error
    return (first if parameter.range_end == RANGE_FROM else last).isoformat()


def _parse_amount(text: str, _: FilterParameter) -> str:
    if re.search(MONEY, text):
        return sortable_decimal(text)
    raise _invalid(text, "not-an-amount")


def _parse_instant(text: str, _: FilterParameter) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        pass
    else:
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?", text):
            return text
    raise _invalid(text, "not-an-instant")


def _invalid(text: str, name: str, **arguments: str) -> LocalizedError:
    return LocalizedError(message(name, text=text[:MAX_ECHO_LENGTH], **arguments))


_PARSERS: Mapping[Kind, Callable[[str, FilterParameter], str]] = {
    Kind.YEAR: _parse_year,
    Kind.REGION: _parse_region,
    Kind.PARTIAL_DATE: _parse_date,
    Kind.DECIMAL: _parse_amount,
    Kind.INSTANT: _parse_instant,
}
