"""Where the projects of a record or concept are listed: the address of a question, and how many it finds."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from api.http.urls import with_query
from api.lists.pagination import Paging
from api.store.queries.list_query import Wanted
from api.store.readers.reader import Ask
from schema.declaration.annotations import ByQuestion
from schema.declaration.datatypes import Kind
from schema.declaration.shapes import Shape
from schema.documents.renderer import Renderer
from schema.entities.role_lists import COUNTED
from schema.query.parameters import ANY, Parameter, parameters
from schema.query.parser import Condition

OF_CONCEPTS = "project_list"


@dataclass(frozen=True)
class ProjectLists:
    """Asks for the projects of records and concepts."""

    paging: Paging
    renderer: Renderer

    @cached_property
    def by_scheme(self) -> Mapping[str, str]:
        """Return the parameter that asks for projects by the concepts of a scheme."""
        known = self._known.get(COUNTED, {})
        return {one.target: one.name for one in known.values() if one.kind is Kind.CONCEPT}

    def of_entity(self, shape: Shape) -> dict[str, ByQuestion]:
        """Return the lists that documents of an entity lead to, by field."""
        return {field.name: field.derived for field in shape.fields if isinstance(field.derived, ByQuestion)}

    async def read(self, ask: Ask, shape: Shape, value: str) -> dict[str, Any]:
        """Return the lists that a record leads to."""
        lists = self.of_entity(shape)
        return {name: await self._list(ask, one.entity, one.parameters, value) for name, one in lists.items()}

    async def of_concept(self, ask: Ask, scheme: str, code: str) -> dict[str, Any]:
        """Return the list that a concept leads to."""
        return {OF_CONCEPTS: await self._list(ask, COUNTED, (self.by_scheme[scheme],), code)}

    async def _list(self, ask: Ask, entity: str, names: tuple[str, ...], value: str) -> dict[str, Any]:
        known = self._known[entity]
        clause = tuple(sorted(Condition(known[name].facet, value, value) for name in names))
        sizes = await self.paging.sizes(ask, Wanted(entity, (clause,)))
        collection = self.renderer.addresses.resolve(self.renderer.model.by_name[entity].collection)
        question = (
            {names[0]: value} if len(names) == 1 else {ANY: ",".join(f"{name}:{value}" for name in names)}
        )
        return {"uri": with_query(collection, question), "type": "Collection", "total": sizes.total}

    @cached_property
    def _known(self) -> Mapping[str, Mapping[str, Parameter]]:
        """Return the parameters of lists, by entity."""
        shapes = self.renderer.model.entities
        return {shape.name: parameters(shape, self.renderer.languages) for shape in shapes}
