"""Filters with their values, and how many records have each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from api.http.urls import Address
from api.store.digests import digest
from schema.declaration.entity import Key
from schema.declaration.shapes import Shape
from schema.query.parameters import Parameter


@dataclass(frozen=True)
class Count:
    """One value of a filter, and how many records would be found by it alone, where that is known."""

    value: str
    number: int | None


@dataclass(frozen=True)
class Tally:
    """One filter, with the values that records of the list have, the most frequent first."""

    parameter: Parameter
    counts: tuple[Count, ...]


@dataclass(frozen=True)
class Tallies:
    """The main filters of a list, and the cards of all records that they or its question name."""

    filters: tuple[Tally, ...] = ()
    cards: Mapping[Key, Mapping[str, Any]] = field(default_factory=dict)


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
