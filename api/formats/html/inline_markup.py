"""Markup of texts, labels and cards.

A list page has hundreds of them, which the macros of templates would render in ten times the time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup, escape

from api.formats.html.localization import LocalizedText, PageLanguage
from api.formats.html.navigation import PagePaths, is_web_url
from api.formats.html.record_layout import RecordLayouts


@dataclass(frozen=True)
class InlineMarkup:
    """Renders texts, labels and cards of one page as HTML elements of a line.

    `distinguishing` has the text that tells a record apart from others with the same label, by IRI. Where
    `has_short_labels` is True, projects are called by their acronym alone.
    """

    language: PageLanguage
    layouts: RecordLayouts
    paths: PagePaths
    distinguishing: Mapping[str, Any] = field(default_factory=dict)
    has_short_labels: bool = False

    def functions(self) -> dict[str, Callable[..., Markup]]:
        """Return the functions of templates, by name."""
        methods = (
            self.card,
            self.card_label,
            self.label,
            self.label_note,
            self.label_text,
            self.lang_attribute,
            self.language_note,
            self.line,
            self.text,
        )
        return {method.__name__: method for method in methods}

    def lang_attribute(self, localized: LocalizedText) -> Markup:
        """Return the `lang` attribute of a text, nothing if it is in the page's language."""
        return _html("" if localized.lang is None else f' lang="{escape(localized.lang)}"')

    def language_note(self, localized: LocalizedText) -> Markup:
        """Return the words that say which language a text is in, nothing if that is the page's."""
        if not localized.language:
            return _html("")
        return _html(f' <span class="language">({escape(localized.language)})</span>')

    def line(self, text: str) -> Markup:
        """Return a text without language."""
        return _html(f"<bdi>{escape(text)}</bdi>")

    def text(self, texts: Mapping[str, Any] | str) -> Markup:
        """Return the preferred text of a language map."""
        return self._localized(self.language.preferred(texts))

    def label(self, texts: Mapping[str, Any] | str) -> Markup:
        """Return the preferred label of a field or filter, with a capital."""
        localized = self.language.preferred(texts)
        label = escape(localized.text[:1].upper() + localized.text[1:])
        return (
            label
            if localized.lang is None
            else _html(f"<span{self.lang_attribute(localized)}>{label}</span>")
        )

    def label_note(
        self, card: Mapping[str, Any], localized: LocalizedText, *, shows_language: bool = False
    ) -> Markup:
        """Return the words on the language of a label. A proper name, or one whose language is shown, has none."""
        if not localized.language or self.layouts.is_proper_name(card):
            return _html("")
        is_shown = shows_language and self.layouts.is_in_stated_language(card, localized.lang)
        return _html("") if is_shown else self.language_note(localized)

    def label_text(self, card: Mapping[str, Any], *, shows_language: bool = False) -> Markup:
        """Return the label of a node, with a word on its language if it needs one."""
        localized = self.language.preferred(self.layouts.label(card))
        note = self.label_note(card, localized, shows_language=shows_language)
        return _html(f"{self._localized(localized)}{note}")

    def card_label(self, card: Mapping[str, Any], *, shows_language: bool = False) -> Markup:
        """Return the label of a card with its acronym, and with what tells it apart from others."""
        label = self.label_text(card, shows_language=shows_language)
        acronym = f" ({self.line(card['acronym'])})" if "acronym" in card else ""
        distinction = self.distinguishing.get(card.get("uri", ""))
        return _html(f"{label}{acronym} ({self.text(distinction)})" if distinction else f"{label}{acronym}")

    def card(self, card: Mapping[str, Any], *, shows_language: bool = False) -> Markup:
        """Return the link to a node, by its label."""
        if self.has_short_labels and card["type"] == "Project" and "acronym" in card:
            label = self.line(card["acronym"])
        else:
            label = self.card_label(card, shows_language=shows_language)
        uri = card["uri"]
        if self.paths.is_ours(uri):
            return _html(f'<a href="{escape(self.paths.page(uri))}">{label}</a>')
        return _html(f'<a href="{escape(uri)}" rel="external">{label}</a>') if is_web_url(uri) else label

    def _localized(self, localized: LocalizedText) -> Markup:
        """Return a text. `bdi` isolates it from the text around it, as its direction is unknown."""
        return _html(f"<bdi{self.lang_attribute(localized)}>{escape(localized.text)}</bdi>")


def _html(element: str) -> Markup:
    """Return an element, whose texts are escaped already, as one that templates do not escape again."""
    return Markup(element)  # noqa: S704
