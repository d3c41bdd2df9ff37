"""How an entity is declared, and the one place that reads a declaration.

A field says three things, in this order, and says them once:

    start: Annotated[PartialDate, Term(TIKLS.start), Meta(...)]
                     type         meaning            limits

`describe` turns a class into a `Shape`; every format is a function of shapes and never looks
at the class.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from inspect import get_annotations
from typing import Annotated, Any, ClassVar, get_type_hints

import msgspec
from msgspec import Meta, Struct
from rdflib import URIRef

from schema.declaration.annotations import (
    Computed,
    DateBound,
    DecimalRange,
    DeclarationError,
    Derived,
    DerivedAlongLinks,
    Filterable,
    Inverse,
    LinkedQuery,
    Ordinal,
    RoleCount,
    SystemSupplied,
    Term,
    Visibility,
)
from schema.declaration.datatypes import Kind, Slug
from schema.declaration.type_hints import TypeHint, parse_hint, value_limits
from vocab.namespaces import DCTERMS
from vocab.ontology import TIKLS


class Declared(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of everything that has fields with meanings."""

    rdf_class: ClassVar[URIRef | None] = None


class Part(Declared, kw_only=True, frozen=True):
    """A single thing inside a record; its IRI is the document's with the part's name behind `#`.

    Or it is the document itself, and comes last in it.
    """

    is_document: ClassVar[bool] = False


class ListedPart(Part, kw_only=True, frozen=True):
    """A thing in a list inside a record, told from its like by its id."""

    id: Annotated[Slug, Term(DCTERMS.identifier)]


@dataclass(frozen=True, eq=False)
class Field:
    """One field, as every format needs it; told from others by being another, so that it is a quick key."""

    name: str
    kind: Kind
    predicate: str
    target: str = ""
    part: "Shape | None" = None
    is_list: bool = False
    required: bool = False
    derived: Derived | None = None
    visibility: Visibility | None = None
    decimal_range: DecimalRange | None = None
    filters: tuple[Filterable, ...] = ()
    max_items: int | None = None
    limits: Meta = field(default_factory=Meta)


@dataclass(frozen=True, eq=False)
class Shape:
    """One declaration, read; told from others by being another, so that it is a quick key.

    Pairs of facets that are `together` are often asked for at once, in the order of some sort keys.
    """

    name: str
    struct: type[Declared]
    rdf_class: str
    fields: tuple[Field, ...]
    collection: str = ""
    is_document: bool = False
    composite_index: tuple[tuple[str, str], ...] = ()
    composite_index_order: tuple[str, ...] = ()

    @cached_property
    def stated_fields(self) -> tuple[Field, ...]:
        """Return the fields that a client may send."""
        return tuple(field for field in self.fields if not field.derived)


@cache
def describe(declared: type[Declared]) -> Shape:
    """Read a declaration. Raise DeclarationError if some format could not follow it."""
    hints = get_type_hints(declared, include_extras=True)
    own = [
        field
        for info in sorted(msgspec.structs.fields(declared), key=_place_of(declared))
        for field in _fields(f"{declared.__name__}.{info.name}", info, hints[info.name])
    ]
    parts = [field.target for field in own if field.part]
    if len(set(parts)) < len(parts):
        message = f"{declared.__name__} has parts of one class in two fields; their IRIs would meet"
        raise DeclarationError(message)
    last = [field for field in own if field.part and field.part.is_document]
    return Shape(
        name=declared.__name__,
        struct=declared,
        rdf_class=str(declared.rdf_class or getattr(TIKLS, declared.__name__)),
        fields=tuple([field for field in own if field not in last] + last),
        collection=getattr(declared, "collection", ""),
        is_document=getattr(declared, "is_document", False),
        composite_index=getattr(declared, "together", ()),
        composite_index_order=getattr(declared, "together_by", ()),
    )


def _place_of(declared: type[Declared]) -> Callable[[msgspec.structs.FieldInfo], int]:
    """Return what puts the id first, and what every entity has behind what this one has."""
    own = get_annotations(declared)
    return lambda info: 0 if info.name == "id" else 1 if info.name in own else 2


def _fields(where: str, info: msgspec.structs.FieldInfo, hint: Any) -> list[Field]:
    """Return a field and, behind a partial date, the two days that bound it."""
    stated = _field(where, info, hint)
    if stated.kind is not Kind.PARTIAL_DATE:
        return [stated]
    words = stated.name.split("_")
    camel = words[0] + "".join(word.title() for word in words[1:])
    return [stated] + [
        Field(
            name=f"{stated.name}_{edge.lower()}",
            kind=Kind.DAY,
            predicate=str(getattr(TIKLS, camel + edge)),
            derived=DateBound(stated.name, last=edge == "Latest"),
        )
        for edge in ("Earliest", "Latest")
    ]


def _field(where: str, info: msgspec.structs.FieldInfo, annotation: Any) -> Field:
    hint = parse_hint(annotation)
    terms = hint.all(Term)
    if len(terms) != 1:
        message = f"{where} has {len(terms)} terms; it needs one"
        raise DeclarationError(message)
    kind, target, part = _kind(where, hint)
    if part and hint.is_list != any(inner.name == "id" for inner in part.fields):
        message = f"{where}: parts in a list, and only they, have an id"
        raise DeclarationError(message)
    return Field(
        name=info.name,
        kind=kind,
        predicate=str(terms[0].predicate),
        target=target,
        part=part,
        is_list=hint.is_list,
        required=info.required,
        derived=hint.one(
            Inverse | DerivedAlongLinks | Computed | SystemSupplied | Ordinal | LinkedQuery | RoleCount
        ),
        visibility=hint.one(Visibility),
        decimal_range=hint.one(DecimalRange),
        filters=tuple(hint.all(Filterable)),
        max_items=hint.max_items,
        limits=value_limits(where, kind, hint),
    )


def _kind(where: str, hint: TypeHint) -> tuple[Kind, str, Shape | None]:
    extra: dict[str, Any] = {}
    for meta in hint.all(Meta):
        extra |= meta.extra or {}
    python = hint.python
    if "kind" in extra:
        return extra["kind"], extra.get("target", ""), None
    if isinstance(python, type) and issubclass(python, Part):
        return Kind.PART, python.__name__, describe(python)
    if python in (str, int):
        return (Kind.STRING if python is str else Kind.INTEGER), "", None
    message = f"{where}: no format knows {python!r}"
    raise DeclarationError(message)
