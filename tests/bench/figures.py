"""Figures of the bench: ratios of two sides in each round, their median and range, and verdicts."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

MET, MISSED = "met", "missed"

Round = dict[str, Any]
"""The measurements of one round, by the name of the side."""


class CannotMeasureError(RuntimeError):
    """A row cannot be measured here; the message says why."""


@dataclass(frozen=True)
class Goal:
    """A bound of a figure: a minimum, or a maximum if `at_most`."""

    bound: float
    at_most: bool = False

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.bound:g}"

    def verdict(self, figure: float) -> str:
        """Return MET or MISSED for a figure, rounded as in the table."""
        rounded = float(format_figure(figure))
        return MET if (rounded <= self.bound if self.at_most else rounded >= self.bound) else MISSED


@dataclass(frozen=True)
class Plan:
    """A measurement for a goal. It may raise CannotMeasureError."""

    goal: str
    label: str
    measure: Callable[[], Iterable["Row"]]


@dataclass(frozen=True)
class Row:
    """A row of the table: a ratio for each round, and the rounds themselves."""

    label: str
    target: Goal
    ratios: Sequence[float]
    rounds: Sequence[Round] = field(repr=False)
    notes: str = ""
    """Further figures: the ratio of CPU times, the values of each side."""

    @property
    def figure(self) -> float:
        """Return the median of the ratios."""
        return median(self.ratios)

    @property
    def verdict(self) -> str:
        """Return MET or MISSED."""
        return self.target.verdict(self.figure)

    def format(self) -> str:
        """Format the figure and its range, as in the table."""
        return f"{format_figure(self.figure)} ({format_figure(min(self.ratios))}–{format_figure(max(self.ratios))})"


def measure_in_turn(sides: dict[str, Callable[[], Any]], rounds: int) -> list[Round]:
    """Measure all sides in turn, `rounds` times, after a round to warm up."""
    for measure in sides.values():
        measure()
    return [{name: measure() for name, measure in sides.items()} for _ in range(rounds)]


def ratios(rounds: Sequence[Round], numerator: str, denominator: str, quantity: str) -> list[float]:
    """Return, for each round, a quantity of one side divided by the same quantity of another."""
    quotients = []
    for sides in rounds:
        if not (divisor := getattr(sides[denominator], quantity)):
            message = f"nothing was measured of {denominator}: its {quantity} is 0"
            raise CannotMeasureError(message)
        quotients.append(getattr(sides[numerator], quantity) / divisor)
    return quotients


def median_of(rounds: Sequence[Round], side: str, quantity: str) -> float:
    """Return the median of a quantity of one side over the rounds."""
    return median(getattr(sides[side], quantity) for sides in rounds)


def format_figure(figure: float) -> str:
    """Format a figure: with two decimals, one from 10 on, none from 100 on."""
    if figure >= 100:
        return f"{figure:.0f}"
    return f"{figure:.1f}" if figure >= 10 else f"{figure:.2f}"
