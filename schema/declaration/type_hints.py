"""Parsing of type hints into the value type, its annotations and its limits."""

from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from msgspec import Meta

from schema.declaration.annotations import DeclarationError
from schema.declaration.datatypes import Kind

_LIMITS = ("min_length", "max_length", "ge", "le", "pattern")


@dataclass(frozen=True)
class TypeHint:
    """A parsed type hint: the type of a single value, the annotations, and the cardinality."""

    python: Any
    annotations: tuple[Any, ...]
    is_list: bool = False
    max_items: int | None = None

    def all(self, annotation_class: type) -> list[Any]:
        """Return the annotations of a class."""
        return [annotation for annotation in self.annotations if isinstance(annotation, annotation_class)]

    def first(self, classes: Any) -> Any:
        """Return the first annotation of a class or union of classes, or None."""
        return next((annotation for annotation in self.annotations if isinstance(annotation, classes)), None)


def parse_hint(hint: Any) -> TypeHint:
    """Parse a type hint, of a single value or of a tuple. Raise DeclarationError for a union of types."""
    outer = _unwrap(hint)
    if get_origin(outer.python) is not tuple:
        return outer
    inner = _unwrap(get_args(outer.python)[0])
    list_limits = outer.first(Meta)
    annotations = [annotation for annotation in outer.annotations if not isinstance(annotation, Meta)]
    max_items = list_limits.max_length if list_limits else None
    return TypeHint(inner.python, (*annotations, *inner.annotations), is_list=True, max_items=max_items)


def value_limits(path: str, kind: Kind, hint: TypeHint) -> Meta:
    """Return the limits of a single value; for a language map, those of the text in one language.

    Raise DeclarationError if a string has no maximum length or an integer no bounds. `path` names the field
    in the message.
    """
    if kind in (Kind.TEXT, Kind.TEXTS):
        hint = parse_hint(get_args(hint.python)[1])
    limits = Meta(
        **{
            name: value
            for meta in hint.all(Meta)
            for name in _LIMITS
            if (value := getattr(meta, name)) is not None
        }
    )
    is_unlimited_string = kind is Kind.STRING and limits.max_length is None
    if is_unlimited_string or (kind is Kind.INTEGER and None in (limits.ge, limits.le)):
        message = f"{path} has no limits: a string needs max_length, an integer ge and le"
        raise DeclarationError(message)
    return limits


def _unwrap(hint: Any) -> TypeHint:
    """Strip Annotated and None from a type hint, collecting the annotations."""
    annotations: list[Any] = []
    while True:
        if get_origin(hint) is Annotated:
            hint, *metadata = get_args(hint)
            annotations += metadata
        elif get_origin(hint) in (Union, UnionType):
            members = [member for member in get_args(hint) if member is not NoneType]
            if len(members) != 1:
                message = f"no format supports a union of types, {hint!r}"
                raise DeclarationError(message)
            hint = members[0]
        else:
            return TypeHint(hint, tuple(annotations))
