"""Lists: what can be asked of them, and what reads the page that is asked for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from api.formats.registry import JSON, Format, Limits
from api.http.parameters import CURSOR, FIELDS, HIGHLIGHT, INCLUDE, PROFILE, SEARCH
from api.http.problems import BadParameter, UriTooLong
from api.http.urls import with_query
from api.lists.cursor import Cursor, CursorError
from api.lists.pagination import Paging
from api.lists.query import Asking, Search
from api.resources.collection_page import ListPage
from api.resources.embedding import check_links, chosen_fields
from api.resources.list_items import Items
from api.resources.resource import OF_LISTS, Reading
from api.store.queries.list_query import Wanted
from schema.documents.renderer import Renderer

LONGEST_QUESTION = 4_096
"""Characters of a question in an address, so that the addresses of its pages can be asked too."""


@dataclass(frozen=True)
class Listing:
    """A list that can be asked questions."""

    paging: Paging
    renderer: Renderer
    asking: Asking | Search
    schema: str = ""

    @property
    def is_list(self) -> bool:
        """Tell whether all records are of one entity, so that they can be written as a table."""
        return self.asking.shape is not None

    @property
    def shapes(self) -> frozenset[str]:
        """Return the parameters of shape that it takes: of different entities no fields can be named."""
        return OF_LISTS if self.is_list else OF_LISTS - {FIELDS, INCLUDE, PROFILE}

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the parameters that it takes besides those of formats and shapes."""
        return (*self.asking.names, "limit", CURSOR)

    @property
    def several(self) -> frozenset[str]:
        """Return the parameters that take several values."""
        return self.asking.several

    def asked(self, given: Mapping[str, str], chosen: Format) -> Reading:
        """Return what reads the page that the cursor is at. Raise a problem for what cannot be asked."""
        _check_length(given)
        limit = _limit(given.get("limit"), chosen.limits)
        highlighted = _highlighted(given, chosen)
        fields = chosen_fields(self.asking.shape, given, to_list=True) if self.asking.shape else None
        is_whole = bool(chosen.is_table or fields or highlighted or INCLUDE in given)
        if self.asking.shape:
            check_links(self.asking.shape, given)
        wanted = self.asking.wanted(given, is_whole=is_whole)
        cursor = _cursor(given.get(CURSOR), wanted)
        items = Items(self.renderer, wanted, fields, highlighted=highlighted, are_whole=chosen.is_table)
        return ListPage(
            self.paging,
            self.renderer,
            self.asking,
            given,
            cursor,
            limit,
            items,
            with_counts=chosen.is_page,
        ).read


def _check_length(given: Mapping[str, str]) -> None:
    """Raise UriTooLong for a question beside which there is no room for a cursor."""
    length = len(with_query("", {name: value for name, value in given.items() if name != CURSOR}))
    if length > LONGEST_QUESTION:
        message = (
            f"A question has at most {LONGEST_QUESTION} characters in an address; this one has {length}."
        )
        raise UriTooLong(message)


def _cursor(text: str | None, wanted: Wanted) -> Cursor | None:
    if text is None:
        return None
    try:
        cursor = Cursor.decode(text, wanted.text)
    except CursorError:
        cursor = None
    if cursor is None or not wanted.is_place(cursor.keys):
        message = "The cursor is not one that this list gave, asked so and in this order; begin without it."
        raise BadParameter(message, parameter=CURSOR)
    return cursor


def _limit(text: str | None, limits: Limits) -> int:
    if text is None:
        return limits.default
    if not (re.fullmatch("[0-9]{1,6}", text) and 1 <= int(text) <= limits.most):
        message = f"The limit is not a whole number from 1 to {limits.most}."
        raise BadParameter(message, parameter="limit")
    return int(text)


def _highlighted(given: Mapping[str, str], chosen: Format) -> bool:
    """Tell whether matches are to be marked: people see them always."""
    if given.get(HIGHLIGHT, "true") not in ("true", "false"):
        message = "It is true or false."
        raise BadParameter(message, parameter=HIGHLIGHT)
    if HIGHLIGHT in given and SEARCH not in given:
        message = f"It marks what {SEARCH} finds, and there is no {SEARCH}."
        raise BadParameter(message, parameter=HIGHLIGHT)
    by_default = "true" if chosen.is_page else "false"
    return (
        (chosen.is_page or chosen is JSON) and SEARCH in given and given.get(HIGHLIGHT, by_default) == "true"
    )
