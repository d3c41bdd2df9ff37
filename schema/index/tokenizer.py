"""Tokenizer: text → tokens of lower-case letters and digits, without accents and punctuation."""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

MAX_TOKEN_LENGTH = 64
"""Characters of a token; the rest of a longer word is dropped, to limit the size of index terms."""

_MAX_CACHED_LENGTH = 120
"""Characters of the longest text whose tokens are cached."""

TokenSpan = tuple[str, int, int]
"""A token, with the offsets of its start and its end in the text."""

_LETTER_FOLDING = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i"}
)
"""Letters that Unicode does not decompose, with what is typed on keyboards that lack them."""

_IGNORED_CATEGORIES = ("Mn", "Mc", "Me", "Cf")
"""Unicode categories of combining marks and invisible format characters, such as soft hyphens.

They do not separate tokens.
"""

_ZERO_WIDTH_SPACE = "\u200b"
"""A format character too (Cf), but one whose purpose is to separate words."""


def tokenize(text: str) -> list[str]:
    """Return the tokens of a text, in order."""
    return [word[:MAX_TOKEN_LENGTH] for word in text.translate(_FOLDED_CHARACTERS).split()]


def normalize(text: str) -> str:
    """Return the tokens of a text, joined by spaces."""
    return _cached_normalize(text) if len(text) <= _MAX_CACHED_LENGTH else " ".join(tokenize(text))


@lru_cache(20_000)
def _cached_normalize(text: str) -> str:
    """Return the tokens of a short text, such as a name that many records repeat."""
    return " ".join(tokenize(text))


def token_spans(text: str) -> list[TokenSpan]:
    """Return the tokens of a text with their offsets.

    Tokens that come from one character have the same span, as 1 and 2 do for ½.
    """
    return list(_spans(text))


def _spans(text: str) -> Iterator[TokenSpan]:
    letters: list[str] = []
    start = end = 0
    for offset, character in enumerate(text):
        folded = _FOLDED_CHARACTERS[ord(character)]
        for letter in folded:
            if letter != " ":
                start = start if letters else offset
                letters.append(letter)
                end = offset + 1
            elif letters:
                yield "".join(letters[:MAX_TOKEN_LENGTH]), start, end
                letters = []
        if letters and not folded:
            end = offset + 1
    if letters:
        yield "".join(letters[:MAX_TOKEN_LENGTH]), start, end


def _folded_character(character: str) -> str:
    """Return the letters and digits of a character, with a space for each separator."""
    if character == _ZERO_WIDTH_SPACE:
        return " "
    text = character
    while (folded := _fold(text)) != text:
        text = folded
    visible = (letter for letter in text if unicodedata.category(letter) not in _IGNORED_CATEGORIES)
    return "".join(letter if letter.isalnum() else " " for letter in visible)


def _fold(text: str) -> str:
    """Return a text folded once. The caller repeats it: ™ becomes TM, and ǿ becomes ø."""
    return unicodedata.normalize("NFKD", text.casefold()).translate(_LETTER_FOLDING)


class _FoldedCharacters(dict[int, str]):
    """The folded form of each code point, computed on demand and cached for the common ones."""

    def __missing__(self, code_point: int) -> str:
        folded = _folded_character(chr(code_point))
        if code_point < _CACHED_CODE_POINTS:
            self[code_point] = folded
        return folded


_CACHED_CODE_POINTS = 0x3000

_FOLDED_CHARACTERS = _FoldedCharacters()
