"""What resources answer with, and what a representation of it is made for."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from api.reading.addresses import Address
from api.reading.tallies import Tallies
from api.store.digest import digest
from schema.declare import Shape


class Beside(NamedTuple):
    """The pages of a list beside one: the parameters that all have, and the cursor of each; the first has none."""

    shared: Mapping[str, str]
    cursors: Mapping[str, str]


class Document(NamedTuple):
    """A JSON document: its bytes, and what tells them from all others.

    Of a page of a list, `beside` are the others; `listed` is what it is a list of, `by_role` tells
    whether just of those in a role, and `tallies` are its main filters.
    """

    body: bytes
    digest: str
    beside: Beside | None = None
    listed: Shape | None = None
    by_role: bool = False
    tallies: Tallies = Tallies()

    @classmethod
    def of(cls, body: Mapping[str, Any], **others: Any) -> "Document":
        """Return a document that was made for one answer."""
        encoded = msgspec.json.encode(body)
        return cls(encoded, digest(encoded), **others)


class Asked(NamedTuple):
    """The address that is asked for, and its parameters."""

    address: Address
    given: Mapping[str, str]

    def of_one(self, identifier: str) -> "Asked":
        """Return what is asked for of a record, where this is asked of any."""
        return Asked(self.address.of_one(identifier), self.given) if identifier else self
