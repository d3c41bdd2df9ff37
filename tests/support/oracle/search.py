"""Oracle of full-text search: tokens, terms and ranks, computed from the documents alone.

It shares no code with the tokenizer and the index that it checks, but the stemmers.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple
from unicodedata import category, normalize

from snowballstemmer.english_stemmer import EnglishStemmer

from schema import MODEL
from schema.declaration.annotations import Visibility
from schema.declaration.datatypes import Kind
from schema.declaration.shapes import Field, Shape
from schema.index.latvian_stemmer import latvian_stem

LETTER_FOLDING = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i"}
)

MAX_TOKEN_LENGTH = 64

TEXT_KINDS = (Kind.STRING, Kind.IRI, Kind.TEXT, Kind.TEXTS)

CARD_LABELS = ("title", "name", "acronym", "number", "code", "name_as_stated")

IDENTIFIERS, TITLES, OTHERS, INFLECTED = range(4)
"""The groups of texts, in the order of their rank, and the rank of other forms of a word."""

MIN_INFLECTED_LENGTH = 3

Stems = frozenset[tuple[str, str]]
"""The stems of words, each with its language."""


class Term(NamedTuple):
    """A term of a search: a substring of a line with a space around each token, and the stems that it matches by."""

    line: str
    stems: Stems = frozenset()


CHUNK = re.compile(r'"(?P<quoted>[^"]*)(?:"(?P<star>\*?)|\Z)|(?P<plain>[^\s"]+)')


@cache
def tokens(text: str) -> tuple[str, ...]:
    """Return the tokens of a text: case-folded, without accents and punctuation."""
    folded = normalize("NFKD", text.casefold().translate(LETTER_FOLDING))
    # The result may need folding too: ™ decomposes to capital letters.
    if (refolded := normalize("NFKD", folded.casefold().translate(LETTER_FOLDING))) != folded:
        return tokens(refolded)
    letters = "".join(character for character in folded if not _is_ignored(character))
    return tuple(word[:MAX_TOKEN_LENGTH] for word in re.findall(r"[^\W_]+", letters))


def _is_ignored(character: str) -> bool:
    """Return True for combining marks and invisible characters, except the zero-width space."""
    return category(character).startswith("M") or (category(character) == "Cf" and character != "\u200b")


@cache
def stems(token: str) -> Stems:
    """Return the stems of a token, which has none if it is short or has a digit."""
    if len(token) < MIN_INFLECTED_LENGTH or not token.isalpha():
        return frozenset()
    return frozenset({("en", EnglishStemmer().stemWord(token)), ("lv", latvian_stem(token))})


def terms(search: str) -> list[Term]:
    """Return the terms of a search text. Only words without quotation marks and asterisks have stems."""
    found = []
    for chunk in CHUNK.finditer(search):
        text = chunk["plain"] or chunk["quoted"] or ""
        is_prefix = text.endswith("*") or chunk["star"] == "*"
        if phrase := tokens(text):
            is_inflected = chunk["plain"] and len(phrase) == 1 and not is_prefix
            line = f" {' '.join(phrase)}" + ("" if is_prefix else " ")
            found.append(Term(line, stems(phrase[0]) if is_inflected else frozenset()))
    return found


def rank(search_terms: list[Term], text: str, text_stems: Stems, groups: tuple[str, str, str]) -> int | None:
    """Return the rank of a document, the best one being 0, or None if it does not match.

    `text` is that of all groups, and `text_stems` are those of its words. No term contains a line break, so none
    matches across two of their lines.
    """
    if not all(term.line in text for term in search_terms):
        is_matching = all(term.line in text or term.stems & text_stems for term in search_terms)
        return INFLECTED if is_matching else None
    matching = (
        group for group in (IDENTIFIERS, TITLES) if all(term.line in groups[group] for term in search_terms)
    )
    return next(matching, OTHERS)


def search_groups(entity: str, body: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return the tokens of a document in three groups, each with a line per value."""
    groups: tuple[list[str], list[str], list[str]] = ([], [], [])
    for group, text in grouped_texts(entity, body):
        groups[group].append(f" {' '.join(tokens(text))} ")
    identifiers, titles, others = map("\n".join, groups)
    return identifiers, titles, others


def grouped_texts(entity: str, body: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """Yield the searched texts of a document, each with its group."""
    return _grouped_texts(MODEL.by_name[entity], body, is_part=False)


def _grouped_texts(shape: Shape, body: Mapping[str, Any], *, is_part: bool) -> Iterator[tuple[int, str]]:
    for field in shape.fields:
        if field.name not in body or field.name == "record":
            continue
        value = body[field.name]
        if field.kind in (Kind.LINK, Kind.LINKED_PART):
            for card in value if field.is_list else [value]:
                yield from ((OTHERS, text) for text in _card_texts(card))
        elif field.part and not field.derived:
            for part in value if field.is_list else [value]:
                yield from _grouped_texts(field.part, part, is_part=True)
        elif field.kind in TEXT_KINDS and not field.derived:
            yield from ((_group(field, is_part=is_part), text) for text in _flat(value))


def _card_texts(card: Mapping[str, Any]) -> Iterator[str]:
    """Yield the labels of a card, and those of the organisation of a linked participation."""
    for label in CARD_LABELS:
        yield from _flat(card.get(label))
    if organisation := card.get("organisation"):
        yield from _card_texts(organisation)


def _flat(value: Any) -> Iterator[str]:
    """Yield the texts of a value: a text, a list, or a map from language to texts."""
    match value:
        case None:
            return
        case str():
            yield value
        case Mapping():
            yield from (text for inner in value.values() for text in _flat(inner))
        case _:
            yield from (text for inner in value for text in _flat(inner))


def _group(field: Field, *, is_part: bool) -> int:
    if is_part:
        return IDENTIFIERS if field.name == "notation" else OTHERS
    if field.name == "id":
        return IDENTIFIERS
    if field.visibility is Visibility.CARD:
        return IDENTIFIERS if field.kind is Kind.STRING else TITLES
    return TITLES if field.name == "aliases" else OTHERS
