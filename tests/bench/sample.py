"""What is asked of a database: addresses drawn with a fixed seed from what is in it."""

import random
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from api.lists.cursor import Cursor
from api.lists.query import ListQuerySpec
from api.settings import Settings
from api.store_factory import create_store
from schema import MODEL
from schema.index.tokenizer import tokenize
from tests.bench.figures import CannotMeasureError
from tests.bench.servers import BASE

_LOOKED_AT = 4_000
"""Projects from which frequencies are taken."""

_SEED = 7

_PAGE = 25

_PAIRS = 50

_WORDS = 40

_SHARE = 0.036
"""How many of all projects a word is in that is searched for: a common one."""


class Sample:
    """Ids, pairs of country and funder, words and places in lists, of one SQLite file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @cached_property
    def ids(self) -> list[str]:
        """Return the ids of all projects, in order."""
        return [row[0] for row in self._rows("SELECT id FROM projects ORDER BY id")]

    def drawn(self, count: int) -> list[str]:
        """Return the ids of some projects."""
        if count > len(self.ids):
            message = f"{count} different projects are needed; there are {len(self.ids)} (make bench N=…)"
            raise CannotMeasureError(message)
        return random.Random(_SEED).sample(self.ids, count)  # noqa: S311 - the same each time

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """Return the most frequent pairs of country and funder, each with a whole page of projects or more."""
        found = Counter(
            (country["id"], funder["id"])
            for one in self._looked_at
            for country in one.get("countries", ())
            for funder in one.get("funders", ())
        )
        least = 2 * _PAGE * len(self._looked_at) / len(self.ids)
        common = [pair for pair, count in found.most_common(_PAIRS) if count >= least]
        return common or [pair for pair, _ in found.most_common(1)]

    @property
    def country(self) -> str:
        """Return the most frequent country."""
        return self.pairs[0][0]

    @cached_property
    def words(self) -> list[str]:
        """Return common words of titles and summaries, each in about the same share of the projects."""
        found = Counter(word for one in self._looked_at for word in _words_of(one))
        wanted = _SHARE * len(self._looked_at)
        likely = (word for word in found if word.isalpha() and len(word) > 3)
        return sorted(likely, key=lambda word: (abs(found[word] - wanted), word))[:_WORDS]

    def details(self, count: int, suffix: str = "") -> list[str]:
        """Return the addresses of some projects."""
        return [f"/projects/{one}{suffix}" for one in self.drawn(count)]

    def lists(self, more: str = "") -> list[str]:
        """Return addresses of filtered lists."""
        return [
            f"/projects?country={country}&funder={funder}&limit={_PAGE}{more}"
            for country, funder in self.pairs
        ]

    def searches(self) -> list[str]:
        """Return addresses of searches, the newest projects first."""
        return [f"/projects?q={word}&sort=-modified&limit={_PAGE}" for word in self.words]

    def pages(self, count: int) -> list[str]:
        """Return addresses of pages anywhere in the list of the projects of a country."""
        return [self._page_behind(one) for one in self.drawn(count)]

    @property
    def first_page(self) -> str:
        """Return the address of the first page of the projects of a country."""
        return f"/projects?country={self.country}&limit={_PAGE}"

    @property
    def last_page(self) -> str:
        """Return the address of the last whole page of that list."""
        rows = self._rows(
            "SELECT d.id FROM projects AS p JOIN item AS d ON d.entity = 'Project' AND d.id = p.id "
            "WHERE EXISTS (SELECT 1 FROM json_each(CAST(d.body AS TEXT), '$.countries') AS c "
            "WHERE json_extract(c.value, '$.id') = ?) ORDER BY p.id DESC LIMIT ?",
            self.country,
            _PAGE + 1,
        )
        return self._page_behind([row[0] for row in rows][-1])

    def _page_behind(self, identifier: str) -> str:
        return f"{self.first_page}&cursor={Cursor(False, (identifier,)).encode(self._question)}"  # noqa: FBT003

    @cached_property
    def _question(self) -> str:
        renderer = create_store(Settings(base=BASE)).renderer
        asking = ListQuerySpec(renderer, MODEL.by_name["Project"])
        return asking.list_query({"country": self.country}, full_documents=False).canonical_text

    @cached_property
    def _looked_at(self) -> list[dict[str, Any]]:
        """Return the documents of some projects."""
        some = self.drawn(min(_LOOKED_AT, len(self.ids)))
        find = "SELECT body FROM document WHERE entity = 'Project' AND id = ?"
        return [msgspec.json.decode(row[0]) for one in some for row in self._rows(find, one)]

    def _rows(self, statement: str, *values: Any) -> Sequence[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"{self._file.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute(statement, values).fetchall()


def _words_of(document: dict[str, Any]) -> set[str]:
    texts = (document.get(name, {}) for name in ("title", "summary"))
    return {word for text in texts for line in text.values() for word in tokenize(line)}
