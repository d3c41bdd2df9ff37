"""Searches at random: words, beginnings of words, phrases, numbers, in any case and with or without accents."""

import random
from collections.abc import Mapping
from typing import Any
from unicodedata import category, normalize

from tests.support.generators.texts import ASKED_WORD, COMMON, NEVER_FOUND, RARE
from tests.support.oracle.search import terms, values, words

LONGEST = 200

TRAPS = (
    *NEVER_FOUND.values(), ASKED_WORD, "Latvija", "coordinator", "euro", "https", "lv", "first", "name", "LV",
    "x" * 80, "x" * 64, "x" * 65 + "*", "x" * 63 + "*", "x" * 63, "%", "_", "'", "tilts%", "t_lts", "a OR b",
    "NOT tilts", "NEAR", "tilts & bridge", "tilts | bridge", "!tilts", "title:tilts", "+tilts", "(tilts)",
    "^tilts", "tilts:*", "\\", "588997", "citiz-1", "CITIZ-1-2017", "a", "a*", "1*", "t*", "*", "İSTANBUL", "istanbul",
    "isik*", "ılık", "lodz", "strasse", "STRAßE", "aebeltoft", "ΩMEGA", "ελλαδα", "東京", "finance", "100 %", "100%",
)  # fmt: skip
"""What means something to some engine or is stated somewhere else; all of it is nothing but words here."""


class Words:
    """Makes searches with the dice that it is given."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice

    def asked(self, entity: str, body: Mapping[str, Any]) -> str:
        """Return a search that is likely to find a document, and has words in it."""
        texts = [text for _, text in values(entity, body) if words(text)]
        while True:
            count = self.dice.choices((1, 2, 3, 6), (60, 25, 12, 3))[0]
            found = self.dice.choice((" ", " ", "  ", "\t")).join(self._term(texts) for _ in range(count))
            if terms(found) and len(found) <= LONGEST:
                return found.removesuffix('"') if self.dice.random() < 0.05 else found

    def _term(self, texts: list[str]) -> str:
        make = self.dice.choices(
            (self._word, self._prefix, self._phrase, self._phrase_prefix, self._known, self._trap),
            (35, 18, 16, 8, 15, 8),
        )[0]
        return make(texts)

    def _word(self, texts: list[str]) -> str:
        return self._varied(self.dice.choice(self._chunks(texts)))

    def _prefix(self, texts: list[str]) -> str:
        word = self._word(texts)
        return f"{word[: self.dice.randint(1, max(1, len(word) - 1))]}*"

    def _phrase(self, texts: list[str]) -> str:
        return f'"{self._row(texts)}"'

    def _phrase_prefix(self, texts: list[str]) -> str:
        row = self._row(texts)
        short = row[: -self.dice.randint(1, 2)].rstrip() or row
        return self.dice.choice((f'"{short}*"', f'"{short}"*'))

    def _known(self, _: list[str]) -> str:
        return self._varied(self.dice.choice(self.dice.choice((COMMON, RARE))).replace('"', ""))

    def _trap(self, _: list[str]) -> str:
        return self.dice.choice(TRAPS)

    def _chunks(self, texts: list[str]) -> list[str]:
        """Return the words of one text as they stand there, signs and all."""
        return self.dice.choice(texts).replace('"', " ").split()

    def _row(self, texts: list[str]) -> str:
        """Return some neighbouring words of a text; some of the time not quite neighbours."""
        chunks = self._chunks(texts)
        start = self.dice.randrange(len(chunks))
        step = self.dice.choices((1, 2), (9, 1))[0]
        return self._varied(" ".join(chunks[start : start + step * self.dice.randint(1, 3) : step]))

    def _varied(self, text: str) -> str:
        """Return a text as others may write it."""
        ways = (str, str, str.upper, str.lower, str.title, _plain, lambda one: normalize("NFD", one))
        return self.dice.choice(ways)(text)


def _plain(text: str) -> str:
    """Return a text without its accents."""
    return "".join(char for char in normalize("NFD", text) if not category(char).startswith("M"))
