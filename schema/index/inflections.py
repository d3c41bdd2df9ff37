"""Inflections: the words of the index with their stems, by which a search finds other forms of a word.

Texts and searches do not say reliably which language a word is in, so each word has an English and a Latvian stem.
"""

from collections.abc import Iterable
from typing import NamedTuple

from Stemmer import Stemmer

from schema.index.latvian_stemmer import latvian_stem

MIN_WORD_LENGTH = 3
"""Letters of the shortest word that has inflections."""


class InflectedWord(NamedTuple):
    """A word with its stems: the columns of the table `word`."""

    word: str
    english_stem: str
    latvian_stem: str

    def has_common_stem(self, other: "InflectedWord") -> bool:
        """Return True if two words have the same stem in one of the languages."""
        return self.english_stem == other.english_stem or self.latvian_stem == other.latvian_stem


def is_word(token: str) -> bool:
    """Return True if a token is a word that may be inflected: long enough, of letters alone."""
    return len(token) >= MIN_WORD_LENGTH and token.isalpha()


def words(texts: Iterable[str]) -> set[str]:
    """Return the words in some normalized texts."""
    return {*filter(is_word, tokens(texts))}


def tokens(texts: Iterable[str]) -> set[str]:
    """Return the tokens in some normalized texts."""
    return {token for text in texts for token in text.split()}


def inflected(word: str) -> InflectedWord:
    """Return a word with its stems."""
    # A stemmer has the word that it works on, so each thread needs its own; making one takes less than 1 µs.
    return InflectedWord(word, Stemmer("english", 0).stemWord(word), latvian_stem(word))
