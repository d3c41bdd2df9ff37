"""Full-text matching: the match of the engine's full-text index, phrase conditions and the rank.

SQLite uses an FTS5 table, PostgreSQL a GIN index over text search vectors; both match the same tokens.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, and_, bindparam, case, column, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from api.store.readers.reader import FTS5_MATCH
from schema.index.fulltext import SearchTerm

_SQLITE, _POSTGRESQL = FTS5_MATCH, "words_for_postgresql"
"""Names of the bind parameters with the match expression of each engine."""


class _FulltextMatch(FunctionElement[Any]):
    """The numbers of the full-text documents that match, in no particular order."""

    name = "fulltext_match"
    inherit_cache = True


@compiles(_FulltextMatch, "sqlite")
def _compile_for_sqlite(_: _FulltextMatch, compiler: Any, **options: Any) -> str:
    expression = compiler.process(bindparam(_SQLITE, type_=Text()), **options)
    return f"(SELECT rowid AS number FROM searchable_words WHERE searchable_words MATCH {expression})"  # noqa: S608 - a bind parameter


@compiles(_FulltextMatch, "postgresql")
def _compile_for_postgresql(_: _FulltextMatch, compiler: Any, **options: Any) -> str:
    expression = compiler.process(bindparam(_POSTGRESQL, type_=Text()), **options)
    condition = f"array_to_tsvector(string_to_array(everything, ' ')) @@ CAST({expression} AS tsquery)"
    # OFFSET 0 keeps other conditions and the sort order out of the subquery. The planner underestimates the cost
    # of a text search vector per row, and would compute it for row after row instead of using the GIN index.
    return f"(SELECT number FROM searchable WHERE {condition} OFFSET 0)"  # noqa: S608 - a bind parameter


def matching_numbers() -> Any:
    """Return a subquery with the column `number`: the full-text documents with all tokens of the search."""
    return _FulltextMatch().table_valued(column("number", BigInteger)).alias()


def match_expressions(terms: Iterable[SearchTerm]) -> dict[str, str]:
    """Return the bind parameters of the match: the conjunction of all tokens, in the syntax of each engine."""
    tokens = [token for term in terms for token in _tokens(term)]
    return {
        _SQLITE: " ".join(f'"{token}" *' if is_prefix else f'"{token}"' for token, is_prefix in tokens),
        _POSTGRESQL: " & ".join(f"'{token}':*" if is_prefix else f"'{token}'" for token, is_prefix in tokens),
    }


def _tokens(term: SearchTerm) -> Iterator[tuple[str, bool]]:
    """Yield each token of a term, and whether it is a prefix: only the last one can be."""
    *leading, last = term.tokens
    yield from ((token, False) for token in leading)
    yield last, term.is_prefix


def phrase_texts(terms: Iterable[SearchTerm]) -> list[str]:
    """Return each term as a substring of the text of a full-text document, whose tokens have spaces around them.

    A prefix has no space at the end.
    """
    return [f" {' '.join(term.tokens)}{'' if term.is_prefix else ' '}" for term in terms]


def has_phrases(document: Any, lengths: Sequence[int]) -> list[ColumnElement[bool]]:
    """Return the conditions that a full-text document has the terms of several tokens as phrases.

    `lengths` are the numbers of tokens of the terms. The match ignores the order of tokens, so phrases are
    compared with the text.
    """
    phrases = [phrase for phrase, length in zip(_phrases(lengths), lengths, strict=True) if length > 1]
    return [_contains_all(document.c.everything, phrases)] if phrases else []


def rank(document: Any, lengths: Sequence[int]) -> ColumnElement[int]:
    """Return the rank of a match: 0 if all terms are in identifiers, 1 if all are in titles, else 2."""
    phrases = _phrases(lengths)
    return case(
        (_contains_all(document.c.identifiers, phrases), 0),
        (_contains_all(document.c.titles, phrases), 1),
        else_=2,
    )


def _phrases(lengths: Sequence[int]) -> list[Any]:
    return [bindparam(f"phrase{index}", type_=Text) for index in range(len(lengths))]


def _contains_all(text: ColumnElement[str], phrases: Iterable[Any]) -> ColumnElement[bool]:
    space: ColumnElement[str] = literal_column("' '")
    return and_(True, *[(space + text + space).contains(phrase) for phrase in phrases])  # noqa: FBT003
