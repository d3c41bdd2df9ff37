"""From bytes to a record: what a client sends, and what the log holds."""

from typing import Any

import msgspec

from schema.declaration.entity import Entity
from schema.declaration.shapes import Shape
from schema.model import Model
from schema.validation.errors import Fault, InvalidRecordError, json_type
from schema.validation.validator import Validator, suggestion

MAX_BYTES = 1_000_000

MAX_DEPTH = 32

_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class NewerSchemaError(RuntimeError):
    """The data was written by a newer version of the software."""


def decode_record(shape: Shape, data: bytes, identifier: str) -> Entity:
    """Return the record that a client sent for an address. Raise InvalidError with all faults."""
    given = _json(data)
    if isinstance(given, dict):
        given.setdefault("id", identifier)
    check = Validator()
    kept = check.validate(shape, given)
    if kept.get("id", identifier) != identifier:
        limits = {"given": kept["id"], "wanted": identifier}
        check.faults.append(Fault("id-differs", "/id", limits))
    return _checked(shape, kept, check)


def decode_typed_record(model: Model, data: bytes) -> Entity:
    """Return the record in JSON that says itself of which entity it is. Raise InvalidError with all faults."""
    given = _json(data)
    if not isinstance(given, dict):
        raise InvalidRecordError([Fault("wrong-type", "", {"given": json_type(given), "wanted": "object"})])
    match given.get("type"):
        case None:
            raise InvalidRecordError([Fault("missing", "/type")])
        case str(entity) if entity in model.by_name:
            shape, check = model.by_name[entity], Validator()
            return _checked(shape, check.validate(shape, given), check)
        case str(entity):
            limits = {"given": entity, **suggestion(entity, [*model.by_name])}
            raise InvalidRecordError([Fault("unknown-code", "/type", limits)])
        case other:
            limits = {"given": json_type(other), "wanted": "string"}
            raise InvalidRecordError([Fault("wrong-type", "/type", limits)])


def encode_record(record: Entity) -> str:
    """Return a record as the log keeps it: ids only, nothing derived."""
    return msgspec.json.encode(record).decode()


def decode_revision(model: Model, entity: str, document: str, declared: int) -> Entity:
    """Return a record from the log, upgraded by the changes that came after it was written.

    Raise NewerError if there were more changes then than are known now.
    """
    shape = model.by_name[entity]
    if declared > len(model.upgrades):
        raise NewerSchemaError
    if declared == len(model.upgrades):
        record = msgspec.json.decode(document, type=shape.struct)
        assert isinstance(record, Entity)  # noqa: S101 - only entities are in the log
        return record
    kept = msgspec.json.decode(document)
    for upgrade in model.upgrades[declared:]:
        kept = upgrade(entity, kept)
    return _record(shape, kept)


def _checked(shape: Shape, kept: Any, check: Validator) -> Entity:
    if check.faults:
        raise InvalidRecordError(check.faults)
    return _record(shape, kept)


def _record(shape: Shape, kept: Any) -> Entity:
    record = msgspec.convert(kept, shape.struct)
    assert isinstance(record, Entity)  # noqa: S101 - only entities are decoded
    return record


def _json(data: bytes) -> Any:
    if len(data) > MAX_BYTES:
        raise InvalidRecordError([Fault("too-large", limits={"most": MAX_BYTES})])
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise InvalidRecordError([Fault("not-utf-8", limits={"byte": error.start})]) from error
    # Before any decoder sees it: a deep document can take the whole process down.
    if _depth(data) > MAX_DEPTH:
        raise InvalidRecordError([Fault("too-deep", limits={"most": MAX_DEPTH})])
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        raise InvalidRecordError([Fault("not-json", limits={"problem": str(error)})]) from error


def _depth(data: bytes) -> int:
    """Return how deep a document is nested: what opens and closes outside its strings."""
    outside = b"".join(data.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2])
    depth = deepest = 0
    for bracket in outside.translate(None, _NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest
