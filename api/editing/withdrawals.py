"""Withdrawals of a directory: records that it no longer has, or that were merged, in `withdrawn.json`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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
    """The actions of the valid entries by record, and the errors of all."""

    actions: dict[RecordKey, RecordAction] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


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
        entries = msgspec.json.decode(path.read_bytes(), type=list[_Withdrawal])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        withdrawals.faults.append(Fault("not-withdrawals", limits={"problem": str(error)}))
        return withdrawals
    for index, entry in enumerate(entries):
        faults = [*_faults(model, entry, f"/{index}", files)]
        key = record_key(model, entry.id)
        if key in withdrawals.actions:
            faults.append(Fault("duplicate", f"/{index}/id", {"given": entry.id}))
        withdrawals.faults += faults
        if key and not faults:
            withdrawals.actions[key] = _action(key, entry)
    return withdrawals


def _action(key: RecordKey, entry: _Withdrawal) -> RecordAction:
    if entry.into is None:
        return unpublish(key, entry.reason)
    return merge(key, entry.into.partition("/")[2], entry.reason)


def _faults(
    model: Model, entry: _Withdrawal, pointer: str, files: Mapping[RecordKey, Path]
) -> Iterator[Fault]:
    """Yield the errors of an entry."""
    if not entry.reason.strip():
        yield Fault("missing", f"{pointer}/reason")
    key = record_key(model, entry.id)
    if key is None:
        yield _not_a_record(model, entry.id, f"{pointer}/id")
    if entry.into is None:
        return
    target = record_key(model, entry.into)
    if target is None:
        yield _not_a_record(model, entry.into, f"{pointer}/into")
    elif key and target[0] != key[0]:
        limits: dict[str, Any] = {"given": entry.into, "collection": model.by_name[key[0]].collection}
        yield Fault("into-another-collection", f"{pointer}/into", limits)
    elif target not in files:
        limits = {"entity": target[0], "given": target[1]}
        yield Fault("unknown-reference", f"{pointer}/into", limits)


def _not_a_record(model: Model, text: str, pointer: str) -> Fault:
    limits = {"given": text, "collection": model.entities[0].collection}
    return Fault("not-a-record", pointer, limits)
