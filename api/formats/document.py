"""JSON documents: what resources load, and what serializers turn into representations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

import msgspec

from api.http.url_path_and_format_suffix import UrlPath
from api.store.digests import digest
from api.store.zstd_frame import decompress
from schema.declaration.entity_base import RecordKey
from schema.declaration.shapes import Shape
from schema.query.parameters import FilterParameter


class ResourceKind(Enum):
    """The kinds of resource, by which formats say what they apply to."""

    RECORD = "a record"
    COLLECTION = "a list of records of one entity"
    SEARCH = "a list of records of any entity"
    STATIC = "a document of the entry point or the vocabulary"


@dataclass(frozen=True)
class FacetValue:
    """A value of a facet, and the number of records that have it, or None if that is unknown."""

    value: str
    count: int | None


@dataclass(frozen=True)
class Facet:
    """A filter, with the values that records of the list have, the most frequent first."""

    parameter: FilterParameter
    values: tuple[FacetValue, ...]


@dataclass(frozen=True)
class Facets:
    """The facets of a list, and the cards of all records that they or its query name."""

    filters: tuple[Facet, ...] = ()
    cards: Mapping[RecordKey, Mapping[str, Any]] = field(default_factory=dict)


class PageLinks(NamedTuple):
    """The other pages of a list: their shared parameters, and a cursor by relation, empty for the first."""

    shared: Mapping[str, str]
    cursors: Mapping[str, str]


class JsonDocument(NamedTuple):
    """A JSON document, its ETag, and the moment of its last change, which is empty if it is unknown.

    That of a stored document is a zstd frame, in place of the body.
    A page of a list also has links to other pages, the entity that is listed (None for a search), whether
    it is a role list, its facets, and its parameters, in which filters name records by id.
    """

    body: bytes
    etag: str
    last_modified: str = ""
    page_links: PageLinks | None = None
    entity: Shape | None = None
    is_role_list: bool = False
    facets: Facets = Facets()
    parameters: Mapping[str, str] | None = None
    frame: bytes = b""

    @classmethod
    def from_body(cls, body: Mapping[str, Any], **page: Any) -> "JsonDocument":
        """Encode a body that was built for one response."""
        encoded = msgspec.json.encode(body)
        return cls(encoded, digest(encoded), **page)

    def decompressed(self) -> "JsonDocument":
        """Return the document with its body. Raise DamagedDocumentError if the stored one cannot be read."""
        return self._replace(body=decompress(self.frame), frame=b"") if self.frame else self


class RequestTarget(NamedTuple):
    """The path and the query parameters of a request."""

    path: UrlPath
    parameters: Mapping[str, str]

    def for_record(self, identifier: str) -> "RequestTarget":
        """Return the target with an id in the place of `{id}`."""
        return RequestTarget(self.path.for_record(identifier), self.parameters) if identifier else self
