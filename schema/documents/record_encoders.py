"""Encoders: one per shape, built once from its declaration, that turn records and parts into JSON nodes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from schema.declaration.accessors import Accessor, accessor
from schema.declaration.annotations import DerivedAlongLinks, Inverse, Ordinal, SystemSupplied, Visibility
from schema.declaration.datatypes import AUTHORITY_TABLES, NO_LANGUAGE, Kind
from schema.declaration.entity_base import Entity, RecordKey
from schema.declaration.shapes import Field, ListedPart, Shape
from schema.model import Model
from vocab.authority_tables import AuthorityTable

Card = dict[str, Any]
"""The summary of a linked record or concept: id, URI, type and label."""


@dataclass(frozen=True)
class EncodingContext:
    """The values of a document that its record does not hold.

    `url` is the document's URL, `record` its record, `cards` the cards of linked records by key; the other mappings hold values by
    field: ids of inverse links, values derived along links, linked parts by id, and values supplied by the
    system.
    """

    url: str
    record: Entity | None
    cards: Mapping[RecordKey, Card]
    inverses: Mapping[str, list[str]]
    derived: Mapping[str, Any]
    linked_parts: Mapping[str, "LinkedParts"]
    supplied: Mapping[str, Any]


LinkedParts = Mapping[str, tuple[RecordKey, ListedPart]]
"""The linked parts of one field by id, each after the key of the record that has it."""


_ContextReader = Callable[[EncodingContext, int], Any]
"""Takes the context and the node's position in its list; returns a value absent from the struct."""

_ValueEncoder = Callable[[Any, EncodingContext, str], Any]
"""Takes a value, the context and the node's fragment; returns the JSON value."""

_NO_CONTEXT = EncodingContext("", None, {}, {}, {}, {}, {})
"""The context of cards, whose fields hold neither links nor parts."""

_ABSENT: tuple[Any, ...] = (None, (), {})
"""Values that are omitted from documents."""


class Encoders:
    """The encoders of a model's shapes. `concept` returns a concept's card by scheme and code."""

    def __init__(self, model: Model, languages: tuple[str, ...], concept: Callable[[str, str], Card]) -> None:
        self.model = model
        self.languages = languages
        self.concept = concept
        self.of = cache(partial(_Encoder, self))


class _Encoder:
    """The encoder of one shape."""

    def __init__(self, encoders: Encoders, shape: Shape) -> None:
        self._type = shape.name
        self._has_id = any(field.name == "id" for field in shape.fields)
        self._fields = [
            (field.name, _struct_accessor(field), _context_reader(field), _value_encoder(encoders, field))
            for field in shape.fields
            if field.name != "id"
        ]
        self._card_fields = [
            (field.name, accessor(field), _value_encoder(encoders, field))
            for field in shape.fields
            if field.visibility is Visibility.CARD
        ]

    def card(self, record: Any, uri: str) -> Card:
        """Return the card of a record: id, URI, type and the fields visible in cards."""
        card: Card = {"id": record.id, "uri": uri, "type": self._type}
        for name, read, encode in self._card_fields:
            if (value := read(record)) is not None:
                card[name] = encode(value, _NO_CONTEXT, "") if encode else value
        return card

    def encode(
        self, struct: Any, context: EncodingContext, uri: str, fragment: str, position: int = 0
    ) -> Card:
        """Return the JSON node of a record or part. The fragments of its parts start with `fragment`."""
        body = {"id": struct.id} if self._has_id else {}
        body |= {"uri": uri, "type": self._type}
        for name, read, read_context, encode in self._fields:
            value = read(struct) if read else read_context(context, position)
            if value or value not in _ABSENT:
                body[name] = encode(value, context, fragment) if encode else value
        return body


def _struct_accessor(field: Field) -> Accessor | None:
    """Return the accessor of a field, None if its value is in the context."""
    is_in_context = isinstance(field.derived, Inverse | DerivedAlongLinks | SystemSupplied | Ordinal)
    return None if is_in_context else accessor(field)


def _context_reader(field: Field) -> _ContextReader:
    name = field.name
    match field.derived:
        case Inverse():
            return lambda context, _: tuple(context.inverses.get(name, ()))
        case DerivedAlongLinks():
            return lambda context, _: context.derived[name]
        case SystemSupplied():
            return lambda context, _: context.supplied[name]
        case _:
            return lambda _, position: position


def _value_encoder(encoders: Encoders, field: Field) -> _ValueEncoder | None:
    """Return the encoder of a field's values, None if they are JSON values already."""
    if field.part:
        is_owned = isinstance(field.derived, DerivedAlongLinks)
        create = _owned_part_encoder if is_owned else _part_list_encoder if field.is_list else _part_encoder
        return create(encoders, field.part)
    encode = _card_encoder(encoders, field)
    if encode is None:
        return None
    if field.is_list:
        return lambda codes, context, _: [encode(code, context) for code in codes]
    return lambda code, context, _: encode(code, context)


