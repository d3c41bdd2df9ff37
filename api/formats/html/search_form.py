"""What a list is asked, as people see it: what to search for, what to tick, what to take away."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from api.formats.document import Facet, JsonDocument, RequestTarget
from api.formats.html.filter_values import FilterValue, FilterValues
from api.formats.html.localization import PageLanguage
from api.formats.html.messages import ParameterLabels
from api.formats.html.navigation import PAGING_PARAMETERS, PRESENTATION_PARAMETERS, PagePaths
from api.http.parameters import SEARCH, SORT
from api.http.urls import UrlPath
from schema.declaration.datatypes import Kind
from schema.documents.renderer import Renderer
from schema.index.sort_keys import sort_key_names
from schema.query.parameters import DISJUNCTION, FilterParameter, filter_parameters
from schema.query.parser import NEGATION, excluded_values

_NOT_ASKING = (*PRESENTATION_PARAMETERS, *PAGING_PARAMETERS)


@dataclass(frozen=True)
class FilterChoice:
    """A value that can be ticked, and how many records would be found by it alone."""

    value: FilterValue
    number: int | None
    is_chosen: bool


@dataclass(frozen=True)
class FormFilter:
    """A parameter with the values that it can have here."""

    name: str
    caption: Mapping[str, str] | str
    choices: tuple[FilterChoice, ...]

    @property
    def is_in_use(self) -> bool:
        """Tell whether any value is wanted."""
        return any(one.is_chosen for one in self.choices)


@dataclass(frozen=True)
class ActiveFilter:
    """A parameter that is in use, and the path of the list without it."""

    caption: Mapping[str, str] | str
    values: tuple[FilterValue, ...]
    path: str


@dataclass(frozen=True)
class SortOption:
    """What a list can be put in order by, each key with whether it goes down; nothing is by default."""

    keys: tuple[tuple[Mapping[str, str] | str, bool], ...]
    path: str
    is_here: bool


@dataclass(frozen=True)
class SearchForm:
    """What one list is asked, and what it could be asked instead: by the addresses that programs use."""

    renderer: Renderer
    language: PageLanguage
    paths: PagePaths
    asked: RequestTarget
    document: JsonDocument

    @property
    def text(self) -> str:
        """Return what is searched for, if anything is."""
        return self.asked.parameters.get(SEARCH, "")

    @property
    def is_asked(self) -> bool:
        """Tell whether the list is asked anything, so that it is not just one of the lists there are."""
        return bool(self.asked.parameters.keys() - {*_NOT_ASKING})

    @property
    def is_mixed(self) -> bool:
        """Tell whether records of all entities are listed."""
        return self.document.entity is None

    @property
    def narrows(self) -> bool:
        """Tell whether some records are left out that would be there if less were asked."""
        return not self.is_mixed and bool(self.asked.parameters.keys() - {*_NOT_ASKING, SORT})

    @property
    def action(self) -> str:
        """Return where forms lead."""
        return self.paths.at(self._bare, {})

    @property
    def cleared(self) -> str:
        """Return the path of the list without any condition."""
        return self._path(*self._parameters, DISJUNCTION, SEARCH)

    def kept_by_search(self) -> list[tuple[str, str]]:
        """Return the parameters that go along with another search."""
        return [*self._without(SEARCH).items()]

    def kept_by_filters(self) -> list[tuple[str, str]]:
        """Return the parameters that go along with what is ticked: all that cannot be."""
        ticked = [one.name for one in self.filters]
        refused = ((name, excluded_values(self.asked.parameters.get(name, ""))) for name in ticked)
        kept = {name: ",".join(values) for name, values in refused if values}
        return [*(self._without(*ticked) | kept).items()]

    @cached_property
    def filters(self) -> tuple[FormFilter, ...]:
        """Return what can be ticked."""
        return tuple(
            FormFilter(
                tally.parameter.name,
                self._captions.of(tally.parameter.name),
                tuple(self._choices(tally)),
            )
            for tally in self.document.facets.filters
        )

    def in_use(self) -> Iterator[ActiveFilter]:
        """Yield the conditions that there are, each with the way to do without it."""
        for name, text in self.asked.parameters.items():
            if name == SEARCH:
                yield ActiveFilter(self._captions.of(name), (FilterValue(text, text),), self._path(name))
            elif name == DISJUNCTION:
                values = tuple(self._values.alternatives(self._parameters, text))
                yield ActiveFilter(self._captions.of(name), values, self._path(name))
            elif one := self._parameters.get(name):
                values = tuple(self._values.given(one, text))
                # What cannot be compared without it goes with it.
                needing = [other.name for other in self._parameters.values() if other.scoped_by == name]
                yield ActiveFilter(self._captions.of(name), values, self._path(name, *needing))

    def orders(self) -> Iterator[SortOption]:
        """Yield what the list can be put in order by, that of now last if it is not among the usual."""
        shape, here = self.document.entity, self.asked.parameters.get(SORT)
        if shape is None:
            return
        yield SortOption((), self._path(SORT), here is None)
        offered = [name for one in sort_key_names(shape) for name in (one, NEGATION + one)]
        for text in [*offered, *([here] if here and here not in offered else [])]:
            names = text.split(",")
            keys = (
                (self._captions.of(name.removeprefix(NEGATION)), name.startswith(NEGATION)) for name in names
            )
            path = self.paths.at(self._bare, {**self._without(SORT), SORT: text})
            yield SortOption(tuple(keys), path, text == here)

    def _choices(self, tally: Facet) -> Iterator[FilterChoice]:
        wanted, counts = self._wanted(tally.parameter), tally.values
        if tally.parameter.kind is Kind.YEAR:
            counts = tuple(sorted(counts, key=lambda one: one.value, reverse=True))
        for one in counts:
            value = self._values.known(tally.parameter, one.value)
            yield FilterChoice(value, one.count, one.value in wanted)

    def _wanted(self, one: FilterParameter) -> set[str]:
        given = self.asked.parameters.get(one.name)
        return (
            {value.code for value in self._values.given(one, given) if not value.before} if given else set()
        )

    def _without(self, *names: str) -> dict[str, str]:
        """Return the parameters of this page but for some, and for its place in the list."""
        dropped = {*PRESENTATION_PARAMETERS, "cursor", *names}
        kept = {name: one for name, one in self.asked.parameters.items() if name not in dropped}
        return {**kept, **self.paths.kept}

    def _path(self, *names: str) -> str:
        return self.paths.at(self._bare, self._without(*names))

    @property
    def _bare(self) -> UrlPath:
        return UrlPath(self.asked.path.stem)

    @cached_property
    def _parameters(self) -> Mapping[str, FilterParameter]:
        shape = self.document.entity
        return filter_parameters(shape, self.renderer.languages) if shape else {}

    @cached_property
    def _captions(self) -> ParameterLabels:
        return ParameterLabels(self.renderer.model.ontology, self.document.entity)

    @cached_property
    def _values(self) -> FilterValues:
        cards = self.document.facets.cards
        return FilterValues(self.renderer, self._captions, self.language, cards)
