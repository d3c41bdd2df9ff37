"""The consequences of a merge: the links to a merged record are rewritten, in public records and in drafts."""

from collections.abc import Iterable, Mapping

from api.store.log.actions import RecordAction, publish, save
from api.store.projection.record_links import StoredLinks
from api.store.publishing.record_states import RecordStates
from schema.declaration.entity_base import Entity, RecordKey
from schema.declaration.shapes import Shape
from schema.validation.errors import Fault
from schema.validation.references import link_targets, replaced_part_faults, rewrite_links


class Relinking:
    """The rewriting of links to a record that is merged into another one.

    It is created before the merge is applied to the states of the records. `faults` has the errors of the merge.
    """

    def __init__(self, states: RecordStates, merge: RecordAction) -> None:
        self.faults: list[Fault] = []
        self._states = states
        self._model = states.records.model
        self._merge = merge
        self._target = merge_target(merge)
        self._merged = states.public.current(merge.key) or self._last_public(merge.key)

    def actions(self, actor: str) -> list[RecordAction]:
        """Return the actions by which the links lead to the other record, after the merge by an actor."""
        collection = self._model.by_name[self._merge.key[0]].collection
        note = (
            f"{actor} merged {collection}/{self._merge.key[1]} into {self._merge.into}: links were rewritten."
        )
        records = self._linking_records()
        published = self._rewritten(records)
        # Publishing ends a draft, so the drafts of these records are saved again.
        drafts = self._states.draft_records({*self._states.saved_with(self._merge.key[1]), *published})
        rewritten_drafts = self._rewritten(drafts)
        self._check_parts([*records.values(), *drafts.values()])
        actions = [publish(record, note) for _, record in sorted(published.items())]
        actions += [
            save(rewritten_drafts.get(key, draft), note)
            for key, draft in sorted(drafts.items())
            if key in rewritten_drafts or key in published
        ]
        return actions

    def _linking_records(self) -> dict[RecordKey, Entity]:
        """Return the public records that link to the merged one."""
        public, key = self._states.public, self._merge.key
        linking = {
            referrer
            for referrer, record in public.after.items()
            if record and key in link_targets(self._shape(record), record)
        }
        linking.update(StoredLinks(self._states.records).referrers(key))
        self._states.load(linking)
        return {referrer: record for referrer in linking if (record := public.current(referrer))}

    def _rewritten(self, records: Mapping[RecordKey, Entity]) -> dict[RecordKey, Entity]:
        """Return the records whose links change, with their new links."""
        targets = {self._merge.key: self._target}
        rewritten = {
            key: rewrite_links(self._shape(record), record, targets) for key, record in records.items()
        }
        return {key: record for key, record in rewritten.items() if record != records[key]}

    def _check_parts(self, referrers: Iterable[Entity]) -> None:
        """Add an error for each part that a link would lose to another part with its id."""
        target = self._states.public.current(self._target)
        if not (self._merged and target):
            return
        for referrer in referrers:
            for fault in replaced_part_faults(self._model, referrer, self._merged, target):
                if fault not in self.faults:
                    self.faults.append(fault)

    def _last_public(self, key: RecordKey) -> Entity | None:
        version = self._states.records.last_public(key)
        return version.record if version else None

    def _shape(self, record: Entity) -> Shape:
        return self._model.by_name[type(record).__name__]


def merge_target(merge: RecordAction) -> RecordKey:
    """Return the key of the record that another is merged into."""
    return merge.key[0], merge.into or ""
