"""Base classes of declarations, and the parser that turns a declared class into a Shape.

A field declares three things, in this order, once:

    start: Annotated[PartialDate, Term(TIKLS.start), Meta(...)]
                     datatype     RDF property       limits

`describe` parses a class into a `Shape`. Every format is a function of shapes and never inspects the class.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from inspect import get_annotations
from typing import Annotated, Any, ClassVar, get_type_hints

import msgspec
from msgspec import Meta, Struct
from rdflib import URIRef

from schema.declaration.annotations import (
    Conditional,
    DateBound,
    DecimalRange,
    DeclarationError,
    Derived,
    Filterable,
    Label,
    LookupKey,
    Term,
    Visibility,
    Without,
)
from schema.declaration.datatypes import Kind, Slug
from schema.declaration.type_hints import TypeHint, parse_hint, value_limits
from vocab.namespaces import DCTERMS
from vocab.ontology_terms import TIKLS


class Declared(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base class of all declarations: structs whose fields have RDF properties."""

    rdf_class: ClassVar[URIRef | None] = None


class Part(Declared, kw_only=True, frozen=True):
    """A single nested node of a record. Its IRI is the document's with the class name as the fragment.

    If `is_document` is set, the part describes the document itself: it has the document's IRI and is encoded
    after all other fields.
    """

    is_document: ClassVar[bool] = False


class ListedPart(Part, kw_only=True, frozen=True):
    """A nested node in a list of a record, identified by its id within the list."""

    id: Annotated[Slug, Term(DCTERMS.identifier)]


@dataclass(frozen=True, eq=False)
class Field:
    """A parsed field. It is compared and hashed by identity, so it is a cheap dictionary key.

    `target` names the entity of a link, the scheme of a concept, the list of a sibling or of a linked part, or
    the class of a part. `via` names the field with the links to the records whose parts are linked.
    """

    name: str
    kind: Kind
    predicate: str
    target: str = ""
    via: str = ""
    part: "Shape | None" = None
    is_list: bool = False
    required: bool = False
    derived: Derived | None = None
    visibility: Visibility | None = None
    decimal_range: DecimalRange | None = None
    condition: Conditional | None = None
    filters: tuple[Filterable, ...] = ()
    is_lookup_key: bool = False
    max_items: int | None = None
    limits: Meta = field(default_factory=Meta)


@dataclass(frozen=True, eq=False)
class Shape:
    """A parsed declaration. It is compared and hashed by identity, so it is a cheap dictionary key.

    `number_place` is the leading part of the numbers of an entity's records.
    """

    name: str
    struct: type[Declared]
    rdf_class: str
    fields: tuple[Field, ...]
    collection: str = ""
    is_document: bool = False
    example_id: str = ""
    number_place: int = 0

    @cached_property
    def stated_fields(self) -> tuple[Field, ...]:
        """Return the fields whose values a client can send."""
        return tuple(field for field in self.fields if not field.derived)

    @cached_property
    def card_fields(self) -> tuple[Field, ...]:
        """Return the fields that cards show, without the label, which repeats one of them."""
        return tuple(
            field
            for field in self.fields
            if field.visibility is Visibility.CARD and not isinstance(field.derived, Label)
        )


@cache
def describe(declared: type[Declared]) -> Shape:
    """Return the shape of a declared class. Raise DeclarationError if some format could not represent it."""
    hints = get_type_hints(declared, include_extras=True)
    fields = [
        field
        for info in sorted(msgspec.structs.fields(declared), key=_field_order(declared))
        for field in _parse_field(f"{declared.__name__}.{info.name}", info, hints[info.name])
    ]
    parts = [field.target for field in fields if field.part]
    if len(set(parts)) < len(parts):
        message = f"{declared.__name__} has parts of one class in two fields; their IRIs would be equal"
        raise DeclarationError(message)
    document_parts = [field for field in fields if field.part and field.part.is_document]
    return Shape(
        name=declared.__name__,
        struct=declared,
        rdf_class=str(declared.rdf_class or getattr(TIKLS, declared.__name__)),
        fields=tuple([field for field in fields if field not in document_parts] + document_parts),
        collection=getattr(declared, "collection", ""),
        is_document=getattr(declared, "is_document", False),
        example_id=getattr(declared, "example_id", ""),
        number_place=getattr(declared, "number_place", 0),
    )


