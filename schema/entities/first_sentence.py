"""The first sentence of a text, in Latvian, English and languages that are punctuated like them."""

import re

_BOUNDARY = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+\s++(?=[\"'“‘„«(\[]*+(\S))")
"""The end of a sentence, if its last word and the first character of the next, the group, do not speak against it.

Its quantifiers are possessive, so that it takes linear time whatever the text.
"""

_PARAGRAPH = re.compile(r"\n\s*\n")

_LAST_WORD = re.compile(r"[\w.]*$")

_MAX_WORD_LENGTH = 40
"""Characters of a longer word than any abbreviation."""

_ABBREVIATION = re.compile(
    "nr|piem|plkst|tel|apm|milj|mljrd|tūkst|resp|prof|dr|doc|asoc|red|sk|lpp|sal|skat|iel"  # Latvian
    "|mr|mrs|ms|st|vs|cf|ca|approx|fig|vol|ed|eds|dept|no|pp|jan|feb|aug|sept|oct|nov|dec"  # English
)
"""A word after whose full stop a sentence goes on, whatever follows; in lower case, without the stop."""

_INITIAL_OR_DOTTED = re.compile(r"[^\W\d](?:\.[^\W\d]{1,2})*")
"""An initial, or an abbreviation of several words: u.c, t.sk, e.g."""

_ORDINAL = re.compile(r"\d+|[ivxlc]+")

_LANGUAGE_WITH_ORDINAL_STOPS = re.compile(
    "(?:lv|lt|et|fi|de|da|nb|nn|no|is|pl|cs|sk|hu|sl|hr|bs|sr|tr)(?:-.*)?"
)
"""A language in which a full stop after a number makes it an ordinal number: 2017. gads, 3. Baltijas forums."""


def first_sentence(text: str, language: str) -> str:
    """Return the first sentence of a text in a language, at most its first paragraph.

    Where it is uncertain whether a full stop ends a sentence, it does not: the result is rather too long than cut.
    """
    paragraph = _PARAGRAPH.split(text, maxsplit=1)[0].strip()
    ends = (
        boundary.start() + len(boundary[0].rstrip())
        for boundary in _BOUNDARY.finditer(paragraph)
        if _ends_sentence(paragraph, boundary, language)
    )
    return paragraph[: next(ends, None)]


def _ends_sentence(text: str, boundary: re.Match[str], language: str) -> bool:
    following = boundary[1]
    if not (following.isupper() or following.isdigit()):
        return False
    if not boundary[0].startswith(".") or boundary[0].startswith(".."):
        return True
    word = _last_word(text[max(0, boundary.start() - _MAX_WORD_LENGTH) : boundary.start()])
    if _ABBREVIATION.fullmatch(word) or _INITIAL_OR_DOTTED.fullmatch(word):
        return False
    return not (_LANGUAGE_WITH_ORDINAL_STOPS.fullmatch(language) and _ORDINAL.fullmatch(word))


def _last_word(text: str) -> str:
    word = _LAST_WORD.search(text)
    return word[0].casefold() if word else ""
