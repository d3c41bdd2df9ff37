"""Related lists: the collections that records and concepts link to, with their totals."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from api.http.url_path_and_format_suffix import with_query
from api.lists.page_reader import Paginator
from api.store.record_index.index_snapshot import IndexSnapshot
from api.store.record_index.list_query import ListQuery
from schema.declaration.annotations import LinkedQuery
from schema.declaration.datatypes import Kind
from schema.declaration.shapes import Shape
from schema.documents.renderer import Renderer
from schema.entities.partner_and_funder_lists import COUNTED_ENTITY
from schema.query.parameters import DISJUNCTION, FilterParameter, filter_parameters
from schema.query.parser import Condition

CONCEPT_LIST_FIELD = "project_list"


@dataclass(frozen=True)
class RelatedLists:
    """Counts the related lists of records and concepts."""

    paginator: Paginator
    renderer: Renderer

    @cached_property
    def by_scheme(self) -> Mapping[str, str]:
        """Return the name of the parameter that filters projects by a concept, by concept scheme."""
        parameters = self._parameters.get(COUNTED_ENTITY, {}).values()
        return {
            parameter.target: parameter.name for parameter in parameters if parameter.kind is Kind.CONCEPT
        }

    def of_entity(self, shape: Shape) -> dict[str, LinkedQuery]:
        """Return the related lists of an entity's documents, by field."""
        entities = self.renderer.model.by_name
        return {
            field.name: field.derived
            for field in shape.fields
            if isinstance(field.derived, LinkedQuery) and field.derived.entity in entities
        }

    async def read(self, snapshot: IndexSnapshot, shape: Shape, identifier: str) -> dict[str, Any]:
        """Return the cards of the related lists of a record, by field."""
        return {
            name: await self._card(snapshot, linked.entity, linked.parameters, identifier)
            for name, linked in self.of_entity(shape).items()
        }

    async def of_concept(self, snapshot: IndexSnapshot, scheme: str, code: str) -> dict[str, Any]:
        """Return the card of the related list of a concept, by field."""
        names = (self.by_scheme[scheme],)
        return {CONCEPT_LIST_FIELD: await self._card(snapshot, COUNTED_ENTITY, names, code)}

    async def _card(
        self, snapshot: IndexSnapshot, entity: str, names: tuple[str, ...], value: str
    ) -> dict[str, Any]:
        """Return the card of the records that have a value in any of some filters."""
        filters = self._parameters[entity]
        clause = tuple(sorted(Condition(filters[name].index_name, value, value) for name in names))
        total = await self.paginator.total(snapshot, ListQuery(entity, (clause,)))
        collection = self.renderer.model.by_name[entity].collection
        url = self.renderer.uris.resolve(collection)
        alternatives = ",".join(f"{name}:{value}" for name in names)
        query = {names[0]: value} if len(names) == 1 else {DISJUNCTION: alternatives}
        return {
            "uri": with_query(url, query),
            "type": "Collection",
            "label": self.renderer.model.ontology.labels(collection),
            "total": total,
        }

    @cached_property
    def _parameters(self) -> Mapping[str, Mapping[str, FilterParameter]]:
        """Return the filter parameters by entity and name."""
        shapes = self.renderer.model.entities
        return {shape.name: filter_parameters(shape, self.renderer.languages) for shape in shapes}
