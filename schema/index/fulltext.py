"""Full-text search: parsing of search text, search documents of records, matching and ranking."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from schema.declaration.annotations import Visibility
from schema.declaration.datatypes import Kind
from schema.declaration.messages import LocalizedError, MessageTable
from schema.declaration.shapes import Field, Shape
from schema.index.inflections import is_word
from schema.index.tokenizer import normalize, tokenize
from schema.model import Model
from vocab.namespaces import SKOS

MAX_SEARCH_LENGTH = 200
"""Characters of a search text."""

MAX_TERMS, MAX_PREFIXES = 20, 3
"""Different terms of a search text, and those that are prefixes: each is a search for all words that begin so."""

MAX_DOCUMENT_LENGTH = 250_000
"""Characters of each group of a search document; text beyond them is not indexed."""

_VALUE_SEPARATOR = " . "
"""Separates two values of a group. A full stop is no token, so that no phrase matches across values."""

_QUOTATION_MARKS = str.maketrans("“”„", '"""')

_EXCLUDED_WORD = re.compile(r"(?:^|\s)-[^\W\d_]\S{0,50}")

_message = MessageTable(
    {
        "too-long": {
            "en": "A search has at most {most} characters; this one has {given}. Shorten it.",
            "lv": "Meklējamā tekstā var būt ne vairāk kā {most} rakstzīmes; šajā ir {given}. Saīsiniet to.",
        },
        "excluded-word": {
            "en": "A search cannot exclude words. Remove {word!r}, or its hyphen.",
            "lv": "Meklējot vārdus nevar izslēgt. Noņemiet {word!r} vai defisi tā sākumā.",
        },
        "no-word": {
            "en": "The search text has no letter and no digit. Enter a word or a number.",
            "lv": "Meklējamā tekstā nav ne burta, ne cipara. Ierakstiet vārdu vai skaitli.",
        },
        "too-many-prefixes": {
            "en": "A search has at most {most} prefixes; this one has {given}. Write some words in full.",
            "lv": "Meklējamā tekstā var būt ne vairāk kā {most} vārdu sākumi ar *; šajā ir {given}. Ierakstiet kādu "
            "vārdu pilnībā.",
        },
        "too-many-terms": {
            "en": "A search has at most {most} terms; this one has {given}. Remove some.",
            "lv": "Meklējamā tekstā var būt ne vairāk kā {most} vārdi; šajā ir {given}. Noņemiet dažus.",
        },
    }
)

_CHUNK = re.compile(r'"([^"]*)(?:"|$)(\*?)|([^\s"]+)')


class SearchSyntaxError(LocalizedError):
    """Raised for a search text that cannot be searched for; the message says what to change."""


@dataclass(frozen=True)
class SearchTerm:
    """A word or a phrase: consecutive tokens, of which the last may be a prefix; a quoted word `is_quoted`."""

    tokens: tuple[str, ...]
    is_prefix: bool = False
    is_quoted: bool = False

    @property
    def has_inflections(self) -> bool:
        """Return True if the term also matches other words with the stem of its only token."""
        return len(self.tokens) == 1 and not (self.is_prefix or self.is_quoted) and is_word(self.tokens[0])


@dataclass(frozen=True)
class SearchDocument:
    """The normalized texts of a record in three groups, of which the last includes the others."""

    identifiers: str
    titles: str
    everything: str


def parse_search(q: str) -> tuple[SearchTerm, ...]:
    """Return the different terms of a search text.

    Raise SearchSyntaxError if it has none, too many terms or prefixes, or a word with a hyphen before it.
    """
    if len(q) > MAX_SEARCH_LENGTH:
        raise SearchSyntaxError(_message("too-long", most=MAX_SEARCH_LENGTH, given=len(q)))
    if excluded := _EXCLUDED_WORD.search(q):
        raise SearchSyntaxError(_message("excluded-word", word=excluded[0].strip()))
    terms = tuple(dict.fromkeys(_terms(q)))
    if not terms:
        raise SearchSyntaxError(_message("no-word"))
    if len(terms) > MAX_TERMS:
        raise SearchSyntaxError(_message("too-many-terms", most=MAX_TERMS, given=len(terms)))
    prefixes = sum(term.is_prefix for term in terms)
    if prefixes > MAX_PREFIXES:
        raise SearchSyntaxError(_message("too-many-prefixes", most=MAX_PREFIXES, given=prefixes))
    return terms


def _terms(q: str) -> Iterator[SearchTerm]:
    for quoted, star, plain in _CHUNK.findall(q.translate(_QUOTATION_MARKS)):
        chunk = quoted.rstrip() + star or plain
        if tokens := tokenize(chunk):
            is_prefix = chunk.endswith("*")
            is_quoted_word = bool(quoted) and len(tokens) == 1 and not is_prefix
            yield SearchTerm(tuple(tokens), is_prefix, is_quoted_word)


