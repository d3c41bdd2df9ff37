"""Full-text matching: the match of the engine's full-text index, phrase conditions and the rank.

A term without quotation marks also matches other forms of its word: the words of the index with the same stem.

SQLite uses an FTS5 table, PostgreSQL a GIN index over text search vectors; both match the same tokens.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, and_, bindparam, case, column, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from api.store.readers.reader import FTS5_MATCH
from schema.index.fulltext import SearchTerm

_SQLITE, _POSTGRESQL = FTS5_MATCH, "words_for_postgresql"
"""Names of the bind parameters with the match expression of each engine."""

RANKS = 4
"""Different ranks of a match."""

INFLECTED = 3
"""The rank of a match by other forms of a word: the last one."""

Forms = Mapping[str, Sequence[str]]
"""The forms of words that have inflections, themselves included, by word."""


class _FulltextMatch(FunctionElement[Any]):
    """The numbers of the full-text documents that match, in no particular order."""

    name = "fulltext_match"
    inherit_cache = True


@compiles(_FulltextMatch, "sqlite")
def _compile_for_sqlite(_: _FulltextMatch, compiler: Any, **options: Any) -> str:
    expression = compiler.process(bindparam(_SQLITE, type_=Text()), **options)
    return (
        f"(SELECT rowid AS number FROM search_document_words WHERE search_document_words MATCH {expression})"  # noqa: S608 - a bind parameter
    )


@compiles(_FulltextMatch, "postgresql")
def _compile_for_postgresql(_: _FulltextMatch, compiler: Any, **options: Any) -> str:
    expression = compiler.process(bindparam(_POSTGRESQL, type_=Text()), **options)
    condition = f"array_to_tsvector(string_to_array(words, ' ')) @@ CAST({expression} AS tsquery)"
    # OFFSET 0 keeps other conditions and the sort order out of the subquery. The planner underestimates the cost
    # of a text search vector per row, and would compute it for row after row instead of using the GIN index.
    return f"(SELECT number FROM search_document WHERE {condition} OFFSET 0)"  # noqa: S608 - a bind parameter


def matching_numbers() -> Any:
    """Return a subquery with the column `number`: the full-text documents with all tokens of the search."""
    return _FulltextMatch().table_valued(column("number", BigInteger)).alias()


def match_expressions(terms: Iterable[SearchTerm], forms: Forms) -> dict[str, str]:
    """Return the bind parameters of the match: the conjunction of all tokens, in the syntax of each engine.

    A term with inflections matches each of its `forms`; without these, its word only.
    """
    sqlite, postgresql = [], []
    for term in terms:
        if term.has_inflections:
            alternatives = forms.get(term.tokens[0], term.tokens)
            sqlite.append("(" + " OR ".join([f'"{token}"' for token in alternatives]) + ")")
            postgresql.append("(" + " | ".join([f"'{token}'" for token in alternatives]) + ")")
            continue
        for token, is_prefix in _tokens(term):
            sqlite.append(f'"{token}" *' if is_prefix else f'"{token}"')
            postgresql.append(f"'{token}':*" if is_prefix else f"'{token}'")
    return {_SQLITE: " AND ".join(sqlite), _POSTGRESQL: " & ".join(postgresql)}


def with_forms(terms: Iterable[SearchTerm], forms: Forms) -> list[SearchTerm]:
    """Return terms, with a term for each form of their words: a text that a search matches has one of each."""
    others = [SearchTerm((form,)) for alternatives in forms.values() for form in alternatives[1:]]
    return [*terms, *others]


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
    return [_contains_all(document.c.words, phrases)] if phrases else []


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
