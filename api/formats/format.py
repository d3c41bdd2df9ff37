"""A format: a media type in which documents are served, and the registry that holds the formats of an installation."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qsl

from api.formats.document import JsonDocument, RequestTarget, ResourceKind
from api.http.negotiation import best_media_type
from api.http.parameter_names import FORMAT
from api.http.problems import MEDIA_TYPE, Problem
from api.http.request import Request
from api.http.url_path_and_format_suffix import UrlPath
from schema.declaration.shapes import Shape
from schema.documents.renderer import Renderer

_LONG_DOCUMENT_BYTES = 50_000

Serializer = Callable[[JsonDocument, RequestTarget], bytes | Iterator[bytes]]
"""Returns the representation of a document in one format. Raises BadParameter for an invalid option.

One that takes more than a few milliseconds is an iterator of its parts, which are made in a thread.
"""


class RecordWriter(Protocol):
    """Writes the full documents of a list in one format, batch by batch, so that memory does not grow with them."""

    @property
    def head(self) -> bytes:
        """Return the beginning of the list, before its first record."""

    def write(self, documents: Iterable[tuple[bytes, Mapping[str, Any]]]) -> bytes:
        """Return records, given the stored document of each, and the members that the list adds to it."""


class ListContext(NamedTuple):
    """The list that a record writer serializes. `is_role_list` is set on lists of partners or funders."""

    renderer: Renderer
    entity: Shape
    parameters: Mapping[str, str]
    is_role_list: bool


@dataclass(frozen=True)
class PageLimits:
    """The number of records on a page of a list: the default and the maximum."""

    default: int = 25
    maximum: int = 200


class Highlighting(Enum):
    """When list items show where a search matched."""

    NEVER = "never"
    ON_REQUEST = "with highlight=true"
    BY_DEFAULT = "unless highlight=false"


def is_long(document: JsonDocument) -> bool:
    """Return True for a document that takes more than a few milliseconds to serialize: a list, or a long one."""
    return document.page_links is not None or len(document.body) > _LONG_DOCUMENT_BYTES


def text_schema(_: Sequence[str]) -> dict[str, Any]:
    """Return the OpenAPI schema of a representation that is plain text."""
    return {"type": "string"}


class RefusedRequest(NamedTuple):
    """A request with its problem, and the language of the response.

    `is_valid` returns True for a path and a query that are no problem, given a word in them that names a record.
    """

    request: Request
    problem: Problem
    language: str
    is_valid: Callable[[str, str, str], bool]


ProblemSerializer = Callable[[RefusedRequest], bytes]
"""Returns the representation of a problem in a format for people."""


@dataclass(frozen=True)
class Format:
    """A row of the registry. `name` is the URL suffix and the value of `format=`."""

    name: str
    label: str
    media_type: str
    content_type: str
    create_serializer: "Callable[[SerializerContext], Serializer]"
    """Builds the serializer of an installation, once."""
    options: tuple[str, ...] = ()
    """The representation options (query parameters) that it takes."""
    applies_to: frozenset[ResourceKind] = frozenset(ResourceKind)
    headers: Mapping[str, str] = field(default_factory=dict)
    limits: PageLimits = PageLimits()
    create_record_writer: Callable[[ListContext], RecordWriter] | None = None
    """Builds the writer of a list whose records are full documents. Raises BadParameter for an invalid option."""
    profiles: tuple[str, ...] = ()
    """The values of `profile=`."""
    is_page: bool = False
    """Whether it is for people: it has facets, and its own language."""
    is_localized: bool = False
    """Whether `lang` turns its language maps into strings."""
    has_derived_etag: bool = False
    """Whether its ETag follows from the document's ETag and the code of the serializer."""
    is_document: Callable[[Mapping[str, str]], bool] = lambda _: False
    """Returns True if the representation is the JSON document itself, given the query parameters."""
    highlighting: Highlighting = Highlighting.NEVER
    create_problem_serializer: "Callable[[SerializerContext], ProblemSerializer] | None" = None
    """Builds the serializer of problems. Clients that prefer a format without one get problem documents."""
    links: "Callable[[LinkContext], Iterable[str]]" = lambda _: ()
    """Yields the Link values of its own, beside those of every format."""
    response_schema: Callable[[Sequence[str]], dict[str, Any]] = text_schema
    """Returns the OpenAPI schema, given the component names of the JSON document's variants."""

    @property
    def full_documents(self) -> bool:
        """Return True if list items are full documents."""
        return self.create_record_writer is not None

    @property
    def is_plain_text(self) -> bool:
        """Return True if its representations have no schema but that of text."""
        return self.response_schema is text_schema


class Formats:
    """The formats of an installation, in order of preference."""

    def __init__(self, rows: Iterable[Format]) -> None:
        self._rows = tuple(rows)
        self.by_name: Mapping[str, Format] = {row.name: row for row in self._rows}
        self.options = frozenset(option for row in self._rows for option in row.options)
        """The query parameters that some formats take and others refuse."""

    def __iter__(self) -> Iterator[Format]:
        """Iterate over the formats in order of preference."""
        return iter(self._rows)

    def applicable(self, kind: ResourceKind) -> tuple[Format, ...]:
        """Return the formats of a kind of resource."""
        return tuple(row for row in self._rows if kind in row.applies_to)

    def preferred(self, path: UrlPath, query: str, accept: str) -> Format | None:
        """Return the format that a request prefers, wherever it is: by suffix, else by `format=`, else by Accept.

        It is None if that is a problem document, or no format.
        """
        names = (path.suffix, *(value for name, value in parse_qsl(query) if name == FORMAT))
        if name := next((name for name in names if name in self.by_name), None):
            return self.by_name[name]
        by_media_type = {row.media_type: row for row in self._rows}
        media_type = best_media_type(accept, [MEDIA_TYPE, *by_media_type])
        return by_media_type.get(media_type or "")

    def taking(self, option: str) -> list[str]:
        """Return the names of the formats that take a representation option."""
        return [row.name for row in self._rows if option in row.options]


@dataclass(frozen=True)
class SerializerContext:
    """What serializers are built from: the renderer of an installation, and its formats."""

    renderer: Renderer
    formats: Formats


@dataclass(frozen=True)
class LinkContext:
    """What Link headers are built from.

    `schema_url` is the JSON Schema of the documents, or empty; `service_links` are those of the entry point.
    """

    renderer: Renderer
    formats: Formats
    kind: ResourceKind
    target: RequestTarget
    schema_url: str = ""
    service_links: tuple[str, ...] = ()
