"""Words in the database: each engine has an index of its own, and both are asked for the same."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Boolean, ColumnElement, FromClause, Text, and_, bindparam, case, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from api.store.probes import Bind
from schema.search import Term

_SQLITE, _POSTGRESQL = "words_for_sqlite", "words_for_postgresql"


class _HasWords(FunctionElement[bool]):
    """Records that have some words, in any order; given the number and all words of each."""

    name = "has_words"
    type = Boolean()
    inherit_cache = True


@compiles(_HasWords, "sqlite")
def _in_sqlite(element: _HasWords, compiler: Any, **options: Any) -> str:
    number, _ = (compiler.process(one, **options) for one in element.clauses)
    words = compiler.process(bindparam(_SQLITE, type_=Text()), **options)
    return f"{number} IN (SELECT rowid FROM searchable_words WHERE searchable_words MATCH {words})"  # noqa: S608 - both are places for values


@compiles(_HasWords, "postgresql")
def _in_postgresql(element: _HasWords, compiler: Any, **options: Any) -> str:
    _, everything = (compiler.process(one, **options) for one in element.clauses)
    words = compiler.process(bindparam(_POSTGRESQL, type_=Text()), **options)
    return f"array_to_tsvector(string_to_array({everything}, ' ')) @@ CAST({words} AS tsquery)"


def words_of(terms: Iterable[Term]) -> dict[str, str]:
    """Return what the indexes are asked for: every word, the last of a term perhaps the beginning of one."""
    words = [one for term in terms for one in _with_prefixes(term)]
    return {
        _SQLITE: " ".join(f'"{word}" *' if is_prefix else f'"{word}"' for word, is_prefix in words),
        _POSTGRESQL: " & ".join(f"'{word}':*" if is_prefix else f"'{word}'" for word, is_prefix in words),
    }


def _with_prefixes(term: Term) -> Iterator[tuple[str, bool]]:
    *before, last = term.words
    yield from ((word, False) for word in before)
    yield last, term.is_prefix


def phrases_of(terms: Iterable[Term]) -> list[str]:
    """Return what stands in a text of words, with a space before and behind it, if a term is there."""
    return [f" {' '.join(term.words)}{'' if term.is_prefix else ' '}" for term in terms]


def matching(searchable: FromClause, lengths: Sequence[int], bind: Bind) -> tuple[ColumnElement[bool], Any]:
    """Return that a record has all of some terms, whose lengths in words are given, and how well.

    The best is 0, where all are in one identifier or another; 1 is for titles, 2 for the rest.
    """
    places = [bind() for _ in lengths]
    # The index finds words in any order, so terms of several are looked at again.
    several = [place for place, length in zip(places, lengths, strict=True) if length > 1]
    found = and_(
        _HasWords(searchable.c.number, searchable.c.everything), _has_all(searchable.c.everything, several)
    )
    rank = case(
        (_has_all(searchable.c.identifiers, places), 0), (_has_all(searchable.c.titles, places), 1), else_=2
    )
    return found, rank


def _has_all(text: ColumnElement[str], places: Iterable[Any]) -> ColumnElement[bool]:
    space: ColumnElement[str] = literal_column("' '")
    return and_(True, *[(space + text + space).contains(place) for place in places])  # noqa: FBT003
