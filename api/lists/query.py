"""List queries: what a collection can be queried by, and the query of a request."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial

from api.http.parameter_names import SEARCH, SORT
from api.http.problems import BadParameter
from api.lists.messages import message
from api.store.record_index.list_query import ListQuery, SortOrder
from schema.declaration.datatypes import Kind
from schema.declaration.entity_base import RecordKey
from schema.declaration.messages import Suggestion, hint
from schema.declaration.shapes import Shape
from schema.documents.renderer import Renderer
from schema.entities.partner_and_funder_lists import ROLE_LISTS, RoleList
from schema.index.fulltext import SearchSyntaxError, SearchTerm, parse_search
from schema.index.sort_keys import BY_ID, sort_key_names
from schema.query.parameters import DISJUNCTION, FilterParameter, filter_parameters
from schema.query.parser import Query, QueryError, QueryParameters, QueryParser
from schema.query.values import ValueParser, nearest_words

MAX_SORT_KEYS = 4


@dataclass(frozen=True)
class ListQuerySpec:
    """The queries of a collection: all records of an entity, or those of a role list."""

    renderer: Renderer
    shape: Shape
    role: RoleList | None = None

    @property
    def collection(self) -> str:
        """Return the name of the collection, the first segment of its path."""
        return self.role.collection if self.role else self.shape.collection

    @cached_property
    def parameters(self) -> Mapping[str, FilterParameter]:
        """Return the filter parameters by name."""
        return filter_parameters(self.shape, self.renderer.languages)

    @cached_property
    def sortable(self) -> tuple[str, ...]:
        """Return the names of the sort keys."""
        return (BY_ID, *sort_key_names(self.shape))

    @cached_property
    def parameter_names(self) -> tuple[str, ...]:
        """Return the names of all parameters that select and sort records."""
        return (*self.parameters, DISJUNCTION, SEARCH, SORT)

    @cached_property
    def multivalued(self) -> frozenset[str]:
        """Return the names of the parameters that take several values."""
        filters = (parameter.name for parameter in self.parameters.values() if parameter.is_multivalued)
        return frozenset({DISJUNCTION, SORT, *filters})

    def list_query(self, parameters: QueryParameters, *, full_documents: bool) -> ListQuery:
        """Return the query of some parameters. Raise BadParameter for an invalid one."""
        return ListQuery(
            self.shape.name,
            self._query(parameters, {}),
            search_terms(parameters),
            self._sort_order(parameters.get(SORT)),
            self.role,
            full_documents,
            self._link_indexes,
            partial(self._query, parameters),
        )

    def _query(self, parameters: QueryParameters, merges: Mapping[RecordKey, RecordKey]) -> Query:
        """Return the conditions of some parameters, with the ids of merged records replaced."""
        parser = replace(self.parser, values=replace(self.parser.values, merges=merges))
        try:
            return parser.parse(parameters)
        except QueryError as error:
            raise BadParameter(
                error.message, suggestion=error.suggestion, parameter=error.parameter
            ) from error

    @cached_property
    def _link_indexes(self) -> tuple[tuple[str, str], ...]:
        """Return the indexes whose values are ids, each with the entity of the records."""
        filters = self.parameters.values()
        return tuple(
            (parameter.index_name, parameter.target) for parameter in filters if parameter.kind is Kind.LINK
        )

    @cached_property
    def parser(self) -> QueryParser:
        """Return the parser of the filter parameters."""
        return QueryParser(self.parameters, ValueParser(self.renderer.model, self.renderer.uris))

    def _sort_order(self, text: str | None) -> tuple[SortOrder, ...]:
        if text is None:
            return ()
        keys = [SortOrder(key.removeprefix("-"), key.startswith("-")) for key in text.split(",")]
        validate_names(SORT, [key.name for key in keys], self.sortable)
        if len(keys) > MAX_SORT_KEYS:
            raise BadParameter(message("too-many-sort-keys", most=MAX_SORT_KEYS), parameter=SORT)
        return tuple(keys)


@dataclass(frozen=True)
class SearchSpec:
    """The queries of `/search`: full-text search of all entities."""

    collection = "search"
    shape = None
    role = None
    parameter_names = (SEARCH,)
    multivalued: frozenset[str] = frozenset()

    def list_query(self, parameters: QueryParameters, *, full_documents: bool) -> ListQuery:
        """Return the query of some parameters. Raise BadParameter if there are no search terms."""
        if SEARCH not in parameters:
            raise BadParameter(message("search-required"), parameter=SEARCH)
        return ListQuery(terms=search_terms(parameters), full_documents=full_documents)


def list_query_specs(renderer: Renderer) -> list[ListQuerySpec | SearchSpec]:
    """Return the specs of every collection: entities, role lists, search."""
    shapes = renderer.model.by_name
    role_lists = [
        ListQuerySpec(renderer, shapes[role.entity], role)
        for role in ROLE_LISTS.values()
        if role.entity in shapes
    ]
    return [*(ListQuerySpec(renderer, shape) for shape in shapes.values()), *role_lists, SearchSpec()]


def search_terms(parameters: QueryParameters) -> tuple[SearchTerm, ...]:
    """Return the search terms of some parameters. Raise BadParameter if they cannot be parsed."""
    try:
        return parse_search(parameters[SEARCH]) if SEARCH in parameters else ()
    except SearchSyntaxError as error:
        raise BadParameter(error.message, parameter=SEARCH) from error


def validate_names(
    parameter: str, names: Iterable[str], known: Iterable[str], listed: Iterable[str] = ()
) -> None:
    """Raise BadParameter for an unknown or repeated name in a parameter. The message lists some or all known ones."""
    choices, seen = list(known), set()
    for name in names:
        if name not in choices:
            nearest = nearest_words(name, {choice: choice for choice in choices})
            named = message("names", names=", ".join(listed or choices))
            detail = message("unknown-name", text=name[:100], hint=hint(*nearest), choices=named)
            raise BadParameter(detail, suggestion=Suggestion(name, nearest), parameter=parameter)
        if name in seen:
            raise BadParameter(message("repeated-name", text=name), parameter=parameter)
        seen.add(name)
