"""Two installations with the same public acts, one of them full of drafts besides."""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from msgspec import to_builtins

from api.store.log.actions import ChangesRefusedError, RecordAction, delete, discard, publish, save, unpublish
from api.store.publishing.store import Store
from schema import MODEL
from schema.declaration.entity import Entity, RecordKey
from tests.support.generators.records import random_record
from tests.support.site import Site

PUBLIC = [(entity, f"{entity.lower()}-{n}") for entity in MODEL.by_name for n in range(4)]

HIDDEN = [(entity, f"canary-{n}") for entity in MODEL.by_name for n in range(2)]

NEVER = [(entity, "never-was") for entity in MODEL.by_name]


@dataclass
class Acts:
    """Acts at random: the same public ones for everybody, and drafts for one of the two."""

    dice: random.Random
    ended: set = field(default_factory=set)
    said: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """What records with a word have in them."""

    def record(self, key: RecordKey, word: str, known: list[RecordKey]) -> Entity:
        """Return a record that links to some of the known ones, or to none."""
        made = random_record(self.dice, key, word, known, links=self.dice.choice((0, 1)))
        self.said[word] |= set(_strings(to_builtins(made)))
        return made

    def public(self) -> list[RecordAction]:
        """Return a set of public acts; some are refused, as they would be of any editor."""
        found = []
        for key in self.dice.sample(PUBLIC, self.dice.choice((1, 2, 4))):
            act = self.dice.choices((publish, unpublish, delete), weights=(10, 4, 2))[0]
            made = self.record(key, "Public", PUBLIC) if act is publish else None
            found.append(act(made) if made else act(key, reason="A public reason."))
        return found

    def hidden(self) -> RecordAction:
        """Return an act that no reader may notice: of a record that is public, or that never is."""
        key = self.dice.choice([one for one in PUBLIC + HIDDEN if one not in self.ended])
        if self.dice.random() < 0.2:
            return discard(key, note="Canary")
        if key in HIDDEN and self.dice.random() < 0.2:
            return delete(key, reason="Canary")
        return save(self.record(key, "Canary", PUBLIC + HIDDEN), note="Canary")

    def drafts(self, public: list[RecordAction]) -> list[RecordAction]:
        """Return drafts that can be in one set with public acts without being refused."""
        ended = {act.key for act in public if act.action == "delete"}
        some = [self.hidden() for _ in range(4)]
        return [act for act in some if act.action == "save" and act.key not in ended]


def outcome(store, acts: list[RecordAction]) -> list:
    """Do acts, and return why they were refused."""
    try:
        store.commit(acts, "editor")
    except ChangesRefusedError as error:
        return error.faults
    return []


def fill(plain: Site, noisy: Site, seed: int) -> Acts:
    """Do the same public acts in both at the same moments, and hidden ones in the second only."""
    acts = Acts(random.Random(seed))  # noqa: S311 - the same acts each time
    quietly = quiet(noisy)

    def do(public: list[RecordAction]) -> bool:
        """Do a set of public acts, among drafts in the second; tell whether it was done."""
        act = acts.hidden()
        if not outcome(quietly, [act]) and act.action == "delete":
            acts.ended.add(act.key)
        noted = [replace(act, note="Canary") for act in public]
        refused = outcome(plain.store, public)
        assert outcome(noisy.store, [*acts.drafts(public), *noted, *acts.drafts(public)]) == refused
        if not refused:
            acts.ended |= {act.key for act in public if act.action == "delete"}
        return not refused

    assert do([publish(random_record(acts.dice, key, "Public", PUBLIC, links=0)) for key in PUBLIC])
    for _ in range(22):
        do(acts.public())
    # Whatever the dice have said, something was withdrawn and something has ended.
    for act in (unpublish, delete):
        assert any(do([act(key, reason="A public reason.")]) for key in reversed(PUBLIC))
    return acts


def quiet(site: Site) -> Store:
    """Return a store of a site that does not move its clock on."""
    return replace(site.store, clock=lambda: site.store.clock.now)


def _strings(said: Any) -> Iterator[str]:
    """Yield every text and every code that is somewhere in a record."""
    match said:
        case str():
            yield said
        case dict():
            for one in said.values():
                yield from _strings(one)
        case list() | tuple():
            for one in said:
                yield from _strings(one)
