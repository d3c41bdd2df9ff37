"""Labels of filter values: for the choices of a facet, and for the filters of a query."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.formats.html.localization import PageLanguage
from api.formats.html.messages import ParameterLabels
from schema.declaration.datatypes import AUTHORITY_TABLES, Kind
from schema.declaration.entity_base import RecordKey
from schema.documents.renderer import Renderer
from schema.query.parameters import RANGE_FROM, FilterParameter
from schema.query.parser import NEGATION
from schema.query.values import ValueParser

_DAY_LENGTH = 10
"""Characters of a date in ISO 8601; a longer value also has a time."""


@dataclass(frozen=True)
class FilterValue:
    """A value of a filter, with its label: a card or a text.

    `qualifier` is the text before the label, such as "not" or "at least". `parameter_label` is set for the
    alternatives of a disjunction, each of which has its own parameter.
    """

    code: str
    label: Mapping[str, Any] | str
    qualifier: str = ""
    parameter_label: Mapping[str, str] | str = ""


@dataclass(frozen=True)
class FilterValues:
    """Parses and labels the values of one list's filters. `cards` holds the cards of linked records."""

    renderer: Renderer
    parameter_labels: ParameterLabels
    language: PageLanguage
    cards: Mapping[RecordKey, Mapping[str, Any]]

    def choice(self, parameter: FilterParameter, code: str) -> FilterValue:
        """Return the value of a facet, given its code."""
        return FilterValue(code, self._label(parameter, code))

    def query_values(self, parameter: FilterParameter, text: str) -> Iterator[FilterValue]:
        """Yield the values of a query parameter, given its text."""
        if parameter.range_end:
            yield FilterValue(text, self._format(parameter, text), self._range_qualifier(parameter))
            return
        for value in text.split(","):
            code = self._parse(parameter, value.removeprefix(NEGATION))
            qualifier = self.language.messages.excluded if value.startswith(NEGATION) else ""
            yield FilterValue(code, self._label(parameter, code), qualifier)

    def alternatives(self, parameters: Mapping[str, FilterParameter], text: str) -> Iterator[FilterValue]:
        """Yield the alternatives of a disjunction, given as comma-separated `name:value` pairs."""
        for pair in text.split(","):
            name, _, value = pair.partition(":")
            code = self._parse(parameters[name], value)
            label = self._label(parameters[name], code)
            yield FilterValue(code, label, parameter_label=self.parameter_labels.of(name))

    def _parse(self, parameter: FilterParameter, text: str) -> str:
        return ValueParser(self.renderer.model, self.renderer.uris).parse(parameter, text)

    def _label(self, parameter: FilterParameter, code: str) -> Mapping[str, Any] | str:
        """Return the card of a record, concept, code or field, or the code if it has none."""
        match parameter.kind:
            case Kind.LINK:
                return self.cards.get((parameter.target, code), code)
            case Kind.CONCEPT:
                return self.renderer.concept_card(parameter.target, code)
            case kind if kind in AUTHORITY_TABLES:
                labels = AUTHORITY_TABLES[kind].labels(code, self.renderer.languages)
                return {"id": code, "type": AUTHORITY_TABLES[kind].name, "name": labels}
            case Kind.STRING:
                return {"id": code, "type": "Field", "name": self.parameter_labels.plural(code)}
            case _:
                return code

    def _format(self, parameter: FilterParameter, text: str) -> str:
        """Return an end of a range as the language writes amounts, instants and dates."""
        match parameter.kind:
            case Kind.DECIMAL:
                return self.language.number(text)
            case Kind.INSTANT if len(text) > _DAY_LENGTH:
                return self.language.instant(text)
            case _:
                return self.language.partial_date(text)

    def _range_qualifier(self, parameter: FilterParameter) -> str:
        messages, is_amount = self.language.messages, parameter.kind is Kind.DECIMAL
        if parameter.range_end == RANGE_FROM:
            return str(messages.at_least if is_amount else messages.not_before)
        return str(messages.at_most if is_amount else messages.not_after)
