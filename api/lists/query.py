"""What can be asked of a list, and what is asked of it by the parameters of a request."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from api.http.parameters import SEARCH, SORT
from api.http.problems import BadParameter
from api.store.queries.list_query import ListQuery, SortOrder
from schema.declaration.shapes import Shape
from schema.documents.renderer import Renderer
from schema.entities.role_lists import ROLE_LISTS, RoleList
from schema.index.fulltext import SearchSyntaxError, SearchTerm, parse_search
from schema.index.sort_keys import BY_ID, sort_key_names
from schema.query.parameters import DISJUNCTION, FilterParameter, filter_parameters
from schema.query.parser import QueryError, QueryParameters, QueryParser
from schema.query.values import ValueParser, did_you_mean

_MOST_KEYS = 4


@dataclass(frozen=True)
class ListQuerySpec:
    """What can be asked of the list of an entity, perhaps of those only that have a role."""

    renderer: Renderer
    shape: Shape
    role: RoleList | None = None

    @property
    def collection(self) -> str:
        """Return the first part of the list's address."""
        return self.role.collection if self.role else self.shape.collection

    @cached_property
    def parameters(self) -> Mapping[str, FilterParameter]:
        """Return the parameters that say which records are wanted."""
        return filter_parameters(self.shape, self.renderer.languages)

    @cached_property
    def sortable(self) -> tuple[str, ...]:
        """Return what the list can be put in order by."""
        return (BY_ID, *sort_key_names(self.shape))

    @cached_property
    def parameter_names(self) -> tuple[str, ...]:
        """Return the names of all parameters that decide what is in the list and where."""
        return (*self.parameters, DISJUNCTION, SEARCH, SORT)

    @cached_property
    def multivalued(self) -> frozenset[str]:
        """Return the names of those that take several values."""
        return frozenset(
            {DISJUNCTION, SORT, *(one.name for one in self.parameters.values() if one.is_multivalued)}
        )

    def list_query(self, given: QueryParameters, *, full_documents: bool) -> ListQuery:
        """Return the list that is asked for. Raise BadParameter for what cannot be asked."""
        try:
            question = self._grammar.parse(given)
        except QueryError as error:
            raise BadParameter(str(error), parameter=error.parameter) from error
        order = self._order(given.get(SORT))
        terms, pairs, kept_by = (
            search_terms(given),
            self.shape.composite_index,
            self.shape.composite_index_order,
        )
        return ListQuery(self.shape.name, question, terms, order, self.role, full_documents, pairs, kept_by)

    @cached_property
    def _grammar(self) -> QueryParser:
        return QueryParser(self.parameters, ValueParser(self.renderer.model, self.renderer.uris))

    def _order(self, text: str | None) -> tuple[SortOrder, ...]:
        if text is None:
            return ()
        found = [SortOrder(one.removeprefix("-"), one.startswith("-")) for one in text.split(",")]
        validate_names(SORT, [one.name for one in found], self.sortable)
        if len(found) > _MOST_KEYS:
            message = f"A list is put in order by at most {_MOST_KEYS} fields."
            raise BadParameter(message, parameter=SORT)
        return tuple(found)


@dataclass(frozen=True)
class SearchSpec:
    """What can be asked of everything at once: words."""

    collection = "search"
    shape = None
    role = None
    parameter_names = (SEARCH,)
    multivalued: frozenset[str] = frozenset()

    def list_query(self, given: QueryParameters, *, full_documents: bool) -> ListQuery:
        """Return the records of all entities that are asked for. Raise BadParameter if none are."""
        if SEARCH not in given:
            message = "It is missing: write what to search for, as in q=incubator."
            raise BadParameter(message, parameter=SEARCH)
        return ListQuery(terms=search_terms(given), full_documents=full_documents)


def list_query_specs(renderer: Renderer) -> list[ListQuerySpec | SearchSpec]:
    """Return all lists that there are: of entities, by role, of everything."""
    shapes = renderer.model.by_name
    by_role = [
        ListQuerySpec(renderer, shapes[role.entity], role)
        for role in ROLE_LISTS.values()
        if role.entity in shapes
    ]
    return [*(ListQuerySpec(renderer, shape) for shape in shapes.values()), *by_role, SearchSpec()]


def search_terms(given: QueryParameters) -> tuple[SearchTerm, ...]:
    """Return what is searched for. Raise BadParameter for what nothing can be searched for by."""
    try:
        return parse_search(given[SEARCH]) if SEARCH in given else ()
    except SearchSyntaxError as error:
        raise BadParameter(str(error), parameter=SEARCH) from error


def validate_names(parameter: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raise BadParameter for a name that is not known, or given twice."""
    listed, seen = list(known), set()
    for name in given:
        if name not in listed:
            hint = did_you_mean(name, {one: one for one in listed})
            message = f"There is no {name[:100]!r} here.{hint} There are {', '.join(listed)}."
            raise BadParameter(message, parameter=parameter)
        if name in seen:
            message = f"{name!r} is given twice."
            raise BadParameter(message, parameter=parameter)
        seen.add(name)
