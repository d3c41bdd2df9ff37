"""Values that a list is asked for, as people read them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.formats.html.localization import Language
from api.formats.html.messages import Captions
from schema.declaration.datatypes import AUTHORITIES, Kind
from schema.declaration.entity import Key
from schema.documents.renderer import Renderer
from schema.query.parameters import FROM, Parameter
from schema.query.parser import NOT
from schema.query.values import ValueReader

_A_DAY = 10


@dataclass(frozen=True)
class Value:
    """A value: the card or text that says it; what is said before it, and of which parameter it is."""

    code: str
    said: Mapping[str, Any] | str
    before: str = ""
    of: Mapping[str, str] | str = ""


@dataclass(frozen=True)
class Values:
    """Reads the values of one list's parameters, given the cards of records that they name."""

    renderer: Renderer
    captions: Captions
    language: Language
    cards: Mapping[Key, Mapping[str, Any]]

    def known(self, one: Parameter, code: str) -> Value:
        """Return a value as facets have it."""
        return Value(code, self._said(one, code))

    def given(self, one: Parameter, text: str) -> Iterator[Value]:
        """Yield the values that were given to a parameter."""
        if one.edge:
            yield Value(text, self._measured(one, text), self._edge(one))
            return
        for value in text.split(","):
            code = self._read(one, value.removeprefix(NOT))
            before = self.language.words.excluded if value.startswith(NOT) else ""
            yield Value(code, self._said(one, code), before)

    def alternatives(self, parameters: Mapping[str, Parameter], text: str) -> Iterator[Value]:
        """Yield the values of which one must be there, each of a parameter of its own."""
        for pair in text.split(","):
            name, _, value = pair.partition(":")
            code = self._read(parameters[name], value)
            yield Value(code, self._said(parameters[name], code), of=self.captions.of(name))

    def _read(self, one: Parameter, text: str) -> str:
        return ValueReader(self.renderer.model, self.renderer.addresses).read(one, text)

    def _said(self, one: Parameter, code: str) -> Mapping[str, Any] | str:
        match one.kind:
            case Kind.LINK:
                return self.cards.get((one.target, code), code)
            case Kind.CONCEPT:
                return self.renderer.concept(one.target, code)
            case kind if kind in AUTHORITIES:
                names = AUTHORITIES[kind].names(code, self.renderer.languages)
                return {"id": code, "type": AUTHORITIES[kind].name, "name": names}
            case Kind.STRING:
                return {"id": code, "type": "Field", "name": self.captions.field(code)}
            case _:
                return code

    def _measured(self, one: Parameter, text: str) -> str:
        match one.kind:
            case Kind.DECIMAL:
                return self.language.number(text)
            case Kind.INSTANT if len(text) > _A_DAY:
                return self.language.moment(text)
            case _:
                return self.language.partial_date(text)

    def _edge(self, one: Parameter) -> str:
        words, is_amount = self.language.words, one.kind is Kind.DECIMAL
        if one.edge == FROM:
            return str(words.at_least if is_amount else words.not_before)
        return str(words.at_most if is_amount else words.not_after)
