"""The things of a document, read as far as it takes to write them in RDF.

Texts in languages stay the JSON that they are in the document: it is nearly what each format writes.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Union

import msgspec
from msgspec import Raw, Struct

from schema.declaration.datatypes import CARD_KINDS, Kind
from schema.declaration.shapes import Field, Shape
from schema.model import Model


class RdfCard(Struct, gc=False):
    """What is linked to. Its labels are another record's, and are passed over."""

    uri: str


class RdfNode(Struct, tag_field="type", forbid_unknown_fields=True, gc=False):
    """What has statements of its own: the fields of its class, in their order, follow these."""

    uri: str
    included: tuple[Raw, ...] = ()


class DocumentReader:
    """Reads the documents of a model; `shapes` has the declaration of each class of things."""

    def __init__(self, model: Model) -> None:
        self._classes: dict[str, type[RdfNode]] = {}
        self.shapes: dict[type[RdfNode], Shape] = {}
        holders = [shape for shape in model.shapes if any(map(_is_node, shape.fields))]
        for shape in model.shapes:
            if shape not in holders:
                self._class(shape)
        self._node = _any_of(self._classes.values())
        for shape in holders:
            self._class(shape)
        self._decoder = msgspec.json.Decoder(_any_of(self._classes.values()))

    def all_in(self, document: bytes) -> Iterator[RdfNode]:
        """Yield the thing that a document describes, and those that it includes.

        Raise ValidationError for what is not declared.
        """
        thing: RdfNode = self._decoder.decode(document)
        yield thing
        for included in thing.included:
            yield self._decoder.decode(included)

    def _class(self, shape: Shape) -> type[RdfNode]:
        if shape.name not in self._classes:
            fields = [(field.name, self._type(field), None) for field in shape.fields]
            made: Any = msgspec.defstruct(shape.name, fields, bases=(RdfNode,), tag=shape.name)
            self._classes[shape.name] = made
            self.shapes[made] = shape
        return self._classes[shape.name]

    def _type(self, field: Field) -> Any:
        one: Any = RdfCard if field.kind in CARD_KINDS else _TYPES.get(field.kind, str)
        if field.kind is Kind.PART:
            one = self._class(field.part) if field.part else self._node
        return list[one] if field.is_list else one


_TYPES: Mapping[Kind, Any] = {
    Kind.TEXT: dict[str, Raw],
    Kind.TEXTS: dict[str, list[Raw]],
    Kind.INTEGER: int,
}


def _is_node(field: Field) -> bool:
    """Tell whether a field holds things of any class, which themselves hold none such."""
    return field.kind is Kind.PART and not field.part


def _any_of(classes: Iterable[type[RdfNode]]) -> Any:
    return Union[tuple(classes)]  # noqa: UP007 - of as many as there are
