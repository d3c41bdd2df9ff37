"""The table of words: those of all search documents, with their stems.

A word is added with the first document that has it, and removed with the last one: what is no longer public is neither
found nor suggested by it.
"""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Select, Text, bindparam, select

from api.store.database.array_parameter import AnyOf, json_array
from api.store.database.writing_session import Session
from api.store.projection.fulltext_index import FulltextIndex
from schema.index.inflections import inflected, is_word, tokens, words
from schema.storage.tables import Tables

_READ_ROWS = 1_000
"""Texts or words that are read at once."""


class WordTable:
    """Writes the words of search documents inside a writing transaction, after the documents."""

    def __init__(self, session: Session, fulltext_index: FulltextIndex) -> None:
        self._session = session
        self._table = session.tables.word
        self._fulltext_index = fulltext_index

    def update(self, removed: Iterable[str], added: Iterable[str]) -> None:
        """Add the words of texts that were added, and remove those that only removed texts had."""
        before, after = tokens(removed), tokens(added)
        new, old = {*filter(is_word, after - before)}, {*filter(is_word, before - after)}
        self._insert(new - self._stored(new))
        self._delete(old - self._fulltext_index.words_found(sorted(old)))

    def differences(self) -> set[str]:
        """Return the words whose rows are missing, wrong or too many."""
        return set().union(*self._differences())

    def repair(self) -> set[str]:
        """Correct the rows by the texts of all search documents, and return the words that had wrong ones."""
        wrong, missing = self._differences()
        self._delete(wrong)
        self._insert(missing)
        return wrong | missing

    def _differences(self) -> tuple[set[str], set[str]]:
        """Return the words that have a row which should not be there, and those that have not the right one."""
        document = self._session.tables.search_document
        missing = words(text for (text,) in self._read(select(document.c.words)))
        wrong = set()
        for row in self._read(select(self._table)):
            if row[0] in missing and tuple(row) == inflected(row[0]):
                missing.discard(row[0])
            else:
                wrong.add(row[0])
        return wrong, missing

    def _read(self, query: Select[Any]) -> Iterable[Any]:
        return self._session.connection.execute(query, execution_options={"yield_per": _READ_ROWS})

    def _stored(self, among: Collection[str]) -> set[str]:
        if not among:
            return set()
        rows = self._session.run(_select_words, words=json_array(sorted(among)))
        return {word for (word,) in rows}

    def _insert(self, new: Iterable[str]) -> None:
        self._session.insert(self._table, [inflected(word) for word in sorted(new)])

    def _delete(self, old: Iterable[str]) -> None:
        self._session.delete(self._table, [(word,) for word in sorted(old)])


def _select_words(tables: Tables) -> Select[Any]:
    return select(tables.word.c.word).where(AnyOf(tables.word.c.word, bindparam("words", type_=Text)))
