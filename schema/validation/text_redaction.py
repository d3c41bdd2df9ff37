"""Redaction: the removal of a text from a record, field by field as the declaration says."""

from collections.abc import Mapping
from typing import Any

import msgspec

from schema.declaration.datatypes import Kind
from schema.declaration.entity_base import Entity
from schema.declaration.shapes import Field, Shape
from schema.validation.errors import Fault, InvalidRecordError
from schema.validation.validator import Validator

MARK = "[…]"
"""The text that replaces a redacted one."""

_REPLACED_KINDS = (Kind.TEXT, Kind.TEXTS, Kind.STRING, Kind.IRI)
"""Kinds of free text. The values of all others are ids, codes, numbers and dates."""


def redact_record(shape: Shape, record: Entity, text: str) -> tuple[Entity, int]:
    """Return a record without a text, and the number of its occurrences.

    The mark replaces the text. A value that cannot hold the mark, such as an IRI or a mailbox, is removed as a
    whole, with the fields that have a meaning only with it. Raise InvalidRecordError if it is required, if the text is part of an id, a code or a date, or if the
    record without it would be invalid.
    """
    redactor = _Redactor(text)
    original = msgspec.json.decode(msgspec.json.encode(record))
    body = redactor.body(shape, original, "")
    if faults := redactor.validator.faults or _new_faults(shape, original, body):
        raise InvalidRecordError(faults)
    redacted = msgspec.convert(body, shape.struct)
    assert isinstance(redacted, Entity)  # noqa: S101 - an entity remains one
    return redacted, redactor.count


class _Redactor:
    """Removes a text from the JSON of records. `count` has its occurrences, `validator` the errors."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.count = 0
        self.validator = Validator()

    def body(self, shape: Shape, body: Mapping[str, Any], pointer: str) -> dict[str, Any]:
        """Return the JSON of a record or part without the text."""
        fields = {field.name: field for field in shape.stated_fields}
        redacted = {
            name: self._field(fields[name], value, f"{pointer}/{name}") for name, value in body.items()
        }
        remaining = {name: value for name, value in redacted.items() if value not in (None, [])}
        removed = body.keys() - remaining
        return {
            name: value
            for name, value in remaining.items()
            if not ((condition := fields[name].condition) and removed.intersection(condition.stated))
        }

    def _field(self, field: Field, value: Any, pointer: str) -> Any:
        if not field.is_list:
            return self._value(field, value, pointer)
        items = [self._value(field, item, f"{pointer}/{index}") for index, item in enumerate(value)]
        return _distinct(item for item in items if item is not None)

    def _value(self, field: Field, value: Any, pointer: str) -> Any:
        """Return a value without the text, or None if it is removed."""
        if field.part:
            return self.body(field.part, value, pointer)
        redacted = self._replaced(value)
        if redacted == value:
            return value
        if field.kind not in _REPLACED_KINDS:
            self._refuse(pointer)
            return value
        validator = Validator()
        validator.single_value(field, redacted, pointer)
        if not validator.faults:
            return redacted
        if isinstance(value, dict):
            self.validator.faults += validator.faults
        elif field.required and not field.is_list:
            self._refuse(pointer)
        else:
            return None
        return value

    def _refuse(self, pointer: str) -> None:
        self.validator.faults.append(Fault("not-redactable", pointer))

    def _replaced(self, value: Any) -> Any:
        """Return a string, or the strings in a language map, with the mark in place of the text."""
        match value:
            case str():
                self.count += value.count(self.text)
                return value.replace(self.text, MARK)
            case list():
                return _distinct(self._replaced(item) for item in value)
            case dict():
                return {tag: self._replaced(item) for tag, item in value.items()}
            case _:
                return value


def _new_faults(shape: Shape, original: Any, body: Any) -> list[Fault]:
    """Return the validation errors of a redacted record that it did not have before."""
    before, after = Validator(), Validator()
    if body != original:
        before.validate(shape, original)
        after.validate(shape, body)
    known = {(fault.code, fault.pointer) for fault in before.faults}
    return [fault for fault in after.faults if (fault.code, fault.pointer) not in known]


def _distinct(values: Any) -> list[Any]:
    """Return values in order, without those that are equal to an earlier one."""
    distinct: list[Any] = []
    for value in values:
        if value not in distinct:
            distinct.append(value)
    return distinct
