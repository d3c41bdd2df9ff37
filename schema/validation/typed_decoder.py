"""The typed decoder: NDJSON lines straight into records, if they need no normalization and have no error.

It takes half the time of the validator, which decides about all other documents and explains their errors.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from operator import attrgetter
from typing import Any, Union
from unicodedata import is_normalized

import msgspec

from schema.declaration.datatypes import AUTHORITY_TABLES, Kind, date_bounds, is_within
from schema.declaration.entity_base import Entity
from schema.declaration.shapes import Declared, Field, Shape
from schema.model import Model
from schema.validation.consistency import consistency_test, inconsistencies
from schema.validation.validator import is_iri, is_language_tag, ordered_tags, succeeds

_MAX_BRACKETS = 1_000
"""Opening brackets of a document, which bound its depth: a deeply nested one could crash the process."""

_UNDECIDED = re.compile(rb"\\[ur]|\[\s*\]|\{\s*\}")
"""Escaped characters that may need normalization, and empty values, which records do not tell from absent ones."""

_Check = Callable[[Any], bool]
"""Takes a value and returns True if the validator would accept it as it is."""


def decode_typed(model: Model, data: bytes) -> Entity | None:
    """Return a record from JSON with its entity as `type`, or None if the validator has to decide."""
    if data.count(b"[") + data.count(b"{") > _MAX_BRACKETS or b'""' in data or _UNDECIDED.search(data):
        return None
    # With two, the entity is the last one; a part that has one needs the validator anyway.
    if data.count(b'"type"') != 1:
        return None
    try:
        text = data.decode()
        record = _decoder(model).decode(text)
    except (UnicodeDecodeError, msgspec.DecodeError):
        return None
    shape = model.by_name[record.__struct_config__.tag]
    if not (text.isascii() or is_normalized("NFC", text)) or not _struct_check(shape)(record):
        return None
    entity = shape.struct(**msgspec.structs.asdict(record))
    assert isinstance(entity, Entity)  # noqa: S101 - only entities have a type
    return entity


@cache
def _decoder(model: Model) -> msgspec.json.Decoder[Any]:
    """Return the decoder of the entities of a model, which their names as `type` tell apart."""
    tagged = [
        msgspec.defstruct(
            shape.name,
            [],
            bases=(shape.struct,),
            tag_field="type",
            tag=shape.name,
            kw_only=True,
            frozen=True,
            forbid_unknown_fields=True,
        )
        for shape in model.entities
    ]
    return msgspec.json.Decoder(Union[tuple(tagged)])  # noqa: UP007 - of any number of types


@cache
def _struct_check(shape: Shape) -> _Check:
    """Return the check of all that the declared types of a record or part leave open."""
    stated = {field.name: field for field in shape.stated_fields}
    read_only = {
        info.name: info.default
        for info in msgspec.structs.fields(shape.struct)
        if info.name not in stated and not info.required
    }
    # Two more names, so that there is always a tuple of values.
    read_only_values = attrgetter("__class__", "__class__", *read_only)
    defaults = (*read_only.values(),)
    checks = [(field.name, check) for field in stated.values() if (check := _field_check(field))]

    can_be_inconsistent = consistency_test(shape)

    def check_struct(struct: Declared) -> bool:
        if read_only_values(struct)[2:] != defaults:
            return False
        for name, check in checks:
            value = getattr(struct, name)
            if value and not check(value):
                return False
        if can_be_inconsistent is None or not can_be_inconsistent(struct):
            return True
        body = msgspec.json.decode(msgspec.json.encode(struct))
        return next(inconsistencies(shape, body, ""), None) is None

    return check_struct


def _field_check(field: Field) -> _Check | None:
    check = _struct_check(field.part) if field.part else _value_check(field)
    if not field.is_list:
        return check

    def check_list(values: tuple[Any, ...]) -> bool:
        keys = [value.id for value in values] if field.part else values
        return len({*keys}) == len(keys) and (check is None or all(map(check, values)))

    return check_list


def _value_check(field: Field) -> _Check | None:
    """Return the check of a value whose pattern and length are checked, None if nothing is left to check."""
    match field.kind:
        case Kind.TEXT:
            return _is_language_map
        case Kind.TEXTS:
            return lambda texts: _is_language_map(texts) and all(map(_are_distinct, texts.values()))
        case Kind.PARTIAL_DATE:
            return lambda text: succeeds(date_bounds, text)
        case Kind.IRI:
            return is_iri
        case Kind.DECIMAL if limits := field.decimal_range:
            return lambda text: is_within(text, limits.minimum, limits.maximum)
        case kind if kind in AUTHORITY_TABLES:
            return AUTHORITY_TABLES[kind].iris.__contains__
        case _:
            return None


def _is_language_map(texts: dict[str, Any]) -> bool:
    """Return True if all keys are language tags; put them into the order of the validator."""
    tags = [*texts]
    ordered = ordered_tags(texts)
    if tags != ordered:
        for tag in ordered:
            texts[tag] = texts.pop(tag)
    return all(map(is_language_tag, tags))


def _are_distinct(texts: Iterable[str]) -> bool:
    values = [*texts]
    return len({*values}) == len(values)
