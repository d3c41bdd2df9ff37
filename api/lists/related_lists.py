"""Where the projects of a record or concept are listed: the address of a question, and how many it finds."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from api.http.urls import with_query
from api.lists.pagination import Paginator
from api.store.queries.list_query import ListQuery
from api.store.readers.reader import RunQuery
from schema.declaration.annotations import LinkedQuery
from schema.declaration.datatypes import Kind
from schema.declaration.shapes import Shape
from schema.documents.renderer import Renderer
from schema.entities.role_lists import COUNTED_ENTITY
from schema.query.parameters import DISJUNCTION, FilterParameter, filter_parameters
from schema.query.parser import Condition

CONCEPT_LIST_FIELD = "project_list"


@dataclass(frozen=True)
class RelatedLists:
    """Asks for the projects of records and concepts."""

    paginator: Paginator
    renderer: Renderer

    @cached_property
    def by_scheme(self) -> Mapping[str, str]:
        """Return the parameter that asks for projects by the concepts of a scheme."""
        known = self._known.get(COUNTED_ENTITY, {})
        return {one.target: one.name for one in known.values() if one.kind is Kind.CONCEPT}

    def of_entity(self, shape: Shape) -> dict[str, LinkedQuery]:
        """Return the lists that documents of an entity lead to, by field."""
        return {field.name: field.derived for field in shape.fields if isinstance(field.derived, LinkedQuery)}

    async def read(self, ask: RunQuery, shape: Shape, value: str) -> dict[str, Any]:
        """Return the lists that a record leads to."""
        lists = self.of_entity(shape)
        return {name: await self._list(ask, one.entity, one.parameters, value) for name, one in lists.items()}

    async def of_concept(self, ask: RunQuery, scheme: str, code: str) -> dict[str, Any]:
        """Return the list that a concept leads to."""
        return {CONCEPT_LIST_FIELD: await self._list(ask, COUNTED_ENTITY, (self.by_scheme[scheme],), code)}

    async def _list(self, ask: RunQuery, entity: str, names: tuple[str, ...], value: str) -> dict[str, Any]:
        known = self._known[entity]
        clause = tuple(sorted(Condition(known[name].index_name, value, value) for name in names))
        sizes = await self.paginator.cardinalities(ask, ListQuery(entity, (clause,)))
        collection = self.renderer.uris.resolve(self.renderer.model.by_name[entity].collection)
        question = (
            {names[0]: value}
            if len(names) == 1
            else {DISJUNCTION: ",".join(f"{name}:{value}" for name in names)}
        )
        return {"uri": with_query(collection, question), "type": "Collection", "total": sizes.total}

    @cached_property
    def _known(self) -> Mapping[str, Mapping[str, FilterParameter]]:
        """Return the parameters of lists, by entity."""
        shapes = self.renderer.model.entities
        return {shape.name: filter_parameters(shape, self.renderer.languages) for shape in shapes}
