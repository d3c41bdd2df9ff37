"""Withdrawals of a directory: records that it no longer has, or that were merged, in `withdrawn.json`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from api.store.log.actions import RecordAction, merge, unpublish
from schema.declaration.datatypes import SLUG
from schema.declaration.entity_base import RecordKey
from schema.model import Model
from schema.validation.errors import Fault

WITHDRAWN = "withdrawn.json"
"""The name of the file in the directory."""


class _Withdrawal(msgspec.Struct, forbid_unknown_fields=True):
    """An entry of the file. `id` and `into` are a collection and an id; the reason is public."""

    id: str
    reason: str
    into: str | None = None


@dataclass
class Withdrawals:
    """The actions of the valid entries by record with the indexes of these entries, and the errors of all."""

    actions: dict[RecordKey, RecordAction] = field(default_factory=dict)
    indexes: dict[RecordKey, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def located(self, fault: Fault, address: str, key: RecordKey) -> Fault:
        """Return the error of a record with the index of its entry; `address` is its collection and id.

        A record without an entry has links that a merge would change. The pointer then leads to the merge, if
        there is only one.
        """
        merges = [merged for merged, action in self.actions.items() if action.into]
        index = self.indexes.get(key if key in self.indexes or len(merges) != 1 else merges[0])
        record = address if key in self.indexes else f"{address} {fault.pointer}".rstrip()
        return _located(fault, "" if index is None else f"/{index}", record)


def record_key(model: Model, text: str) -> RecordKey | None:
    """Return the key of a record written as collection and id, as in `organisations/new-id`, or None."""
    collection, _, identifier = text.partition("/")
    shape = model.by_collection.get(collection)
    return (shape.name, identifier) if shape and re.search(SLUG, identifier) else None


def read_withdrawals(model: Model, path: Path, files: Mapping[RecordKey, Path]) -> Withdrawals:
    """Return the withdrawals in a file, none if it does not exist. `files` are those of the records.

    A record is merged into one that has a file.
    """
    withdrawals = Withdrawals()
    if not path.exists():
        return withdrawals
    try:
        entries = msgspec.json.decode(path.read_bytes(), type=list[Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        withdrawals.faults.append(Fault("not-withdrawals", limits={"problem": str(error)}))
        return withdrawals
    for index, body in enumerate(entries):
        _add_entry(model, withdrawals, index, body, files)
    return withdrawals


def _add_entry(
    model: Model, withdrawals: Withdrawals, index: int, body: Any, files: Mapping[RecordKey, Path]
) -> None:
    """Add the action of an entry, or its errors."""
    try:
        entry = msgspec.convert(body, _Withdrawal)
    except msgspec.ValidationError as error:
        text = body.get("id") if isinstance(body, dict) else None
        fault = Fault("not-a-withdrawal", limits={"problem": str(error)})
        withdrawals.faults.append(_located(fault, f"/{index}", text if isinstance(text, str) else ""))
        return
    faults = [*_faults(model, entry, files)]
    key = record_key(model, entry.id)
    if key in withdrawals.actions:
        faults.append(Fault("duplicate", "/id", {"given": entry.id}))
    withdrawals.faults += [_located(fault, f"/{index}{fault.pointer}", entry.id) for fault in faults]
    if key and not faults:
        withdrawals.actions[key] = _action(key, entry)
        withdrawals.indexes[key] = index


def _located(fault: Fault, pointer: str, record: str) -> Fault:
    """Return an error with its pointer in the file, and the record of the entry."""
    return replace(fault, pointer=pointer, limits={**fault.limits, "record": record})


def _action(key: RecordKey, entry: _Withdrawal) -> RecordAction:
    if entry.into is None:
        return unpublish(key, entry.reason)
    return merge(key, entry.into.partition("/")[2], entry.reason)


def _faults(model: Model, entry: _Withdrawal, files: Mapping[RecordKey, Path]) -> Iterator[Fault]:
    """Yield the errors of an entry."""
    if not entry.reason.strip():
        yield Fault("missing", "/reason")
    key = record_key(model, entry.id)
    if key is None:
        yield _not_a_record(model, entry.id, "/id")
    if entry.into is None:
        return
    target = record_key(model, entry.into)
    if target is None:
        yield _not_a_record(model, entry.into, "/into")
    elif key and target[0] != key[0]:
        limits: dict[str, Any] = {"given": entry.into, "collection": model.by_name[key[0]].collection}
        yield Fault("into-another-collection", "/into", limits)
    elif target not in files:
        limits = {"entity": target[0], "given": target[1]}
        yield Fault("unknown-reference", "/into", limits)


def _not_a_record(model: Model, text: str, pointer: str) -> Fault:
    limits = {"given": text, "collection": model.entities[0].collection}
    return Fault("not-a-record", pointer, limits)
