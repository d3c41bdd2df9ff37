"""What can be done to records, as values that the log takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from schema.declaration.entity import Entity, Key, Published
from schema.validation.errors import Fault


class Action(StrEnum):
    """What was done, as the log names it."""

    SAVE = "save"
    DISCARD = "discard"
    PUBLISH = "publish"
    UNPUBLISH = "unpublish"
    DELETE = "delete"


@dataclass(frozen=True)
class Act:
    """One thing to be done to one record. A note is for editors; a reason is public."""

    action: Action
    key: Key
    record: Entity | None = None
    note: str | None = None
    reason: str | None = None


def save(record: Entity, note: str | None = None) -> Act:
    """Keep a draft; nothing public changes."""
    return Act(Action.SAVE, _key(record), record, note=note)


def discard(key: Key, note: str | None = None) -> Act:
    """Drop a draft: the record is again as it is public, or was never begun."""
    return Act(Action.DISCARD, key, note=note)


def publish(record: Entity, note: str | None = None) -> Act:
    """Make a record public as it is given."""
    return Act(Action.PUBLISH, _key(record), record, note=note)


def unpublish(key: Key, reason: str | None = None) -> Act:
    """Withdraw a public record; it stays in the log and can be published again."""
    return Act(Action.UNPUBLISH, key, reason=reason)


def delete(key: Key, reason: str | None = None) -> Act:
    """End a record's life; its id is not used again."""
    return Act(Action.DELETE, key, reason=reason)


@dataclass
class PublicActs:
    """What a set of acts does in public: records as they were, and the acts that took effect.

    `withdrawn` names records that were public once and are not now.
    """

    published: Mapping[Key, Published]
    withdrawn: set[Key]
    acts: dict[Key, Act] = field(default_factory=dict)
    revisions: dict[Key, int] = field(default_factory=dict)

    def current(self, key: Key) -> Entity | None:
        """Return a record as it is public after the acts so far."""
        return self.acts[key].record if key in self.acts else self._was(key)

    def add(self, act: Act, seq: int) -> None:
        """Note an act and its revision; what never was public and is not made so is left out."""
        ends = act.action is Action.DELETE and act.key in self.withdrawn
        if act.record is None and act.key not in self.published and not ends:
            self.acts.pop(act.key, None)
            return
        self.acts[act.key] = act
        self.revisions[act.key] = seq

    def is_change(self, key: Key) -> bool:
        """Tell whether a record is in the end another than before, or deleted."""
        return self.acts[key].action is Action.DELETE or self._was(key) != self.acts[key].record

    @property
    def before(self) -> dict[Key, Entity | None]:
        """Return the records that change, as they were."""
        return {key: self._was(key) for key in self.acts}

    @property
    def after(self) -> dict[Key, Entity | None]:
        """Return the records that change, as they will be."""
        return {key: act.record for key, act in self.acts.items()}

    def _was(self, key: Key) -> Entity | None:
        """Return a record as it was public before."""
        return self.published[key].record if key in self.published else None


class RefusedError(ValueError):
    """Acts were refused, all of them; `faults` says which record and why."""

    def __init__(self, faults: list[tuple[Key, Fault]]) -> None:
        super().__init__("; ".join(f"{key[0]} {key[1]}: {fault.code}" for key, fault in faults))
        self.faults = faults


def _key(record: Entity) -> Key:
    return type(record).__name__, record.id
