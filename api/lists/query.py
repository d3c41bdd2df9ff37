"""What can be asked of a list, and what is asked of it by the parameters of a request."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from api.http.parameters import SEARCH, SORT
from api.http.problems import BadParameter
from api.store.queries.list_query import Order, Wanted
from schema.declaration.shapes import Shape
from schema.documents.renderer import Renderer
from schema.entities.role_lists import ROLES, Role
from schema.index.fulltext import SearchError, Term, terms
from schema.index.sort_keys import BY_ID, sortable
from schema.query.parameters import ANY, Parameter, parameters
from schema.query.parser import Given, Grammar, QuestionError
from schema.query.values import ValueReader, nearest

_MOST_KEYS = 4


@dataclass(frozen=True)
class Asking:
    """What can be asked of the list of an entity, perhaps of those only that have a role."""

    renderer: Renderer
    shape: Shape
    role: Role | None = None

    @property
    def collection(self) -> str:
        """Return the first part of the list's address."""
        return self.role.collection if self.role else self.shape.collection

    @cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        """Return the parameters that say which records are wanted."""
        return parameters(self.shape, self.renderer.languages)

    @cached_property
    def sortable(self) -> tuple[str, ...]:
        """Return what the list can be put in order by."""
        return (BY_ID, *sortable(self.shape))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the names of all parameters that decide what is in the list and where."""
        return (*self.parameters, ANY, SEARCH, SORT)

    @cached_property
    def several(self) -> frozenset[str]:
        """Return the names of those that take several values."""
        return frozenset({ANY, SORT, *(one.name for one in self.parameters.values() if one.takes_several)})

    def wanted(self, given: Given, *, is_whole: bool) -> Wanted:
        """Return the list that is asked for. Raise BadParameter for what cannot be asked."""
        try:
            question = self._grammar.question(given)
        except QuestionError as error:
            raise BadParameter(str(error), parameter=error.parameter) from error
        order = self._order(given.get(SORT))
        terms, pairs, kept_by = searched(given), self.shape.together, self.shape.together_by
        return Wanted(self.shape.name, question, terms, order, self.role, is_whole, pairs, kept_by)

    @cached_property
    def _grammar(self) -> Grammar:
        return Grammar(self.parameters, ValueReader(self.renderer.model, self.renderer.addresses))

    def _order(self, text: str | None) -> tuple[Order, ...]:
        if text is None:
            return ()
        found = [Order(one.removeprefix("-"), one.startswith("-")) for one in text.split(",")]
        check_names(SORT, [one.name for one in found], self.sortable)
        if len(found) > _MOST_KEYS:
            message = f"A list is put in order by at most {_MOST_KEYS} fields."
            raise BadParameter(message, parameter=SORT)
        return tuple(found)


@dataclass(frozen=True)
class Search:
    """What can be asked of everything at once: words."""

    collection = "search"
    shape = None
    role = None
    names = (SEARCH,)
    several: frozenset[str] = frozenset()

    def wanted(self, given: Given, *, is_whole: bool) -> Wanted:
        """Return the records of all entities that are asked for. Raise BadParameter if none are."""
        if SEARCH not in given:
            message = "It is missing: write what to search for, as in q=incubator."
            raise BadParameter(message, parameter=SEARCH)
        return Wanted(terms=searched(given), is_whole=is_whole)


def askings(renderer: Renderer) -> list[Asking | Search]:
    """Return all lists that there are: of entities, by role, of everything."""
    shapes = renderer.model.by_name
    by_role = [
        Asking(renderer, shapes[role.entity], role) for role in ROLES.values() if role.entity in shapes
    ]
    return [*(Asking(renderer, shape) for shape in shapes.values()), *by_role, Search()]


def searched(given: Given) -> tuple[Term, ...]:
    """Return what is searched for. Raise BadParameter for what nothing can be searched for by."""
    try:
        return terms(given[SEARCH]) if SEARCH in given else ()
    except SearchError as error:
        raise BadParameter(str(error), parameter=SEARCH) from error


def check_names(parameter: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raise BadParameter for a name that is not known, or given twice."""
    listed, seen = list(known), set()
    for name in given:
        if name not in listed:
            hint = nearest(name, {one: one for one in listed})
            message = f"There is no {name[:100]!r} here.{hint} There are {', '.join(listed)}."
            raise BadParameter(message, parameter=parameter)
        if name in seen:
            message = f"{name!r} is given twice."
            raise BadParameter(message, parameter=parameter)
        seen.add(name)
