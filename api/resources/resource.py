"""The resource interface: what the router finds at an address."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from api.formats.document import JsonDocument
from api.formats.registry import Format
from api.http.language import FALLBACK, LANGUAGE
from api.http.parameters import FIELDS, HIGHLIGHT, INCLUDE, PROFILE
from api.store.readers.reader import Reader

DocumentLoader = Callable[[Reader, str], Awaitable[JsonDocument]]
"""What reads a document; of those of records the one with an id."""

LIST_OPTIONS = frozenset({FIELDS, INCLUDE, LANGUAGE, FALLBACK, HIGHLIGHT, PROFILE})

RECORD_OPTIONS = LIST_OPTIONS - {HIGHLIGHT, PROFILE}

STATIC_OPTIONS = frozenset({LANGUAGE, FALLBACK})
"""The parameters of shape that such addresses take."""


class Resource(Protocol):
    """Something at an address."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the names of the parameters that it takes besides the format and the shape."""

    @property
    def multivalued(self) -> frozenset[str]:
        """Return the names of those that take several values."""

    @property
    def options(self) -> frozenset[str]:
        """Return the names of the parameters of shape that it takes."""

    @property
    def schema_url(self) -> str:
        """Return the address of the JSON Schema of its documents, if they have one of their own."""

    @property
    def is_list(self) -> bool:
        """Tell whether it is a list of records of an entity, which can be written as a table."""

    def prepare(self, given: Mapping[str, str], chosen: Format) -> DocumentLoader:
        """Return what reads the document that a format is written from. Raise a problem if nothing can."""
