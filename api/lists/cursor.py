"""Cursors: a place in a list, as text that a client passes back as it is."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256

import msgspec


class CursorError(ValueError):
    """A text is not a cursor of this list."""


class _Content(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    backwards: bool
    keys: tuple[str | int, ...]
    checksum: str


@dataclass(frozen=True)
class Cursor:
    """The place behind one record, or before it when going backwards, by what puts it in order."""

    backwards: bool
    keys: tuple[str | int, ...]

    def encode(self, question: str) -> str:
        """Return the cursor as text, good for one question in one order only."""
        content = _Content(self.backwards, self.keys, self._checksum(question))
        return urlsafe_b64encode(msgspec.json.encode(content)).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, question: str) -> "Cursor":
        """Return the cursor in a text. Raise CursorError if it is not of this question."""
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            content = msgspec.json.decode(urlsafe_b64decode(padded), type=_Content)
        except (ValueError, msgspec.DecodeError) as error:
            raise CursorError(text) from error
        cursor = cls(content.backwards, content.keys)
        if cursor.encode(question) != text:
            raise CursorError(text)
        return cursor

    def _checksum(self, question: str) -> str:
        said = msgspec.json.encode([question, self.backwards, self.keys])
        return sha256(said).hexdigest()[:12]