def _card_encoder(encoders: Encoders, field: Field) -> Callable[[Any, EncodingContext], Any] | None:
    """Return the function from a code or id to its card, None if the field's kind has no cards.

    Cards of concepts and authority codes are shared between documents, so they must not be modified.
    """
    target = field.target
    match field.kind:
        case Kind.LINK:
            return lambda identifier, context: context.cards[target, identifier]
        case Kind.CONCEPT:
            concept = cache(partial(encoders.concept, target))
            return lambda code, _: concept(code)
        case kind if kind in AUTHORITY_TABLES:
            authority = cache(partial(_authority_card, AUTHORITY_TABLES[kind], encoders.languages))
            return lambda code, _: authority(code)
        case Kind.SIBLING:
            return _sibling_encoder(encoders, field)
        case Kind.LINKED_PART:
            return _linked_part_encoder(encoders, field.name, _listed_shape(encoders, field))
        case _:
            return None


def _authority_card(table: AuthorityTable, languages: tuple[str, ...], code: str) -> Card:
    name = table.labels(code, languages)
    label = name or {NO_LANGUAGE: code}
    return {"id": code, "uri": table.iris[code], "type": table.name, "name": name, "label": label}


def _sibling_encoder(encoders: Encoders, field: Field) -> Callable[[Any, EncodingContext], Card]:
    """Return the function from the id of another part of the record to its card."""
    shape = _listed_shape(encoders, field)
    read_label = _part_label(encoders, shape)

    def encode(identifier: str, context: EncodingContext) -> Card:
        part = next(part for part in getattr(context.record, field.target) if part.id == identifier)
        uri = f"{context.url}#{_part_fragment('', shape)}-{identifier}"
        return {"id": identifier, "uri": uri, "type": shape.name, "label": read_label(part, context)}

    return encode


def _listed_shape(encoders: Encoders, field: Field) -> Shape:
    """Return the shape of the parts in the list that a link to parts names."""
    shape = encoders.model.keys[field.target].part
    assert shape  # noqa: S101 - the model has checked that the target is a list of parts
    return shape


def _part_label(encoders: Encoders, shape: Shape) -> Callable[[Any, EncodingContext], Any]:
    """Return the function from a part to its label: that of its first link, or its first text, or its id."""
    labels = [(accessor(field), _value_encoder(encoders, field)) for field in shape.card_fields]

    def label(part: Any, context: EncodingContext) -> Any:
        for read, encode in labels:
            if (value := read(part)) is not None:
                return encode(value, context, "")["label"] if encode else value
        return {NO_LANGUAGE: part.id}

    return label


def _linked_part_encoder(
    encoders: Encoders, name: str, shape: Shape
) -> Callable[[Any, EncodingContext], Card]:
    """Return the function from a part's id to its card, which has the fields visible in cards."""
    fields = [(field.name, accessor(field), _value_encoder(encoders, field)) for field in shape.card_fields]
    read_label = _part_label(encoders, shape)

    def encode(identifier: str, context: EncodingContext) -> Card:
        owner, part = context.linked_parts[name][identifier]
        url = context.cards[owner]["uri"].partition("#")[0]
        card = {
            "id": identifier,
            "uri": f"{url}#{_part_fragment('', shape)}-{identifier}",
            "type": shape.name,
        }
        for key, read, encode_value in fields:
            if (value := read(part)) is not None:
                card[key] = encode_value(value, context, "") if encode_value else value
        return card | {"label": read_label(part, context)}

    return encode


def _part_encoder(encoders: Encoders, shape: Shape) -> _ValueEncoder:
    encoder = encoders.of(shape)
    if shape.is_document:
        return lambda part, context, _: encoder.encode(part, context, context.url, "")

    def encode(part: Any, context: EncodingContext, fragment: str) -> Card:
        part_fragment = _part_fragment(fragment, shape)
        return encoder.encode(part, context, f"{context.url}#{part_fragment}", part_fragment)

    return encode


def _part_list_encoder(encoders: Encoders, shape: Shape) -> _ValueEncoder:
    encoder = encoders.of(shape)

    def encode(parts: Any, context: EncodingContext, fragment: str) -> list[Card]:
        prefix, url = _part_fragment(fragment, shape), context.url
        return [
            encoder.encode(part, context, f"{url}#{prefix}-{part.id}", f"{prefix}-{part.id}", position)
            for position, part in enumerate(parts, 1)
        ]

    return encode


def _owned_part_encoder(encoders: Encoders, shape: Shape) -> _ValueEncoder:
    """Return the encoder of parts of other records: the nodes that the documents of these have."""
    encoder = encoders.of(shape)

    def encode(owned_parts: Any, context: EncodingContext, _: str) -> list[Card]:
        nodes = []
        for owner, part in owned_parts:
            url = context.cards[owner]["uri"].partition("#")[0]
            fragment = f"{_part_fragment('', shape)}-{part.id}"
            nodes.append(encoder.encode(part, context, f"{url}#{fragment}", fragment))
        return nodes

    return encode


def _part_fragment(fragment: str, shape: Shape) -> str:
    name = shape.name.lower()
    return f"{fragment}-{name}" if fragment else name
