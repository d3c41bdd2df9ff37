"""The metadata of a page: its short title, its description and its OpenGraph properties (ogp.me)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.formats.html.localization import PageLanguage
from api.formats.html.record_layout import RecordLayout
from vocab.turtle_parser import LANGUAGES

MAX_TITLE, MAX_DESCRIPTION = 70, 220
"""Characters that search engines and messengers show."""
LOCALES = {"lv": "lv_LV", "en": "en_GB"}
"""The OpenGraph locale of each page language."""
_SEPARATOR = " – "


@dataclass(frozen=True)
class PageMetadata:
    """The metadata of a page for search engines and link previews. The description is empty if there is none."""

    name: str
    description: str
    site_name: str
    url: str
    language: PageLanguage

    @property
    def title(self) -> str:
        """Return the name, followed by that of the site if it is another and there is room."""
        title = f"{self.name}{_SEPARATOR}{self.site_name}"
        return title if self.name != self.site_name and len(title) <= MAX_TITLE else self.name

    def open_graph(self) -> Iterator[tuple[str, str]]:
        """Yield the OpenGraph properties with their values."""
        yield "og:title", self.name
        yield "og:type", "website"
        yield "og:url", self.url
        yield "og:site_name", self.site_name
        if self.description:
            yield "og:description", self.description
        yield "og:locale", LOCALES[self.language.code]
        for code in LANGUAGES:
            if code != self.language.code:
                yield "og:locale:alternate", LOCALES[code]


def page_name(
    body: Mapping[str, Any], layout: RecordLayout | None, language: PageLanguage, search_text: str
) -> str:
    """Return the short name of a page: of a record, its acronym and its label."""
    if layout:
        label, acronym = language.preferred(layout.label).text, body.get("acronym", "")
        is_in_label = label.casefold().startswith(acronym.casefold())
        return shorten(label if is_in_label else f"{acronym}{_SEPARATOR}{label}", MAX_TITLE)
    label = language.preferred(body.get("title") or body.get("name") or body["label"]).text
    if body["type"] == "Concept":
        return shorten(f"{label}{_SEPARATOR}{language.preferred(body['in_scheme']['name']).text}", MAX_TITLE)
    return shorten(f"{label}: {search_text}" if search_text else label, MAX_TITLE)


def page_description(
    body: Mapping[str, Any], language: PageLanguage, definitions: Mapping[str, Mapping[str, str]]
) -> str:
    """Return the description of a page, or an empty string: a summary, or the definition of what it shows."""
    if body["type"] == "EntryPoint":
        return str(language.messages.welcome)
    collection = body["uri"].partition("?")[0].rpartition("/")[2]
    definition = definitions.get(collection) if body["type"] == "Collection" else body.get("definition")
    texts = body.get("summary") or definition
    return shorten(language.preferred(texts).text, MAX_DESCRIPTION) if texts else ""


def shorten(text: str, max_length: int) -> str:
    """Return a text, cut at a word and ended by an ellipsis if it is too long."""
    if len(text) <= max_length:
        return text
    words = text[:max_length].rpartition(" ")[0] or text[: max_length - 1]
    return f"{words.rstrip(' ,;:–-')}…"
