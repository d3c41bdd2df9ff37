"""Dates and durations as people write them."""

import re
from datetime import date, datetime
from decimal import Decimal

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.units import format_unit

from schema.declaration.datatypes import date_bounds

LOCALES = {"lv": Locale("lv"), "en": Locale("en", "GB")}
"""How each language of the pages writes dates and numbers."""

_YEAR = {"lv": "y. 'gads'", "en": "y"}

_MONTH = {"lv": "y. 'gada' LLLL", "en": "LLLL y"}

_DAY = {"lv": "y. 'gada' d. MMMM", "en": "d MMMM y"}

_MOMENT = {"lv": "y. 'gada' d. MMMM, HH.mm 'UTC'", "en": "d MMMM y, HH:mm 'UTC'"}

_SEASON = {"lv": "{year}. gada {season}", "en": "{season} {year}"}

_SEASONS = {
    "21": {"lv": "pavasaris", "en": "spring"},
    "22": {"lv": "vasara", "en": "summer"},
    "23": {"lv": "rudens", "en": "autumn"},
    "24": {"lv": "ziema", "en": "winter"},
}

_LINK = {"lv": ".–", "en": "–"}


def is_season(partial: str) -> bool:
    """Tell whether a partial date is a season, which no other notation for dates knows."""
    return partial[5:] in _SEASONS


def partial_date(partial: str, language: str) -> str:
    """Return a year, month, season or day in words."""
    first, last = date_bounds(partial)
    if is_season(partial):
        year = f"{first.year}{_LINK[language]}{last.year}" if last.year > first.year else f"{first.year}"
        return _SEASON[language].format(year=year, season=_SEASONS[partial[5:]][language])
    patterns = {4: _YEAR, 7: _MONTH, 10: _DAY}
    return _written(first, patterns[len(partial)][language], language)


def moment(text: str, language: str) -> str:
    """Return a moment in UTC in words, to the minute."""
    return format_datetime(datetime.fromisoformat(text), _MOMENT[language], locale=LOCALES[language])


def duration(text: str, language: str) -> str:
    """Return a duration of years, months and days in words."""
    units = {"Y": "duration-year", "M": "duration-month", "D": "duration-day"}
    parts = [
        format_unit(int(number), units[unit], locale=LOCALES[language])
        for number, unit in re.findall(r"(\d+)([YMD])", text)
    ]
    return format_list(parts, locale=LOCALES[language])


def _written(day: date, pattern: str, language: str) -> str:
    return format_date(day, pattern, locale=LOCALES[language])


_NO_BREAK_SPACE = "\u00a0"


def number(given: int | str, language: str) -> str:
    """Return a number with as many digits behind the point as it was given with."""
    places = len(str(given).partition(".")[2])
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return format_decimal(Decimal(given), pattern, locale=LOCALES[language], decimal_quantization=False)


def money(value: str, currency: str, language: str) -> str:
    """Return a sum with the code of its currency, where the language puts it."""
    written = number(value, language)
    ordered = (currency, written) if language == "en" else (written, currency)
    return _NO_BREAK_SPACE.join(ordered)
