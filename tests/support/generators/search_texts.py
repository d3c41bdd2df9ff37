"""Random search texts: words, prefixes, phrases and numbers, with varying case and accents."""

import random
from collections.abc import Mapping
from typing import Any
from unicodedata import category, normalize

from tests.support.generators.texts import ACKNOWLEDGEMENT_WORD, COMMON, NEVER_FOUND, RARE, SOURCE_WORD
from tests.support.oracle.search import grouped_texts, terms, tokens

MAX_LENGTH = 200

MAX_PREFIXES = 3

TRAPS = (
    *NEVER_FOUND.values(), SOURCE_WORD, ACKNOWLEDGEMENT_WORD, "Latvija", "coordinator", "euro", "https", "lv", "first", "name", "LV",
    "x" * 80, "x" * 64, "x" * 65 + "*", "x" * 63 + "*", "x" * 63, "%", "_", "'", "tilts%", "t_lts", "a OR b",
    "NOT tilts", "NEAR", "tilts & bridge", "tilts | bridge", "!tilts", "title:tilts", "+tilts", "(tilts)",
    "^tilts", "tilts:*", "\\", "588997", "citiz-1", "CITIZ-1-2017", "a", "a*", "1*", "t*", "*", "İSTANBUL", "istanbul",
    "isik*", "ılık", "lodz", "strasse", "STRAßE", "aebeltoft", "ΩMEGA", "ελλαδα", "東京", "finance", "100 %", "100%",
)  # fmt: skip
"""Operators of full-text engines, words of other fields and boundary cases; all are plain words here."""

ENDINGS = ("s", "i", "a", "u", "am", "iem", "ajām", "us", "e", "is", "ing", "ed", "es", "ies", "")
"""Endings of words in both languages, the empty one included."""

ENDING_LETTERS = "aeiousmāēīūAEIOUSMĀĒĪŪ"


class SearchGenerator:
    """Generates search texts."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def search(self, entity: str, body: Mapping[str, Any]) -> str:
        """Return a search text with at least one term, likely to match a document."""
        texts = [text for _, text in grouped_texts(entity, body) if tokens(text)]
        while True:
            count = self.rng.choices((1, 2, 3, 6), (60, 25, 12, 3))[0]
            search = self.rng.choice((" ", " ", "  ", "\t")).join(self._term(texts) for _ in range(count))
            if terms(search) and len(search) <= MAX_LENGTH and search.count("*") <= MAX_PREFIXES:
                return search.removesuffix('"') if self.rng.random() < 0.05 else search

    def _term(self, texts: list[str]) -> str:
        generate = self.rng.choices(
            (
                *(self._word, self._inflected_word, self._prefix, self._phrase, self._phrase_prefix),
                *(self._common_word, self._trap),
            ),
            (23, 14, 17, 15, 8, 15, 8),
        )[0]
        return generate(texts)

    def _word(self, texts: list[str]) -> str:
        return self._varied(self.rng.choice(self._chunks(texts)))

    def _inflected_word(self, texts: list[str]) -> str:
        """Return a word with another ending, which may be that of another form."""
        word = self._word(texts).lstrip("-")  # A hyphen before letters would exclude a word.
        return word.rstrip(ENDING_LETTERS)[:40] + self.rng.choice(ENDINGS)

    def _prefix(self, texts: list[str]) -> str:
        word = self._word(texts)
        return f"{word[: self.rng.randint(1, max(1, len(word) - 1))]}*"

    def _phrase(self, texts: list[str]) -> str:
        return f'"{self._row(texts)}"'

    def _phrase_prefix(self, texts: list[str]) -> str:
        row = self._row(texts)
        prefix = row[: -self.rng.randint(1, 2)].rstrip() or row
        return self.rng.choice((f'"{prefix}*"', f'"{prefix}"*'))

    def _common_word(self, _: list[str]) -> str:
        return self._varied(self.rng.choice(self.rng.choice((COMMON, RARE))).replace('"', ""))

    def _trap(self, _: list[str]) -> str:
        return self.rng.choice(TRAPS)

    def _chunks(self, texts: list[str]) -> list[str]:
        """Return the words of a random text with their punctuation."""
        return self.rng.choice(texts).replace('"', " ").split()

    def _row(self, texts: list[str]) -> str:
        """Return up to three consecutive words of a text, or now and then every second word."""
        chunks = self._chunks(texts)
        start = self.rng.randrange(len(chunks))
        step = self.rng.choices((1, 2), (9, 1))[0]
        return self._varied(" ".join(chunks[start : start + step * self.rng.randint(1, 3) : step]))

    def _varied(self, text: str) -> str:
        """Return a text in another case, without accents or with decomposed ones, or unchanged."""
        variants = (
            str,
            str,
            str.upper,
            str.lower,
            str.title,
            _without_accents,
            lambda text: normalize("NFD", text),
        )
        return self.rng.choice(variants)(text)


def _without_accents(text: str) -> str:
    letters = normalize("NFD", text)
    return "".join(letter for letter in letters if not category(letter).startswith("M"))
