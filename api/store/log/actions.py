"""Actions on records, the input of a commit, and the public changes that follow from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from schema.declaration.entity_base import Entity, PublishedRecord, RecordKey
from schema.validation.errors import Fault


class Action(StrEnum):
    """The kind of an action; the values are stored in the log."""

    SAVE = "save"
    DISCARD = "discard"
    PUBLISH = "publish"
    UNPUBLISH = "unpublish"
    DELETE = "delete"
    RESTORE = "restore"
    MERGE = "merge"
    REDACT = "redact"

    @property
    def public_effect(self) -> "Action":
        """Return the action that `change` has for this one: a restored or redacted record is published."""
        return Action.PUBLISH if self in (Action.RESTORE, Action.REDACT) else self


RERENDER = "rerender"
"""The action of a public change that no action on a record causes: a rebuild changes the triples of its document."""

PUBLISHING = (Action.PUBLISH, Action.RESTORE)
"""Actions whose revision holds the public document of the record from then on."""

FINAL = (Action.DELETE, Action.MERGE)
"""Actions after which the id of the record cannot be used again."""

PUBLIC_ACTIONS = (*PUBLISHING, Action.UNPUBLISH, *FINAL)
"""The actions that decide whether a record is public."""


CHANGE_ACTIONS = (*dict.fromkeys(str(action.public_effect) for action in PUBLIC_ACTIONS), RERENDER)
"""The actions that public changes have."""


@dataclass(frozen=True)
class RecordAction:
    """One action on one record. The note is for editors only; the reason is public.

    `into` is the id of the record that a merge leads to, `version` the one to restore (None for the last that
    was public), `text` what a redaction removes.
    """

    action: Action
    key: RecordKey
    record: Entity | None = None
    note: str | None = None
    reason: str | None = None
    into: str | None = None
    version: int | None = None
    text: str = ""


def save(record: Entity, note: str | None = None) -> RecordAction:
    """Save a draft. Nothing public changes."""
    return RecordAction(Action.SAVE, _key(record), record, note=note)


def discard(key: RecordKey, note: str | None = None) -> RecordAction:
    """Discard a draft, which leaves the public record, if there is one."""
    return RecordAction(Action.DISCARD, key, note=note)


def publish(record: Entity, note: str | None = None) -> RecordAction:
    """Publish a record."""
    return RecordAction(Action.PUBLISH, _key(record), record, note=note)


def unpublish(key: RecordKey, reason: str | None = None) -> RecordAction:
    """Withdraw a public record. It stays in the log and can be published again."""
    return RecordAction(Action.UNPUBLISH, key, reason=reason)


def delete(key: RecordKey, reason: str | None = None) -> RecordAction:
    """Delete a record for good. Its id cannot be used again."""
    return RecordAction(Action.DELETE, key, reason=reason)


def restore(key: RecordKey, version: int | None = None, note: str | None = None) -> RecordAction:
    """Publish the document of an earlier version; by default the last public one of a withdrawn record."""
    return RecordAction(Action.RESTORE, key, note=note, version=version)


def merge(key: RecordKey, into: str, reason: str | None = None) -> RecordAction:
    """Merge a record into another of its entity, which all links to it then lead to.

    Its id cannot be used again: requests for it are redirected.
    """
    return RecordAction(Action.MERGE, key, reason=reason, into=into)


def redact(key: RecordKey, text: str, note: str | None = None) -> RecordAction:
    """Remove a text from all versions of a record, its notes and reasons. It is the only action of its commit."""
    return RecordAction(Action.REDACT, key, note=note, text=text)


PublicState = Mapping[RecordKey, Entity | None]
"""Records by key; None for a record that is not public."""


@dataclass
class PublicChangeSet:
    """The public effect of a list of actions: the records before it, and the last public action on each record.

    `published` has the public records before the actions; `withdrawn` has the keys that were public at some time
    and are not any more. `actions` and `revisions` (sequence numbers) are filled by `add`.
    """

    published: dict[RecordKey, PublishedRecord] = field(default_factory=dict)
    withdrawn: set[RecordKey] = field(default_factory=set)
    actions: dict[RecordKey, RecordAction] = field(default_factory=dict)
    revisions: dict[RecordKey, int] = field(default_factory=dict)

    def current(self, key: RecordKey) -> Entity | None:
        """Return the public record after the actions so far, or None."""
        return self.actions[key].record if key in self.actions else self._previous(key)

    def add(self, action: RecordAction, seq: int) -> None:
        """Add an action and the number of its revision.

        A record that was never public and is not published now has no public effect, and is left out.
        """
        ends_withdrawn = action.action in FINAL and action.key in self.withdrawn
        if action.record is None and action.key not in self.published and not ends_withdrawn:
            self.actions.pop(action.key, None)
            return
        self.actions[action.key] = action
        self.revisions[action.key] = seq

    def replace(self, action: RecordAction, seq: int) -> None:
        """Set the public record of an action that changes the revision with a number, and appends no other."""
        self.actions[action.key] = action
        self.revisions[action.key] = seq

    def is_change(self, key: RecordKey) -> bool:
        """Return True if the actions change the public record, delete it or merge it."""
        return self.actions[key].action in FINAL or self._previous(key) != self.actions[key].record

    @property
    def before(self) -> dict[RecordKey, Entity | None]:
        """Return the public records before the actions; None for a record that was not public."""
        return {key: self._previous(key) for key in self.actions}

    @property
    def after(self) -> dict[RecordKey, Entity | None]:
        """Return the public records after the actions; None for a record that is not public."""
        return {key: action.record for key, action in self.actions.items()}

    def _previous(self, key: RecordKey) -> Entity | None:
        return self.published[key].record if key in self.published else None


class ChangesRefusedError(ValueError):
    """A list of actions was refused as a whole; `faults` has the errors by record."""

    def __init__(self, faults: list[tuple[RecordKey, Fault]]) -> None:
        super().__init__("; ".join(f"{key[0]} {key[1]}: {fault.code}" for key, fault in faults))
        self.faults = faults


def _key(record: Entity) -> RecordKey:
    return type(record).__name__, record.id
