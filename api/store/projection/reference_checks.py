"""Checks of the references of public actions: to records and to parts of records."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from api.store.log.actions import PublicState
from api.store.log.revision_reader import Revisions
from api.store.projection.record_links import StoredLinks
from schema.declaration.entity_base import Entity, RecordKey
from schema.validation.errors import Fault
from schema.validation.references import (
    UNKNOWN,
    link_targets,
    linked_part_faults,
    linked_part_fields,
    parent_field,
    part_owners,
    reference_faults,
)


class ReferenceChecks:
    """Checks the references of records that a transaction changes, against all public records."""

    def __init__(self, records: Revisions, links: StoredLinks) -> None:
        self.records = records
        self.links = links
        self.model = records.model

    def faults(self, before: PublicState, after: PublicState) -> list[tuple[RecordKey, Fault]]:
        """Return the reference errors by record; the changes must be pending.

        A public record may refer to public records only, and a record that others refer to cannot be withdrawn,
        unless the same actions resolve it.
        """
        records = {key: record for key, record in after.items() if record is not None}
        removed = [key for key, record in after.items() if record is None]
        old_targets, targets = self._targets(before), self._targets(after)
        new_targets = targets - old_targets - after.keys()
        # The targets of public records are public: only new ones are looked up.
        public = (old_targets - after.keys()) | self.records.are_published(new_targets)
        faults = self._suggesting(reference_faults(self.model, records, public.__contains__, self._parent))
        for key in removed:
            if referrers := self.links.referrers(key):
                names = ", ".join(f"{entity} {identifier}" for entity, identifier in referrers)
                faults.append((key, Fault("referred-to", limits={"referrers": names})))
        return [*faults, *self._linked_part_faults(before, records)]

    def _linked_part_faults(
        self, before: PublicState, records: Mapping[RecordKey, Entity]
    ) -> Iterator[tuple[RecordKey, Fault]]:
        """Yield the errors of links to parts: of the published records, and of those that link to their parts.

        An error of the latter is reported for the record whose parts have changed.
        """
        referrers = self._part_referrers(before, records)
        owner_keys = {
            owner
            for key, record in {**records, **referrers}.items()
            for owner in part_owners(self.model.by_name[key[0]], record)
        }
        stored = self.records.published(owner_keys - records.keys())
        owners = {key: published.record for key, published in stored.items()} | dict(records)
        yield from linked_part_faults(self.model, records, owners)
        for key, fault in linked_part_faults(self.model, referrers, owners):
            limits = {**fault.limits, "referrer": " ".join(key)}
            for owner in sorted(part_owners(self.model.by_name[key[0]], referrers[key]) & records.keys()):
                yield owner, Fault("part-referred-to", f"/{fault.limits['field']}", limits)

    def _part_referrers(
        self, before: PublicState, records: Mapping[RecordKey, Entity]
    ) -> dict[RecordKey, Entity]:
        """Return the other public records that link to parts of records whose parts have changed."""
        keys = {
            referrer
            for key, record in records.items()
            if (old := before.get(key)) and self._part_ids(key, old) != self._part_ids(key, record)
            for referrer in self.links.referrers(key)
            if linked_part_fields(self.model.by_name[referrer[0]])
        }
        stored = self.records.published(keys - records.keys())
        return {key: published.record for key, published in stored.items()}

    def _part_ids(self, key: RecordKey, record: Entity) -> list[set[str]]:
        """Return the ids in each list of parts that other entities link to."""
        return [{part.id for part in getattr(record, name)} for name in self._linked_part_lists[key[0]]]

    @cached_property
    def _linked_part_lists(self) -> Mapping[str, set[str]]:
        """Return the names of the lists of parts that other entities link to, by entity."""
        lists: dict[str, set[str]] = defaultdict(set)
        for shape in self.model.entities:
            for field, entity in linked_part_fields(shape):
                lists[entity].add(field.target)
        return lists

    def _suggesting(self, faults: Iterable[tuple[RecordKey, Fault]]) -> list[tuple[RecordKey, Fault]]:
        """Return reference errors; those of links to merged records suggest the record to link to."""
        suggesting = list(faults)
        keys = [
            (fault.limits["entity"], fault.limits["given"])
            for _, fault in suggesting
            if fault.code == UNKNOWN
        ]
        merges = self.records.merge_targets(keys)
        for index, (key, fault) in enumerate(suggesting):
            if target := merges.get((fault.limits.get("entity", ""), fault.limits.get("given", ""))):
                limits = {**fault.limits, "suggestion": target[1]}
                suggesting[index] = (key, replace(fault, limits=limits))
        return suggesting

    def _targets(self, state: PublicState) -> set[RecordKey]:
        """Return the targets of all links of some records."""
        by_name = self.model.by_name
        return {
            target
            for (entity, _), record in state.items()
            if record
            for target in link_targets(by_name[entity], record)
        }

    def _parent(self, key: RecordKey) -> RecordKey | None:
        """Return the key of the parent of a public record."""
        name = parent_field(self.model.by_name[key[0]])
        published = self.records.published([key]).get(key) if name else None
        parent = getattr(published.record, name) if name and published else None
        return (key[0], parent) if parent else None
