"""Filters with their values, and how many records have each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from api.http.urls import UrlPath
from api.store.digests import digest
from schema.declaration.entity import RecordKey
from schema.declaration.shapes import Shape
from schema.query.parameters import FilterParameter


@dataclass(frozen=True)
class FacetValue:
    """One value of a filter, and how many records would be found by it alone, where that is known."""

    value: str
    count: int | None


@dataclass(frozen=True)
class Facet:
    """One filter, with the values that records of the list have, the most frequent first."""

    parameter: FilterParameter
    values: tuple[FacetValue, ...]


@dataclass(frozen=True)
class Facets:
    """The main filters of a list, and the cards of all records that they or its question name."""

    filters: tuple[Facet, ...] = ()
    cards: Mapping[RecordKey, Mapping[str, Any]] = field(default_factory=dict)


class PageLinks(NamedTuple):
    """The pages of a list beside one: the parameters that all have, and the cursor of each; the first has none."""

    shared: Mapping[str, str]
    cursors: Mapping[str, str]


class JsonDocument(NamedTuple):
    """A JSON document: its bytes, and what tells them from all others.

    Of a page of a list, `beside` are the others; `listed` is what it is a list of, `by_role` tells
    whether just of those in a role, and `tallies` are its main filters.
    """

    body: bytes
    etag: str
    page_links: PageLinks | None = None
    entity: Shape | None = None
    is_role_list: bool = False
    facets: Facets = Facets()

    @classmethod
    def from_body(cls, body: Mapping[str, Any], **others: Any) -> "JsonDocument":
        """Return a document that was made for one answer."""
        encoded = msgspec.json.encode(body)
        return cls(encoded, digest(encoded), **others)


class RequestTarget(NamedTuple):
    """The address that is asked for, and its parameters."""

    path: UrlPath
    parameters: Mapping[str, str]

    def for_record(self, identifier: str) -> "RequestTarget":
        """Return what is asked for of a record, where this is asked of any."""
        return RequestTarget(self.path.for_record(identifier), self.parameters) if identifier else self
