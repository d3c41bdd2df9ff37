"""Words: what is left of a text for those who search it, whatever its accents, case and marks between."""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

MAX_TOKEN_LENGTH = 64
"""A word is cut behind so many characters, so that no index has to hold more."""

_SHORT = 120
"""Characters of a text that is worth keeping."""

TokenSpan = tuple[str, int, int]
"""A word, and where in the original it starts and ends."""

_PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i"}
)
"""Letters that Unicode takes for whole, though people without them on their keyboards type others."""

_UNSEEN = ("Mn", "Mc", "Me", "Cf")
"""Combining marks, and what nobody sees, such as soft hyphens: a word goes on over them."""

_BREAK = "\u200b"
"""The zero-width space is of those that nobody sees, but is there to part words."""


def tokenize(text: str) -> list[str]:
    """Return the words of a text, in order; each has only letters and digits."""
    return [word[:MAX_TOKEN_LENGTH] for word in text.translate(_FORMS).split()]


def normalize(text: str) -> str:
    """Return the words of a text with a space between."""
    return _kept_line(text) if len(text) <= _SHORT else " ".join(tokenize(text))


@lru_cache(20_000)
def _kept_line(text: str) -> str:
    """Return the words of a short text, such as a name, which is likely to come again."""
    return " ".join(tokenize(text))


def token_spans(text: str) -> list[TokenSpan]:
    """Return the words of a text with their places in it.

    Two words share a place if they come from one character, as 1 and 2 do from ½.
    """
    return list(_spans(text))


def _spans(text: str) -> Iterator[TokenSpan]:
    letters: list[str] = []
    start = end = 0
    for place, character in enumerate(text):
        form = _FORMS[ord(character)]
        for letter in form:
            if letter != " ":
                start = start if letters else place
                letters.append(letter)
                end = place + 1
            elif letters:
                yield "".join(letters[:MAX_TOKEN_LENGTH]), start, end
                letters = []
        if letters and not form:
            end = place + 1
    if letters:
        yield "".join(letters[:MAX_TOKEN_LENGTH]), start, end


def _form(character: str) -> str:
    """Return the letters and digits that a character stands for, with spaces for all that parts words."""
    if character == _BREAK:
        return " "
    form = character
    while (folded := _folded(form)) != form:
        form = folded
    seen = (one for one in form if unicodedata.category(one) not in _UNSEEN)
    return "".join(one if one.isalnum() else " " for one in seen)


def _folded(text: str) -> str:
    """Return a text one step plainer. One is not enough: ™ becomes TM, and ǿ becomes ø."""
    return unicodedata.normalize("NFKD", text.casefold()).translate(_PLAIN)


class _Forms(dict[int, str]):
    """What characters stand for, made when it is needed; that of common ones is kept."""

    def __missing__(self, code: int) -> str:
        form = _form(chr(code))
        if code < _COMMON:
            self[code] = form
        return form


_COMMON = 0x3000

_FORMS = _Forms()
