"""Authority tables of countries, currencies and languages: ISO codes, EU IRIs, and names from CLDR."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import msgspec
import pycountry
from babel import Locale, UnknownLocaleError
from msgspec import Struct

_BASE_IRI = "http://publications.europa.eu/resource/authority"

# Kosovo is not in ISO 3166-1, but in the EU's table of countries.
_EU_COUNTRIES = [("XK", "XKX")]


@dataclass(frozen=True)
class AuthorityTable:
    """An EU authority table. Its name is the JSON `type` of its entries' cards.

    `entries` returns pairs of a code and the local part of its EU IRI. `locale_names` returns the names in a
    locale, by code.
    """

    name: str
    entries: Callable[[], Iterable[tuple[str, str]]]
    locale_names: Callable[[Locale], Mapping[str, str]]

    @cached_property
    def iris(self) -> Mapping[str, str]:
        """Return the IRI of each code, sorted by code."""
        table_iri = f"{_BASE_IRI}/{self.name.lower()}"
        return {code: f"{table_iri}/{local_name}" for code, local_name in sorted(self.entries())}

    def labels(self, code: str, tags: Iterable[str]) -> dict[str, str]:
        """Return the names of a code as a language map, without languages that CLDR has no name in."""
        return {tag: name for tag in tags if (name := self.locale_names(_locale(tag)).get(code))}


class _IsoEntry(Struct):
    """The codes of an entry in one of pycountry's JSON files."""

    alpha_3: str
    alpha_2: str | None = None


def _iso_entries(standard: str) -> list[_IsoEntry]:
    """Return the entries of an ISO standard, such as 3166-1.

    The file is read directly because pycountry's objects keep all names in memory.
    """
    file = Path(pycountry.DATABASE_DIR, f"iso{standard}.json")
    return msgspec.json.decode(file.read_bytes(), type=dict[str, list[_IsoEntry]])[standard]


def _countries() -> Iterable[tuple[str, str]]:
    return [*((entry.alpha_2 or "", entry.alpha_3) for entry in _iso_entries("3166-1")), *_EU_COUNTRIES]


def _languages() -> Iterable[tuple[str, str]]:
    return ((entry.alpha_2 or entry.alpha_3, entry.alpha_3.upper()) for entry in _iso_entries("639-3"))


def _currencies() -> Iterable[tuple[str, str]]:
    return ((entry.alpha_3, entry.alpha_3) for entry in _iso_entries("4217"))


COUNTRIES = AuthorityTable("Country", _countries, lambda locale: locale.territories)
"""Countries by ISO 3166-1 alpha-2 code, and XK for Kosovo."""

LANGUAGES = AuthorityTable("Language", _languages, lambda locale: locale.languages)
"""Languages by BCP 47 primary language subtag."""

CURRENCIES = AuthorityTable("Currency", _currencies, lambda locale: locale.currencies)
"""Currencies by ISO 4217 code."""


def has_locale(tag: str) -> bool:
    """Return True if CLDR has a locale for a language tag."""
    try:
        return bool(_locale(tag))
    except (ValueError, UnknownLocaleError):
        return False


@cache
def _locale(tag: str) -> Locale:
    return Locale.parse(tag, sep="-")