def _field_order(declared: type[Declared]) -> Callable[[msgspec.structs.FieldInfo], int]:
    """Return the sort key of fields: the id, then the class's own fields, then inherited ones."""
    own = get_annotations(declared)
    return lambda info: 0 if info.name == "id" else 1 if info.name in own else 2


def _parse_field(path: str, info: msgspec.structs.FieldInfo, hint: Any) -> list[Field]:
    """Return a field and, after a partial date, the fields of its first and last day."""
    stated = _parse_stated_field(path, info, hint)
    if stated.kind is not Kind.PARTIAL_DATE:
        return [stated]
    words = stated.name.split("_")
    local_name = words[0] + "".join(word.title() for word in words[1:])
    return [stated] + [
        Field(
            name=f"{stated.name}_{edge.lower()}",
            kind=Kind.DAY,
            predicate=str(getattr(TIKLS, local_name + edge)),
            derived=DateBound(stated.name, last=edge == "Latest"),
        )
        for edge in ("Earliest", "Latest")
    ]


def _parse_stated_field(path: str, info: msgspec.structs.FieldInfo, annotation: Any) -> Field:
    hint = parse_hint(annotation)
    terms = hint.all(Term)
    if len(terms) != 1:
        message = f"{path} has {len(terms)} terms; it needs exactly one"
        raise DeclarationError(message)
    kind, target, part = _parse_kind(path, hint)
    if part and hint.is_list != any(part_field.name == "id" for part_field in part.fields):
        message = f"{path}: parts in a list, and only those, have an id"
        raise DeclarationError(message)
    return Field(
        name=info.name,
        kind=kind,
        predicate=str(terms[0].predicate),
        target=target,
        via=next((meta.extra["via"] for meta in hint.all(Meta) if "via" in (meta.extra or {})), ""),
        part=part,
        is_list=hint.is_list,
        required=info.required,
        derived=hint.first(Derived),
        visibility=hint.first(Visibility),
        decimal_range=hint.first(DecimalRange),
        condition=hint.first(Conditional),
        filters=tuple(hint.all(Filterable)),
        is_lookup_key=hint.first(LookupKey) is not None,
        max_items=hint.max_items,
        limits=value_limits(path, kind, hint),
    )


_PLAIN_KINDS = {str: Kind.STRING, int: Kind.INTEGER, bool: Kind.BOOLEAN}
"""Kinds of values by their Python type, for types that no annotation gives a kind."""


def _parse_kind(path: str, hint: TypeHint) -> tuple[Kind, str, Shape | None]:
    """Return the datatype of a field, its target and, for a part, its shape."""
    extra: dict[str, Any] = {}
    for meta in hint.all(Meta):
        extra |= meta.extra or {}
    value_type = hint.python
    if "kind" in extra:
        return extra["kind"], extra.get("target", ""), None
    if isinstance(value_type, type) and issubclass(value_type, Part):
        without = hint.first(Without)
        part = describe(value_type)
        return Kind.PART, part.name, _part_without(path, part, without) if without else part
    if value_type in _PLAIN_KINDS:
        return _PLAIN_KINDS[value_type], "", None
    message = f"{path}: no format supports {value_type!r}"
    raise DeclarationError(message)


def _part_without(path: str, part: Shape, without: Without) -> Shape:
    """Return the shape of a part without some of its fields, which must be optional."""
    optional = {part_field.name for part_field in part.fields if not part_field.required}
    if unknown := set(without.fields) - optional:
        message = f"{path}: {part.name} has no optional field {', '.join(sorted(unknown))} to leave out"
        raise DeclarationError(message)
    return replace(
        part, fields=tuple(part_field for part_field in part.fields if part_field.name not in without.fields)
    )
