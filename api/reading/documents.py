"""What resources answer with, and what a representation of it is made for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from api.reading.addresses import Address
from schema.declare import Shape


@dataclass(frozen=True)
class Document:
    """A JSON document: its bytes, their digest, its schema.

    `pages` has the parameters of the pages beside it in its list; `listed` is what that is a list of.
    """

    body: bytes
    digest: str
    schema: str = ""
    pages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    listed: Shape | None = None


@dataclass(frozen=True)
class Asked:
    """The address that was asked for, and its parameters."""

    address: Address
    given: Mapping[str, str]
