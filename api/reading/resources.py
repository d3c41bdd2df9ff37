"""What there is to read: a made page, a record, a list. Each answers with one JSON document."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

import msgspec

from api.problems import BadParameter, Gone, NotFound, Problem
from api.reading.cursor import Cursor, CursorError
from api.reading.documents import Document
from api.reading.formats import Format, Limits
from api.store.reading import Reader, Rows
from api.store.rendering import digest
from api.store.statements import Reading
from schema.declare import Shape
from schema.pages import collection
from schema.render import Renderer


class Resource(Protocol):
    """Something at an address."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the names of the parameters that it takes besides the format."""

    @property
    def is_list(self) -> bool:
        """Tell whether it is a list of records, which can be written as a table."""

    async def read(self, reader: Reader, given: Mapping[str, str], chosen: Format) -> Document:
        """Return the document that a format is written from. Raise a problem if there is none."""


@dataclass(frozen=True)
class Page:
    """A page that was made when the server started."""

    document: Document
    parameters: tuple[str, ...] = ()
    is_list: bool = False

    async def read(self, _: Reader, __: Mapping[str, str], ___: Format) -> Document:
        """Return the page."""
        return self.document


@dataclass(frozen=True)
class Record:
    """The document of one record."""

    reading: Reading
    renderer: Renderer
    shape: Shape
    identifier: str
    parameters: tuple[str, ...] = ()
    is_list: bool = False

    async def read(self, reader: Reader, _: Mapping[str, str], __: Format) -> Document:
        """Return the document. Raise Gone if it was withdrawn, NotFound if it never was public."""
        key = {"entity": self.shape.name, "id": self.identifier}
        rows = await reader.rows(self.reading.document, key)
        if not rows:
            # Asked with its document, as it may have been published since.
            changes = await reader.rows(self.reading.last_change, key)
            rows = [row[3:] for row in changes if row[3] is not None]
            if not rows:
                raise self._missing(changes)
        body, tag = rows[0]
        schema = f"schemas/{self.shape.name.lower()}.json"
        return Document(body, tag, schema=self.renderer.addresses.resolve(schema))

    def _missing(self, changes: Rows) -> Problem:
        if not changes or changes[0][0] == "publish":
            message = f"There is no such record among the {self.shape.collection}."
            return NotFound(message)
        action, at, reason = changes[0][:3]
        done = "deleted" if action == "delete" else "withdrawn"
        return Gone(
            f"The record was {done} at {at}." + (f" {reason}" if reason else ""),
            uri=self.renderer.addresses.thing(self.shape.collection, self.identifier),
            entity=self.shape.name,
            id=self.identifier,
            action=action,
            at=at,
            **({"reason": reason} if reason else {}),
        )


@dataclass(frozen=True)
class Listing:
    """A page of a collection, ordered by id."""

    reading: Reading
    renderer: Renderer
    shape: Shape
    parameters: tuple[str, ...] = ("limit", "cursor")
    is_list: bool = True

    async def read(self, reader: Reader, given: Mapping[str, str], chosen: Format) -> Document:
        """Return the page that the cursor is at."""
        limit = _limit(given.get("limit"), chosen.limits)
        cursor = self._cursor(given.get("cursor"))
        pages = self.reading.documents if chosen.is_table else self.reading.items
        query = pages.first
        if cursor:
            query = pages.before if cursor.backwards else pages.after
        values = {"entity": self.shape.name, "limit": limit + 1, "id": cursor and cursor.identifier}
        rows = await reader.rows(query, values)
        return self._document(rows, limit, cursor)

    def _document(self, rows: Rows, limit: int, cursor: Cursor | None) -> Document:
        total, is_more_behind = rows[0][0], bool(rows[0][1])
        found = [(row[2], row[3]) for row in rows if row[2] is not None]
        is_more_ahead, found = len(found) > limit, found[:limit]
        if cursor and cursor.backwards:
            found.reverse()
            is_more_behind, is_more_ahead = is_more_ahead, is_more_behind
        pages = {"first": self._parameters(limit)}
        if is_more_ahead and found:
            pages["next"] = self._parameters(limit, Cursor(backwards=False, identifier=found[-1][0]))
        if is_more_behind and found:
            pages["previous"] = self._parameters(limit, Cursor(backwards=True, identifier=found[0][0]))
        body = msgspec.json.encode(self._body(total, found, self._parameters(limit, cursor), pages))
        return Document(body, digest(body), pages=pages, listed=self.shape)

    def _body(
        self, total: int, found: Rows, here: Mapping[str, str], pages: Mapping[str, Mapping[str, str]]
    ) -> Any:
        card = collection(self.renderer, self.shape)
        links = {relation: f"{card['uri']}?{urlencode(page)}" for relation, page in pages.items()}
        return {
            "uri": card["uri"],
            "type": card["type"],
            "title": card["title"],
            "total": total,
            "items": [msgspec.Raw(item) for _, item in found],
            "view": {"uri": f"{card['uri']}?{urlencode(here)}", "type": "PartialCollectionView", **links},
        }

    def _cursor(self, text: str | None) -> Cursor | None:
        if text is None:
            return None
        try:
            return Cursor.decode(text, self.shape.collection)
        except CursorError as error:
            message = "The cursor is not one that this list gave; begin without it."
            raise BadParameter(message, parameter="cursor") from error

    def _parameters(self, limit: int, cursor: Cursor | None = None) -> dict[str, str]:
        at = {"cursor": cursor.encode(self.shape.collection)} if cursor else {}
        return {"limit": str(limit), **at}


def _limit(text: str | None, limits: Limits) -> int:
    if text is None:
        return limits.default
    if not (re.fullmatch("[0-9]{1,6}", text) and 1 <= int(text) <= limits.most):
        message = f"The limit is not a whole number from 1 to {limits.most}."
        raise BadParameter(message, parameter="limit")
    return int(text)
