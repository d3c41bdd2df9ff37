"""Parser of list queries: filter parameters → a conjunction of clauses, in canonical order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from schema.declaration.datatypes import Kind
from schema.declaration.entity_base import RecordKey
from schema.declaration.messages import LocalizedError, LocalizedMessage, Suggestion
from schema.index.entries import HAS
from schema.query.messages import message
from schema.query.parameters import DISJUNCTION, MISSING, RANGE_FROM, RANGE_TO, FilterParameter
from schema.query.values import MAX_ECHO_LENGTH, MAX_TEXT, ValueParser, value_range

MAX_VALUES_OF_PARAMETER, MAX_VALUES = 20, 50
"""Values of one filter parameter, and of all filter parameters of a query together."""

NEGATION = "-"
"""Prefix of a value that records must not have."""


class QueryError(LocalizedError):
    """Raised for an invalid parameter, which it names; the message says what to change."""

    def __init__(
        self, parameter: str, message: LocalizedMessage, suggestion: Suggestion | None = None
    ) -> None:
        super().__init__(message, suggestion)
        self.parameter = parameter


@dataclass(frozen=True, order=True)
class Condition:
    """A record has, or if not `holds` has not, an index entry from `minimum` to `maximum`, inclusive."""

    index_name: str
    minimum: str
    maximum: str
    holds: bool = True

    def contradicts(self, other: "Condition") -> bool:
        """Return True if this requires a value in a range and `other` excludes all of that range."""
        within = other.minimum <= self.minimum and self.maximum <= other.maximum
        return self.holds and not other.holds and self.index_name == other.index_name and within

    def requires_absence_of(self, field: str) -> bool:
        """Return True if this requires that a field, or one of its date bounds, is absent."""
        names = (field, f"{field}_earliest", f"{field}_latest")
        return self.index_name == HAS and not self.holds and self.minimum in names

    def negated(self) -> "Condition":
        """Return the opposite condition."""
        return Condition(self.index_name, self.minimum, self.maximum, not self.holds)


Clause = tuple[Condition, ...]
"""A disjunction of conditions."""

Query = tuple[Clause, ...]
"""A conjunction of clauses, sorted, so that it does not depend on the order of the parameters."""

QueryParameters = Mapping[str, str]
"""Parameters of a request; several values of one are separated by commas."""


@dataclass(frozen=True)
class RecordValue:
    """A value that names a record: the parameter to report, the filter, and the key as it was requested.

    The second part of the key is an id, or a lookup key that the database has the id for.
    """

    reported_name: str
    parameter: FilterParameter
    key: RecordKey


def excluded_values(text: str) -> list[str]:
    """Return the negated values of a parameter, with their minus sign."""
    return [value for value in text.split(",") if value.startswith(NEGATION)]


@dataclass(frozen=True)
class QueryParser:
    """Parses the queries of one list."""

    parameters: Mapping[str, FilterParameter]
    values: ValueParser

    def parse(self, query_parameters: QueryParameters) -> Query:
        """Return the query of a request. Raise QueryError for the first invalid parameter."""
        names = sorted(query_parameters.keys() & {*self.parameters, DISJUNCTION})
        _check_value_count({name: query_parameters[name] for name in names})
        clauses: dict[Clause, str] = {}
        for name in names:
            clauses.update(
                (tuple(sorted(set(clause))), name) for clause in self._clauses(name, query_parameters)
            )
        self._check_satisfiable(clauses)
        return tuple(sorted(clauses))

    def record_values(self, query_parameters: QueryParameters) -> Iterator[RecordValue]:
        """Yield the values of valid parameters that name records, in order."""
        for name in sorted(query_parameters):
            for parameter, _, value in self._named_values(name, query_parameters[name]):
                if parameter and parameter.kind is Kind.LINK:
                    yield RecordValue(name, parameter, self._record_key(parameter, value))

    def with_ids(self, query_parameters: QueryParameters, ids: Mapping[RecordKey, str]) -> dict[str, str]:
        """Return valid parameters with ids in place of the keys of records that `ids` has."""
        replaced = dict(query_parameters)
        for name, text in query_parameters.items():
            values = [
                prefix + (ids.get(self._record_key(parameter, value), value) if parameter else value)
                for parameter, prefix, value in self._named_values(name, text)
            ]
            replaced[name] = ",".join(dict.fromkeys(values)) if values else text
        return replaced

    def _named_values(self, name: str, text: str) -> Iterator[tuple[FilterParameter | None, str, str]]:
        """Yield the filter of each value of a parameter, what is before the value, and the value."""
        parameter = self.parameters.get(name)
        if name != DISJUNCTION and (parameter is None or not parameter.is_multivalued):
            return
        for value in text.split(","):
            if name == DISJUNCTION:
                filter_name, colon, rest = value.partition(":")
                yield self.parameters.get(filter_name), filter_name + colon, rest
            else:
                prefix = NEGATION if value.startswith(NEGATION) else ""
                yield parameter, prefix, value.removeprefix(NEGATION)

    def _record_key(self, parameter: FilterParameter, value: str) -> RecordKey:
        return parameter.target, self.values.code_of_iri(parameter, value)

    def _check_satisfiable(self, clauses: Mapping[Clause, str]) -> None:
        """Raise QueryError if two clauses of one condition each exclude each other.

        `clauses` has the name of the parameter that each clause comes from.
        """
        single = [(clause[0], name) for clause, name in clauses.items() if len(clause) == 1]
        for condition, name in single:
            field = self._field(name)
            for other, _ in single:
                if condition.contradicts(other) or (condition.holds and other.requires_absence_of(field)):
                    raise _contradiction(name, other)

    def _field(self, name: str) -> str:
        """Return the field that the values of a parameter come from, or an empty string."""
        return self.parameters[name].field if name in self.parameters else ""

    def _clauses(self, name: str, query_parameters: QueryParameters) -> Iterator[list[Condition]]:
        if name == DISJUNCTION:
            yield [*self._alternatives(query_parameters[name])]
        elif self.parameters[name].is_multivalued:
            yield from self._value_clauses(self.parameters[name], query_parameters[name].split(","))
        else:
            yield from self._range(self.parameters[name], query_parameters)

    def _value_clauses(self, parameter: FilterParameter, texts: Sequence[str]) -> Iterator[list[Condition]]:
        """Yield a clause for all required values together, and one for each excluded value."""
        required: list[Condition] = []
        excluded: list[Condition] = []
        for text in texts:
            conditions = excluded if text.startswith(NEGATION) else required
            conditions.append(self._condition(parameter, text.removeprefix(NEGATION)))
        for condition in set(required) & set(excluded):
            raise _contradiction(parameter.name, condition)
        if required:
            yield required
        yield from ([condition.negated()] for condition in excluded)

    def _alternatives(self, text: str) -> Iterator[Condition]:
        for alternative in text.split(","):
            name, colon, value = alternative.partition(":")
            parameter = self.parameters.get(name)
            if not colon or parameter is None or not parameter.is_multivalued:
                names = sorted(
                    name for name, parameter in self.parameters.items() if parameter.is_multivalued
                )
                echo = alternative[:MAX_ECHO_LENGTH]
                raise QueryError(
                    DISJUNCTION, message("not-an-alternative", text=echo, names=", ".join(names))
                )
            yield self._condition(parameter, value, DISJUNCTION)

    def _condition(self, parameter: FilterParameter, text: str, reported_name: str = "") -> Condition:
        try:
            value = self.values.parse(parameter, text)
        except LocalizedError as error:
            reported = reported_name or parameter.name
            raise QueryError(reported, error.message, error.suggestion) from error
        condition = Condition(parameter.index_name, *value_range(parameter.kind, value))
        return condition.negated() if parameter.name == MISSING else condition

    def _range(
        self, parameter: FilterParameter, query_parameters: QueryParameters
    ) -> Iterator[list[Condition]]:
        """Yield the clause of one end of a range, or of both if they search the same index.

        The other end then yields an equal clause, which parse() keeps once.
        """
        opposite = RANGE_TO if parameter.range_end == RANGE_FROM else RANGE_FROM
        other = self.parameters.get(parameter.name.removesuffix(parameter.range_end) + opposite)
        ends = {
            parameter.range_end: self._end(parameter, query_parameters),
            opposite: self._end(other, query_parameters),
        }
        if ends[RANGE_FROM] and ends[RANGE_TO] and ends[RANGE_FROM] > ends[RANGE_TO]:
            raise QueryError(parameter.name, message("ends-before-it-begins"))
        if other is None or other.index_name != parameter.index_name:
            ends[opposite] = ""
        scope = self._scope(parameter, query_parameters)
        minimum, maximum = scope + ends[RANGE_FROM], scope + (ends[RANGE_TO] or MAX_TEXT)
        yield [Condition(parameter.index_name, minimum, maximum)]

    def _end(self, parameter: FilterParameter | None, query_parameters: QueryParameters) -> str:
        """Return the value of one end of a range, or an empty string if it is open."""
        if parameter is None or parameter.name not in query_parameters:
            return ""
        try:
            return self.values.parse(parameter, query_parameters[parameter.name])
        except LocalizedError as error:
            raise QueryError(parameter.name, error.message, error.suggestion) from error

    def _scope(self, parameter: FilterParameter, query_parameters: QueryParameters) -> str:
        """Return the prefix of values that are comparable within one value of another parameter only."""
        if not parameter.scoped_by:
            return ""
        values = query_parameters.get(parameter.scoped_by, "").split(",")
        if len(values) != 1 or not values[0] or values[0].startswith("-"):
            raise QueryError(parameter.name, message("one-scope", scope=parameter.scoped_by))
        return f"{self._condition(self.parameters[parameter.scoped_by], values[0]).minimum} "


def _contradiction(parameter: str, condition: Condition) -> QueryError:
    return QueryError(parameter, message("contradiction", text=condition.minimum))


def _check_value_count(query_parameters: QueryParameters) -> None:
    """Raise QueryError if there are too many values, before any of them is parsed."""
    count = 0
    for name, text in query_parameters.items():
        values = text.count(",") + 1
        if values > MAX_VALUES_OF_PARAMETER:
            raise QueryError(
                name, message("too-many-values-of-one", parameter=name, most=MAX_VALUES_OF_PARAMETER)
            )
        count += values
        if count > MAX_VALUES:
            raise QueryError(name, message("too-many-values", most=MAX_VALUES))
