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


class Shown(Enum):
    """Where, besides its own document, a record shows a field."""

    IN_CARD = "wherever the record is linked to, and in lists"
    IN_LIST = "in lists of its entity"


@dataclass(frozen=True)
class Inverse:
    """A derived list: the records of another entity that link here by one of its fields."""

    entity: str
    field: str
    order: tuple[str, ...] = ()
    """The fields of the other entity that put the list in order, before its ids do."""


@dataclass(frozen=True)
class Followed:
    """A derived value, made from other records: takes the record and its `schema.following.Trail`."""

    follow: Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Computed:
    """A derived value, made from the record's own statements."""

    compute: Callable[[Any], Any]


@dataclass(frozen=True)
class Supplied:
    """A derived value that only the log or the settings know."""


@dataclass(frozen=True)
class Position:
    """A derived number: the place in the list, from 1."""


@dataclass(frozen=True)
class Bound:
    """A derived day: the first or last that the partial date of another field may mean."""

    field: str
    last: bool


@dataclass(frozen=True)
class Asked:
    """The field may be asked for, by a parameter of its own name or of another.

    Whoever asks for something that lies above a value in its tree finds the value, if `above` names
    the field that leads up. `find` makes the values instead, of the record and its
    `schema.following.Trail`; `kind` and `target` then say of what kind they are. An amount is asked
    for among those that have the same value in the field `beside`.
    """

    name: str = ""
    above: str = ""
    find: Callable[[Any, Any], Iterable[str]] | None = None
    kind: Any = None
    target: str = ""
    beside: str = ""


@dataclass(frozen=True)
class ByQuestion:
    """A derived list that is not shown but asked for: records of an entity by any of some parameters."""

    entity: str
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class ByRole:
    """A derived number that only lists by role show."""


@dataclass(frozen=True)
class Within:
    """The least and the most that a decimal may be."""

    least: int
    most: int


Derived = Inverse | Followed | Computed | Supplied | Position | Bound | ByQuestion | ByRole
