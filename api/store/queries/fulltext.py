"""Words in the database: each engine has an index of its own, and both are asked for the same."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, and_, bindparam, case, column, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from schema.index.fulltext import SearchTerm

_SQLITE, _POSTGRESQL = "words_for_sqlite", "words_for_postgresql"


class _WithWords(FunctionElement[Any]):
    """The numbers of the records that have some words, in any order."""

    name = "with_words"
    inherit_cache = True


@compiles(_WithWords, "sqlite")
def _in_sqlite(_: _WithWords, compiler: Any, **options: Any) -> str:
    words = compiler.process(bindparam(_SQLITE, type_=Text()), **options)
    return f"(SELECT rowid AS number FROM searchable_words WHERE searchable_words MATCH {words})"  # noqa: S608 - a place for a value


@compiles(_WithWords, "postgresql")
def _in_postgresql(_: _WithWords, compiler: Any, **options: Any) -> str:
    words = compiler.process(bindparam(_POSTGRESQL, type_=Text()), **options)
    has_words = f"array_to_tsvector(string_to_array(everything, ' ')) @@ CAST({words} AS tsquery)"
    # The offset keeps other conditions out: with them, or in the order of numbers, the server would rather
    # take the words of record after record apart than ask their index, as it does not know what that costs.
    return f"(SELECT number FROM searchable WHERE {has_words} OFFSET 0)"  # noqa: S608 - a place for a value


def matching_numbers() -> Any:
    """Return a table of the numbers of the records that have all words that are asked for."""
    return _WithWords().table_valued(column("number", BigInteger)).alias()


def match_expressions(terms: Iterable[SearchTerm]) -> dict[str, str]:
    """Return what the indexes are asked for: every word, the last of a term perhaps the beginning of one."""
    words = [one for term in terms for one in _with_prefixes(term)]
    return {
        _SQLITE: " ".join(f'"{word}" *' if is_prefix else f'"{word}"' for word, is_prefix in words),
        _POSTGRESQL: " & ".join(f"'{word}':*" if is_prefix else f"'{word}'" for word, is_prefix in words),
    }


def _with_prefixes(term: SearchTerm) -> Iterator[tuple[str, bool]]:
    *before, last = term.tokens
    yield from ((word, False) for word in before)
    yield last, term.is_prefix


def phrase_texts(terms: Iterable[SearchTerm]) -> list[str]:
    """Return what stands in a text of words, with a space before and behind it, if a term is there."""
    return [f" {' '.join(term.tokens)}{'' if term.is_prefix else ' '}" for term in terms]


def has_phrases(searchable: Any, lengths: Sequence[int]) -> list[ColumnElement[bool]]:
    """Return that all terms of several words stand as they were asked for: the index has words in no order."""
    several = [phrase for phrase, length in zip(_phrases(lengths), lengths, strict=True) if length > 1]
    return [_has_all(searchable.c.everything, several)] if several else []


def rank(searchable: Any, lengths: Sequence[int]) -> ColumnElement[int]:
    """Return how well a record is found: 0 where all is in its identifiers, 1 in titles, 2 for the rest."""
    phrases = _phrases(lengths)
    return case(
        (_has_all(searchable.c.identifiers, phrases), 0), (_has_all(searchable.c.titles, phrases), 1), else_=2
    )


def _phrases(lengths: Sequence[int]) -> list[Any]:
    return [bindparam(f"phrase{place}", type_=Text) for place in range(len(lengths))]


def _has_all(text: ColumnElement[str], phrases: Iterable[Any]) -> ColumnElement[bool]:
    space: ColumnElement[str] = literal_column("' '")
    return and_(True, *[(space + text + space).contains(phrase) for phrase in phrases])  # noqa: FBT003
