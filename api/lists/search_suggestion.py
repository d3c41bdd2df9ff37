"""Suggestion of another search where one finds nothing: misspelled words are replaced by words of the index."""

from collections.abc import Mapping

from pyroaring import BitMap

from api.store.record_index.index_snapshot import IndexSnapshot
from api.store.record_index.list_evaluation import ListEvaluation
from api.store.record_index.list_query import ListQuery
from schema.index.fulltext import MAX_SEARCH_LENGTH, SearchTerm
from schema.index.inflections import is_word
from schema.index.spelling import (
    MIN_CORRECTED_LENGTH,
    MIN_TWICE_CORRECTED_LENGTH,
    is_two_edits_away,
    spellings_by_one_edit,
    written_form,
)
from schema.index.tokenizer import token_spans

_MAX_CORRECTIONS = 3
"""Words of a search that are corrected; a search with more unknown words gets no suggestion."""

_MAX_SIMILAR_WORDS = 500
"""Words that begin alike and are compared with a misspelled one; if there are more, none is."""

_MAX_CANDIDATES = 50
"""Words that may stand for a misspelled one, of which the most frequent is suggested; of more, the first by code point."""


async def suggested_search(evaluation: ListEvaluation, query: ListQuery, text: str) -> str | None:
    """Return a search text in which the words that the index lacks are replaced, or None.

    Each replacement occurs in a record of the listed entity; nothing says that one record has all of them.
    """
    unknown = await _unknown_words(evaluation.snapshot, query.terms)
    if not 0 < len(unknown) <= _MAX_CORRECTIONS:
        return None
    corrections: dict[str, str] = {}
    for word in unknown:
        correction = await _most_frequent(evaluation, query, await _candidates(evaluation.snapshot, word))
        if not correction:
            return None
        corrections[word] = correction
    corrected = _replaced(text, corrections)
    return corrected if len(corrected) <= MAX_SEARCH_LENGTH else None


async def _unknown_words(snapshot: IndexSnapshot, terms: tuple[SearchTerm, ...]) -> list[str]:
    """Return the words of a search, without prefixes, that the index has in no form."""
    forms = await snapshot.forms(terms)
    tokens = [token for term in terms for token in (term.tokens[:-1] if term.is_prefix else term.tokens)]
    missing = [word for word in dict.fromkeys(tokens) if is_word(word) and word not in forms]
    if not missing:
        return []
    known = await snapshot.words(missing)
    return [word for word in missing if word not in known]


async def _candidates(snapshot: IndexSnapshot, word: str) -> list[str]:
    """Return words of the index that are one edit away, or else two and begin with the same half."""
    if len(word) < MIN_CORRECTED_LENGTH:
        return []
    candidates = await snapshot.words(spellings_by_one_edit(word))
    if not candidates and len(word) >= MIN_TWICE_CORRECTED_LENGTH:
        candidates = await _candidates_by_two_edits(snapshot, word)
    return sorted(candidates)[:_MAX_CANDIDATES]


async def _candidates_by_two_edits(snapshot: IndexSnapshot, word: str) -> set[str]:
    half = len(word) // 2
    lengths = range(len(word) - 2, len(word) + 3)
    similar = await snapshot.similar_words(word[:half], lengths, _MAX_SIMILAR_WORDS + 1)
    if len(similar) > _MAX_SIMILAR_WORDS:
        return set()
    near: set[str] = set()
    for other in similar:
        if is_two_edits_away(word[half:], other[half:]):
            near.add(other)
        await snapshot.pause()
    return near


async def _most_frequent(evaluation: ListEvaluation, query: ListQuery, candidates: list[str]) -> str | None:
    """Return the candidate that most records of the listed entity have, as it is written, or None if none has one."""
    best, records = "", BitMap()
    for word in candidates:
        found = await evaluation.records_with_word(query.entity, word)
        if len(found) > len(records):
            best, records = word, found
    return written_form(best, await evaluation.searched_texts(records.min())) if best else None


def _replaced(text: str, corrections: Mapping[str, str]) -> str:
    """Return a search text with the tokens that have a correction replaced."""
    for token, start, end in reversed(token_spans(text)):
        if token in corrections:
            text = text[:start] + corrections[token] + text[end:]
    return text
