"""The reading of documents for RDF: nodes with their links and literals.

Everything else is skipped while the JSON is parsed, such as the labels in a card.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Union

import msgspec
from msgspec import Raw, Struct

from schema.declaration.annotations import LinkedQuery, RoleCount
from schema.declaration.datatypes import CARD_KINDS, Kind
from schema.declaration.shapes import Field, Shape
from schema.entities.hydra_owl_skos_types import SYSTEM_TYPES
from schema.model import Model

SYSTEM_CLASS_NAMES = frozenset(system_type.__name__ for system_type in SYSTEM_TYPES)
"""Classes whose nodes can have any IRI. The IRIs of all other nodes consist of ids and codes."""


class RdfCard(Struct, gc=False):
    """A link to a record or a concept."""

    uri: str


class RdfNode(Struct, tag_field="type", forbid_unknown_fields=True, kw_only=True, gc=False):
    """A node with its links and literals. Its class adds the fields of a shape, ordered by `written_fields`.

    The two fields below are keyword-only, which places them last: `astuple` returns the written fields first.
    """

    uri: str
    included: tuple[Raw, ...] = ()


class DocumentReader:
    """Decodes the documents of a model. `shapes` maps each class of nodes to its declaration.

    With `raw_literals`, literals are the JSON of the document, of any type. Otherwise they are strings, integers
    and booleans. IRIs are strings in both cases.
    """

    def __init__(self, model: Model, *, raw_literals: bool) -> None:
        self._literal_types = _RAW_LITERALS if raw_literals else _DECODED_LITERALS
        self._string_type = Raw if raw_literals else str
        self._classes: dict[str, type[RdfNode]] = {}
        self.shapes: dict[type[RdfNode], Shape] = {}
        containers = [shape for shape in model.shapes if any(map(holds_any_nodes, shape.fields))]
        for shape in model.shapes:
            if shape not in containers:
                self._class(shape)
        self._any_node = _union(self._classes.values())
        for shape in containers:
            self._class(shape)
        self._decoder = msgspec.json.Decoder(_union(self._classes.values()))

    def nodes(self, document: bytes) -> Iterator[RdfNode]:
        """Yield the node of a document, then the nodes that it includes.

        Raise ValidationError for a class or a key that is not declared.
        """
        node: RdfNode = self._decoder.decode(document)
        yield node
        for included in node.included:
            yield self._decoder.decode(included)

    def _class(self, shape: Shape) -> type[RdfNode]:
        if shape.name not in self._classes:
            fields = [(field.name, self._type(field), None) for field in written_fields(shape)]
            node_class: Any = msgspec.defstruct(shape.name, fields, bases=(RdfNode,), tag=shape.name)
            self._classes[shape.name] = node_class
            self.shapes[node_class] = shape
        return self._classes[shape.name]

    def _type(self, field: Field) -> Any:
        value_type: Any = self._literal_types.get(field.kind, self._string_type)
        if field.kind in CARD_KINDS:
            value_type = RdfCard
        elif field.kind is Kind.PART:
            value_type = self._class(field.part) if field.part else self._any_node
        return list[value_type] if field.is_list else value_type


_RAW_LITERALS: Mapping[Kind, Any] = {
    Kind.TEXT: dict[str, Raw],
    Kind.TEXTS: dict[str, list[Raw]],
    Kind.IRI: str,
}
_DECODED_LITERALS: Mapping[Kind, Any] = {
    Kind.TEXT: dict[str, str],
    Kind.TEXTS: dict[str, list[str]],
    Kind.INTEGER: int,
    Kind.BOOLEAN: bool,
}


def written_fields(shape: Shape) -> list[Field]:
    """Return the fields of a shape in the order of writing: counts and linked queries come last."""
    return sorted(shape.fields, key=lambda field: isinstance(field.derived, LinkedQuery | RoleCount))


def holds_any_nodes(field: Field) -> bool:
    """Return True if the values of a field are nodes of any class. Their own fields hold no such nodes."""
    return field.kind is Kind.PART and not field.part


def _union(classes: Iterable[type[RdfNode]]) -> Any:
    return Union[tuple(classes)]  # noqa: UP007 - the classes are known at run time only
