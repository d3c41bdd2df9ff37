"""Questions: what the parameters of a list ask for, and what is wrong with them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from schema.index.entries import HAS
from schema.query.parameters import DISJUNCTION, MISSING, RANGE_FROM, RANGE_TO, FilterParameter
from schema.query.values import MAX_TEXT, ValueParser, value_range

MAX_VALUES = 200
"""Values that one question may name."""

NEGATION = "-"


class QueryError(ValueError):
    """A parameter asks for what cannot be asked; the text says why, and what would be right."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter


@dataclass(frozen=True, order=True)
class Condition:
    """A facet has a value from the lowest to the highest of some, both included; or it has none such."""

    index_name: str
    minimum: str
    maximum: str
    holds: bool = True

    def contradicts(self, other: "Condition") -> bool:
        """Tell whether nothing of which this holds is left by another, which excludes something."""
        within = other.minimum <= self.minimum and self.maximum <= other.maximum
        return self.holds and not other.holds and self.index_name == other.index_name and within

    def requires_absence_of(self, field: str) -> bool:
        """Tell whether this is that a field is not there, or the days that bound it."""
        names = (field, f"{field}_earliest", f"{field}_latest")
        return self.index_name == HAS and not self.holds and self.minimum in names

    def negated(self) -> "Condition":
        """Return what holds where this does not."""
        return Condition(self.index_name, self.minimum, self.maximum, not self.holds)


Clause = tuple[Condition, ...]
"""Conditions of which one must hold."""

Query = tuple[Clause, ...]
"""Clauses that all must hold, in an order that does not depend on how they were written."""

QueryParameters = Mapping[str, str]
"""Parameters, each with its values between commas."""


def excluded_values(text: str) -> list[str]:
    """Return the values of a parameter that have a minus, with it."""
    return [one for one in text.split(",") if one.startswith(NEGATION)]


@dataclass(frozen=True)
class QueryParser:
    """Reads the questions to one list."""

    parameters: Mapping[str, FilterParameter]
    values: ValueParser

    def parse(self, given: QueryParameters) -> Query:
        """Return what parameters ask for. Raise QuestionError for the first that cannot be asked."""
        names = sorted(given.keys() & {*self.parameters, DISJUNCTION})
        _check_number({name: given[name] for name in names})
        clauses: dict[Clause, str] = {}
        for name in names:
            clauses.update((tuple(sorted(set(one))), name) for one in self._clauses(name, given))
        single = [(clause[0], name) for clause, name in clauses.items() if len(clause) == 1]
        for one, name in single:
            for other, _ in single:
                if one.contradicts(other) or (one.holds and other.requires_absence_of(self._field(name))):
                    message = f"{other.minimum!r} is asked for and excluded at once."
                    raise QueryError(name, message)
        return tuple(sorted(clauses))

    def _field(self, name: str) -> str:
        """Return the field that all values of a parameter come from, if there is just one."""
        return self.parameters[name].field if name in self.parameters else ""

    def _clauses(self, name: str, given: QueryParameters) -> Iterator[list[Condition]]:
        if name == DISJUNCTION:
            yield [*self._alternatives(given[name])]
        elif self.parameters[name].is_multivalued:
            yield from self._chosen(self.parameters[name], given[name].split(","))
        else:
            yield from self._range(self.parameters[name], given)

    def _chosen(self, parameter: FilterParameter, texts: Sequence[str]) -> Iterator[list[Condition]]:
        """Yield that one of some values is there, and of each with a minus that it is not."""
        wanted: list[Condition] = []
        unwanted: list[Condition] = []
        for text in texts:
            is_wanted = not text.startswith(NEGATION)
            (wanted if is_wanted else unwanted).append(
                self._condition(parameter, text.removeprefix(NEGATION))
            )
        for both in set(wanted) & set(unwanted):
            message = f"{both.minimum!r} is asked for and excluded at once."
            raise QueryError(parameter.name, message)
        if wanted:
            yield wanted
        yield from ([one.negated()] for one in unwanted)

    def _alternatives(self, text: str) -> Iterator[Condition]:
        for one in text.split(","):
            name, colon, value = one.partition(":")
            parameter = self.parameters.get(name)
            if not colon or parameter is None or not parameter.is_multivalued:
                listed = ", ".join(
                    sorted(name for name, one in self.parameters.items() if one.is_multivalued)
                )
                message = (
                    f"{one[:100]!r} is not a parameter, a colon and a value, as in id:x; "
                    f"the parameters that it may name are {listed}."
                )
                raise QueryError(DISJUNCTION, message)
            yield self._condition(parameter, value, DISJUNCTION)

    def _condition(self, parameter: FilterParameter, text: str, named: str = "") -> Condition:
        try:
            value = self.values.parse(parameter, text)
        except ValueError as error:
            raise QueryError(named or parameter.name, str(error)) from error
        found = Condition(parameter.index_name, *value_range(parameter.kind, value))
        return found.negated() if parameter.name == MISSING else found

    def _range(self, parameter: FilterParameter, given: QueryParameters) -> Iterator[list[Condition]]:
        """Yield that a value lies in a range; of both ends of one facet, just one condition is made."""
        opposite = RANGE_TO if parameter.range_end == RANGE_FROM else RANGE_FROM
        other = self.parameters.get(parameter.name.removesuffix(parameter.range_end) + opposite)
        ends = {parameter.range_end: self._edge(parameter, given), opposite: self._edge(other, given)}
        if ends[RANGE_FROM] and ends[RANGE_TO] and ends[RANGE_FROM] > ends[RANGE_TO]:
            message = "The range ends before it begins."
            raise QueryError(parameter.name, message)
        if other is None or other.index_name != parameter.index_name:
            ends[opposite] = ""
        before = self._beside(parameter, given)
        yield [
            Condition(parameter.index_name, before + ends[RANGE_FROM], before + (ends[RANGE_TO] or MAX_TEXT))
        ]

    def _edge(self, parameter: FilterParameter | None, given: QueryParameters) -> str:
        """Return one end of a range, or nothing if it is open."""
        if parameter is None or parameter.name not in given:
            return ""
        try:
            return self.values.parse(parameter, given[parameter.name])
        except ValueError as error:
            raise QueryError(parameter.name, str(error)) from error

    def _beside(self, parameter: FilterParameter, given: QueryParameters) -> str:
        """Return what stands before values that are compared among their like only, such as a currency."""
        if not parameter.scoped_by:
            return ""
        values = given.get(parameter.scoped_by, "").split(",")
        if len(values) != 1 or not values[0] or values[0].startswith("-"):
            message = f"It needs {parameter.scoped_by} with one value, as different ones cannot be compared."
            raise QueryError(parameter.name, message)
        return f"{self._condition(self.parameters[parameter.scoped_by], values[0]).minimum} "


def _check_number(given: QueryParameters) -> None:
    """Raise QuestionError if there are too many values, of which none is looked at before."""
    number = 0
    for name, text in given.items():
        number += text.count(",") + 1
        if number > MAX_VALUES:
            message = f"A question has at most {MAX_VALUES} values; this one has more."
            raise QueryError(name, message)
