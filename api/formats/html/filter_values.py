"""Values that a list is asked for, as people read them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.formats.html.localization import PageLanguage
from api.formats.html.messages import ParameterLabels
from schema.declaration.datatypes import AUTHORITY_TABLES, Kind
from schema.declaration.entity import RecordKey
from schema.documents.renderer import Renderer
from schema.query.parameters import RANGE_FROM, FilterParameter
from schema.query.parser import NEGATION
from schema.query.values import ValueParser

_A_DAY = 10


@dataclass(frozen=True)
class FilterValue:
    """A value: the card or text that says it; what is said before it, and of which parameter it is."""

    code: str
    said: Mapping[str, Any] | str
    before: str = ""
    of: Mapping[str, str] | str = ""


@dataclass(frozen=True)
class FilterValues:
    """Reads the values of one list's parameters, given the cards of records that they name."""

    renderer: Renderer
    captions: ParameterLabels
    language: PageLanguage
    cards: Mapping[RecordKey, Mapping[str, Any]]

    def known(self, one: FilterParameter, code: str) -> FilterValue:
        """Return a value as facets have it."""
        return FilterValue(code, self._said(one, code))

    def given(self, one: FilterParameter, text: str) -> Iterator[FilterValue]:
        """Yield the values that were given to a parameter."""
        if one.range_end:
            yield FilterValue(text, self._measured(one, text), self._edge(one))
            return
        for value in text.split(","):
            code = self._read(one, value.removeprefix(NEGATION))
            before = self.language.words.excluded if value.startswith(NEGATION) else ""
            yield FilterValue(code, self._said(one, code), before)

    def alternatives(self, parameters: Mapping[str, FilterParameter], text: str) -> Iterator[FilterValue]:
        """Yield the values of which one must be there, each of a parameter of its own."""
        for pair in text.split(","):
            name, _, value = pair.partition(":")
            code = self._read(parameters[name], value)
            yield FilterValue(code, self._said(parameters[name], code), of=self.captions.of(name))

    def _read(self, one: FilterParameter, text: str) -> str:
        return ValueParser(self.renderer.model, self.renderer.uris).parse(one, text)

    def _said(self, one: FilterParameter, code: str) -> Mapping[str, Any] | str:
        match one.kind:
            case Kind.LINK:
                return self.cards.get((one.target, code), code)
            case Kind.CONCEPT:
                return self.renderer.concept_card(one.target, code)
            case kind if kind in AUTHORITY_TABLES:
                names = AUTHORITY_TABLES[kind].labels(code, self.renderer.languages)
                return {"id": code, "type": AUTHORITY_TABLES[kind].name, "name": names}
            case Kind.STRING:
                return {"id": code, "type": "Field", "name": self.captions.field(code)}
            case _:
                return code

    def _measured(self, one: FilterParameter, text: str) -> str:
        match one.kind:
            case Kind.DECIMAL:
                return self.language.number(text)
            case Kind.INSTANT if len(text) > _A_DAY:
                return self.language.moment(text)
            case _:
                return self.language.partial_date(text)

    def _edge(self, one: FilterParameter) -> str:
        words, is_amount = self.language.words, one.kind is Kind.DECIMAL
        if one.range_end == RANGE_FROM:
            return str(words.at_least if is_amount else words.not_before)
        return str(words.at_most if is_amount else words.not_after)
