"""Where links lead: paths that are good behind any host, which keep the language of the page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from api.formats.document import Asked, Document
from api.formats.html.localization import Language
from api.formats.html.messages import FORMATS, OWN_NAMES
from api.http.urls import Address, with_query
from schema.declaration.datatypes import HTTP_IRI
from vocab.turtle import LANGUAGES


@dataclass(frozen=True)
class Paths:
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

    def at(self, address: Address, parameters: Mapping[str, str]) -> str:
        """Return the path of an address with just these parameters."""
        return self.prefix + address.path(parameters)

    def is_ours(self, iri: str) -> bool:
        """Tell whether an IRI is one of this installation."""
        return iri.startswith(f"{self.base}/")


def is_web(iri: str) -> bool:
    """Tell whether a browser may be led to an IRI: such as a check would have refused lead nowhere."""
    return re.search(HTTP_IRI, iri) is not None


_HERE = "html"

OF_PAGES = ("format", "lang", "highlight")
"""Parameters that decide how something is shown, and not what."""

OF_A_PLACE = ("limit", "cursor")
"""Those that decide which part of a list is shown."""


@dataclass(frozen=True)
class Way:
    """A link: where it leads, its words, and in what language, media type or relation that is."""

    path: str
    name: str
    kind: str
    is_here: bool = False


@dataclass(frozen=True)
class Ways:
    """The ways on from one page, in the language it is shown in.

    They do not depend on how its format was chosen, so that it has the same bytes however it was.
    """

    asked: Asked
    paths: Paths
    language: Language

    def languages(self, default: str) -> list[Way]:
        """Return the page in each language; the default one is not named."""
        found = []
        for code in LANGUAGES:
            parameters = self._question() | ({} if code == default else {"lang": code})
            path = self.paths.at(self._bare(), parameters)
            found.append(Way(path, OWN_NAMES[code], code, code == self.language.code))
        return found

    def formats(self, media_types: Mapping[str, str]) -> list[Way]:
        """Return the page in each format, told by its suffix."""
        found = []
        for name, media_type in media_types.items():
            kept = self.paths.kept if name == _HERE else {}
            path = self.paths.at(self._bare().in_format(name), {**self._question(), **kept})
            found.append(Way(path, FORMATS.get(name, name.upper()), media_type, name == _HERE))
        return found

    def tables(self) -> list[Way]:
        """Return the whole list as a table, for programs and for spreadsheets."""
        address, question = self._bare().in_format("csv"), self._question(*OF_A_PLACE)
        spreadsheet = self.paths.at(address, question | {"profile": "spreadsheet"})
        return [
            Way(self.paths.at(address, question), FORMATS["csv"], "text/csv"),
            Way(spreadsheet, self.language.words.spreadsheet, "text/csv"),
        ]

    def pages(self, document: Document) -> list[Way]:
        """Return the pages beside this one in its list."""
        beside = document.beside
        if beside is None:
            return []
        # The first page is its own beginning.
        relations = ("first", "previous", "next") if "previous" in beside.cursors else ("next",)
        return [
            Way(
                self._beside(beside.shared, beside.cursors[relation]),
                getattr(self.language.words, relation),
                "prev" if relation == "previous" else relation,
            )
            for relation in relations
            if relation in beside.cursors
        ]

    def canonical(self) -> str:
        """Return the IRI that stands for all spellings of this page's address."""
        return self.paths.base + self._bare().path({**self._question(), **self.paths.kept})

    def _beside(self, shared: Mapping[str, str], cursor: str) -> str:
        """Return the path of another page of the list, in the language of this one."""
        page = {name: value for name, value in shared.items() if name != "lang"}
        at = {"cursor": cursor} if cursor else {}
        return self.paths.at(self._bare(), {**page, **at, **self.paths.kept})

    def _bare(self) -> Address:
        return Address(self.asked.address.stem)

    def _question(self, *without: str) -> dict[str, str]:
        """Return the parameters that ask for content, but for some."""
        return {name: value for name, value in self.asked.given.items() if name not in (*OF_PAGES, *without)}
