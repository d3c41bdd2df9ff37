"""Countries and languages: international codes, the EU's IRIs for them, names from CLDR."""

from functools import cache

import pycountry
from babel import Locale, UnknownLocaleError

_AUTHORITY = "http://publications.europa.eu/resource/authority"

# Not in ISO 3166-1, but in the EU's table of countries.
_MORE_COUNTRIES = {"XK": "XKX"}


@cache
def countries() -> dict[str, str]:
    """Return ISO 3166-1 two-letter codes with the IRIs of the EU's country table."""
    codes = {country.alpha_2: country.alpha_3 for country in pycountry.countries} | _MORE_COUNTRIES
    return {code: f"{_AUTHORITY}/country/{codes[code]}" for code in sorted(codes)}


@cache
def languages() -> dict[str, str]:
    """Return BCP 47 language codes with the IRIs of the EU's language table."""
    codes = {
        getattr(language, "alpha_2", language.alpha_3): language.alpha_3 for language in pycountry.languages
    }
    return {code: f"{_AUTHORITY}/language/{codes[code].upper()}" for code in sorted(codes)}


def country_names(code: str, tags: tuple[str, ...]) -> dict[str, str]:
    """Return a country's names in the languages that CLDR has it in."""
    return {tag: name for tag in tags if (name := _locale(tag).territories.get(code))}


def language_names(code: str, tags: tuple[str, ...]) -> dict[str, str]:
    """Return a language's names in the languages that CLDR has it in."""
    return {tag: name for tag in tags if (name := _locale(tag).languages.get(code))}


def has_names_in(tag: str) -> bool:
    """Tell whether CLDR names countries and languages in a language."""
    try:
        return bool(_locale(tag))
    except (ValueError, UnknownLocaleError):
        return False


@cache
def _locale(tag: str) -> Locale:
    return Locale.parse(tag, sep="-")
