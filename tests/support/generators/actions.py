"""Random actions on a few records of all entities."""

import random

from api.store.log.actions import delete as delete_record
from api.store.log.actions import discard, merge, publish, redact, restore, save, unpublish
from schema import MODEL
from tests.support.generators.records import random_record

KEYS = [(entity, f"{entity.lower()}-{n}") for n in range(8) for entity in MODEL.by_name]

FIRST = KEYS[: len(KEYS) // 2]


ACTIONS = {publish: 20, save: 8, discard: 4, unpublish: 6, delete_record: 1, restore: 5, merge: 1}
"""The functions of actions, with the weight of each in a random choice."""


def random_action(rng: random.Random, ended: set):
    key = rng.choice([key for key in KEYS if key not in ended])
    (make_action,) = rng.choices([*ACTIONS], weights=ACTIONS.values())
    if make_action in (publish, save):
        return make_action(random_record(rng, key, "Word", KEYS, links=0.5))
    if make_action is restore:
        return restore(key, rng.choice((None, 1, 2, 3)))
    if make_action is merge:
        return merge(key, rng.choice([identifier for entity, identifier in KEYS if entity == key[0]]))
    return make_action(key)


def random_actions(rng: random.Random, ended: set) -> list:
    """Return the actions of one commit; a redaction is alone in its own, and may be of a deleted record."""
    if rng.random() < 0.03:
        return [redact(rng.choice(KEYS), rng.choice(("Word", "ord 1", "example.org/Word/2")))]
    return [random_action(rng, ended) for _ in range(rng.choice((1, 1, 2)))]
