"""The language of a page: its messages, the choice of text by language, and localized formats."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NamedTuple

from api.formats.html import formatting
from api.formats.html.messages import MESSAGES_BY_LANGUAGE
from schema.declaration.datatypes import AUTHORITY_TABLES, Kind
from schema.documents.localization_and_fieldsets import fallback_order
from vocab.turtle_parser import LANGUAGES

_UNDETERMINED = "und"
"""The language tag of texts whose language is unknown (BCP 47)."""


class LocalizedText(NamedTuple):
    """A text or a list of texts, with its `lang` attribute and what says so in words.

    In the page's language it has neither: `lang` is None and `language` is empty.
    """

    text: Any
    lang: str | None = None
    language: str = ""


@dataclass(frozen=True)
class PageLanguage:
    """One of the languages of the pages."""

    code: str

    @property
    def messages(self) -> SimpleNamespace:
        """Return the messages in this language."""
        return MESSAGES_BY_LANGUAGE[self.code]

    def preferred(self, texts: Mapping[str, Any] | str) -> LocalizedText:
        """Return the text in the page's language, else in the language that data falls back to.

        `texts` is a language map, or a text without language, which is returned as it is.
        """
        if isinstance(texts, str):
            return LocalizedText(texts)
        if self.code in texts:
            return LocalizedText(texts[self.code])
        return next(self.translations(texts))

    def translations(self, texts: Mapping[str, Any]) -> Iterator[LocalizedText]:
        """Yield the text of each language of a language map, in the order of preference."""
        for tag in sorted(fallback_order(texts), key=lambda tag: tag != self.code):
            yield self._localized(texts[tag], tag)

    def match(self, match: Mapping[str, str]) -> LocalizedText:
        """Return the text of a search match."""
        return self._localized(match["text"], match.get("language", self.code))

    def foreign(self, texts: Mapping[str, str]) -> list[LocalizedText]:
        """Return the texts in languages that no page has, without the preferred text."""
        return [text for text in list(self.translations(texts))[1:] if text.lang not in (None, *LANGUAGES)]

    def partial_date(self, partial: str) -> str:
        """Format a year, month, season or day, or two alternatives."""
        return formatting.partial_date(partial, self.code)

    def instant(self, text: str) -> str:
        """Format an instant."""
        return formatting.instant(text, self.code)

    def duration(self, text: str) -> str:
        """Format an ISO 8601 duration."""
        return formatting.duration(text, self.code)

    def enumeration(self, texts: Iterable[Mapping[str, str]]) -> str:
        """Format texts by language as an enumeration."""
        return formatting.enumeration([self.preferred(text).text for text in texts], self.code)

    def number(self, value: int | str) -> str:
        """Format a number."""
        return formatting.number(value, self.code)

    def money(self, value: str, currency: str) -> str:
        """Format a sum of money."""
        return formatting.money(value, currency, self.code)

    def _localized(self, text: Any, tag: str) -> LocalizedText:
        """Return a text that is in a language. In HTML, an empty `lang` attribute means an unknown language."""
        if tag == self.code:
            return LocalizedText(text)
        if tag == _UNDETERMINED:
            return LocalizedText(text, "", self.messages.in_unknown_language)
        code = tag.partition("-")[0]
        name = AUTHORITY_TABLES[Kind.LANGUAGE].labels(code, (self.code,)).get(self.code, tag)
        return LocalizedText(text, tag, self.messages.in_language.format(name))
