"""What a search finds, told slowly and plainly from the JSON documents alone.

What is served from an index is held against this; so nothing here comes from the code that makes it.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from unicodedata import category, normalize

from schema import MODEL
from schema.declaration.annotations import Visibility
from schema.declaration.datatypes import Kind
from schema.declaration.shapes import Field, Shape

LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i"}
)

LONGEST = 64

WORDY = (Kind.STRING, Kind.IRI, Kind.TEXT, Kind.TEXTS)

LABELS = ("title", "name", "acronym", "number", "code")

IDENTIFIERS, TITLES, REST = range(3)

CHUNK = re.compile(r'"(?P<quoted>[^"]*)(?:"(?P<star>\*?)|\Z)|(?P<plain>[^\s"]+)')


@cache
def words(text: str) -> tuple[str, ...]:
    """Return the words of a text as they are compared: without case, accents and signs."""
    plain = normalize("NFKD", text.casefold().translate(LETTERS))
    # What that makes may have to be folded again: of a sign for two letters come capitals.
    if (again := normalize("NFKD", plain.casefold().translate(LETTERS))) != plain:
        return words(again)
    unmarked = "".join(char for char in plain if not _is_sign(char))
    return tuple(word[:LONGEST] for word in re.findall(r"[^\W_]+", unmarked))


def _is_sign(char: str) -> bool:
    """Tell whether a character is passed over, as accents are, and what cannot be seen but for a space."""
    return category(char).startswith("M") or (category(char) == "Cf" and char != "\u200b")


def terms(asked: str) -> list[str]:
    """Return what has to be found, each as a part of a line of words with a space around each word."""
    found = []
    for chunk in CHUNK.finditer(asked):
        text = chunk["plain"] or chunk["quoted"] or ""
        is_prefix = text.endswith("*") or chunk["star"] == "*"
        if row := words(text):
            found.append(f" {' '.join(row)}" + ("" if is_prefix else " "))
    return found


def rank(wanted: list[str], groups: tuple[str, str, str]) -> int | None:
    """Return how well a record fits, the best as 0; None if it does not."""
    for place in (IDENTIFIERS, TITLES):
        if all(term in groups[place] for term in wanted):
            return place
    # No term has a line break in it, so that none runs from one group or value into the next.
    return REST if all(term in "\n".join(groups) for term in wanted) else None


def searched(entity: str, body: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return what a record is found by, in three groups: a line for each value."""
    groups: tuple[list[str], list[str], list[str]] = ([], [], [])
    for group, text in values(entity, body):
        groups[group].append(f" {' '.join(words(text))} ")
    identifiers, titles, rest = map("\n".join, groups)
    return identifiers, titles, rest


def values(entity: str, body: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """Yield each text that a record is found by, and which group it is in."""
    return _values(MODEL.by_name[entity], body, is_part=False)


def _values(shape: Shape, body: Mapping[str, Any], *, is_part: bool) -> Iterator[tuple[int, str]]:
    for field in shape.fields:
        if field.name not in body or field.name == "record":
            continue
        given = body[field.name]
        if field.kind is Kind.LINK:
            for card in given if field.is_list else [given]:
                yield from ((REST, text) for label in LABELS for text in _flat(card.get(label)))
        elif field.part:
            for part in given if field.is_list else [given]:
                yield from _values(field.part, part, is_part=True)
        elif field.kind in WORDY and not field.derived:
            yield from ((_group(field, is_part=is_part), text) for text in _flat(given))


def _flat(given: Any) -> Iterator[str]:
    """Yield the texts of a value: one, or several, in one language or in many."""
    match given:
        case None:
            return
        case str():
            yield given
        case Mapping():
            yield from (text for one in given.values() for text in _flat(one))
        case _:
            yield from (text for one in given for text in _flat(one))


def _group(field: Field, *, is_part: bool) -> int:
    if is_part:
        return IDENTIFIERS if field.name == "notation" else REST
    if field.name == "id":
        return IDENTIFIERS
    if field.visibility is Visibility.CARD:
        return IDENTIFIERS if field.kind is Kind.STRING else TITLES
    return TITLES if field.name == "aliases" else REST
