"""Highlighting: snippets of a record's own texts with the matches of a search marked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import islice
from typing import Any

from schema.declaration.datatypes import Kind
from schema.declaration.shapes import Shape
from schema.index.fulltext import SearchTerm, is_title, matches_term
from schema.index.tokenizer import TokenSpan, normalize, token_spans

MAX_HIGHLIGHTS = 5
"""Snippets of a record."""

MAX_SNIPPET_LENGTH = 200
"""Characters of the text in a snippet, without its markup."""

_LEADING_CONTEXT = 80
"""Characters of a snippet before its first match, at most."""

Range = tuple[int, int]
"""The offsets of the start and the end of a range of characters."""


def highlights(shape: Shape, body: Mapping[str, Any], terms: Sequence[SearchTerm]) -> list[dict[str, str]]:
    """Return the first snippets of a record: `field`, `language` of a text that has one, `text` as HTML."""
    # Finding the offsets of a match takes far longer than checking that there is one.
    matching = ((location, text) for location, text in _texts(shape, body) if _matches(text, terms))
    snippets = ((location, _snippet(text, terms)) for location, text in matching)
    return list(islice((location | {"text": text} for location, text in snippets if text), MAX_HIGHLIGHTS))


def _texts(shape: Shape, body: Mapping[str, Any]) -> Iterator[tuple[dict[str, str], str]]:
    """Yield the texts of a record without its parts, titles first, each with its field and language."""
    present = [field for field in shape.stated_fields if field.name in body]
    for field in sorted(present, key=lambda field: not is_title(field)):
        value, location = body[field.name], {"field": field.name}
        match field.kind:
            case Kind.STRING:
                yield from ((location, text) for text in (value if field.is_list else [value]))
            case Kind.TEXT | Kind.TEXTS:
                for tag, content in value.items():
                    texts = [content] if field.kind is Kind.TEXT else content
                    yield from ((location | {"language": tag}, text) for text in texts)


def _matches(text: str, terms: Sequence[SearchTerm]) -> bool:
    return any(matches_term(term, normalize(text)) for term in terms)


def _snippet(text: str, terms: Sequence[SearchTerm]) -> str | None:
    """Return a snippet of a text around its first match, as HTML; None if there is no match."""
    spans = token_spans(text)
    normalized = " ".join(token for token, _, _ in spans)
    matching = [term for term in terms if matches_term(term, normalized)]
    if not matching:
        return None
    matches = _merged(match for term in matching for match in _match_ranges(term, spans))
    token_ranges = _merged((start, end) for _, start, end in spans)
    first_token = next(token for token in token_ranges if token[1] > matches[0][0])
    first, last = _window(text, token_ranges, first_token)
    visible = [(start, min(end, last)) for start, end in matches if first <= start < last]
    prefix, suffix = "…" if first else "", "…" if last < len(text) else ""
    return prefix + _marked(text[:last], first, visible) + suffix


def _match_ranges(term: SearchTerm, spans: Sequence[TokenSpan]) -> Iterator[Range]:
    """Yield the range of each occurrence of a term, from its first token to its last."""
    *leading, last = term.tokens
    tokens = [token for token, _, _ in spans]
    for start in range(len(spans) - len(leading)):
        end = start + len(leading)
        is_last = tokens[end].startswith(last) if term.is_prefix else tokens[end] == last
        if is_last and tokens[start:end] == leading:
            yield spans[start][1], spans[end][2]


def _merged(ranges: Iterable[Range]) -> list[Range]:
    """Return ranges in order, with overlapping ones merged."""
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _window(text: str, token_ranges: Sequence[Range], first_token: Range) -> Range:
    """Return the range of a snippet: whole tokens, unless `first_token` alone is too long."""
    if len(text) <= MAX_SNIPPET_LENGTH:
        return 0, len(text)
    start = first_token[0]
    first = 0
    if start > _LEADING_CONTEXT:
        first = next(token[0] for token in token_ranges if token[0] >= start - _LEADING_CONTEXT)
    if first_token[1] > first + MAX_SNIPPET_LENGTH:
        first = start
    limit = first + MAX_SNIPPET_LENGTH
    if limit >= len(text):
        return first, len(text)
    return first, max((end for _, end in token_ranges if start < end <= limit), default=limit)


def _marked(text: str, offset: int, ranges: Iterable[Range]) -> str:
    """Return a text from an offset on, as HTML with the ranges in `mark` elements."""
    html = ""
    for start, end in ranges:
        html += f"{escape(text[offset:start])}<mark>{escape(text[start:end])}</mark>"
        offset = end
    return html + escape(text[offset:])
