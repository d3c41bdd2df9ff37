"""The marks that a declared field bears, besides its type and limits."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from rdflib import URIRef


class DeclarationError(TypeError):
    """A declaration that some format could not follow."""


@dataclass(frozen=True)
class Term:
    """What a field means: one property."""

    predicate: URIRef


class Visibility(Enum):
    """Where, besides its own document, a record shows a field."""

    CARD = "wherever the record is linked to, and in lists"
    ITEM = "in lists of its entity"


@dataclass(frozen=True)
class Inverse:
    """A derived list: the records of another entity that link here by one of its fields."""

    entity: str
    field: str
    order: tuple[str, ...] = ()
    """The fields of the other entity that put the list in order, before its ids do."""


@dataclass(frozen=True)
class DerivedAlongLinks:
    """A derived value, made from other records: takes the record and its `schema.following.Trail`."""

    derive: Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Computed:
    """A derived value, made from the record's own statements."""

    compute: Callable[[Any], Any]


@dataclass(frozen=True)
class SystemSupplied:
    """A derived value that only the log or the settings know."""


@dataclass(frozen=True)
class Ordinal:
    """A derived number: the place in the list, from 1."""


@dataclass(frozen=True)
class DateBound:
    """A derived day: the first or last that the partial date of another field may mean."""

    field: str
    last: bool


@dataclass(frozen=True)
class Filterable:
    """The field may be asked for, by a parameter of its own name or of another.

    Whoever asks for something that lies above a value in its tree finds the value, if `above` names
    the field that leads up. `find` makes the values instead, of the record and its
    `schema.following.Trail`; `kind` and `target` then say of what kind they are. An amount is asked
    for among those that have the same value in the field `beside`.
    """

    name: str = ""
    ancestors_via: str = ""
    extract: Callable[[Any, Any], Iterable[str]] | None = None
    kind: Any = None
    target: str = ""
    scoped_by: str = ""


@dataclass(frozen=True)
class LinkedQuery:
    """A derived list that is not shown but asked for: records of an entity by any of some parameters."""

    entity: str
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class RoleCount:
    """A derived number that only lists by role show."""


@dataclass(frozen=True)
class DecimalRange:
    """The least and the most that a decimal may be."""

    minimum: int
    maximum: int


Derived = (
    Inverse | DerivedAlongLinks | Computed | SystemSupplied | Ordinal | DateBound | LinkedQuery | RoleCount
)
