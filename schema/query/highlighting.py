"""Highlighting: where in a record's own texts the words stand that somebody searched for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import islice
from typing import Any

from schema.declaration.datatypes import Kind
from schema.declaration.shapes import Shape
from schema.index.fulltext import SearchTerm, is_title, matches_term
from schema.index.tokenizer import TokenSpan, normalize, token_spans

MAX_HIGHLIGHTS = 5

MAX_SNIPPET_LENGTH = 200
"""Characters of the original, around the first of the words."""

_BEFORE = 80

Range = tuple[int, int]


def highlights(shape: Shape, body: Mapping[str, Any], asked: Sequence[SearchTerm]) -> list[dict[str, str]]:
    """Return the field, the language and the words around, as HTML, of the first places found."""
    # Where words stand is found far slower than whether they are there.
    likely = ((where, text) for where, text in _texts(shape, body) if _is_there(text, asked))
    found = ((where, _snippet(text, asked)) for where, text in likely)
    return list(islice((where | {"text": text} for where, text in found if text), MAX_HIGHLIGHTS))


def _texts(shape: Shape, body: Mapping[str, Any]) -> Iterator[tuple[dict[str, str], str]]:
    """Yield the texts of a record itself, titles first, each with its field and language."""
    present = [field for field in shape.stated_fields if field.name in body]
    for field in sorted(present, key=lambda field: not is_title(field)):
        value, where = body[field.name], {"field": field.name}
        match field.kind:
            case Kind.STRING:
                yield from ((where, one) for one in (value if field.is_list else [value]))
            case Kind.TEXT | Kind.TEXTS:
                for tag, texts in value.items():
                    listed = [texts] if field.kind is Kind.TEXT else texts
                    yield from ((where | {"language": tag}, text) for text in listed)


def _is_there(text: str, asked: Sequence[SearchTerm]) -> bool:
    return any(matches_term(term, normalize(text)) for term in asked)


def _snippet(text: str, asked: Sequence[SearchTerm]) -> str | None:
    """Return what stands around the first words found, as HTML; None if there are none."""
    parts = token_spans(text)
    joined = " ".join(word for word, _, _ in parts)
    present = [term for term in asked if matches_term(term, joined)]
    if not present:
        return None
    marked = _merged(one for term in present for one in _ranges(term, parts))
    runs = _merged((start, end) for _, start, end in parts)
    first, last = _window(text, runs, next(run for run in runs if run[1] > marked[0][0]))
    inside = [(start, min(end, last)) for start, end in marked if first <= start < last]
    before, behind = "…" if first else "", "…" if last < len(text) else ""
    return before + _marked(text[:last], first, inside) + behind


def _ranges(term: SearchTerm, parts: Sequence[TokenSpan]) -> Iterator[Range]:
    """Yield where the words of a term stand, from the first to the last, wherever they follow each other."""
    *before, last = term.tokens
    written = [word for word, _, _ in parts]
    for place in range(len(parts) - len(before)):
        end = place + len(before)
        is_last = written[end].startswith(last) if term.is_prefix else written[end] == last
        if is_last and written[place:end] == before:
            yield parts[place][1], parts[end][2]


def _merged(ranges: Iterable[Range]) -> list[Range]:
    """Return ranges in order, with those that overlap as one."""
    found: list[Range] = []
    for start, end in sorted(ranges):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _window(text: str, runs: Sequence[Range], around: Range) -> Range:
    """Return what to show of a text: whole words, unless the one to show is too long itself."""
    if len(text) <= MAX_SNIPPET_LENGTH:
        return 0, len(text)
    start = around[0]
    first = 0 if start <= _BEFORE else next(run[0] for run in runs if run[0] >= start - _BEFORE)
    if around[1] > first + MAX_SNIPPET_LENGTH:
        first = start
    limit = first + MAX_SNIPPET_LENGTH
    if limit >= len(text):
        return first, len(text)
    return first, max((end for _, end in runs if start < end <= limit), default=limit)


def _marked(text: str, place: int, ranges: Iterable[Range]) -> str:
    """Return a text from a place on, as HTML with marks around ranges of it."""
    found = ""
    for start, end in ranges:
        found += f"{escape(text[place:start])}<mark>{escape(text[start:end])}</mark>"
        place = end
    return found + escape(text[place:])
