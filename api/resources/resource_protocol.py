"""A resource: something at an address that has several formats."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from api.formats.document import JsonDocument, ResourceKind
from api.formats.format import Format
from api.http.language_parameters import FALLBACK, LANGUAGE
from api.http.parameter_names import FIELDS, HIGHLIGHT, INCLUDE, PROFILE
from api.http.shape_parameter import SHAPE
from api.store.readers.reader import Reader

DocumentLoader = Callable[[Reader, str], Awaitable[JsonDocument]]
"""Loads a document: of a record, the one with an id. Raises a Problem if there is none."""

LIST_OPTIONS = frozenset({FIELDS, INCLUDE, SHAPE, LANGUAGE, FALLBACK, HIGHLIGHT, PROFILE})
RECORD_OPTIONS = LIST_OPTIONS - {HIGHLIGHT, PROFILE}
STATIC_OPTIONS = frozenset({LANGUAGE, FALLBACK})
"""The representation options that lists, records and static documents take."""


class Resource(Protocol):
    """The interface of resources. What is fixed is found out once; `prepare` is called for each new request."""

    @property
    def kind(self) -> ResourceKind:
        """Return the kind, which decides the formats."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the names of the query parameters that it takes beside the representation options."""

    @property
    def multivalued(self) -> frozenset[str]:
        """Return the names of the parameters that take several values."""

    @property
    def options(self) -> frozenset[str]:
        """Return the names of the representation options that it takes."""

    @property
    def schema_url(self) -> str:
        """Return the URL of the JSON Schema of its documents, or an empty string."""

    def prepare(self, parameters: Mapping[str, str], chosen: Format) -> DocumentLoader:
        """Return the loader of the document that a format is made from. Raise a Problem for invalid parameters."""
