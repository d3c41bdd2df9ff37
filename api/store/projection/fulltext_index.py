"""The full-text index of SQLite, an FTS5 table over the words of search documents, written with them.

A trigger would write it for each row by itself, which takes four times as long. PostgreSQL maintains its GIN index.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from api.store.database.array_parameter import json_array
from api.store.database.writing_session import RowValues, Session

NAME = "search_document_words"
"""The name of the FTS5 table."""

_ADD = f"INSERT INTO {NAME}(rowid, words) VALUES (?, ?)"  # noqa: S608 - a constant

_REMOVE = f"INSERT INTO {NAME}({NAME}, rowid, words) VALUES ('delete', ?, ?)"  # noqa: S608 - a constant

_FIND = f"""SELECT value FROM json_each(?) WHERE EXISTS (
    SELECT 1 FROM {NAME} WHERE {NAME} MATCH '"' || value || '"')"""  # noqa: S608 - a constant

_FIND_ON_POSTGRESQL = """SELECT word FROM unnest(CAST(%s AS text[])) AS word WHERE EXISTS (
    SELECT 1 FROM search_document
    WHERE array_to_tsvector(string_to_array(words, ' ')) @@ CAST(quote_literal(word) AS tsquery))"""

_VOCABULARY = f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, {NAME}, 'row')"
"""Creates the table of the terms of the index: it is temporary, so that a read-only connection can have it."""

_SEPARATOR = "."
"""The character between two values of a text, which is no term."""

_FILL = f"INSERT INTO {NAME}({NAME}) VALUES ('rebuild')"  # noqa: S608 - a constant


class FulltextIndex:
    """Writes the full-text index of SQLite inside a writing transaction; on PostgreSQL there is nothing to write."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._is_written = session.connection.dialect.name == "sqlite"

    def remove(self, rows: Iterable[RowValues]) -> None:
        """Remove rows of `search_document`; FTS5 needs the texts to find the words."""
        if self._is_written:
            self._session.execute_many(_REMOVE, [(row[0], row[-1]) for row in rows])

    def add(self, rows: Iterable[RowValues]) -> None:
        """Add rows of `search_document`, which begin with the number and end with the words."""
        if self._is_written:
            self._session.execute_many(_ADD, [(row[0], row[-1]) for row in rows])

    def words_found(self, words: Sequence[str]) -> set[str]:
        """Return the words that a search document has, among some words."""
        execute = self._session.connection.exec_driver_sql
        if not words:
            return set()
        if self._is_written:
            return set(execute(_FIND, (json_array(words),)).scalars())
        # The planner would look for rare words without the GIN index, as it expects one early.
        execute("SET LOCAL enable_seqscan TO off")
        found = set(execute(_FIND_ON_POSTGRESQL, ([*words],)).scalars())
        execute("SET LOCAL enable_seqscan TO DEFAULT")
        return found

    def repair(self, *, is_outdated: bool) -> int:
        """Fill the index again if it is known to be outdated, or has wrong terms.

        Return the number of wrong terms, 0 where they follow from the texts that were outdated.
        """
        wrong_terms = 0 if is_outdated else self.differences()
        if self._is_written and (is_outdated or wrong_terms):
            self._session.connection.exec_driver_sql(_FILL)
        return wrong_terms

    def differences(self) -> int:
        """Return the number of terms that another number of records has in the index than in the search documents.

        A damaged index, which cannot be read, is counted as one term.
        """
        if not self._is_written:
            return 0
        connection, counts = self._session.connection, Counter[str]()
        for (text,) in connection.execute(select(self._session.tables.search_document.c.words)):
            counts.update({*text.split()})
        del counts[_SEPARATOR]
        try:
            connection.exec_driver_sql(_VOCABULARY)
            rows = connection.exec_driver_sql("SELECT term, doc FROM temp.vocabulary")
            stored: dict[str, int] = dict(rows.all())
        except DBAPIError:
            return 1
        return sum(counts[term] != stored.get(term, 0) for term in counts.keys() | stored)
