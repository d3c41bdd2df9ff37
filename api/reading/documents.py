"""What resources answer with, and what a representation of it is made for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from api.reading.addresses import Address
from api.reading.tallies import Tallies
from api.store.digest import digest
from schema.declare import Shape


@dataclass(frozen=True)
class Beside:
    """The pages of a list beside one: the parameters that all have, and the cursor of each; the first has none."""

    shared: Mapping[str, str]
    cursors: Mapping[str, str]


@dataclass(frozen=True)
class Document:
    """A JSON document: its bytes and their digest.

    Of a page of a list, `beside` are the others; `listed` is what it is a list of, `by_role` tells
    whether just of those in a role, and `tallies` are its main filters.
    """

    body: bytes
    digest: str
    beside: Beside | None = None
    listed: Shape | None = None
    by_role: bool = False
    tallies: Tallies = field(default_factory=Tallies)

    @classmethod
    def of(cls, body: Mapping[str, Any], **others: Any) -> "Document":
        """Return a document that was made for one answer."""
        encoded = msgspec.json.encode(body)
        return cls(encoded, digest(encoded), **others)


@dataclass(frozen=True)
class Asked:
    """The address that was asked for, and its parameters."""

    address: Address
    given: Mapping[str, str]
