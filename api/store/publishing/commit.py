"""One set of acts: appended to the log, numbered, and projected, or refused as a whole."""

from collections.abc import Sequence

from api.store.database.session import RowValues
from api.store.log.actions import Action, ChangesRefusedError, PublicChangeSet, RecordAction
from api.store.log.head import LogHead
from api.store.log.revisions import Revisions
from api.store.projection.entity_tables import EntityTableWriter
from api.store.projection.read_model import Progress, ReadModel
from schema.declaration.entity import RecordKey
from schema.documents.renderer import Renderer
from schema.validation.decoder import encode_record
from schema.validation.errors import Fault


class Commit:
    """One set of acts, inside a writing transaction."""

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

    def run(self, acts: Sequence[RecordAction], track: Progress) -> int:
        """Do all acts; return how many revisions were appended. Raise RefusedError with all faults."""
        first = self.head.seq
        public = self._append(acts)
        if public.after:
            self.head.renew_generation()
            self._project(public, track)
        if self.faults:
            raise ChangesRefusedError(self.faults)
        self.head.write(self.session)
        return self.head.seq - first

    def _append(self, acts: Sequence[RecordAction]) -> PublicChangeSet:
        """Append revisions; return what of them is public."""
        latest = self.records.latest_revisions(act.key for act in acts)
        published = self.records.published(latest)
        self.drafts = {key for key, (_, action, _) in latest.items() if action == Action.SAVE}
        withdrawn = {key for key, (_, action, _) in latest.items() if action == Action.UNPUBLISH}
        self.drafts |= self.records.have_drafts(withdrawn)
        public = PublicChangeSet(published, self.records.have_changes(latest.keys() - published))
        rows = []
        for act in acts:
            if act.action is Action.PUBLISH and public.current(act.key) == act.record:
                continue
            version, action, actor = latest.get(act.key, (0, None, None))
            is_public = public.current(act.key) is not None
            if fault := self._fault(act, action, actor, is_public=is_public):
                self.faults.append((act.key, fault))
                continue
            rows.append(self._revision(act, version + 1))
            latest[act.key] = (version + 1, act.action, self.actor)
            self._note_draft(act)
            if act.action not in (Action.SAVE, Action.DISCARD):
                public.add(act, self.head.seq)
        self.session.insert(self.tables.revision, rows)
        return public

    def _note_draft(self, act: RecordAction) -> None:
        """Keep which records have a draft: withdrawing one from the public leaves its draft."""
        if act.action is Action.SAVE:
            self.drafts.add(act.key)
        elif act.action is not Action.UNPUBLISH:
            self.drafts.discard(act.key)

    def _fault(
        self, act: RecordAction, action: str | None, actor: str | None, *, is_public: bool
    ) -> Fault | None:
        if action == Action.DELETE:
            return Fault("deleted")
        if act.action is Action.UNPUBLISH and not is_public:
            return Fault("not-public")
        if act.action is Action.DISCARD and act.key not in self.drafts:
            return Fault("no-draft")
        if act.action is Action.DELETE and action is None:
            return Fault("not-there")
        if self.only_own and actor not in (None, self.actor):
            return Fault("changed-by-another", limits={"actor": actor, "loader": self.actor})
        return None

    def _revision(self, act: RecordAction, version: int) -> RowValues:
        self.head.seq += 1
        document = encode_record(act.record) if act.record else None
        said = (self.head.at, self.actor, act.action.value, act.note)
        return (self.head.seq, *act.key, version, *said, len(self.records.model.upgrades), document)

    def _project(self, public: PublicChangeSet, track: Progress) -> None:
        """Bring everything that is served in line with the acts, and number what changed."""
        projection = EntityTableWriter(self.records)
        projection.write_rows(public.before, public.after)
        self.faults += projection.reference_faults(public.before, public.after)
        if self.faults:
            return
        rendering = ReadModel(self.records, self.renderer, projection.write_published(public, self.head.at))
        dirty = projection.affected_documents(public.before, public.after)
        changed = projection.changed_records(public)
        changed += rendering.write_after(changed, dirty, self.head.at, self.head.number, track)
        self.session.insert(
            self.tables.change, [self._change(key, public.actions.get(key)) for key in changed]
        )
        # What acts have changed says so already; what they left as it was may follow from others nevertheless.
        by_others = [key for key in changed if key not in public.actions or not public.is_change(key)]
        projection.write_modified(by_others, self.head.at)

    def _change(self, key: RecordKey, act: RecordAction | None) -> RowValues:
        self.head.number += 1
        action = act.action if act else Action.PUBLISH
        replaced_by, reason = None, act.reason if act else None
        return (self.head.number, self.head.at, *key, action.value, replaced_by, reason)
