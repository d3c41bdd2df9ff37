"""Latvian light stemmer: normalized token → stem, so that the cases of a noun or adjective have one stem.

It removes the endings that K. Krēsliņš lists ("A stemming algorithm for Latvian", 1996) and undoes the
palatalization before them. Tokens have no diacritics any more, so long and short endings are the same here, and
so are consonants that a diacritic alone palatalizes (ļ, ņ, š).
"""

_ENDINGS = (
    *("ais", "iem"),
    *("ai", "am", "as", "ei", "em", "es", "ie", "im", "is", "os", "um", "us"),
    *("a", "e", "i", "o", "s", "u"),
)
"""Endings of nouns and adjectives, longest first."""

_DEFINITE_SUFFIX = "aj"
"""The suffix before the endings of definite adjectives (`lielajiem`), and the end of nouns of agents (`vadītājs`)."""

_PALATALIZED = {"pj": "p", "bj": "b", "mj": "m", "vj": "v", "ies": "iet"}
"""The ends of stems that are palatalized in some cases, with the ends that they have in the others."""

_MIN_STEM_LENGTH = 3
"""Letters of a stem; an ending that leaves fewer is not removed."""


def latvian_stem(token: str) -> str:
    """Return the stem of a normalized token; a token with a digit is its own stem."""
    if not token.isalpha():
        return token
    stem = _without_ending(token)
    if stem.endswith(_DEFINITE_SUFFIX) and len(stem) >= _MIN_STEM_LENGTH + len(_DEFINITE_SUFFIX):
        stem = stem.removesuffix(_DEFINITE_SUFFIX)
    for palatalized, plain in _PALATALIZED.items():
        if stem.endswith(palatalized) and len(stem) > _MIN_STEM_LENGTH:
            return stem.removesuffix(palatalized) + plain
    return stem


def _without_ending(token: str) -> str:
    """Return a token without its longest ending that leaves a stem."""
    for ending in _ENDINGS:
        if token.endswith(ending) and len(token) >= _MIN_STEM_LENGTH + len(ending):
            return token.removesuffix(ending)
    return token
