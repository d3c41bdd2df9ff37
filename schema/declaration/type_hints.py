"""Taking type hints apart: the plain type, the marks, and the limits."""

from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from msgspec import Meta

from schema.declaration.annotations import DeclarationError
from schema.declaration.datatypes import Kind

_LIMITS = ("min_length", "max_length", "ge", "le", "pattern")


@dataclass(frozen=True)
class TypeHint:
    """One annotation: the type of a single value, its marks, and how many there may be."""

    python: Any
    annotations: tuple[Any, ...]
    is_list: bool = False
    max_items: int | None = None

    def all(self, wanted: type) -> list[Any]:
        """Return the marks of one class."""
        return [mark for mark in self.annotations if isinstance(mark, wanted)]

    def one(self, wanted: Any) -> Any:
        """Return the first mark of one or several classes, or None."""
        return next((mark for mark in self.annotations if isinstance(mark, wanted)), None)


def parse_hint(annotation: Any) -> TypeHint:
    """Return an annotation taken apart. Raise DeclarationError for one of several types."""
    outer = _unwrap(annotation)
    if get_origin(outer.python) is not tuple:
        return outer
    inner = _unwrap(get_args(outer.python)[0])
    of_the_list = outer.one(Meta)
    marks = [mark for mark in outer.annotations if not isinstance(mark, Meta)]
    most = of_the_list.max_length if of_the_list else None
    return TypeHint(inner.python, (*marks, *inner.annotations), is_list=True, max_items=most)


def value_limits(where: str, kind: Kind, hint: TypeHint) -> Meta:
    """Return the limits of a single value: of a text, those of what stands in one language.

    Raise DeclarationError if a string or an integer has none.
    """
    if kind in (Kind.TEXT, Kind.TEXTS):
        hint = parse_hint(get_args(hint.python)[1])
    found = {
        name: value
        for meta in hint.all(Meta)
        for name in _LIMITS
        if (value := getattr(meta, name)) is not None
    }
    leaf = Meta(**found)
    endless = kind is Kind.STRING and leaf.max_length is None
    if endless or (kind is Kind.INTEGER and None in (leaf.ge, leaf.le)):
        message = f"{where} has no limits: a string needs max_length, an integer ge and le"
        raise DeclarationError(message)
    return leaf


def _unwrap(hint: Any) -> TypeHint:
    """Take off Annotated and None, keeping the marks found on the way."""
    marks: list[Any] = []
    while True:
        if get_origin(hint) is Annotated:
            hint, *found = get_args(hint)
            marks += found
        elif get_origin(hint) in (Union, UnionType):
            arms = [arm for arm in get_args(hint) if arm is not NoneType]
            if len(arms) != 1:
                message = f"no format knows one of several types, {hint!r}"
                raise DeclarationError(message)
            hint = arms[0]
        else:
            return TypeHint(hint, tuple(marks))
