"""Questions: what the parameters of a list ask for, and what is wrong with them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from schema.index.entries import HAS
from schema.query.parameters import ANY, FROM, MISSING, TO, Parameter
from schema.query.values import LAST, ValueReader, edges

MOST_VALUES = 200
"""Values that one question may name."""

NOT = "-"


class QuestionError(ValueError):
    """A parameter asks for what cannot be asked; the text says why, and what would be right."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter


@dataclass(frozen=True, order=True)
class Condition:
    """A facet has a value from the lowest to the highest of some, both included; or it has none such."""

    facet: str
    lowest: str
    highest: str
    holds: bool = True

    def contradicts(self, other: "Condition") -> bool:
        """Tell whether nothing of which this holds is left by another, which excludes something."""
        within = other.lowest <= self.lowest and self.highest <= other.highest
        return self.holds and not other.holds and self.facet == other.facet and within

    def lacks(self, field: str) -> bool:
        """Tell whether this is that a field is not there, or the days that bound it."""
        names = (field, f"{field}_earliest", f"{field}_latest")
        return self.facet == HAS and not self.holds and self.lowest in names

    def opposite(self) -> "Condition":
        """Return what holds where this does not."""
        return Condition(self.facet, self.lowest, self.highest, not self.holds)


Clause = tuple[Condition, ...]
"""Conditions of which one must hold."""

Question = tuple[Clause, ...]
"""Clauses that all must hold, in an order that does not depend on how they were written."""

Given = Mapping[str, str]
"""Parameters, each with its values between commas."""


def excluded(text: str) -> list[str]:
    """Return the values of a parameter that have a minus, with it."""
    return [one for one in text.split(",") if one.startswith(NOT)]


@dataclass(frozen=True)
class Grammar:
    """Reads the questions to one list."""

    parameters: Mapping[str, Parameter]
    values: ValueReader

    def question(self, given: Given) -> Question:
        """Return what parameters ask for. Raise QuestionError for the first that cannot be asked."""
        names = sorted(given.keys() & {*self.parameters, ANY})
        _check_number({name: given[name] for name in names})
        clauses: dict[Clause, str] = {}
        for name in names:
            clauses.update((tuple(sorted(set(one))), name) for one in self._clauses(name, given))
        single = [(clause[0], name) for clause, name in clauses.items() if len(clause) == 1]
        for one, name in single:
            for other, _ in single:
                if one.contradicts(other) or (one.holds and other.lacks(self._field(name))):
                    message = f"{other.lowest!r} is asked for and excluded at once."
                    raise QuestionError(name, message)
        return tuple(sorted(clauses))

    def _field(self, name: str) -> str:
        """Return the field that all values of a parameter come from, if there is just one."""
        return self.parameters[name].field if name in self.parameters else ""

    def _clauses(self, name: str, given: Given) -> Iterator[list[Condition]]:
        if name == ANY:
            yield [*self._alternatives(given[name])]
        elif self.parameters[name].takes_several:
            yield from self._chosen(self.parameters[name], given[name].split(","))
        else:
            yield from self._range(self.parameters[name], given)

    def _chosen(self, parameter: Parameter, texts: Sequence[str]) -> Iterator[list[Condition]]:
        """Yield that one of some values is there, and of each with a minus that it is not."""
        wanted: list[Condition] = []
        unwanted: list[Condition] = []
        for text in texts:
            is_wanted = not text.startswith(NOT)
            (wanted if is_wanted else unwanted).append(self._condition(parameter, text.removeprefix(NOT)))
        for both in set(wanted) & set(unwanted):
            message = f"{both.lowest!r} is asked for and excluded at once."
            raise QuestionError(parameter.name, message)
        if wanted:
            yield wanted
        yield from ([one.opposite()] for one in unwanted)

    def _alternatives(self, text: str) -> Iterator[Condition]:
        for one in text.split(","):
            name, colon, value = one.partition(":")
            parameter = self.parameters.get(name)
            if not colon or parameter is None or not parameter.takes_several:
                listed = ", ".join(sorted(name for name, one in self.parameters.items() if one.takes_several))
                message = (
                    f"{one[:100]!r} is not a parameter, a colon and a value, as in id:x; "
                    f"the parameters that it may name are {listed}."
                )
                raise QuestionError(ANY, message)
            yield self._condition(parameter, value, ANY)

    def _condition(self, parameter: Parameter, text: str, named: str = "") -> Condition:
        try:
            value = self.values.read(parameter, text)
        except ValueError as error:
            raise QuestionError(named or parameter.name, str(error)) from error
        found = Condition(parameter.facet, *edges(parameter.kind, value))
        return found.opposite() if parameter.name == MISSING else found

    def _range(self, parameter: Parameter, given: Given) -> Iterator[list[Condition]]:
        """Yield that a value lies in a range; of both ends of one facet, just one condition is made."""
        opposite = TO if parameter.edge == FROM else FROM
        other = self.parameters.get(parameter.name.removesuffix(parameter.edge) + opposite)
        ends = {parameter.edge: self._edge(parameter, given), opposite: self._edge(other, given)}
        if ends[FROM] and ends[TO] and ends[FROM] > ends[TO]:
            message = "The range ends before it begins."
            raise QuestionError(parameter.name, message)
        if other is None or other.facet != parameter.facet:
            ends[opposite] = ""
        before = self._beside(parameter, given)
        yield [Condition(parameter.facet, before + ends[FROM], before + (ends[TO] or LAST))]

    def _edge(self, parameter: Parameter | None, given: Given) -> str:
        """Return one end of a range, or nothing if it is open."""
        if parameter is None or parameter.name not in given:
            return ""
        try:
            return self.values.read(parameter, given[parameter.name])
        except ValueError as error:
            raise QuestionError(parameter.name, str(error)) from error

    def _beside(self, parameter: Parameter, given: Given) -> str:
        """Return what stands before values that are compared among their like only, such as a currency."""
        if not parameter.beside:
            return ""
        values = given.get(parameter.beside, "").split(",")
        if len(values) != 1 or not values[0] or values[0].startswith("-"):
            message = f"It needs {parameter.beside} with one value, as different ones cannot be compared."
            raise QuestionError(parameter.name, message)
        return f"{self._condition(self.parameters[parameter.beside], values[0]).lowest} "


def _check_number(given: Given) -> None:
    """Raise QuestionError if there are too many values, of which none is looked at before."""
    number = 0
    for name, text in given.items():
        number += text.count(",") + 1
        if number > MOST_VALUES:
            message = f"A question has at most {MOST_VALUES} values; this one has more."
            raise QuestionError(name, message)
