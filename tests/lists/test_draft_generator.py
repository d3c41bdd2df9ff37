"""Tests of the random drafts of paired sites: any text or link of a draft can have the word `canary`."""

import random
from collections.abc import Iterator

import pytest
from msgspec import to_builtins

from schema import MODEL
from schema.declaration.datatypes import LINE, PROSE, Kind
from schema.declaration.shapes import Shape
from tests.support.generators.paired_sites import HIDDEN, ActionGenerator


def free_paths(shape: Shape, parent: str = "") -> Iterator[str]:
    """Yield the paths of the fields that can have any text or link."""
    for field in shape.stated_fields:
        path = f"{parent}/{field.name}"
        if field.part:
            yield from free_paths(field.part, path)
        elif field.kind in (Kind.TEXT, Kind.TEXTS, Kind.IRI, Kind.LINK) or field.limits.pattern in (
            LINE,
            PROSE,
        ):
            yield path


def canary_paths(shape: Shape, content: dict, parent: str = "") -> Iterator[str]:
    """Yield the paths of the fields that contain the word."""
    for field in shape.stated_fields:
        path = f"{parent}/{field.name}"
        value = content.get(field.name, [] if field.is_list else {})
        for element in value if field.is_list else [value]:
            if field.part:
                yield from canary_paths(field.part, element, path)
            elif "canary" in str(element).lower():
                yield path


@pytest.mark.parametrize("shape", MODEL.entities, ids=lambda shape: shape.name)
def test_a_random_draft_can_have_the_canary_in_every_text_and_link(shape):
    generator = ActionGenerator(random.Random(0))  # noqa: S311 - the same actions each time
    drafts = [generator.record((shape.name, "draft"), "Canary", HIDDEN) for _ in range(50)]
    assert {path for draft in drafts for path in canary_paths(shape, to_builtins(draft))} >= set(
        free_paths(shape)
    )
