"""One set of acts: appended to the log, numbered, and projected, or refused as a whole."""

from collections.abc import Sequence

from sqlalchemy import insert

from api.store.acts import Act, Action, PublicActs, RefusedError
from api.store.head import Head
from api.store.projection import Projection
from api.store.records import Records
from api.store.rendering import Rendering, Track
from schema.decode import encode
from schema.faults import Fault
from schema.render import Key, Renderer


class Commit:
    """One set of acts, inside a writing transaction."""

    def __init__(
        self, head: Head, records: Records, renderer: Renderer, actor: str, *, only_own: bool
    ) -> None:
        self.head = head
        self.records = records
        self.renderer = renderer
        self.connection = records.connection
        self.tables = records.tables
        self.actor = actor
        self.only_own = only_own
        self.faults: list[tuple[Key, Fault]] = []
        self.drafts: set[Key] = set()

    def run(self, acts: Sequence[Act], track: Track) -> int:
        """Do all acts; return how many revisions were appended. Raise RefusedError with all faults."""
        first = self.head.seq
        public = self._append(acts)
        if public.after:
            self.head.served += 1
            self._project(public, track)
        if self.faults:
            raise RefusedError(self.faults)
        self.head.keep(self.connection, self.tables)
        return self.head.seq - first

    def _append(self, acts: Sequence[Act]) -> PublicActs:
        """Append revisions; return what of them is public."""
        keys = [act.key for act in acts]
        latest = self.records.latest_revisions(keys)
        published = self.records.published(keys)
        self.drafts = self.records.have_drafts(keys)
        withdrawn = self.records.have_changes(keys) - published.keys()
        public = PublicActs(published, withdrawn)
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
        if rows:
            self.connection.execute(insert(self.tables.revision), rows)
        return public

    def _note_draft(self, act: Act) -> None:
        """Keep which records have a draft: withdrawing one from the public leaves its draft."""
        if act.action is Action.SAVE:
            self.drafts.add(act.key)
        elif act.action is not Action.UNPUBLISH:
            self.drafts.discard(act.key)

    def _fault(self, act: Act, action: str | None, actor: str | None, *, is_public: bool) -> Fault | None:
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

    def _revision(self, act: Act, version: int) -> dict[str, object]:
        self.head.seq += 1
        return {
            "seq": self.head.seq,
            "entity": act.key[0],
            "id": act.key[1],
            "version": version,
            "at": self.head.at,
            "actor": self.actor,
            "action": act.action,
            "note": act.note,
            "declared": len(self.records.model.changes),
            "document": encode(act.record) if act.record else None,
        }

    def _project(self, public: PublicActs, track: Track) -> None:
        """Bring everything that is served in line with the acts, and number what changed."""
        projection = Projection(self.records)
        projection.write_rows(public.acts.keys() & public.published, public.after)
        self.faults += projection.faults(public.after)
        if self.faults:
            return
        projection.write_published(public, self.head.at)
        dirty = projection.dirty(public.before, public.after)
        rendering = Rendering(self.records, self.renderer)
        changed = projection.changed(public)
        changed += rendering.write_after(changed, dirty, self.head.at, track)
        if changed:
            rows = [self._change(key, public.acts.get(key)) for key in changed]
            self.connection.execute(insert(self.tables.change), rows)
        projection.write_modified([key for key in changed if key not in public.acts], self.head.at)

    def _change(self, key: Key, act: Act | None) -> dict[str, object]:
        self.head.number += 1
        return {
            "number": self.head.number,
            "at": self.head.at,
            "entity": key[0],
            "id": key[1],
            "action": act.action if act else Action.PUBLISH,
            "replaced_by": None,
            "reason": act.reason if act else None,
        }
