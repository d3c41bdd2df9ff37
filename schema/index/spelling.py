"""Spelling: the spellings that are near a misspelled word, and whether two words are two edits apart.

An edit is a letter that is missing, added or replaced, or two neighbouring letters that are swapped.
"""

import unicodedata
from collections.abc import Iterable
from string import ascii_lowercase

from schema.index.tokenizer import normalize, token_spans

MIN_CORRECTED_LENGTH = 4
"""Letters of the shortest word that is corrected by one edit."""

MIN_TWICE_CORRECTED_LENGTH = 8
"""Letters of the shortest word that is corrected by two edits."""

_MAX_EXAMINED = 5_000
"""Characters of all texts together in which the written form of a word is looked for, so that it takes 3 ms at most."""


def spellings_by_one_edit(word: str) -> set[str]:
    """Return all spellings one edit from a word of the tokenizer; new letters are Latin ones or others of the word."""
    letters = {*ascii_lowercase, *word}
    parts = [(word[:index], word[index:]) for index in range(len(word) + 1)]
    spellings = {start + end[1:] for start, end in parts if end}
    spellings.update(start + end[1] + end[0] + end[2:] for start, end in parts if len(end) > 1)
    spellings.update(start + letter + end for start, end in parts for letter in letters)
    spellings.update(start + letter + end[1:] for start, end in parts if end for letter in letters)
    return spellings - {word}


def written_form(word: str, texts: Iterable[str]) -> str:
    """Return a word of the tokenizer as it is first written with accents in some texts, in lower case.

    Texts longer than the rest of the characters that are examined are left out.
    """
    left = _MAX_EXAMINED
    for text in texts:
        if len(text) > left:
            continue
        left -= len(text)
        if f" {word} " in f" {normalize(text)} ":
            for token, start, end in token_spans(text):
                written = "".join(filter(_is_letter_or_mark, text[start:end].lower()))
                # Letters of signs are not written as such: ™ is part of a token that ends in tm.
                if token == word != written and normalize(written) == word:
                    return unicodedata.normalize("NFC", written)
    return word


def _is_letter_or_mark(character: str) -> bool:
    return unicodedata.category(character)[0] in "LM"


def is_two_edits_away(word: str, other: str) -> bool:
    """Return True if at most two edits turn a word into another one, none of which changes a letter twice."""
    # An edit changes the set of letters by two at most, and most words fail this cheap test.
    return len({*word} ^ {*other}) <= 4 and _is_near(word, other, 2)  # noqa: PLR2004


def _is_near(word: str, other: str, edits: int) -> bool:
    """Return True if at most some edits turn a word into another one: equal first letters need none."""
    if abs(len(word) - len(other)) > edits:
        return False
    start = 0
    while word[start : start + 1] == other[start : start + 1] != "":
        start += 1
    word, other = word[start:], other[start:]
    if not (word and other and edits):
        return word == other or max(len(word), len(other)) <= edits
    return (
        _is_near(word[1:], other[1:], edits - 1)
        or _is_near(word[1:], other, edits - 1)
        or _is_near(word, other[1:], edits - 1)
        or (word[:2] == other[1::-1] and _is_near(word[2:], other[2:], edits - 1))
    )
