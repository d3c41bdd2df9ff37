"""Search: what somebody asks for, what a record is found by, and how near the two are."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from schema.declaration.annotations import Visibility
from schema.declaration.datatypes import Kind
from schema.declaration.shapes import Field, Shape
from schema.index.tokenizer import normalize, tokenize
from schema.model import Model
from vocab.namespaces import SKOS

MAX_SEARCH_LENGTH = 200

MAX_TERMS = 20

MAX_DOCUMENT_LENGTH = 250_000
"""Of one record in each of its groups; what comes behind is not found."""

_BETWEEN = " . "
"""Between two values: a full stop is no word, so that no phrase runs across it."""

_QUOTES = str.maketrans("“”„", '"""')

_EXCLUDING = re.compile(r"(?:^|\s)-[^\W\d_]\S{0,50}")

_CHUNK = re.compile(r'"([^"]*)(?:"|$)(\*?)|([^\s"]+)')


class SearchSyntaxError(ValueError):
    """A question that cannot be searched for."""


@dataclass(frozen=True)
class SearchTerm:
    """Words that have to follow each other; of the last, a prefix may be enough."""

    tokens: tuple[str, ...]
    is_prefix: bool = False


@dataclass(frozen=True)
class SearchDocument:
    """The words of a record: those that identify it, those that name it, and all of them."""

    identifiers: str
    titles: str
    everything: str


def parse_search(q: str) -> tuple[SearchTerm, ...]:
    """Return the terms of a question, each once. Raise SearchError if there are none, or too many."""
    if len(q) > MAX_SEARCH_LENGTH:
        message = f"A search has at most {MAX_SEARCH_LENGTH} characters; this one has {len(q)}."
        raise SearchSyntaxError(message)
    if found_minus := _EXCLUDING.search(q):
        message = f"A search has no words to leave out: {found_minus[0].strip()!r}."
        raise SearchSyntaxError(message)
    found = tuple(dict.fromkeys(_terms(q)))
    if not found:
        message = "There is no letter and no digit to search for."
        raise SearchSyntaxError(message)
    if len(found) > MAX_TERMS:
        message = f"A search has at most {MAX_TERMS} terms; this one has {len(found)}."
        raise SearchSyntaxError(message)
    return found


def _terms(q: str) -> Iterator[SearchTerm]:
    for quoted, star, plain in _CHUNK.findall(q.translate(_QUOTES)):
        chunk = quoted.rstrip() + star or plain
        if found := tokenize(chunk):
            yield SearchTerm(tuple(found), chunk.endswith("*"))


def search_document(model: Model, shape: Shape, body: Mapping[str, Any]) -> SearchDocument:
    """Return what a record is found by, made from its document."""
    groups: tuple[list[str], ...] = ([], [], [])
    for group, texts in _texts_of(model, shape, body, is_own=True):
        groups[group].extend([normalize(text) for text in texts])
    identifiers, titles, rest = groups
    return SearchDocument(_joined(identifiers), _joined(titles), _joined([*identifiers, *titles, *rest]))


def matches_term(term: SearchTerm, text: str) -> bool:
    """Tell whether a term is in the words of a record, or of one value."""
    end = "" if term.is_prefix else " "
    return f" {' '.join(term.tokens)}{end}" in f" {text} "


def match_rank(asked: Sequence[SearchTerm], found: SearchDocument) -> int | None:
    """Return how near a record is: 0 by its identifiers, 1 by its titles, 2 by anything, None not at all."""
    groups = (found.identifiers, found.titles, found.everything)
    return next(
        (place for place, text in enumerate(groups) if all(matches_term(term, text) for term in asked)), None
    )


def is_title(field: Field) -> bool:
    """Tell whether a field of a record is a name of it, the first or another."""
    is_shown = field.visibility is Visibility.CARD and field.kind is Kind.TEXT
    return is_shown or field.predicate == str(SKOS.altLabel)


def _group(field: Field, *, is_own: bool) -> int:
    """Return which group a field is of; those of parts are notations, or of the rest."""
    is_shown = is_own and (field.name == "id" or field.visibility is Visibility.CARD)
    if field.kind is Kind.STRING and (is_shown or field.predicate == str(SKOS.notation)):
        return 0
    return 1 if is_own and is_title(field) else 2


class _SearchedField(NamedTuple):
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
def _said(model: Model, shape: Shape, is_own: bool) -> tuple[_SearchedField, ...]:  # noqa: FBT001
    """Return the fields that say something to search: what is derived does not, but for links."""
    return tuple(
        _SearchedField(field.name, field.is_list, _group(field, is_own=is_own), texts, field.part)
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
    found = [(one.name, _texts(model, one)) for one in shape.fields if one.visibility is Visibility.CARD]
    return lambda card: [
        text for name, texts in found if texts and name in card for text in texts(card[name])
    ]


def _joined(values: Iterable[str]) -> str:
    joined = _BETWEEN.join(dict.fromkeys(filter(None, values)))
    if len(joined) <= MAX_DOCUMENT_LENGTH:
        return joined
    return joined[: MAX_DOCUMENT_LENGTH + 1].rpartition(" ")[0].removesuffix(" .")
