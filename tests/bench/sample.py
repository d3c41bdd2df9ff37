"""A sample of requests to a database: paths drawn with a fixed seed from its content."""

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
from api.store.zstd_frame import decompress
from api.store_factory import create_store
from schema import MODEL
from schema.index.tokenizer import tokenize
from tests.bench.figures import CannotMeasureError
from tests.bench.servers import BASE

_SAMPLE_SIZE = 4_000
"""Number of projects from which frequencies are estimated."""

_SEED = 7

_PAGE = 25

_PAIRS = 50

_WORDS = 40

_COUNTRIES = 8

_SHARE = 0.036
"""Share of the projects that contain a word of a search: a common word."""


_PUBLIC_PROJECTS = """CREATE TEMP VIEW public_project AS SELECT number, id, list_item FROM record
    WHERE entity = 'Project' AND revision IS NOT NULL"""


class Sample:
    """Ids, pairs of country and funder, words and list pages of one SQLite file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @cached_property
    def ids(self) -> list[str]:
        """Return the ids of all projects, in order."""
        return [row[0] for row in self._rows("SELECT id FROM public_project ORDER BY id")]

    def draw(self, count: int) -> list[str]:
        """Return `count` different ids of projects."""
        if count > len(self.ids):
            message = f"{count} different projects are needed; there are {len(self.ids)} (make bench N=…)"
            raise CannotMeasureError(message)
        return random.Random(_SEED).sample(self.ids, count)  # noqa: S311 - the same each time

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """Return the most frequent pairs of country and funder, each with a full page of projects."""
        counts = Counter(
            (country["id"], funder["id"])
            for document in self._documents
            for country in document.get("countries", ())
            for funder in document.get("funders", ())
        )
        minimum = 2 * _PAGE * len(self._documents) / len(self.ids)
        common = [pair for pair, count in counts.most_common(_PAIRS) if count >= minimum]
        return common or [pair for pair, _ in counts.most_common(1)]

    @cached_property
    def countries(self) -> list[str]:
        """Return the most frequent countries, sorted."""
        counts = Counter(
            country["id"] for document in self._documents for country in document.get("countries", ())
        )
        return sorted(country for country, _ in counts.most_common(_COUNTRIES))

    @property
    def country(self) -> str:
        """Return the most frequent country."""
        return self.pairs[0][0]

    @cached_property
    def words(self) -> list[str]:
        """Return common words of titles and summaries, each in about the same share of the projects."""
        counts = Counter(word for document in self._documents for word in _words(document))
        target = _SHARE * len(self._documents)
        candidates = (word for word in counts if word.isalpha() and len(word) > 3)
        return sorted(candidates, key=lambda word: (abs(counts[word] - target), word))[:_WORDS]

    def detail_paths(self, count: int, suffix: str = "") -> list[str]:
        """Return the paths of `count` projects."""
        return [f"/projects/{identifier}{suffix}" for identifier in self.draw(count)]

    def list_paths(self, suffix: str = "") -> list[str]:
        """Return the paths of filtered lists."""
        return [
            f"/projects?country={country}&funder={funder}&limit={_PAGE}{suffix}"
            for country, funder in self.pairs
        ]

    def search_paths(self) -> list[str]:
        """Return the paths of searches, newest projects first."""
        return [f"/projects?q={word}&sort=-modified&limit={_PAGE}" for word in self.words]

    def cursor_paths(self, count: int) -> list[str]:
        """Return the paths of pages after random cursors in the list of the most frequent country."""
        return [self._page_after(identifier) for identifier in self.draw(count)]

    @property
    def first_page(self) -> str:
        """Return the path of the first page of the projects of the most frequent country."""
        return f"/projects?country={self.country}&limit={_PAGE}"

    @property
    def last_page(self) -> str:
        """Return the path of the last full page of that list."""
        rows = self._rows(
            "SELECT id FROM public_project "
            "WHERE EXISTS (SELECT 1 FROM json_each(CAST(list_item AS TEXT), '$.countries') AS c "
            "WHERE json_extract(c.value, '$.id') = ?) ORDER BY number DESC LIMIT ?",
            self.country,
            _PAGE + 1,
        )
        return self._page_after([row[0] for row in rows][-1])

    def _page_after(self, identifier: str) -> str:
        ((number,),) = self._rows("SELECT number FROM public_project WHERE id = ?", identifier)
        return f"{self.first_page}&cursor={Cursor(False, (number,)).encode(self._canonical_query)}"  # noqa: FBT003

    @cached_property
    def _canonical_query(self) -> str:
        renderer = create_store(Settings(base=BASE)).renderer
        spec = ListQuerySpec(renderer, MODEL.by_name["Project"])
        return spec.list_query({"country": self.country}, full_documents=False).canonical_text

    @cached_property
    def _documents(self) -> list[dict[str, Any]]:
        """Return the documents of a sample of projects."""
        ids = self.draw(min(_SAMPLE_SIZE, len(self.ids)))
        statement = "SELECT body FROM document JOIN public_project USING (number) WHERE id = ?"
        return [
            msgspec.json.decode(decompress(row[0]))
            for identifier in ids
            for row in self._rows(statement, identifier)
        ]

    def _rows(self, statement: str, *values: Any) -> Sequence[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"{self._file.as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute(_PUBLIC_PROJECTS)
            return connection.execute(statement, values).fetchall()


def _words(document: dict[str, Any]) -> set[str]:
    texts = (document.get(name, {}) for name in ("title", "summary"))
    return {word for text in texts for line in text.values() for word in tokenize(line)}
