"""The log: the one way in which content changes. Everything served is made from it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, select, update

from api.store.acts import Act, Action, PublicActs, RefusedError
from api.store.database import Database
from api.store.projection import Projection
from api.store.records import Records
from api.store.rendering import Rendering, Track
from schema.changes import CHANGES
from schema.decode import encode
from schema.faults import Fault
from schema.render import Key, Renderer
from schema.tables import Tables

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the moment that it is."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Store:
    """A database with the tables of a model, and the renderer of one installation."""

    database: Database
    tables: Tables
    renderer: Renderer
    clock: Clock = utc_now

    def is_empty(self) -> bool:
        """Tell whether nothing was ever written to the log."""
        with self.database.reading() as connection:
            count = connection.scalar(select(func.count()).select_from(self.tables.revision))
        return count == 0

    def commit(self, acts: Sequence[Act], actor: str, *, only_own: bool = False, track: Track = iter) -> int:
        """Do all acts or none, in one transaction; return how many revisions were appended.

        With `only_own`, a record that another actor changed last is refused. Raises RefusedError
        with every fault found.
        """
        with self.database.writing() as connection:
            return _Commit(self, connection, actor, only_own=only_own).run(acts, track)


class _Commit:
    """One writing transaction."""

    def __init__(self, store: Store, connection: Connection, actor: str, *, only_own: bool) -> None:
        self.store = store
        self.tables = store.tables
        self.connection = connection
        self.actor = actor
        self.only_own = only_own
        self.faults: list[tuple[Key, Fault]] = []
        head = self.tables.head
        # The first statement locks the row, so the numbers after it are nobody else's.
        taken = update(head).values(seq=head.c.seq).returning(head.c.seq, head.c.number, head.c.at)
        row = connection.execute(taken).one()
        self.seq, self.number, last = int(row.seq), int(row.number), str(row.at)
        now = store.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.at = max(now, last)
        self.records = Records(connection, self.tables, store.renderer.model)

    def run(self, acts: Sequence[Act], track: Track) -> int:
        first = self.seq
        public = self._append(acts)
        if public.after:
            self._project(public, track)
        if self.faults:
            raise RefusedError(self.faults)
        head = self.tables.head
        self.connection.execute(update(head).values(seq=self.seq, number=self.number, at=self.at))
        return self.seq - first

    def _append(self, acts: Sequence[Act]) -> PublicActs:
        """Append revisions; return what of them is public."""
        keys = [act.key for act in acts]
        latest = self.records.latest_revisions(keys)
        published = self.records.published(keys)
        public = PublicActs({key: old.record for key, old in published.items()})
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
            if act.action is not Action.SAVE:
                public.add(act, self.seq)
        if rows:
            self.connection.execute(insert(self.tables.revision), rows)
        return public

    def _fault(self, act: Act, action: str | None, actor: str | None, *, is_public: bool) -> Fault | None:
        if action == Action.DELETE:
            return Fault("deleted")
        if act.action is Action.UNPUBLISH and not is_public:
            return Fault("not-public")
        if act.action is Action.DELETE and action is None:
            return Fault("not-there")
        if self.only_own and actor not in (None, self.actor):
            return Fault("changed-by-another", limits={"actor": actor, "loader": self.actor})
        return None

    def _revision(self, act: Act, version: int) -> dict[str, object]:
        self.seq += 1
        return {
            "seq": self.seq,
            "entity": act.key[0],
            "id": act.key[1],
            "version": version,
            "at": self.at,
            "actor": self.actor,
            "action": act.action,
            "note": act.note,
            "declared": len(CHANGES),
            "document": encode(act.record) if act.record else None,
        }

    def _project(self, public: PublicActs, track: Track) -> None:
        """Bring everything that is served in line with the acts, and number what changed."""
        projection = Projection(self.connection, self.tables, self.records)
        projection.write_rows(public.after)
        self.faults += projection.faults(public.after)
        if self.faults:
            return
        changed = projection.changed(public.before, public.after)
        self.connection.execute(
            insert(self.tables.change), [self._change(key, public.acts.get(key)) for key in changed]
        )
        projection.write_published(changed, public, self.at)
        dirty = projection.dirty(public.before, public.after)
        Rendering(self.connection, self.tables, self.records, self.store.renderer).write(
            dirty, self.at, track
        )

    def _change(self, key: Key, act: Act | None) -> dict[str, object]:
        self.number += 1
        return {
            "number": self.number,
            "at": self.at,
            "entity": key[0],
            "id": key[1],
            "action": act.action if act else Action.PUBLISH,
            "replaced_by": None,
            "reason": act.reason if act else None,
        }
