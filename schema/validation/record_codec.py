"""The decoder: JSON from clients and from the log to records, and records to the log's JSON."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import msgspec

from schema.declaration.entity_base import Entity, RecordKey
from schema.declaration.shapes import Shape
from schema.model import Model
from schema.validation.errors import Fault, InvalidRecordError, json_type
from schema.validation.typed_decoder import decode_typed
from schema.validation.validator import Validator, suggestion

MAX_BYTES = 1_000_000

MAX_DEPTH = 32

_NON_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class NewerSchemaError(RuntimeError):
    """The data was written by a newer version of the software."""


class UnreadableRecordsError(ValueError):
    """Documents in the log are no records by the current declarations; `faults` has the errors by record."""

    def __init__(self, faults: Sequence[tuple[RecordKey, Fault]]) -> None:
        super().__init__(
            "; ".join(f"{entity} {identifier}: {fault.code}" for (entity, identifier), fault in faults)
        )
        self.faults = faults


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
    if len(data) <= MAX_BYTES and (record := decode_typed(model, data)):
        return record
    return decode_and_explain(model, data)


def decode_and_explain(model: Model, data: bytes) -> Entity:
    """Return the record that `decode_typed_record` returns, normalized, or raise InvalidRecordError as it does."""
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
    if it exceeds the number known now, and InvalidRecordError if the document is no record by the current
    declarations.
    """
    try:
        if declared == len(model.upgrades) and entity in model.by_name:
            record = msgspec.json.decode(document, type=model.by_name[entity].struct)
            assert isinstance(record, Entity)  # noqa: S101 - only entities are in the log
            return record
        body = _upgraded_body(model, entity, document, declared)
        return _convert_record(model.by_name[entity], body)
    except msgspec.DecodeError as error:
        problem = Fault("unreadable", limits={"problem": str(error)})
        raise InvalidRecordError(revision_faults(model, entity, document, declared) or [problem]) from error


def revision_faults(model: Model, entity: str, document: str, declared: int) -> list[Fault]:
    """Return all errors of a document from the log by the current declarations, also those that can be decoded.

    Raise NewerSchemaError as `decode_revision` does.
    """
    validator = Validator()
    try:
        body = _upgraded_body(model, entity, document, declared)
        validator.validate(model.by_name[entity], body)
    except InvalidRecordError as error:
        return [*error.faults]
    return validator.faults


def _upgraded_body(model: Model, entity: str, document: str, declared: int) -> dict[str, Any]:
    """Return the JSON of a revision in the form that the current declarations have."""
    if declared > len(model.upgrades):
        raise NewerSchemaError
    if entity not in model.by_name:
        limits = {"given": entity, **suggestion(entity, [*model.by_name])}
        raise InvalidRecordError([Fault("unknown-code", "/type", limits)])
    body = _decode_json(document.encode())
    if not isinstance(body, dict):
        raise InvalidRecordError([Fault("wrong-type", limits={"given": json_type(body), "wanted": "object"})])
    try:
        return reduce(lambda older, upgrade: upgrade(entity, older), model.upgrades[declared:], body)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise InvalidRecordError([Fault("unreadable", limits={"problem": repr(error)})]) from error


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
