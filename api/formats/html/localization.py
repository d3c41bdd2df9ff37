"""The language of a page: which of several texts it shows, and how it writes values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from api.formats.html import formatting as dates
from api.formats.html import formatting as numbers
from api.formats.html.messages import MESSAGES_BY_LANGUAGE
from vocab.turtle import LANGUAGES

_UNKNOWN = "und"


@dataclass(frozen=True)
class LocalizedText:
    """A text or a list of texts, and the language to mark it with: None for that of the page."""

    text: Any
    mark: str | None = None


@dataclass(frozen=True)
class PageLanguage:
    """One of the languages that pages are written in."""

    code: str

    @property
    def words(self) -> SimpleNamespace:
        """Return the words of the pages."""
        return MESSAGES_BY_LANGUAGE[self.code]

    @property
    def others(self) -> tuple[str, ...]:
        """Return the other languages of the pages."""
        return tuple(one for one in LANGUAGES if one != self.code)

    def chosen(self, given: Mapping[str, Any] | str) -> LocalizedText:
        """Return what to show of texts: in the page's language, else in the pages' other, else the first."""
        if isinstance(given, str):
            return LocalizedText(given)
        return next(self.all(given))

    def all(self, texts: Mapping[str, Any]) -> Iterator[LocalizedText]:
        """Yield what there is in each language, that of the page first."""
        before = [tag for tag in (self.code, *self.others) if tag in texts]
        for tag in [*before, *(tag for tag in texts if tag not in before)]:
            yield LocalizedText(texts[tag], self._mark(tag))

    def marked(self, match: Mapping[str, str]) -> LocalizedText:
        """Return where something was found, with the language of that text."""
        return LocalizedText(match["text"], self._mark(match.get("language", self.code)))

    def elsewhere(self, texts: Mapping[str, str]) -> list[LocalizedText]:
        """Return the texts in languages that no page is written in, but for the one chosen."""
        return [one for one in list(self.all(texts))[1:] if one.mark not in (None, *LANGUAGES)]

    def partial_date(self, given: str) -> str:
        """Return a year, month, season or day in words."""
        return dates.partial_date(given, self.code)

    def moment(self, given: str) -> str:
        """Return a moment in words."""
        return dates.moment(given, self.code)

    def duration(self, given: str) -> str:
        """Return a duration in words."""
        return dates.duration(given, self.code)

    def number(self, given: int | str) -> str:
        """Return a number as it is written."""
        return numbers.number(given, self.code)

    def money(self, value: str, currency: str) -> str:
        """Return a sum as it is written."""
        return numbers.money(value, currency, self.code)

    def _mark(self, tag: str) -> str | None:
        if tag == self.code:
            return None
        return "" if tag == _UNKNOWN else tag
