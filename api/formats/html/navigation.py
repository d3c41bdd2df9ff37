"""Links of a page: paths that work behind any host, the language switch, formats, other pages of a list."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from api.formats.document import JsonDocument, RequestTarget
from api.formats.format import Format
from api.formats.html.localization import PageLanguage
from api.formats.html.messages import LANGUAGE_NAMES
from api.http.language_parameters import LANGUAGE
from api.http.parameter_names import CURSOR, FORMAT, HIGHLIGHT, LIMIT, PROFILE
from api.http.url_path_and_format_suffix import UrlPath
from schema.declaration.datatypes import HTTP_IRI
from vocab.turtle_parser import LANGUAGES

PRESENTATION_PARAMETERS = (FORMAT, LANGUAGE, HIGHLIGHT)
"""Parameters that change how a page shows its content."""
PAGING_PARAMETERS = (LIMIT, CURSOR)
"""Parameters that select a page of a list."""


@dataclass(frozen=True)
class PagePaths:
    """The paths of an installation, and the language of the page that links to them."""

    base: str
    language: str

    @property
    def prefix(self) -> str:
        """Return the path of the base address."""
        return urlsplit(self.base).path

    def page(self, iri: str) -> str:
        """Return the path of a page, given its IRI or path, in the same language."""
        path, _, fragment = iri.removeprefix(self.base).partition("#")
        path, question_mark, query = path.partition("?")
        anchor = f"#{fragment}" if fragment not in ("", "this") else ""
        return f"{self.at(UrlPath(path).page(self.language), {})}{question_mark}{query}{anchor}"

    def file(self, iri: str) -> str:
        """Return the path of an asset or a schema, which have no language."""
        return self.prefix + iri.removeprefix(self.base)

    def at(self, path: UrlPath, parameters: Mapping[str, str]) -> str:
        """Return a path with just these parameters."""
        return self.prefix + path.url(parameters)

    def is_ours(self, iri: str) -> bool:
        """Return True for an IRI of this installation."""
        return iri.startswith(f"{self.base}/")


def is_web_url(iri: str) -> bool:
    """Return True if a page may link to an IRI: only to http and https."""
    return re.search(HTTP_IRI, iri) is not None


@dataclass(frozen=True)
class NavigationLink:
    """A link: its path, its text, and its language, media type or link relation."""

    path: str
    name: str
    kind: str
    is_here: bool = False


@dataclass(frozen=True)
class NavigationLinks:
    """The links of one page in its language.

    They do not depend on how the format was selected, so that a page has the same bytes by suffix and by Accept.
    """

    target: RequestTarget
    paths: PagePaths
    language: PageLanguage

    def languages(self) -> list[NavigationLink]:
        """Return the page in each language."""
        query = self._query()
        return [
            NavigationLink(
                self.paths.at(self.target.path.page(code), query),
                LANGUAGE_NAMES[code],
                code,
                code == self.language.code,
            )
            for code in LANGUAGES
        ]

    def language_urls(self, default: str) -> dict[str, str]:
        """Return the URL of the page by language; `x-default` is that of a reader who has none of them."""
        query = self._query()
        urls = {code: self.paths.base + self.target.path.page(code).url(query) for code in LANGUAGES}
        return {**urls, "x-default": urls[default]}

    def formats(self, formats: Iterable[Format]) -> list[NavigationLink]:
        """Return the page in each format, by suffix."""
        path, query = self.target.path, self._query()
        return [
            NavigationLink(
                self.paths.at(self._path() if row.is_page else path.with_suffix(row.name), query),
                row.label,
                row.media_type,
                row.is_page,
            )
            for row in formats
        ]

    def tables(self, formats: Iterable[Format]) -> list[NavigationLink]:
        """Return the whole list in each format with full documents, and in each of its profiles."""
        links = []
        query = self._query(*PAGING_PARAMETERS)
        for row in formats:
            if row.full_documents:
                path = self._path().with_suffix(row.name)
                links.append(NavigationLink(self.paths.at(path, query), row.label, row.media_type))
                for profile in row.profiles:
                    url = self.paths.at(path, query | {PROFILE: profile})
                    links.append(
                        NavigationLink(url, getattr(self.language.messages, profile), row.media_type)
                    )
        return links

    def pages(self, document: JsonDocument) -> list[NavigationLink]:
        """Return the other pages of the list."""
        pages = document.page_links
        if pages is None:
            return []
        # On the first page, `first` would be a link to itself.
        relations = ("first", "previous", "next") if "previous" in pages.cursors else ("next",)
        return [
            NavigationLink(
                self._page_path(pages.shared, pages.cursors[relation]),
                getattr(self.language.messages, relation),
                "prev" if relation == "previous" else relation,
            )
            for relation in relations
            if relation in pages.cursors
        ]

    def _page_path(self, shared: Mapping[str, str], cursor: str) -> str:
        """Return the path of another page of the list, in the same language."""
        parameters = {name: value for name, value in shared.items() if name != LANGUAGE}
        position = {CURSOR: cursor} if cursor else {}
        return self.paths.at(self._path(), {**parameters, **position})

    def _path(self) -> UrlPath:
        """Return the path of this page, which is the same however it was requested."""
        return self.target.path.page(self.language.code)

    def _query(self, *without: str) -> dict[str, str]:
        """Return the parameters that select content, except some."""
        excluded = (*PRESENTATION_PARAMETERS, *without)
        return {name: value for name, value in self.target.parameters.items() if name not in excluded}
