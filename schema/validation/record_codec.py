"""The decoder: JSON from clients and from the log to records, and records to the log's JSON."""

from typing import Any

import msgspec

from schema.declaration.entity_base import Entity
from schema.declaration.shapes import Shape
from schema.model import Model
from schema.validation.errors import Fault, InvalidRecordError, json_type
from schema.validation.validator import Validator, suggestion

MAX_BYTES = 1_000_000

MAX_DEPTH = 32

_NON_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class NewerSchemaError(RuntimeError):
    """The data was written by a newer version of the software."""


def decode_record(shape: Shape, data: bytes, identifier: str) -> Entity:
    """Return the record that a client sent for a path, whose id is the default.

    Raise InvalidRecordError with all validation errors.
    """
    document = _decode_json(data)
    if isinstance(document, dict):
        document.setdefault("id", identifier)
    validator = Validator()
    normalized = validator.validate(shape, document)
    if normalized.get("id", identifier) != identifier:
        limits = {"given": normalized["id"], "wanted": identifier}
        validator.faults.append(Fault("id-differs", "/id", limits))
    return _validated_record(shape, normalized, validator)


def decode_typed_record(model: Model, data: bytes) -> Entity:
    """Return a record whose entity is given by its JSON `type`.

    Raise InvalidRecordError with all validation errors.
    """
    document = _decode_json(data)
    if not isinstance(document, dict):
        limits = {"given": json_type(document), "wanted": "object"}
        raise InvalidRecordError([Fault("wrong-type", "", limits)])
    match document.get("type"):
        case None:
            raise InvalidRecordError([Fault("missing", "/type")])
        case str(entity) if entity in model.by_name:
            shape, validator = model.by_name[entity], Validator()
            return _validated_record(shape, validator.validate(shape, document), validator)
        case str(entity):
            limits = {"given": entity, **suggestion(entity, [*model.by_name])}
            raise InvalidRecordError([Fault("unknown-code", "/type", limits)])
        case entity:
            limits = {"given": json_type(entity), "wanted": "string"}
            raise InvalidRecordError([Fault("wrong-type", "/type", limits)])


def encode_record(record: Entity) -> str:
    """Return the JSON of a record as stored in the log: linked records as ids, no derived fields."""
    return msgspec.json.encode(record).decode()


def decode_revision(model: Model, entity: str, document: str, declared: int) -> Entity:
    """Return a record from the log, with the upgrades applied that were added after it was written.

    `declared` is the number of upgrades known to the software that wrote the revision. Raise NewerSchemaError
    if it exceeds the number known now.
    """
    shape = model.by_name[entity]
    if declared > len(model.upgrades):
        raise NewerSchemaError
    if declared == len(model.upgrades):
        record = msgspec.json.decode(document, type=shape.struct)
        assert isinstance(record, Entity)  # noqa: S101 - only entities are in the log
        return record
    body = msgspec.json.decode(document)
    for upgrade in model.upgrades[declared:]:
        body = upgrade(entity, body)
    return _convert_record(shape, body)


def _validated_record(shape: Shape, normalized: Any, validator: Validator) -> Entity:
    if validator.faults:
        raise InvalidRecordError(validator.faults)
    return _convert_record(shape, normalized)


def _convert_record(shape: Shape, body: Any) -> Entity:
    record = msgspec.convert(body, shape.struct)
    assert isinstance(record, Entity)  # noqa: S101 - only entities are decoded
    return record


def _decode_json(data: bytes) -> Any:
    """Return the value of a JSON text. Raise InvalidRecordError if it is malformed or exceeds a limit."""
    if len(data) > MAX_BYTES:
        raise InvalidRecordError([Fault("too-large", limits={"most": MAX_BYTES})])
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise InvalidRecordError([Fault("not-utf-8", limits={"byte": error.start})]) from error
    # Checked before decoding: a deeply nested document could crash the process.
    if _max_depth(data) > MAX_DEPTH:
        raise InvalidRecordError([Fault("too-deep", limits={"most": MAX_DEPTH})])
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        raise InvalidRecordError([Fault("not-json", limits={"problem": str(error)})]) from error


def _max_depth(data: bytes) -> int:
    """Return the maximum nesting depth of a JSON text, counting brackets outside strings."""
    outside_strings = b"".join(data.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2])
    depth = max_depth = 0
    for bracket in outside_strings.translate(None, _NON_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        max_depth = max(max_depth, depth)
    return max_depth
