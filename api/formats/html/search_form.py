"""The search form of a list: its search text, filters with facet counts, active filters and sort orders.

Forms and links lead to the same URLs that API clients use.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from api.formats.document import Facet, JsonDocument, RequestTarget
from api.formats.html.filter_value_labels import FilterValue, FilterValues
from api.formats.html.localization import PageLanguage
from api.formats.html.messages import ParameterLabels
from api.formats.html.navigation import PAGING_PARAMETERS, PRESENTATION_PARAMETERS, PagePaths
from api.http.parameter_names import CURSOR, SEARCH, SORT
from api.http.url_path_and_format_suffix import UrlPath
from schema.declaration.datatypes import Kind
from schema.documents.renderer import Renderer
from schema.index.sort_keys import sort_key_names
from schema.query.parameters import DISJUNCTION, FilterParameter, filter_parameters
from schema.query.parser import NEGATION, excluded_values

_VIEW_PARAMETERS = frozenset({*PRESENTATION_PARAMETERS, *PAGING_PARAMETERS})
"""Parameters that change the view of a list, but not its query."""


@dataclass(frozen=True)
class FilterChoice:
    """A value with a checkbox, and its facet count, or None if that is unknown."""

    value: FilterValue
    count: int | None
    is_selected: bool


@dataclass(frozen=True)
class FormFilter:
    """A filter with its choices."""

    name: str
    label: Mapping[str, str] | str
    choices: tuple[FilterChoice, ...]

    @property
    def is_active(self) -> bool:
        """Return True if a choice is selected."""
        return any(choice.is_selected for choice in self.choices)


@dataclass(frozen=True)
class ActiveFilter:
    """A parameter of the query with its values, and the path of the list without it."""

    label: Mapping[str, str] | str
    values: tuple[FilterValue, ...]
    path: str


@dataclass(frozen=True)
class SortOption:
    """A sort order and its path. `keys` has a label and True if descending per key; it is empty by default."""

    keys: tuple[tuple[Mapping[str, str] | str, bool], ...]
    path: str
    is_current: bool


@dataclass(frozen=True)
class SearchForm:
    """The search form of one page of a list. Pages of other documents have one without filters."""

    renderer: Renderer
    language: PageLanguage
    paths: PagePaths
    target: RequestTarget
    document: JsonDocument

    @property
    def text(self) -> str:
        """Return the search text, or an empty string."""
        return self.target.parameters.get(SEARCH, "")

    @property
    def has_query(self) -> bool:
        """Return True if the list is filtered, searched or sorted."""
        return bool(self.target.parameters.keys() - _VIEW_PARAMETERS)

    @property
    def is_mixed(self) -> bool:
        """Return True if the list has records of every entity."""
        return self.document.entity is None

    @property
    def is_filtered(self) -> bool:
        """Return True if a condition excludes records of the entity."""
        return not self.is_mixed and bool(self.target.parameters.keys() - {*_VIEW_PARAMETERS, SORT})

    @property
    def action(self) -> str:
        """Return the path that the forms are submitted to."""
        return self.paths.at(self._list_path, {})

    @property
    def unfiltered_path(self) -> str:
        """Return the path of the list without conditions."""
        return self._path_without(*self._parameters, DISJUNCTION, SEARCH)

    def hidden_search_inputs(self) -> list[tuple[str, str]]:
        """Return the parameters that a new search text keeps."""
        return [*self._query_without(SEARCH).items()]

    def hidden_filter_inputs(self) -> list[tuple[str, str]]:
        """Return the parameters that the filters' checkboxes keep: those without a checkbox, and negated values."""
        names = [row.name for row in self.filters]
        negated = {name: excluded_values(self.target.parameters.get(name, "")) for name in names}
        inputs = self._query_without(*names)
        inputs |= {name: ",".join(values) for name, values in negated.items() if values}
        return [*inputs.items()]

    @cached_property
    def filters(self) -> tuple[FormFilter, ...]:
        """Return the filters that have facets."""
        return tuple(
            FormFilter(
                facet.parameter.name,
                self._parameter_labels.of(facet.parameter.name),
                tuple(self._choices(facet)),
            )
            for facet in self.document.facets.filters
        )

    def active_filters(self) -> Iterator[ActiveFilter]:
        """Yield the conditions of the query, each with the path of the list without it."""
        for name, text in self.target.parameters.items():
            label = self._parameter_labels.of(name)
            if name == SEARCH:
                yield ActiveFilter(label, (FilterValue(text, text),), self._path_without(name))
            elif name == DISJUNCTION:
                values = tuple(self._values.alternatives(self._parameters, text))
                yield ActiveFilter(label, values, self._path_without(name))
            elif parameter := self._parameters.get(name):
                values = tuple(self._values.query_values(parameter, text))
                # An amount is invalid without its currency, so parameters scoped by this one are removed with it.
                scoped = [other.name for other in self._parameters.values() if other.scoped_by == name]
                yield ActiveFilter(label, values, self._path_without(name, *scoped))

    def sort_options(self) -> Iterator[SortOption]:
        """Yield the sort orders: the default, each key in both directions, and the current one if it is another."""
        shape, current = self.document.entity, self.target.parameters.get(SORT)
        if shape is None:
            return
        yield SortOption((), self._path_without(SORT), current is None)
        orders = [order for name in sort_key_names(shape) for order in (name, NEGATION + name)]
        if current and current not in orders:
            orders.append(current)
        for order in orders:
            keys = tuple(
                (self._parameter_labels.of(key.removeprefix(NEGATION)), key.startswith(NEGATION))
                for key in order.split(",")
            )
            path = self.paths.at(self._list_path, {**self._query_without(SORT), SORT: order})
            yield SortOption(keys, path, order == current)

    def _choices(self, facet: Facet) -> Iterator[FilterChoice]:
        selected, counts = self._selected_codes(facet.parameter), facet.values
        if facet.parameter.kind is Kind.YEAR:
            counts = tuple(sorted(counts, key=lambda count: count.value, reverse=True))
        for count in counts:
            value = self._values.choice(facet.parameter, count.value)
            yield FilterChoice(value, count.count, count.value in selected)

    def _selected_codes(self, parameter: FilterParameter) -> set[str]:
        """Return the codes that the query has for a parameter, without negated ones.

        A merged record has the card of the record that it leads to.
        """
        text = self.target.parameters.get(parameter.name)
        values = self._values.query_values(parameter, text) if text else ()
        chosen = (value for value in values if not value.qualifier)
        return {value.code if isinstance(value.label, str) else value.label["id"] for value in chosen}

    def _query_without(self, *names: str) -> dict[str, str]:
        """Return the parameters of the first page, except some."""
        excluded = {*PRESENTATION_PARAMETERS, CURSOR, *names}
        return {name: value for name, value in self.target.parameters.items() if name not in excluded}

    def _path_without(self, *names: str) -> str:
        return self.paths.at(self._list_path, self._query_without(*names))

    @property
    def _list_path(self) -> UrlPath:
        return self.target.path.page(self.language.code)

    @cached_property
    def _parameters(self) -> Mapping[str, FilterParameter]:
        shape = self.document.entity
        return filter_parameters(shape, self.renderer.languages) if shape else {}

    @cached_property
    def _parameter_labels(self) -> ParameterLabels:
        return ParameterLabels(self.renderer.model.ontology, self.document.entity)

    @cached_property
    def _values(self) -> FilterValues:
        cards = self.document.facets.cards
        return FilterValues(self.renderer, self._parameter_labels, self.language, cards)
