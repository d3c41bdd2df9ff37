"""What a project's grants, and the programmes above them, say of the project."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from schema.following import Trail


class Funded(Protocol):
    """A project, as far as its funding goes."""

    @property
    def applied_to(self) -> tuple[str, ...]:
        """Return the programmes that it was proposed to."""


def programmes(project: Funded, trail: Trail) -> tuple[str, ...]:
    """Return the programmes of the grants, then those that the project was proposed to."""
    of_grants = [grant.programme for grant in trail.listed("Grant", "grants") if grant.programme]
    return tuple(dict.fromkeys([*of_grants, *project.applied_to]))


def funders(_: Funded, trail: Trail) -> tuple[str, ...]:
    """Return who pays: a grant's own funders, or the nearest up the tree of its programme."""
    return tuple(dict.fromkeys(one for of_grant in _nearest(trail, "funders") for one in of_grant))


def acknowledgements(_: Funded, trail: Trail) -> dict[str, tuple[str, ...]]:
    """Return the funding lines that the grants ask for, or the nearest up the tree."""
    return _texts(_nearest(trail, "acknowledgement"))


def disclaimers(_: Funded, trail: Trail) -> dict[str, tuple[str, ...]]:
    """Return the disclaimers that the grants' programmes ask for."""
    return _texts(_nearest(trail, "disclaimer"))


def funders_of_grant(grant: Any, trail: Trail) -> Iterable[str]:
    """Return who pays a grant: its own funders, or the nearest up the tree of its programme."""
    return _first("funders", [grant, *_above(grant.programme, trail)]) or ()


def funders_of_programme(programme: Any, trail: Trail) -> Iterable[str]:
    """Return who pays for a programme: its own funders, or the nearest up the tree."""
    return _first("funders", [programme, *_above(programme.parent, trail)]) or ()


def above(programme: Any, trail: Trail) -> Iterable[str]:
    """Return a programme and all above it."""
    return [programme.id, *(one.id for one in _above(programme.parent, trail))]


def _nearest(trail: Trail, field: str) -> list[Any]:
    """Return, for each grant, what it or else the nearest programme above it says."""
    grants = trail.listed("Grant", "grants")
    found = [_first(field, [grant, *_above(grant.programme, trail)]) for grant in grants]
    return [one for one in found if one]


def _first(field: str, line: Iterable[Any]) -> Any:
    return next((said for one in line if (said := getattr(one, field, None))), None)


def _above(programme: str | None, trail: Trail) -> Iterable[Any]:
    return trail.up("Programme", programme, "parent")


def _texts(found: Iterable[Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    merged: dict[str, dict[str, None]] = {}
    for texts in found:
        for tag, text in texts.items():
            merged.setdefault(tag, {})[text] = None
    return {tag: tuple(texts) for tag, texts in merged.items()}
