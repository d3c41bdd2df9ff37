"""Lists: a page of the records that are asked for, in the order that is asked for."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import msgspec

from api.problems import BadParameter, UriTooLong
from api.reading.addresses import with_query
from api.reading.asking import SEARCH, Asking, Search, question_text
from api.reading.counting import counts
from api.reading.cursor import Cursor, CursorError
from api.reading.documents import Document
from api.reading.formats import FIELDS, HIGHLIGHT, INCLUDE, JSON, PROFILE, Format, Limits
from api.reading.items import Items
from api.reading.pages_of_lists import beside, collection
from api.reading.paging import MovedOnError, Paging, Position
from api.reading.resources import OF_LISTS
from api.reading.shaping import check_links, chosen_fields, included, linked
from api.reading.tallies import Tallies
from api.store.lists import BODY
from api.store.reading import Ask, Reader, T
from api.store.statements import Reading
from api.store.wanted import Wanted
from schema.render import Renderer

LONGEST_QUESTION = 4_096
"""Characters of a question in an address, so that the addresses of its pages can be asked too."""


@dataclass(frozen=True)
class Listing:
    """A list that can be asked questions."""

    reading: Reading
    paging: Paging
    renderer: Renderer
    asking: Asking | Search

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
        return (*self.asking.names, "limit", "cursor")

    @property
    def several(self) -> frozenset[str]:
        """Return the parameters that take several values."""
        return self.asking.several

    async def read(self, reader: Reader, given: Mapping[str, str], chosen: Format) -> Document:
        """Return the page that the cursor is at. Raise a problem for what cannot be asked."""
        _check_length(given)
        limit = _limit(given.get("limit"), chosen.limits)
        highlighted = _highlighted(given, chosen)
        fields = chosen_fields(self.asking.shape, given, to_list=True) if self.asking.shape else None
        is_whole = bool(chosen.is_table or fields or highlighted or INCLUDE in given)
        if self.asking.shape:
            check_links(self.asking.shape, given)
        wanted = self.asking.wanted(given, is_whole=is_whole)
        cursor = _cursor(given.get("cursor"), wanted)
        items = Items(self.renderer, wanted, fields, highlighted=highlighted, are_whole=chosen.is_table)

        async def asked(ask: Ask) -> tuple[Position, list[msgspec.Raw], Tallies]:
            position = await self.paging.page(ask, wanted, cursor, limit)
            more = await self._linked(ask, given, position)
            if not chosen.is_page:
                return position, more, Tallies()
            return position, more, await counts(ask, self.paging, self.asking, given, wanted)

        def document(position: Position, more: list[msgspec.Raw], tallies: Tallies) -> Document:
            pages = beside(given, position)
            body = collection(self.renderer, self.asking, given, position, pages)
            body |= {"items": items.of(position.rows), **({"included": more} if more else {})}
            by_role = bool(wanted.role)
            return Document.of(body, pages=pages, listed=self.asking.shape, by_role=by_role, tallies=tallies)

        asks_more = chosen.is_page or INCLUDE in given or not self.paging.is_quick(wanted, cursor, limit)
        found = await self._found(reader, asked, asks_more=asks_more)
        return await asyncio.to_thread(document, *found) if is_whole else document(*found)

    async def _found(self, reader: Reader, asked: Callable[[Ask], Awaitable[T]], *, asks_more: bool) -> T:
        """Return what was asked for, once its list was counted in the moment that it was read in."""
        while True:
            with suppress(MovedOnError):
                return await (reader.answer(asked) if asks_more else asked(reader.rows))
            asks_more = True

    async def _linked(self, ask: Ask, given: Mapping[str, str], position: Position) -> list[msgspec.Raw]:
        """Return the documents that are to be included with a page."""
        if self.asking.shape is None or INCLUDE not in given:
            return []
        bodies = (msgspec.json.decode(row[BODY]) for row in position.rows)
        return await included(ask, self.reading, linked(self.asking.shape, given, bodies))


def _check_length(given: Mapping[str, str]) -> None:
    """Raise UriTooLong for a question beside which there is no room for a cursor."""
    length = len(with_query("", {name: value for name, value in given.items() if name != "cursor"}))
    if length > LONGEST_QUESTION:
        message = (
            f"A question has at most {LONGEST_QUESTION} characters in an address; this one has {length}."
        )
        raise UriTooLong(message)


def _cursor(text: str | None, wanted: Wanted) -> Cursor | None:
    if text is None:
        return None
    try:
        cursor = Cursor.decode(text, question_text(wanted))
    except CursorError:
        cursor = None
    if cursor is None or not wanted.is_place(cursor.keys):
        message = "The cursor is not one that this list gave, asked so and in this order; begin without it."
        raise BadParameter(message, parameter="cursor")
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
