"""The ways on from a page: to its other language, to other formats, to the pages beside it in a list."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.pages.language import Language
from api.pages.paths import Paths
from api.pages.words import FORMATS, OWN_NAMES
from api.reading.addresses import Address
from api.reading.documents import Asked, Document
from vocab.turtle import LANGUAGES

_HERE = "html"
_OF_PAGES = ("format", "lang")
_OF_A_PLACE = ("limit", "cursor")


@dataclass(frozen=True)
class Way:
    """A link: where it leads, its words, and in what language, media type or relation that is."""

    path: str
    name: str
    kind: str
    is_here: bool = False


@dataclass(frozen=True)
class Ways:
    """The ways on from one page, in the language it is shown in."""

    asked: Asked
    paths: Paths
    language: Language

    def languages(self, default: str) -> list[Way]:
        """Return the page in each language; the default one is not named."""
        rest = {name: value for name, value in self.asked.given.items() if name != "lang"}
        found = []
        for code in LANGUAGES:
            given = rest if code == default else rest | {"lang": code}
            path = self.paths.at(self.asked.address, given)
            found.append(Way(path, OWN_NAMES[code], code, code == self.language.code))
        return found

    def formats(self, media_types: Mapping[str, str]) -> list[Way]:
        """Return the page in each format, told by its suffix."""
        return [
            Way(
                self.paths.at(
                    self.asked.address.in_format(name),
                    {**self._without(*_OF_PAGES), **(self.paths.kept if name == _HERE else {})},
                ),
                FORMATS.get(name, name.upper()),
                media_type,
                name == _HERE,
            )
            for name, media_type in media_types.items()
        ]

    def tables(self) -> list[Way]:
        """Return the whole list as a table, for programs and for spreadsheets."""
        address, given = self.asked.address.in_format("csv"), self._without(*_OF_PAGES, *_OF_A_PLACE)
        return [
            Way(self.paths.at(address, given), FORMATS["csv"], "text/csv"),
            Way(
                self.paths.at(address, given | {"profile": "spreadsheet"}),
                self.language.words.spreadsheet,
                "text/csv",
            ),
        ]

    def pages(self, document: Document) -> list[Way]:
        """Return the pages beside this one in its list."""
        if document.pages.keys() <= {"first"}:
            return []
        chosen = {name: value for name, value in self.asked.given.items() if name in _OF_PAGES}
        return [
            Way(
                self.paths.at(self.asked.address, {**page, **chosen}),
                getattr(self.language.words, relation),
                "prev" if relation == "previous" else relation,
            )
            for relation, page in document.pages.items()
        ]

    def canonical(self) -> str:
        """Return the address that stands for all spellings of this page's."""
        given = self._without(*_OF_PAGES)
        return self.paths.base + Address(self.asked.address.stem).path({**given, **self.paths.kept})

    def _without(self, *names: str) -> dict[str, str]:
        return {name: value for name, value in self.asked.given.items() if name not in names}
