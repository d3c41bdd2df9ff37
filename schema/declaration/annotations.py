"""Annotations of declared fields: RDF property, visibility, filters, and derivation."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from rdflib import URIRef


class DeclarationError(TypeError):
    """A declaration is invalid, or some format could not represent it."""


@dataclass(frozen=True)
class Term:
    """The RDF property of a field."""

    predicate: URIRef


class Visibility(Enum):
    """Where a record shows a field, besides its own document. A field of the card is also in list items."""

    CARD = "in cards and list items"
    ITEM = "in list items"


@dataclass(frozen=True)
class Inverse:
    """A derived list: the records of another entity whose field links to this record."""

    entity: str
    field: str
    order: tuple[str, ...] = ()
    """Sort keys of the list: fields of the other entity. Ties are broken by id."""


@dataclass(frozen=True)
class DerivedAlongLinks:
    """A value derived from other records: `derive` takes the record and its RecordGraph."""

    derive: Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Computed:
    """A value computed from the record's own fields."""

    compute: Callable[[Any], Any]


@dataclass(frozen=True)
class Label:
    """The derived text that names a record or part: the first of its card fields that has a value.

    A record without such a value is named by its id; a part without one has no label.
    """


@dataclass(frozen=True)
class SystemSupplied:
    """A value supplied by the log or the settings."""


@dataclass(frozen=True)
class Ordinal:
    """A derived number: the 1-based position of a part in its list."""


@dataclass(frozen=True)
class DateBound:
    """A derived day: the first or last day that the partial date in `field` may mean."""

    field: str
    last: bool


@dataclass(frozen=True)
class Filterable:
    """A filter on a field, by a parameter named `name`, or like the field if that is empty.

    `ancestors_via` names the parent link. A filter by an ancestor then also matches its descendants:
    `programme=erasmus-plus` finds projects of every sub-programme.

    `extract` takes the record or part and its RecordGraph and returns the index values in place of the
    field's own; `kind` and `target` are then the datatype of those values.

    `scoped_by` names a sibling field whose value prefixes the index value: amounts are compared within
    one currency only.

    `counts` says in each language which values a record is found by, where the definition of the field's term
    does not. `example` is a value that the network's own content has, if it has any.
    """

    name: str = ""
    ancestors_via: str = ""
    extract: Callable[[Any, Any], Iterable[str]] | None = None
    kind: Any = None
    target: str = ""
    scoped_by: str = ""
    counts: Mapping[str, str] = field(default_factory=dict, compare=False)
    example: str = ""


@dataclass(frozen=True)
class LookupKey:
    """A field whose texts or IRIs name the record in filters, where no other record of the entity has them."""


@dataclass(frozen=True)
class LinkedQuery:
    """A derived list given as a link to a query: records of `entity` matching any of the parameters."""

    entity: str
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Without:
    """The fields of a part's class that the part does not have in this field."""

    fields: tuple[str, ...]


@dataclass(frozen=True)
class RoleCount:
    """A derived number shown in role lists only."""


@dataclass(frozen=True)
class Conditional:
    """A field that has a meaning only if all fields in `stated` have a value, and none of those in `absent`."""

    stated: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class DecimalRange:
    """The inclusive bounds of a decimal."""

    minimum: int
    maximum: int


Derived = (
    Inverse
    | DerivedAlongLinks
    | Computed
    | Label
    | SystemSupplied
    | Ordinal
    | DateBound
    | LinkedQuery
    | RoleCount
)
"""Annotations of fields whose values clients do not send."""
