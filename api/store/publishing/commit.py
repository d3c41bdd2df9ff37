"""A commit: a list of actions, validated, appended to the log and projected in one transaction."""

from collections.abc import Sequence

from api.store.database.writing_session import RowValues
from api.store.log.actions import Action, ChangesRefusedError, PublicChangeSet, RecordAction
from api.store.log.head import LogHead
from api.store.log.revision_reader import Revisions
from api.store.projection.entity_table_writer import EntityTableWriter
from api.store.projection.read_model import Progress, ReadModel
from schema.declaration.entity_base import RecordKey
from schema.documents.renderer import Renderer
from schema.validation.decoder import encode_record
from schema.validation.errors import Fault


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
        self.only_own = only_own
        self.faults: list[tuple[RecordKey, Fault]] = []
        self.drafts: set[RecordKey] = set()

    def run(self, actions: Sequence[RecordAction], track: Progress) -> int:
        """Execute actions and return the number of appended revisions.

        Raise ChangesRefusedError with the errors of all actions; the caller then rolls back.
        """
        first = self.head.seq
        public = self._append(actions)
        if public.after:
            self.head.renew_generation()
            self._project(public, track)
        if self.faults:
            raise ChangesRefusedError(self.faults)
        self.head.write(self.session)
        return self.head.seq - first

    def _append(self, actions: Sequence[RecordAction]) -> PublicChangeSet:
        """Append revisions and return their public effect; publishing what is public already appends none."""
        latest = self.records.latest_revisions(action.key for action in actions)
        published = self.records.published(latest)
        self.drafts = {key for key, (_, last_action, _) in latest.items() if last_action == Action.SAVE}
        withdrawn = {key for key, (_, last_action, _) in latest.items() if last_action == Action.UNPUBLISH}
        self.drafts |= self.records.have_drafts(withdrawn)
        public = PublicChangeSet(published, self.records.have_changes(latest.keys() - published))
        rows = []
        for action in actions:
            if action.action is Action.PUBLISH and public.current(action.key) == action.record:
                continue
            version, last_action, last_actor = latest.get(action.key, (0, None, None))
            is_public = public.current(action.key) is not None
            if fault := self._fault(action, last_action, last_actor, is_public=is_public):
                self.faults.append((action.key, fault))
                continue
            rows.append(self._revision_row(action, version + 1))
            latest[action.key] = (version + 1, action.action, self.actor)
            self._update_drafts(action)
            if action.action not in (Action.SAVE, Action.DISCARD):
                public.add(action, self.head.seq)
        self.session.insert(self.tables.revision, rows)
        return public

    def _update_drafts(self, action: RecordAction) -> None:
        """Record whether an action leaves a draft; withdrawing a record keeps its draft."""
        if action.action is Action.SAVE:
            self.drafts.add(action.key)
        elif action.action is not Action.UNPUBLISH:
            self.drafts.discard(action.key)

    def _fault(
        self, action: RecordAction, last_action: str | None, last_actor: str | None, *, is_public: bool
    ) -> Fault | None:
        """Return the error of an action in the current state of its record, or None."""
        if last_action == Action.DELETE:
            return Fault("deleted")
        if action.action is Action.UNPUBLISH and not is_public:
            return Fault("not-public")
        if action.action is Action.DISCARD and action.key not in self.drafts:
            return Fault("no-draft")
        if action.action is Action.DELETE and last_action is None:
            return Fault("not-there")
        if self.only_own and last_actor not in (None, self.actor):
            return Fault("changed-by-another", limits={"actor": last_actor, "loader": self.actor})
        return None

    def _revision_row(self, action: RecordAction, version: int) -> RowValues:
        self.head.seq += 1
        document = encode_record(action.record) if action.record else None
        provenance = (self.head.at, self.actor, action.action.value, action.note)
        return (
            self.head.seq,
            *action.key,
            version,
            *provenance,
            len(self.records.model.upgrades),
            document,
        )

    def _project(self, public: PublicChangeSet, track: Progress) -> None:
        """Update entity tables and read model, and append the public changes to `change`."""
        entity_tables = EntityTableWriter(self.records)
        entity_tables.write_rows(public.before, public.after)
        self.faults += entity_tables.reference_faults(public.before, public.after)
        if self.faults:
            return
        published = entity_tables.write_published(public, self.head.at)
        read_model = ReadModel(self.records, self.renderer, published)
        affected = entity_tables.affected_documents(public.before, public.after)
        changed = entity_tables.changed_records(public)
        changed += read_model.replace(changed, affected, self.head.at, self.head.number, track)
        self.session.insert(
            self.tables.change, [self._change_row(key, public.actions.get(key)) for key in changed]
        )
        # `write_published` has set the time of records that actions change. A record that actions leave as it was
        # may still change with the links of others.
        changed_by_others = [key for key in changed if key not in public.actions or not public.is_change(key)]
        entity_tables.write_modified(changed_by_others, self.head.at)

    def _change_row(self, key: RecordKey, record_action: RecordAction | None) -> RowValues:
        self.head.number += 1
        action = record_action.action if record_action else Action.PUBLISH
        replaced_by, reason = None, record_action.reason if record_action else None
        return (self.head.number, self.head.at, *key, action.value, replaced_by, reason)
