"""What rounds of measuring say: the median of ratios, their range, and whether a goal is met."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

MET, MISSED = "met", "missed"

Round = dict[str, Any]
"""What was measured on each side in one round, by the name of the side."""


class CannotMeasureError(RuntimeError):
    """A row cannot be measured here; the message says why."""


@dataclass(frozen=True)
class Goal:
    """A bound that a figure reaches or stays under."""

    bound: float
    at_most: bool = False

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.bound:g}"

    def verdict(self, figure: float) -> str:
        """Tell whether a figure, as it is shown, meets the goal."""
        shown = float(short(figure))
        return MET if (shown <= self.bound if self.at_most else shown >= self.bound) else MISSED


@dataclass(frozen=True)
class Plan:
    """What is to be measured for a goal; it may be that it cannot."""

    goal: str
    what: str
    measure: Callable[[], Iterable["Row"]]


@dataclass(frozen=True)
class Row:
    """A figure: a ratio of each round, and the rounds themselves."""

    what: str
    target: Goal
    ratios: Sequence[float]
    rounds: Sequence[Round] = field(repr=False)
    beside: str = ""
    """What else is worth knowing: the same by CPU time, what the sides did each."""

    @property
    def figure(self) -> float:
        """Return the median of the ratios."""
        return median(self.ratios)

    @property
    def verdict(self) -> str:
        """Tell whether the goal is met."""
        return self.target.verdict(self.figure)

    def shown(self) -> str:
        """Return the figure and its range, as in the table."""
        return f"{short(self.figure)} ({short(min(self.ratios))}–{short(max(self.ratios))})"


def in_turn(sides: dict[str, Callable[[], Any]], rounds: int) -> list[Round]:
    """Measure all sides one after the other, as many times as there are rounds, after one that warms up."""
    for measure in sides.values():
        measure()
    return [{name: measure() for name, measure in sides.items()} for _ in range(rounds)]


def ratios(rounds: Sequence[Round], over: str, under: str, of: str) -> list[float]:
    """Return, round by round, what was measured of one side divided by the same of another."""
    found = []
    for one in rounds:
        if not (divisor := getattr(one[under], of)):
            message = f"nothing was measured of {under}: its {of} is 0"
            raise CannotMeasureError(message)
        found.append(getattr(one[over], of) / divisor)
    return found


def middle(rounds: Sequence[Round], side: str, of: str) -> float:
    """Return the median over the rounds of what was measured of one side."""
    return median(getattr(one[side], of) for one in rounds)


def short(figure: float) -> str:
    """Return a figure with two places, or with as many as it needs when it is large or small."""
    if figure >= 100:
        return f"{figure:.0f}"
    return f"{figure:.1f}" if figure >= 10 else f"{figure:.2f}"
