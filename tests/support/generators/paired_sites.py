"""Two installations with the same public actions, of which the second has drafts as well."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from msgspec import to_builtins

from api.store.log.actions import (
    ChangesRefusedError,
    RecordAction,
    delete,
    discard,
    merge,
    publish,
    redact,
    restore,
    save,
    unpublish,
)
from api.store.publishing.store import Store
from schema import MODEL
from schema.declaration.entity_base import Entity, RecordKey
from tests.support.generators.records import random_record
from tests.support.site import Site

PUBLIC = [(entity, f"{entity.lower()}-{n}") for entity in MODEL.by_name for n in range(4)]
"""Keys of records that have been public, though some are unpublished or deleted later."""

HIDDEN = [(entity, f"canary-{n}") for entity in MODEL.by_name for n in range(2)]
"""Keys of records that are drafts only."""

NEVER = [(entity, "never-was") for entity in MODEL.by_name]
"""Keys without a record."""


@dataclass
class ActionGenerator:
    """Generates public actions for both installations, and draft actions for the second.

    `deleted` has the keys of deleted and merged records; `texts` has the strings of the generated records by the
    word that their texts contain: "Public" or "Canary".
    """

    rng: random.Random
    deleted: set = field(default_factory=set)
    texts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def record(self, key: RecordKey, word: str, known: list[RecordKey]) -> Entity:
        """Return a random record that links to some of the known ones, or to none."""
        record = random_record(self.rng, key, word, known, links=self.rng.choice((0, 1)))
        self.texts[word] |= set(_strings(to_builtins(record)))
        return record

    def public_actions(self) -> list[RecordAction]:
        """Return the public actions of one commit; the store may refuse them."""
        actions = []
        for key in self.rng.sample(PUBLIC, self.rng.choice((1, 2, 4))):
            act = self.rng.choices((publish, unpublish, delete, restore, merge), weights=(10, 4, 2, 3, 1))[0]
            match act:
                case _ if act is publish:
                    actions.append(publish(self.record(key, "Public", PUBLIC)))
                case _ if act is restore:
                    # Versions count drafts too: without one, it is the last that was public.
                    actions.append(restore(key))
                case _ if act is merge:
                    target = self.rng.choice([other for other in PUBLIC if other[0] == key[0]])
                    actions.append(merge(key, target[1], reason="A public reason."))
                case _:
                    actions.append(act(key, reason="A public reason."))
        return actions

    def draft_action(self) -> RecordAction:
        """Return an action without public effect, on a public record or on a draft."""
        key = self.rng.choice([key for key in PUBLIC + HIDDEN if key not in self.deleted])
        if self.rng.random() < 0.2:
            return discard(key, note="Canary")
        if key in HIDDEN and self.rng.random() < 0.2:
            return delete(key, reason="Canary")
        return save(self.record(key, "Canary", PUBLIC + HIDDEN), note="Canary")

    def drafts(self, public: list[RecordAction]) -> list[RecordAction]:
        """Return saved drafts that do not make a commit with these public actions invalid."""
        ended = {action.key for action in public if action.action in ("delete", "merge")}
        actions = [self.draft_action() for _ in range(4)]
        return [action for action in actions if action.action == "save" and action.key not in ended]


def outcome(store, actions: list[RecordAction]) -> list:
    """Commit actions, and return the errors for which they were refused, or an empty list."""
    try:
        store.commit(actions, "editor")
    except ChangesRefusedError as error:
        return error.faults
    return []


def fill(plain: Site, noisy: Site, seed: int) -> ActionGenerator:
    """Commit the same public actions to both sites at the same times, and drafts to the second only."""
    generator = ActionGenerator(random.Random(seed))  # noqa: S311 - the same actions each time
    quiet_store = quiet(noisy)

    def commit(public: list[RecordAction]) -> bool:
        """Commit public actions, among drafts in the second site. Return True if they were accepted."""
        draft = generator.draft_action()
        if not outcome(quiet_store, [draft]) and draft.action == "delete":
            generator.deleted.add(draft.key)
        with_notes = [replace(action, note="Canary") for action in public]
        errors = outcome(plain.store, public)
        actions = [*generator.drafts(public), *with_notes, *generator.drafts(public)]
        assert outcome(noisy.store, actions) == errors
        if not errors:
            generator.deleted |= {action.key for action in public if action.action in ("delete", "merge")}
        return not errors

    first = [publish(random_record(generator.rng, key, "Public", PUBLIC, links=0)) for key in PUBLIC]
    assert commit(first)
    for _ in range(22):
        commit(generator.public_actions())
    # With any seed, at least one record is unpublished, one restored, one merged and one deleted.
    for act in (unpublish, restore, delete):
        assert any(commit([_act_on(act, key)]) for key in reversed(PUBLIC))
    pairs = [(key, other) for key in PUBLIC for other in PUBLIC if key[0] == other[0] and key != other]
    assert any(commit([merge(key, other[1], reason="A public reason.")]) for key, other in pairs)
    # A redaction is alone in its commit; of a public record, it finds the same text in both sites.
    redactions = [redact(key, "Public 1") for key in PUBLIC]
    assert any(outcome(plain.store, [one]) == outcome(noisy.store, [one]) == [] for one in redactions)
    return generator


def _act_on(act: Callable[..., RecordAction], key: RecordKey) -> RecordAction:
    return act(key) if act is restore else act(key, reason="A public reason.")


def quiet(site: Site) -> Store:
    """Return a store of a site that does not advance its clock."""
    return replace(site.store, clock=lambda: site.store.clock.now)


def _strings(value: Any) -> Iterator[str]:
    """Yield all strings in a record that was converted to built-in types."""
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from _strings(inner)
        case list() | tuple():
            for inner in value:
                yield from _strings(inner)
