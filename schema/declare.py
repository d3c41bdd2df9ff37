"""How an entity is declared, and the one place that reads a declaration.

A field says three things, in this order, and says them once:

    start: Annotated[PartialDate, Term(TIKLS.start), Meta(...)]
                     type         meaning            limits

`describe` turns a class into a `Shape`; every format is a function of shapes and never looks
at the class.
"""

from dataclasses import dataclass, field
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct
from rdflib import URIRef

from schema.marks import Bound, Computed, Derived, Inverse, Position, Shown, Supplied, Term, Within
from schema.values import Kind, Slug
from vocab.namespaces import DCTERMS
from vocab.ontology import TIKLS


class DeclarationError(TypeError):
    """A declaration that some format could not follow."""


class Declared(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of everything that has fields with meanings."""

    rdf_class: ClassVar[URIRef | None] = None


class Part(Declared, kw_only=True, frozen=True):
    """A single thing inside a record; its IRI is the document's with the part's name behind `#`."""


class ListedPart(Part, kw_only=True, frozen=True):
    """A thing in a list inside a record, told from its like by its id."""

    id: Annotated[Slug, Term(DCTERMS.identifier)]


@dataclass(frozen=True)
class Field:
    """One field, as every format needs it."""

    name: str
    kind: Kind
    predicate: str
    target: str = ""
    part: "Shape | None" = None
    many: bool = False
    required: bool = False
    derived: Derived | None = None
    shown: Shown | None = None
    within: Within | None = None
    leaf: Meta = field(default_factory=Meta)


@dataclass(frozen=True)
class Shape:
    """One declaration, read."""

    name: str
    struct: type[Declared]
    rdf_class: str
    fields: tuple[Field, ...]
    collection: str = ""

    @property
    def stated(self) -> tuple[Field, ...]:
        """Return the fields that a client may send."""
        return tuple(field for field in self.fields if not field.derived)


@cache
def describe(declared: type[Declared]) -> Shape:
    """Read a declaration. Raise DeclarationError if some format could not follow it."""
    hints = get_type_hints(declared, include_extras=True)
    own = [
        field
        for info in msgspec.structs.fields(declared)
        for field in _fields(f"{declared.__name__}.{info.name}", info, hints[info.name])
    ]
    last = [field for field in own if field.name == "record"]
    return Shape(
        name=declared.__name__,
        struct=declared,
        rdf_class=str(declared.rdf_class or getattr(TIKLS, declared.__name__)),
        fields=tuple([field for field in own if field not in last] + last),
        collection=getattr(declared, "collection", ""),
    )


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
            derived=Bound(stated.name, last=edge == "Latest"),
        )
        for edge in ("Earliest", "Latest")
    ]


def _field(where: str, info: msgspec.structs.FieldInfo, hint: Any) -> Field:
    python, marks = _peel(hint)
    many = get_origin(python) is tuple
    if many:
        python, inner = _peel(get_args(python)[0])
        marks += inner
    terms = [mark for mark in marks if isinstance(mark, Term)]
    if len(terms) != 1:
        message = f"{where} has {len(terms)} terms; it needs one"
        raise DeclarationError(message)
    kind, target, part = _kind(where, python, marks)
    if part and many != issubclass(part.struct, ListedPart):
        message = f"{where}: parts in a list, and only they, are ListedParts"
        raise DeclarationError(message)
    return Field(
        name=info.name,
        kind=kind,
        predicate=str(terms[0].predicate),
        target=target,
        part=part,
        many=many,
        required=info.required,
        derived=_one(marks, Inverse | Computed | Supplied | Position),
        shown=_one(marks, Shown),
        within=_one(marks, Within),
        leaf=_leaf(where, kind, python, marks),
    )


def _peel(hint: Any) -> tuple[Any, list[Any]]:
    """Take off Annotated and None, keeping the marks found on the way."""
    marks: list[Any] = []
    while True:
        if get_origin(hint) is Annotated:
            hint, *found = get_args(hint)
            marks += found
        elif get_origin(hint) in (Union, UnionType):
            hint = next(arm for arm in get_args(hint) if arm is not NoneType)
        else:
            return hint, marks


def _kind(where: str, python: Any, marks: list[Any]) -> tuple[Kind, str, Shape | None]:
    extra: dict[str, Any] = {}
    for mark in marks:
        extra |= (mark.extra or {}) if isinstance(mark, Meta) else {}
    if "kind" in extra:
        return extra["kind"], extra.get("target", ""), None
    if isinstance(python, type) and issubclass(python, Part):
        return Kind.PART, python.__name__, describe(python)
    if python in (str, int):
        return (Kind.STRING if python is str else Kind.INTEGER), "", None
    message = f"{where}: no format knows {python!r}"
    raise DeclarationError(message)


def _leaf(where: str, kind: Kind, python: Any, marks: list[Any]) -> Meta:
    """Return the limits of the single value: of a text, those of what stands in one language."""
    if kind in (Kind.TEXT, Kind.TEXTS):
        python, marks = _peel(get_args(python)[1])
        if kind is Kind.TEXTS:
            python, marks = _peel(get_args(python)[0])
    names = ("min_length", "max_length", "ge", "le", "pattern")
    metas = [mark for mark in marks if isinstance(mark, Meta)]
    leaf = Meta(
        **{name: value for meta in metas for name in names if (value := getattr(meta, name)) is not None}
    )
    if (kind is Kind.STRING and leaf.max_length is None) or (
        kind is Kind.INTEGER and None in (leaf.ge, leaf.le)
    ):
        message = f"{where} has no limits: a string needs max_length, an integer ge and le"
        raise DeclarationError(message)
    return leaf


def _one(marks: list[Any], wanted: Any) -> Any:
    return next((mark for mark in marks if isinstance(mark, wanted)), None)
