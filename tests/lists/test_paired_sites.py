"""The drafts at random that no reader may notice can bear their word wherever a record says anything."""

import random
from collections.abc import Iterator

import pytest
from msgspec import to_builtins

from schema import MODEL
from schema.declaration.datatypes import LINE, PROSE, Kind
from schema.declaration.shapes import Shape
from tests.support.generators.paired_sites import HIDDEN, ActionGenerator


def speaking(shape: Shape, where: str = "") -> Iterator[str]:
    """Yield where a record can say any word, or link to any record."""
    for one in shape.stated_fields:
        if one.part:
            yield from speaking(one.part, f"{where}/{one.name}")
        elif one.kind in (Kind.TEXT, Kind.TEXTS, Kind.IRI, Kind.LINK) or one.limits.pattern in (LINE, PROSE):
            yield f"{where}/{one.name}"


def singing(shape: Shape, said: dict, where: str = "") -> Iterator[str]:
    """Yield where a record shows the canary."""
    for one in shape.stated_fields:
        given = said.get(one.name, [] if one.is_list else {})
        for value in given if one.is_list else [given]:
            if one.part:
                yield from singing(one.part, value, f"{where}/{one.name}")
            elif "canary" in str(value).lower():
                yield f"{where}/{one.name}"


@pytest.mark.parametrize("shape", MODEL.entities, ids=lambda shape: shape.name)
def test_a_draft_at_random_can_bear_the_canary_in_every_text_and_link(shape):
    acts = ActionGenerator(random.Random(0))  # noqa: S311 - the same acts each time
    drafts = [acts.record((shape.name, "draft"), "Canary", HIDDEN) for _ in range(50)]
    assert {where for one in drafts for where in singing(shape, to_builtins(one))} >= set(speaking(shape))
