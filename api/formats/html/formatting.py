"""Localized formats of dates, instants, durations, numbers and sums of money."""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.units import format_unit

from schema.declaration.datatypes import date_alternatives, date_bounds

LOCALES = {"lv": Locale("lv"), "en": Locale("en", "GB")}
"""The locale of each page language."""

_YEAR_PATTERNS = {"lv": "y. 'gads'", "en": "y"}

_MONTH_PATTERNS = {"lv": "y. 'gada' LLLL", "en": "LLLL y"}

_DAY_PATTERNS = {"lv": "y. 'gada' d. MMMM", "en": "d MMMM y"}

_INSTANT_PATTERNS = {"lv": "y. 'gada' d. MMMM, HH.mm 'UTC'", "en": "d MMMM y, HH:mm 'UTC'"}

_DATE_PATTERNS = {4: _YEAR_PATTERNS, 7: _MONTH_PATTERNS, 10: _DAY_PATTERNS}
"""Patterns by the length of a partial date: YYYY, YYYY-MM, YYYY-MM-DD."""

_SEASON_PATTERNS = {"lv": "{year}. gada {season}", "en": "{season} {year}"}

_SEASONS = {
    "21": {"lv": "pavasaris", "en": "spring"},
    "22": {"lv": "vasara", "en": "summer"},
    "23": {"lv": "rudens", "en": "autumn"},
    "24": {"lv": "ziema", "en": "winter"},
}
"""Names of the seasons by their EDTF level 1 code, which follows the year as a month does."""

_ALTERNATIVE_PATTERNS = {"lv": "{} vai {}", "en": "{} or {}"}

_LEADING_YEAR_WORDS = {"lv": 2, "en": 0}
"""Number of words of the year that a date begins with, which is not repeated in a second date of that year."""

_YEAR_RANGE_SEPARATORS = {"lv": ".–", "en": "–"}

_DURATION_UNITS = {"Y": "duration-year", "M": "duration-month", "D": "duration-day"}
"""CLDR units by the designator of an ISO 8601 duration."""

_NO_BREAK_SPACE = "\u00a0"

_cached = lru_cache(maxsize=4_096)
"""Keeps formatted values, about a megabyte: Babel takes 40 microseconds for each, and a page has hundreds."""


def is_iso_date(partial: str) -> bool:
    """Return True if ISO 8601 and HTML's `time` can represent a partial date: no season, no alternatives."""
    return len(date_alternatives(partial)) == 1 and not _is_season(partial)


@_cached
def partial_date(partial: str, language: str) -> str:
    """Format a year, month, season or day, or two alternatives: "March or April 2018"."""
    first, *others = (_single_date(date, language) for date in date_alternatives(partial))
    return _alternatives(first, others[0], language) if others else first


def _is_season(date: str) -> bool:
    return date[5:] in _SEASONS


def _alternatives(first: str, second: str, language: str) -> str:
    """Format two alternatives, without repeating the words that both begin or end with."""
    words, other_words = first.split(" "), second.split(" ")
    leading = _LEADING_YEAR_WORDS[language]
    year = words[:leading] if words[:leading] == other_words[:leading] else []
    words, other_words = words[len(year) :], other_words[len(year) :]
    common: list[str] = []
    while words[-1] == other_words[-1]:
        common.insert(0, words.pop())
        other_words.pop()
    alternatives = _ALTERNATIVE_PATTERNS[language].format(" ".join(words), " ".join(other_words))
    return " ".join([*year, alternatives, *common])


def _single_date(partial: str, language: str) -> str:
    first, last = date_bounds(partial)
    if _is_season(partial):
        separator = _YEAR_RANGE_SEPARATORS[language]
        year = f"{first.year}{separator}{last.year}" if last.year > first.year else f"{first.year}"
        return _SEASON_PATTERNS[language].format(year=year, season=_SEASONS[partial[5:]][language])
    return format_date(first, _DATE_PATTERNS[len(partial)][language], locale=LOCALES[language])


@_cached
def instant(text: str, language: str) -> str:
    """Format an instant in UTC, to the minute."""
    return format_datetime(
        datetime.fromisoformat(text), _INSTANT_PATTERNS[language], locale=LOCALES[language]
    )


@_cached
def duration(text: str, language: str) -> str:
    """Format an ISO 8601 duration of years, months and days."""
    parts = [
        format_unit(int(count), _DURATION_UNITS[unit], locale=LOCALES[language])
        for count, unit in re.findall(r"(\d+)([YMD])", text)
    ]
    return enumeration(parts, language)


def enumeration(items: Sequence[str], language: str) -> str:
    """Format several words as an enumeration: a, b and c."""
    return format_list(items, locale=LOCALES[language])


@_cached
def number(value: int | str, language: str) -> str:
    """Format a number, with as many decimal places as the value has."""
    decimals = len(str(value).partition(".")[2])
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(Decimal(value), pattern, locale=LOCALES[language], decimal_quantization=False)


def money(value: str, currency: str, language: str) -> str:
    """Format a sum of money. The currency code precedes the number in English and follows it in Latvian."""
    amount = number(value, language)
    parts = (currency, amount) if language == "en" else (amount, currency)
    return _NO_BREAK_SPACE.join(parts)
