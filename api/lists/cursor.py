"""Cursors: a position in a sorted list, as opaque text that a client passes back unchanged."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from api.http.parameter_names import CURSOR
from api.http.problems import BadParameter
from api.lists.messages import message
from api.store.record_index.list_query import CursorKey, ListQuery


class CursorError(ValueError):
    """A text is not a cursor of this query and sort order."""


class _Content(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    backwards: bool
    keys: tuple[CursorKey, ...]
    checksum: str


@dataclass(frozen=True)
class Cursor:
    """The position after a record, or before it when paging backwards, by its sort keys."""

    backwards: bool
    keys: tuple[CursorKey, ...]

    def encode(self, query: str) -> str:
        """Return the cursor as text, valid for one query and sort order, given as canonical text."""
        content = _Content(self.backwards, self.keys, self._checksum(query))
        return urlsafe_b64encode(msgspec.json.encode(content)).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, query: str) -> "Cursor":
        """Return the cursor in a text. Raise CursorError if it belongs to another query."""
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            content = msgspec.json.decode(urlsafe_b64decode(padded), type=_Content)
        except (ValueError, msgspec.DecodeError) as error:
            raise CursorError(text) from error
        cursor = cls(content.backwards, content.keys)
        if cursor.encode(query) != text:
            raise CursorError(text)
        return cursor

    def _checksum(self, query: str) -> str:
        return sha256(msgspec.json.encode([query, self.backwards, self.keys])).hexdigest()[:12]


def requested_cursor(text: str | None, query: ListQuery) -> Cursor | None:
    """Return the cursor of a request, if it has one. Raise BadParameter if it belongs to another query."""
    if text is None:
        return None
    try:
        cursor = Cursor.decode(text, query.canonical_text)
    except CursorError:
        cursor = None
    if cursor is None or not query.is_position(cursor.keys):
        raise BadParameter(message("foreign-cursor"), parameter=CURSOR)
    return cursor
