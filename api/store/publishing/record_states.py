"""The states of the records that a commit acts on: their last actions, drafts and public records."""

from collections.abc import Iterable

from api.store.log.actions import Action, PublicChangeSet, RecordAction
from api.store.log.revision_reader import LastRevision, Revisions
from schema.declaration.entity_base import Entity, RecordKey

_NOT_PUBLIC = (Action.SAVE, Action.DISCARD, Action.REDACT)
"""Actions that leave the public record, or replace it without a new revision."""


class RecordStates:
    """The states of records before a commit, updated by each of its actions.

    `latest` has the last revision of each record, `drafts` the keys of records with a draft, `public` the public
    records and the public effect of the actions.
    """

    def __init__(self, records: Revisions) -> None:
        self.records = records
        self.latest: dict[RecordKey, LastRevision] = {}
        self.drafts: set[RecordKey] = set()
        self.public = PublicChangeSet()
        self._saved: dict[RecordKey, Entity] = {}
        self._loaded: set[RecordKey] = set()

    def load(self, keys: Iterable[RecordKey]) -> None:
        """Read the states of records that are not known yet."""
        new = set(keys) - self._loaded
        self._loaded |= new
        latest = self.records.latest_revisions(new)
        published = self.records.published(latest)
        self.latest |= latest
        self.public.published |= published
        self.public.withdrawn |= self.records.have_changes(latest.keys() - published)
        self.drafts |= {key for key, revision in latest.items() if revision.action == Action.SAVE}
        withdrawn = {key for key, revision in latest.items() if revision.action == Action.UNPUBLISH}
        self.drafts |= self.records.drafts(withdrawn).keys()

    def apply(self, action: RecordAction, seq: int, actor: str) -> int:
        """Update the state of a record by an action, whose revision has a number; return its version."""
        version = self.version(action.key) + 1
        self.latest[action.key] = LastRevision(version, action.action, actor, action.note)
        if action.action is Action.SAVE and action.record:
            self.drafts.add(action.key)
            self._saved[action.key] = action.record
        elif action.action not in (Action.UNPUBLISH, Action.REDACT):
            # Withdrawing a record from the public leaves its draft, and so does a redaction.
            self.drafts.discard(action.key)
            self._saved.pop(action.key, None)
        if action.action not in _NOT_PUBLIC:
            self.public.add(action, seq)
        return version

    def version(self, key: RecordKey) -> int:
        """Return the version of a record, 0 if it has none."""
        return self.latest[key].version if key in self.latest else 0

    def last_action(self, key: RecordKey) -> str | None:
        """Return the last action on a record, or None if there is none."""
        return self.latest[key].action if key in self.latest else None

    def actor(self, key: RecordKey) -> str | None:
        """Return the actor whose content a record has: that of its last revision but redactions, or None."""
        return self.latest[key].actor if key in self.latest else None

    def draft_records(self, keys: Iterable[RecordKey]) -> dict[RecordKey, Entity]:
        """Return the drafts of the records among some keys that have one."""
        self.load(keys)
        drafts = self.drafts & set(keys)
        return self.records.drafts(drafts - self._saved.keys()) | {
            key: self._saved[key] for key in drafts & self._saved.keys()
        }

    def saved_with(self, identifier: str) -> set[RecordKey]:
        """Return the records with a saved document that may contain an id; it reads every one in the log."""
        return self.records.saved_with(identifier) | self._saved.keys()

    def was_public(self, key: RecordKey) -> bool:
        """Return True if a record was public before the commit, at its start or earlier."""
        return key in self.public.published or key in self.public.withdrawn

    def merge_target(self, key: RecordKey) -> RecordKey:
        """Return the record that a merged one leads to, along all merges."""
        target = self.records.merge_targets([key]).get(key, key)
        while (action := self.public.actions.get(target)) and action.into:
            target = (key[0], action.into)
        return target
