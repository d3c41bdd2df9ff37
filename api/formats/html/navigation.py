"""Where links lead: paths that are good behind any host, which keep the language of the page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from api.formats.document import JsonDocument, RequestTarget
from api.formats.html.localization import PageLanguage
from api.formats.html.messages import FORMAT_LABELS, LANGUAGE_NAMES
from api.http.urls import UrlPath, with_query
from schema.declaration.datatypes import HTTP_IRI
from vocab.turtle import LANGUAGES


@dataclass(frozen=True)
class PagePaths:
    """The paths of one installation; `kept` are the parameters that lead on in the language of a page."""

    base: str
    kept: Mapping[str, str]

    @property
    def prefix(self) -> str:
        """Return the path of the base address."""
        return urlsplit(self.base).path

    def page(self, iri: str) -> str:
        """Return the path of a page of ours, whose IRI or path is given."""
        path, _, fragment = iri.removeprefix(self.base).partition("#")
        query = with_query("", self.kept)
        if "?" in path:
            query = query.replace("?", "&", 1)
        mark = f"#{fragment}" if fragment not in ("", "this") else ""
        return f"{self.prefix}{path}{query}{mark}"

    def file(self, iri: str) -> str:
        """Return the path of what is not a page and knows no language: an asset, a schema."""
        return self.prefix + iri.removeprefix(self.base)

    def at(self, address: UrlPath, parameters: Mapping[str, str]) -> str:
        """Return the path of an address with just these parameters."""
        return self.prefix + address.url(parameters)

    def is_ours(self, iri: str) -> bool:
        """Tell whether an IRI is one of this installation."""
        return iri.startswith(f"{self.base}/")


def is_web_url(iri: str) -> bool:
    """Tell whether a browser may be led to an IRI: such as a check would have refused lead nowhere."""
    return re.search(HTTP_IRI, iri) is not None


_HERE = "html"

PRESENTATION_PARAMETERS = ("format", "lang", "highlight")
"""Parameters that decide how something is shown, and not what."""

PAGING_PARAMETERS = ("limit", "cursor")
"""Those that decide which part of a list is shown."""


@dataclass(frozen=True)
class NavigationLink:
    """A link: where it leads, its words, and in what language, media type or relation that is."""

    path: str
    name: str
    kind: str
    is_here: bool = False


@dataclass(frozen=True)
class NavigationLinks:
    """The ways on from one page, in the language it is shown in.

    They do not depend on how its format was chosen, so that it has the same bytes however it was.
    """

    asked: RequestTarget
    paths: PagePaths
    language: PageLanguage

    def languages(self, default: str) -> list[NavigationLink]:
        """Return the page in each language; the default one is not named."""
        found = []
        for code in LANGUAGES:
            parameters = self._question() | ({} if code == default else {"lang": code})
            path = self.paths.at(self._bare(), parameters)
            found.append(NavigationLink(path, LANGUAGE_NAMES[code], code, code == self.language.code))
        return found

    def formats(self, media_types: Mapping[str, str]) -> list[NavigationLink]:
        """Return the page in each format, told by its suffix."""
        found = []
        for name, media_type in media_types.items():
            kept = self.paths.kept if name == _HERE else {}
            path = self.paths.at(self._bare().with_suffix(name), {**self._question(), **kept})
            found.append(
                NavigationLink(path, FORMAT_LABELS.get(name, name.upper()), media_type, name == _HERE)
            )
        return found

    def tables(self) -> list[NavigationLink]:
        """Return the whole list as a table, for programs and for spreadsheets."""
        address, question = self._bare().with_suffix("csv"), self._question(*PAGING_PARAMETERS)
        spreadsheet = self.paths.at(address, question | {"profile": "spreadsheet"})
        return [
            NavigationLink(self.paths.at(address, question), FORMAT_LABELS["csv"], "text/csv"),
            NavigationLink(spreadsheet, self.language.words.spreadsheet, "text/csv"),
        ]

    def pages(self, document: JsonDocument) -> list[NavigationLink]:
        """Return the pages beside this one in its list."""
        beside = document.page_links
        if beside is None:
            return []
        # The first page is its own beginning.
        relations = ("first", "previous", "next") if "previous" in beside.cursors else ("next",)
        return [
            NavigationLink(
                self._beside(beside.shared, beside.cursors[relation]),
                getattr(self.language.words, relation),
                "prev" if relation == "previous" else relation,
            )
            for relation in relations
            if relation in beside.cursors
        ]

    def canonical(self) -> str:
        """Return the IRI that stands for all spellings of this page's address."""
        return self.paths.base + self._bare().url({**self._question(), **self.paths.kept})

    def _beside(self, shared: Mapping[str, str], cursor: str) -> str:
        """Return the path of another page of the list, in the language of this one."""
        page = {name: value for name, value in shared.items() if name != "lang"}
        at = {"cursor": cursor} if cursor else {}
        return self.paths.at(self._bare(), {**page, **at, **self.paths.kept})

    def _bare(self) -> UrlPath:
        return UrlPath(self.asked.path.stem)

    def _question(self, *without: str) -> dict[str, str]:
        """Return the parameters that ask for content, but for some."""
        return {
            name: value
            for name, value in self.asked.parameters.items()
            if name not in (*PRESENTATION_PARAMETERS, *without)
        }
