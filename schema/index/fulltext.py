"""Search: what somebody asks for, what a record is found by, and how near the two are."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from schema.declaration.annotations import Shown
from schema.declaration.datatypes import Kind
from schema.declaration.shapes import Field, Shape
from schema.index.tokenizer import line, words
from schema.model import Model
from vocab.namespaces import SKOS

LONGEST_QUESTION = 200

MOST_TERMS = 20

MOST_CHARACTERS = 250_000
"""Of one record in each of its groups; what comes behind is not found."""

_BETWEEN = " . "
"""Between two values: a full stop is no word, so that no phrase runs across it."""

_QUOTES = str.maketrans("“”„", '"""')

_EXCLUDING = re.compile(r"(?:^|\s)-[^\W\d_]\S{0,50}")

_CHUNK = re.compile(r'"([^"]*)(?:"|$)(\*?)|([^\s"]+)')


class SearchError(ValueError):
    """A question that cannot be searched for."""


@dataclass(frozen=True)
class Term:
    """Words that have to follow each other; of the last, a prefix may be enough."""

    words: tuple[str, ...]
    is_prefix: bool = False


@dataclass(frozen=True)
class Searchable:
    """The words of a record: those that identify it, those that name it, and all of them."""

    identifiers: str
    titles: str
    everything: str


def terms(q: str) -> tuple[Term, ...]:
    """Return the terms of a question, each once. Raise SearchError if there are none, or too many."""
    if len(q) > LONGEST_QUESTION:
        message = f"A search has at most {LONGEST_QUESTION} characters; this one has {len(q)}."
        raise SearchError(message)
    if found_minus := _EXCLUDING.search(q):
        message = f"A search has no words to leave out: {found_minus[0].strip()!r}."
        raise SearchError(message)
    found = tuple(dict.fromkeys(_terms(q)))
    if not found:
        message = "There is no letter and no digit to search for."
        raise SearchError(message)
    if len(found) > MOST_TERMS:
        message = f"A search has at most {MOST_TERMS} terms; this one has {len(found)}."
        raise SearchError(message)
    return found


def _terms(q: str) -> Iterator[Term]:
    for quoted, star, plain in _CHUNK.findall(q.translate(_QUOTES)):
        chunk = quoted.rstrip() + star or plain
        if found := words(chunk):
            yield Term(tuple(found), chunk.endswith("*"))


def searchable(model: Model, shape: Shape, body: Mapping[str, Any]) -> Searchable:
    """Return what a record is found by, made from its document."""
    groups: tuple[list[str], ...] = ([], [], [])
    for group, texts in _texts_of(model, shape, body, is_own=True):
        groups[group].extend([line(text) for text in texts])
    identifiers, titles, rest = groups
    return Searchable(_joined(identifiers), _joined(titles), _joined([*identifiers, *titles, *rest]))


def matches(term: Term, text: str) -> bool:
    """Tell whether a term is in the words of a record, or of one value."""
    end = "" if term.is_prefix else " "
    return f" {' '.join(term.words)}{end}" in f" {text} "


def rank(asked: Sequence[Term], found: Searchable) -> int | None:
    """Return how near a record is: 0 by its identifiers, 1 by its titles, 2 by anything, None not at all."""
    groups = (found.identifiers, found.titles, found.everything)
    return next(
        (place for place, text in enumerate(groups) if all(matches(term, text) for term in asked)), None
    )


def is_title(field: Field) -> bool:
    """Tell whether a field of a record is a name of it, the first or another."""
    is_shown = field.shown is Shown.IN_CARD and field.kind is Kind.TEXT
    return is_shown or field.predicate == str(SKOS.altLabel)


def _group(field: Field, *, is_own: bool) -> int:
    """Return which group a field is of; those of parts are notations, or of the rest."""
    is_shown = is_own and (field.name == "id" or field.shown is Shown.IN_CARD)
    if field.kind is Kind.STRING and (is_shown or field.predicate == str(SKOS.notation)):
        return 0
    return 1 if is_own and is_title(field) else 2


class _Said(NamedTuple):
    """A field that is searched: the group it is of, and what finds the texts in one value of it."""

    name: str
    many: bool
    group: int
    texts: Callable[[Any], Iterable[str]] | None
    part: Shape | None


def _texts_of(
    model: Model, shape: Shape, body: Mapping[str, Any], *, is_own: bool
) -> Iterator[tuple[int, Iterable[str]]]:
    """Yield what is said in a record and in its parts, with the group that it is of."""
    for said in _said(model, shape, is_own):
        if (value := body.get(said.name)) is None:
            continue
        for one in value if said.many else (value,):
            if said.part:
                yield from _texts_of(model, said.part, one, is_own=False)
            elif said.texts:
                yield said.group, said.texts(one)


@cache
def _said(model: Model, shape: Shape, is_own: bool) -> tuple[_Said, ...]:  # noqa: FBT001
    """Return the fields that say something to search: what is derived does not, but for links."""
    return tuple(
        _Said(field.name, field.many, _group(field, is_own=is_own), texts, field.part)
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
            return _label(model, model.by_name[field.target])
        case _:
            return None


def _label(model: Model, shape: Shape) -> Callable[[Any], Iterable[str]]:
    """Return what finds in a card whatever it says of its record besides its id."""
    found = [(one.name, _texts(model, one)) for one in shape.fields if one.shown is Shown.IN_CARD]
    return lambda card: [
        text for name, texts in found if texts and name in card for text in texts(card[name])
    ]


def _joined(values: Iterable[str]) -> str:
    joined = _BETWEEN.join(dict.fromkeys(filter(None, values)))
    if len(joined) <= MOST_CHARACTERS:
        return joined
    return joined[: MOST_CHARACTERS + 1].rpartition(" ")[0].removesuffix(" .")
