"""Pages of lists: where one is, what is beside it, and what it says of the list."""

from collections.abc import Mapping
from typing import Any

from api.reading.addresses import with_query
from api.reading.asking import SORT, Asking, Search, question_text
from api.reading.cursor import Cursor
from api.reading.paging import Position
from schema.render import Renderer

_NOT_SHARED = ("format", "profile", "limit", "cursor")
"""Parameters that pages beside each other do not share, or that are said with the page."""


def beside(given: Mapping[str, str], position: Position) -> dict[str, dict[str, str]]:
    """Return the parameters of the pages around a page."""
    pages = {"first": _parameters(given, position.limit)}
    if position.is_more_behind and position.rows:
        pages["next"] = _parameters(given, position.limit, _at(position, -1, backwards=False))
    if position.is_more_before and position.rows:
        pages["previous"] = _parameters(given, position.limit, _at(position, 0, backwards=True))
    return pages


def collection(
    renderer: Renderer,
    asking: Asking | Search,
    given: Mapping[str, str],
    position: Position,
    pages: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:
    """Return what a page says of its list; its items are not there yet."""
    uri = renderer.addresses.resolve(asking.collection)
    question = {name: value for name, value in given.items() if name in asking.names and name != SORT}
    here = position.cursor.encode(question_text(position.wanted)) if position.cursor else None
    ways = {relation: with_query(uri, page) for relation, page in pages.items()}
    view = {"uri": with_query(uri, _parameters(given, position.limit, here)), "type": "PartialCollectionView"}
    return {
        "uri": with_query(uri, question),
        "type": "Collection",
        "title": renderer.model.ontology.labels(asking.collection),
        "total": position.total,
        "items": [],
        "view": view | ways,
    }


def _at(position: Position, row: int, *, backwards: bool) -> str:
    return Cursor(backwards, position.keys(row)).encode(question_text(position.wanted))


def _parameters(given: Mapping[str, str], limit: int, cursor: str | None = None) -> dict[str, str]:
    shared = {name: value for name, value in given.items() if name not in _NOT_SHARED}
    return {**shared, "limit": str(limit), **({"cursor": cursor} if cursor else {})}