def search_document(model: Model, shape: Shape, body: Mapping[str, Any]) -> SearchDocument:
    """Return the search document of a record, from its decoded JSON document."""
    groups: tuple[list[str], ...] = ([], [], [])
    for group, texts in _grouped_texts(model, shape, body, is_record=True):
        groups[group].extend([normalize(text) for text in texts])
    identifiers, titles, others = groups
    return SearchDocument(_joined(identifiers), _joined(titles), _joined([*identifiers, *titles, *others]))


def searched_texts(model: Model, shape: Shape, body: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts that a record is searched by, from its decoded JSON document."""
    for _, texts in _grouped_texts(model, shape, body, is_record=True):
        yield from texts


def matches_term(term: SearchTerm, text: str) -> bool:
    """Return True if a normalized text contains the tokens of a term in a row."""
    end = "" if term.is_prefix else " "
    return f" {' '.join(term.tokens)}{end}" in f" {text} "


def match_rank(terms: Sequence[SearchTerm], document: SearchDocument) -> int | None:
    """Return the rank of a search document, or None if it does not match.

    The rank is 0 if all terms match in the identifiers, 1 in the titles, 2 anywhere.
    """
    groups = (document.identifiers, document.titles, document.everything)
    return next(
        (rank for rank, text in enumerate(groups) if all(matches_term(term, text) for term in terms)), None
    )


def is_title(field: Field) -> bool:
    """Return True if a field of an entity is its title, its name or an alternative name."""
    is_label = field.visibility is Visibility.CARD and field.kind is Kind.TEXT
    return is_label or field.predicate == str(SKOS.altLabel)


def _group(field: Field, *, is_record: bool) -> int:
    """Return the group of a field: 0 identifiers, 1 titles, 2 others. A part has no titles."""
    is_label = is_record and (field.name == "id" or field.visibility is Visibility.CARD)
    if field.kind is Kind.STRING and (is_label or field.predicate == str(SKOS.notation)):
        return 0
    return 1 if is_record and is_title(field) else 2


class _SearchedField(NamedTuple):
    """A field that search documents include: its group, and a function from one value to its texts."""

    name: str
    is_list: bool
    group: int
    texts: Callable[[Any], Iterable[str]] | None
    part: Shape | None


def _grouped_texts(
    model: Model, shape: Shape, body: Mapping[str, Any], *, is_record: bool
) -> Iterator[tuple[int, Iterable[str]]]:
    """Yield the texts of each value of a record and of its parts, with their group."""
    for field in _searched_fields(model, shape, is_record):
        if (content := body.get(field.name)) is None:
            continue
        for value in content if field.is_list else (content,):
            if field.part:
                yield from _grouped_texts(model, field.part, value, is_record=False)
            elif field.texts:
                yield field.group, field.texts(value)


@cache
def _searched_fields(model: Model, shape: Shape, is_record: bool) -> tuple[_SearchedField, ...]:  # noqa: FBT001
    """Return the fields that search documents include: the stated ones and derived links."""
    return tuple(
        _SearchedField(field.name, field.is_list, _group(field, is_record=is_record), texts, field.part)
        for field in shape.fields
        if not (field.derived and field.kind is not Kind.LINK) and not (field.part and field.part.is_document)
        if (texts := _texts(model, field)) or field.part
    )


@cache
def _texts(model: Model, field: Field) -> Callable[[Any], Iterable[str]] | None:
    match field.kind:
        case Kind.STRING | Kind.IRI:
            return lambda value: (value,)
        case Kind.TEXT:
            return lambda value: value.values()
        case Kind.TEXTS:
            return lambda value: [text for texts in value.values() for text in texts]
        case Kind.LINK:
            return _card_texts(model, model.by_name[field.target])
        case Kind.LINKED_PART:
            part = model.keys[field.target].part
            return _card_texts(model, part) if part else None
        case _:
            return None


def _card_texts(model: Model, shape: Shape) -> Callable[[Any], Iterable[str]]:
    """Return a function from a card to its texts, without the id."""
    fields = [(field.name, _texts(model, field)) for field in shape.card_fields]
    return lambda card: [
        text for name, texts in fields if texts and name in card for text in texts(card[name])
    ]


def _joined(values: Iterable[str]) -> str:
    joined = _VALUE_SEPARATOR.join(dict.fromkeys(filter(None, values)))
    if len(joined) <= MAX_DOCUMENT_LENGTH:
        return joined
    return joined[: MAX_DOCUMENT_LENGTH + 1].rpartition(" ")[0].removesuffix(" .")
