"""What a list is asked, as people see it: what to search for, what to tick, what to take away."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from api.formats.document import Asked, Document, Tally
from api.formats.html.filter_values import Value, Values
from api.formats.html.localization import Language
from api.formats.html.messages import Captions
from api.formats.html.navigation import OF_A_PLACE, OF_PAGES, Paths
from api.http.parameters import SEARCH, SORT
from api.http.urls import Address
from schema.declaration.datatypes import Kind
from schema.documents.renderer import Renderer
from schema.index.sort_keys import sortable
from schema.query.parameters import ANY, Parameter, parameters
from schema.query.parser import NOT, excluded

_NOT_ASKING = (*OF_PAGES, *OF_A_PLACE)


@dataclass(frozen=True)
class Choice:
    """A value that can be ticked, and how many records would be found by it alone."""

    value: Value
    number: int | None
    is_chosen: bool


@dataclass(frozen=True)
class Filter:
    """A parameter with the values that it can have here."""

    name: str
    caption: Mapping[str, str] | str
    choices: tuple[Choice, ...]

    @property
    def is_in_use(self) -> bool:
        """Tell whether any value is wanted."""
        return any(one.is_chosen for one in self.choices)


@dataclass(frozen=True)
class InUse:
    """A parameter that is in use, and the path of the list without it."""

    caption: Mapping[str, str] | str
    values: tuple[Value, ...]
    path: str


@dataclass(frozen=True)
class Order:
    """What a list can be put in order by, each key with whether it goes down; nothing is by default."""

    keys: tuple[tuple[Mapping[str, str] | str, bool], ...]
    path: str
    is_here: bool


@dataclass(frozen=True)
class Question:
    """What one list is asked, and what it could be asked instead: by the addresses that programs use."""

    renderer: Renderer
    language: Language
    paths: Paths
    asked: Asked
    document: Document

    @property
    def text(self) -> str:
        """Return what is searched for, if anything is."""
        return self.asked.given.get(SEARCH, "")

    @property
    def is_asked(self) -> bool:
        """Tell whether the list is asked anything, so that it is not just one of the lists there are."""
        return bool(self.asked.given.keys() - {*_NOT_ASKING})

    @property
    def is_mixed(self) -> bool:
        """Tell whether records of all entities are listed."""
        return self.document.listed is None

    @property
    def narrows(self) -> bool:
        """Tell whether some records are left out that would be there if less were asked."""
        return not self.is_mixed and bool(self.asked.given.keys() - {*_NOT_ASKING, SORT})

    @property
    def action(self) -> str:
        """Return where forms lead."""
        return self.paths.at(self._bare, {})

    @property
    def cleared(self) -> str:
        """Return the path of the list without any condition."""
        return self._path(*self._parameters, ANY, SEARCH)

    def kept_by_search(self) -> list[tuple[str, str]]:
        """Return the parameters that go along with another search."""
        return [*self._without(SEARCH).items()]

    def kept_by_filters(self) -> list[tuple[str, str]]:
        """Return the parameters that go along with what is ticked: all that cannot be."""
        ticked = [one.name for one in self.filters]
        refused = ((name, excluded(self.asked.given.get(name, ""))) for name in ticked)
        kept = {name: ",".join(values) for name, values in refused if values}
        return [*(self._without(*ticked) | kept).items()]

    @cached_property
    def filters(self) -> tuple[Filter, ...]:
        """Return what can be ticked."""
        return tuple(
            Filter(
                tally.parameter.name,
                self._captions.of(tally.parameter.name),
                tuple(self._choices(tally)),
            )
            for tally in self.document.tallies.filters
        )

    def in_use(self) -> Iterator[InUse]:
        """Yield the conditions that there are, each with the way to do without it."""
        for name, text in self.asked.given.items():
            if name == SEARCH:
                yield InUse(self._captions.of(name), (Value(text, text),), self._path(name))
            elif name == ANY:
                values = tuple(self._values.alternatives(self._parameters, text))
                yield InUse(self._captions.of(name), values, self._path(name))
            elif one := self._parameters.get(name):
                values = tuple(self._values.given(one, text))
                # What cannot be compared without it goes with it.
                needing = [other.name for other in self._parameters.values() if other.beside == name]
                yield InUse(self._captions.of(name), values, self._path(name, *needing))

    def orders(self) -> Iterator[Order]:
        """Yield what the list can be put in order by, that of now last if it is not among the usual."""
        shape, here = self.document.listed, self.asked.given.get(SORT)
        if shape is None:
            return
        yield Order((), self._path(SORT), here is None)
        offered = [name for one in sortable(shape) for name in (one, NOT + one)]
        for text in [*offered, *([here] if here and here not in offered else [])]:
            names = text.split(",")
            keys = ((self._captions.of(name.removeprefix(NOT)), name.startswith(NOT)) for name in names)
            path = self.paths.at(self._bare, {**self._without(SORT), SORT: text})
            yield Order(tuple(keys), path, text == here)

    def _choices(self, tally: Tally) -> Iterator[Choice]:
        wanted, counts = self._wanted(tally.parameter), tally.counts
        if tally.parameter.kind is Kind.YEAR:
            counts = tuple(sorted(counts, key=lambda one: one.value, reverse=True))
        for one in counts:
            value = self._values.known(tally.parameter, one.value)
            yield Choice(value, one.number, one.value in wanted)

    def _wanted(self, one: Parameter) -> set[str]:
        given = self.asked.given.get(one.name)
        return (
            {value.code for value in self._values.given(one, given) if not value.before} if given else set()
        )

    def _without(self, *names: str) -> dict[str, str]:
        """Return the parameters of this page but for some, and for its place in the list."""
        dropped = {*OF_PAGES, "cursor", *names}
        kept = {name: one for name, one in self.asked.given.items() if name not in dropped}
        return {**kept, **self.paths.kept}

    def _path(self, *names: str) -> str:
        return self.paths.at(self._bare, self._without(*names))

    @property
    def _bare(self) -> Address:
        return Address(self.asked.address.stem)

    @cached_property
    def _parameters(self) -> Mapping[str, Parameter]:
        shape = self.document.listed
        return parameters(shape, self.renderer.languages) if shape else {}

    @cached_property
    def _captions(self) -> Captions:
        return Captions(self.renderer.model.ontology, self.document.listed)

    @cached_property
    def _values(self) -> Values:
        cards = self.document.tallies.cards
        return Values(self.renderer, self._captions, self.language, cards)
