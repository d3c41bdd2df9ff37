"""Countries, currencies and languages: international codes, the EU's IRIs for them, names from CLDR."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import msgspec
import pycountry
from babel import Locale, UnknownLocaleError
from msgspec import Struct

_TABLES = "http://publications.europa.eu/resource/authority"

# Not in ISO 3166-1, but in the EU's table of countries.
_MORE_COUNTRIES = [("XK", "XKX")]


@dataclass(frozen=True)
class AuthorityTable:
    """One of the EU's authority tables. Its name is the JSON `type` of what is in it."""

    name: str
    entries: Callable[[], Iterable[tuple[str, str]]]
    locale_names: Callable[[Locale], Mapping[str, str]]

    @cached_property
    def iris(self) -> Mapping[str, str]:
        """Return the IRI of each code, sorted by code."""
        table = f"{_TABLES}/{self.name.lower()}"
        return {code: f"{table}/{local}" for code, local in sorted(self.entries())}

    def labels(self, code: str, tags: Iterable[str]) -> dict[str, str]:
        """Return a code's names in the languages that CLDR has it in."""
        return {tag: name for tag in tags if (name := self.locale_names(_locale(tag)).get(code))}


class _Entry(Struct):
    """What is needed of an entry in a list of ISO codes."""

    alpha_3: str
    alpha_2: str | None = None


def _entries(standard: str) -> list[_Entry]:
    """Return the entries of a list; through pycountry's own objects they would stay in memory with all their names."""
    file = Path(pycountry.DATABASE_DIR, f"iso{standard}.json")
    return msgspec.json.decode(file.read_bytes(), type=dict[str, list[_Entry]])[standard]


def _countries() -> Iterable[tuple[str, str]]:
    return [*((one.alpha_2 or "", one.alpha_3) for one in _entries("3166-1")), *_MORE_COUNTRIES]


def _languages() -> Iterable[tuple[str, str]]:
    return ((one.alpha_2 or one.alpha_3, one.alpha_3.upper()) for one in _entries("639-3"))


def _currencies() -> Iterable[tuple[str, str]]:
    return ((one.alpha_3, one.alpha_3) for one in _entries("4217"))


COUNTRIES = AuthorityTable("Country", _countries, lambda locale: locale.territories)
"""ISO 3166-1 two-letter codes."""

LANGUAGES = AuthorityTable("Language", _languages, lambda locale: locale.languages)
"""BCP 47 language codes."""

CURRENCIES = AuthorityTable("Currency", _currencies, lambda locale: locale.currencies)
"""ISO 4217 three-letter codes."""


def has_locale(tag: str) -> bool:
    """Tell whether CLDR names countries, currencies and languages in a language."""
    try:
        return bool(_locale(tag))
    except (ValueError, UnknownLocaleError):
        return False


@cache
def _locale(tag: str) -> Locale:
    return Locale.parse(tag, sep="-")
