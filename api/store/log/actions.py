"""What can be done to records, as values that the log takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from schema.declaration.entity import Entity, PublishedRecord, RecordKey
from schema.validation.errors import Fault


class Action(StrEnum):
    """What was done, as the log names it."""

    SAVE = "save"
    DISCARD = "discard"
    PUBLISH = "publish"
    UNPUBLISH = "unpublish"
    DELETE = "delete"


@dataclass(frozen=True)
class RecordAction:
    """One thing to be done to one record. A note is for editors; a reason is public."""

    action: Action
    key: RecordKey
    record: Entity | None = None
    note: str | None = None
    reason: str | None = None


def save(record: Entity, note: str | None = None) -> RecordAction:
    """Keep a draft; nothing public changes."""
    return RecordAction(Action.SAVE, _key(record), record, note=note)


def discard(key: RecordKey, note: str | None = None) -> RecordAction:
    """Drop a draft: the record is again as it is public, or was never begun."""
    return RecordAction(Action.DISCARD, key, note=note)


def publish(record: Entity, note: str | None = None) -> RecordAction:
    """Make a record public as it is given."""
    return RecordAction(Action.PUBLISH, _key(record), record, note=note)


def unpublish(key: RecordKey, reason: str | None = None) -> RecordAction:
    """Withdraw a public record; it stays in the log and can be published again."""
    return RecordAction(Action.UNPUBLISH, key, reason=reason)


def delete(key: RecordKey, reason: str | None = None) -> RecordAction:
    """End a record's life; its id is not used again."""
    return RecordAction(Action.DELETE, key, reason=reason)


@dataclass
class PublicChangeSet:
    """What a set of acts does in public: records as they were, and the acts that took effect.

    `withdrawn` names records that were public once and are not now.
    """

    published: Mapping[RecordKey, PublishedRecord]
    withdrawn: set[RecordKey]
    actions: dict[RecordKey, RecordAction] = field(default_factory=dict)
    revisions: dict[RecordKey, int] = field(default_factory=dict)

    def current(self, key: RecordKey) -> Entity | None:
        """Return a record as it is public after the acts so far."""
        return self.actions[key].record if key in self.actions else self._was(key)

    def add(self, act: RecordAction, seq: int) -> None:
        """Note an act and its revision; what never was public and is not made so is left out."""
        ends = act.action is Action.DELETE and act.key in self.withdrawn
        if act.record is None and act.key not in self.published and not ends:
            self.actions.pop(act.key, None)
            return
        self.actions[act.key] = act
        self.revisions[act.key] = seq

    def is_change(self, key: RecordKey) -> bool:
        """Tell whether a record is in the end another than before, or deleted."""
        return self.actions[key].action is Action.DELETE or self._was(key) != self.actions[key].record

    @property
    def before(self) -> dict[RecordKey, Entity | None]:
        """Return the records that change, as they were."""
        return {key: self._was(key) for key in self.actions}

    @property
    def after(self) -> dict[RecordKey, Entity | None]:
        """Return the records that change, as they will be."""
        return {key: act.record for key, act in self.actions.items()}

    def _was(self, key: RecordKey) -> Entity | None:
        """Return a record as it was public before."""
        return self.published[key].record if key in self.published else None


class ChangesRefusedError(ValueError):
    """Acts were refused, all of them; `faults` says which record and why."""

    def __init__(self, faults: list[tuple[RecordKey, Fault]]) -> None:
        super().__init__("; ".join(f"{key[0]} {key[1]}: {fault.code}" for key, fault in faults))
        self.faults = faults


def _key(record: Entity) -> RecordKey:
    return type(record).__name__, record.id
