"""A commit: a list of actions, validated, appended to the log and projected in one transaction."""

from collections.abc import Sequence
from dataclasses import replace

from api.store.database.writing_session import RowValues
from api.store.log.actions import (
    PUBLISHING,
    Action,
    ChangesRefusedError,
    PublicChangeSet,
    RecordAction,
    save,
)
from api.store.log.head import LogHead
from api.store.log.revision_reader import Revisions, StoredVersion
from api.store.projection.affected_records import AffectedRecords, published_after
from api.store.projection.read_model import Progress, ReadModel
from api.store.projection.record_links import StoredLinks
from api.store.projection.reference_checks import ReferenceChecks
from api.store.publishing.merge_relinking import Relinking, merge_target
from api.store.publishing.ownership import Ownership
from api.store.publishing.record_states import RecordStates
from api.store.publishing.redaction import Redaction
from schema.declaration.entity_base import RecordKey
from schema.documents.renderer import Renderer
from schema.validation.errors import Fault
from schema.validation.record_codec import encode_record
from schema.validation.references import link_targets, rewrite_links


class Commit:
    """A commit of an actor, inside a writing transaction that holds the lock of the head.

    With `only_own`, actions on records that another actor changed last are refused.
    """

    def __init__(
        self, head: LogHead, records: Revisions, renderer: Renderer, actor: str, *, only_own: bool
    ) -> None:
        self.head = head
        self.records = records
        self.renderer = renderer
        self.session = records.session
        self.tables = records.tables
        self.actor = actor
        self.changed: set[RecordKey] = set()
        self.faults: list[tuple[RecordKey, Fault]] = []
        self.states = RecordStates(records)
        self.ownership = Ownership(self.states, actor) if only_own else None
        self.rows: list[RowValues] = []

    def run(self, actions: Sequence[RecordAction], track: Progress) -> int:
        """Execute actions and return the number of records that they change, without consequences of merges.

        Raise ChangesRefusedError with the errors of all actions, or ImplausibleTimeError if the clock cannot be
        trusted; the caller then rolls back. Raise ValueError if a redaction is not the only action.
        """
        if len(actions) > 1 and any(action.action is Action.REDACT for action in actions):
            message = "a redaction is the only action of its commit"
            raise ValueError(message)
        keys = [action.key for action in actions]
        self.states.load([*keys, *(merge_target(action) for action in actions if action.into)])
        if self.ownership:
            self.ownership.load(keys)
        for action in actions:
            self._execute(action)
        if self.rows and self.head.time_error:
            raise self.head.time_error
        self.session.insert(self.tables.revision, self.rows)
        if self.states.public.after:
            self._project(self.states.public, track)
        if self.faults:
            raise ChangesRefusedError(self.faults)
        self.head.write(self.session)
        return len(self.changed)

    def _execute(self, action: RecordAction) -> None:
        """Append the revisions of an action; publishing what is public already appends none."""
        stored = self._stored_version(action) if action.action is Action.RESTORE else None
        if stored:
            action = replace(action, record=stored.record, note=self._restoration_note(action, stored))
        if self._is_public_already(action):
            if self.ownership and self.ownership.confirms_redaction(action):
                self._append(action, self.actor)
            return
        if fault := self._fault(action):
            self.faults.append((action.key, fault))
            return
        count = len(self.rows)
        self._append_revisions(action, stored.actor if stored else self.actor)
        if len(self.rows) > count:
            self.changed.add(action.key)

    def _append_revisions(self, action: RecordAction, owner: str) -> None:
        """Append the revision of an action and those of its consequences; `owner` is the actor of its content."""
        match action.action:
            case Action.REDACT:
                self._redact(action)
            case Action.RESTORE:
                self._restore(action, owner)
            case Action.MERGE:
                self._merge(action)
            case _:
                self._append(action, owner)

    def _restore(self, action: RecordAction, owner: str) -> None:
        """Append the revision that restores a version, and save the draft of the record again, if it has one.

        The content is that of the version's actor, who may go on with it.
        """
        drafts = self.states.draft_records([action.key])
        self._append(action, owner)
        for draft in drafts.values():
            self._append(save(draft, note="Kept when a version was restored."), self.actor)

    def _merge(self, action: RecordAction) -> None:
        """Append the revision of a merge and those of the records whose links it rewrites."""
        relinking = Relinking(self.states, action)
        self._append(action, self.actor)
        for consequence in relinking.actions(self.actor):
            # The content is that of its last actor, who may go on with it: the merge changes links only.
            self._append(consequence, self.states.actor(consequence.key) or self.actor)
        self.faults += [(action.key, fault) for fault in relinking.faults]

    def _is_public_already(self, action: RecordAction) -> bool:
        """Return True if an action publishes what is public; restoring it needs a version, else it is an error."""
        is_stated = action.action is Action.PUBLISH or action.version is not None
        is_publishing = is_stated and action.action in PUBLISHING and action.record is not None
        return is_publishing and self.states.public.current(action.key) == action.record

    def _fault(self, action: RecordAction) -> Fault | None:
        """Return the error of an action in the current state of its record, or None."""
        key, last_action = action.key, self.states.last_action(action.key)
        if action.action is Action.REDACT:
            return None if last_action else Fault("not-there")
        if last_action == Action.DELETE:
            return Fault("deleted")
        if last_action == Action.MERGE:
            return Fault("merged", limits={"into": self.states.merge_target(key)[1]})
        if fault := self._state_fault(action, last_action):
            return fault
        return self.ownership.fault(action) if self.ownership else None

    def _state_fault(self, action: RecordAction, last_action: str | None) -> Fault | None:
        """Return the error of an action that needs a draft, a public record, a version or a merge target."""
        is_public = self.states.public.current(action.key) is not None
        match action.action:
            case Action.UNPUBLISH if not is_public:
                return Fault("not-public")
            case Action.DISCARD if action.key not in self.states.drafts:
                return Fault("no-draft")
            case Action.DELETE | Action.MERGE | Action.RESTORE if last_action is None:
                return Fault("not-there")
            case Action.MERGE:
                return self._merge_fault(action)
            case Action.RESTORE if action.version is None and is_public:
                return Fault("already-public")
            case Action.RESTORE if action.record is None and action.version is None:
                return Fault("never-public")
            case Action.RESTORE if action.record is None:
                return Fault("no-version", limits={"given": action.version})
            case _:
                return None

    def _merge_fault(self, action: RecordAction) -> Fault | None:
        target = merge_target(action)
        if target == action.key:
            return Fault("into-itself")
        if not self.states.was_public(action.key):
            return Fault("never-public")
        if self.states.last_action(target) == Action.MERGE:
            limits = {"given": target[1], "into": self.states.merge_target(target)[1]}
            return Fault("target-merged", limits=limits)
        if self.states.public.current(target) is None:
            return Fault("unknown-reference", limits={"entity": target[0], "given": target[1]})
        return None

    def _stored_version(self, action: RecordAction) -> StoredVersion | None:
        """Return the version to restore, with links to records that were merged since rewritten."""
        if action.version is None:
            stored = self.records.last_public(action.key)
        else:
            stored = self.records.version(action.key, action.version)
        if stored is None:
            return None
        shape, record = self.records.model.by_name[action.key[0]], stored.record
        targets = self.records.merge_targets(link_targets(shape, record))
        return stored._replace(record=rewrite_links(shape, record, targets))

    def _restoration_note(self, action: RecordAction, stored: StoredVersion) -> str:
        summary = f"{self.actor} restored version {stored.version}."
        return f"{summary} {action.note}" if action.note else summary

    def _redact(self, action: RecordAction) -> None:
        """Remove a text from the rows of a record, and append the revision that says so.

        Repeated, it appends none.
        """
        redaction = Redaction(self.records, action.key, action.text)
        note = redaction.run(action.note)
        self.faults += [(action.key, fault) for fault in redaction.faults]
        if self.faults or redaction.is_repeated:
            return
        self._append(replace(action, note=note), self.actor)
        published = self.states.public.published.get(action.key)
        if published and published.seq in redaction.records:
            self.states.public.replace(
                replace(action, record=redaction.records[published.seq]), published.seq
            )

    def _append(self, action: RecordAction, actor: str) -> None:
        """Append a revision by an actor."""
        self.head.seq += 1
        version = self.states.apply(action, self.head.seq, actor)
        document = encode_record(action.record) if action.record else None
        provenance = (self.head.at, actor, action.action.value, action.note)
        steps = len(self.records.model.upgrades)
        self.rows.append((self.head.seq, *action.key, version, *provenance, steps, document))

    def _project(self, public: PublicChangeSet, track: Progress) -> None:
        """Update the read model, and append the public changes to `change`.

        Without any, the read model keeps its generation: what confirms a redaction changes nothing public.
        """
        published = published_after(self.records, public, self.head.at)
        self.records.pending = {key: published.get(key) for key in public.after}
        links = StoredLinks(self.records)
        self.faults += ReferenceChecks(self.records, links).faults(public.before, public.after)
        if self.faults:
            return
        affected = AffectedRecords(self.records, links)
        changed = affected.changed_records(public)
        documents = affected.affected_documents(public.before, public.after)
        read_model = ReadModel(self.records, self.renderer, published)
        changed += read_model.replace(changed, documents, self.head, links, track)
        self.session.insert(
            self.tables.change, [self._change_row(key, public.actions.get(key)) for key in changed]
        )
        self.records.pending = {}
        if changed:
            self.head.renew_generation()

    def _change_row(self, key: RecordKey, record_action: RecordAction | None) -> RowValues:
        self.head.number += 1
        action = record_action.action.public_effect if record_action else Action.PUBLISH
        replaced_by, reason = (record_action.into, record_action.reason) if record_action else (None, None)
        return (self.head.number, self.head.at, *key, action.value, replaced_by, reason)
