"""The model: all entities together, in which one JSON key has one meaning."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from schema.declaration.annotations import DeclarationError, Inverse
from schema.declaration.datatypes import CARD_KINDS, Kind
from schema.declaration.entity import Entity
from schema.declaration.shapes import Field, Shape, describe
from schema.declaration.upgrades import UPGRADES, Upgrade
from schema.entities.system import SYSTEM_TYPES
from schema.storage.change_order import MAX_ENTITIES
from vocab.ontology import ONTOLOGY, ParsedOntology

_RESERVED = ("uri", "type", "@context", "included", "fallbacks", "matches")
"""Keys that are JSON-LD's own, or the answer's."""


@dataclass(frozen=True, eq=False)
class Model:
    """Every entity that is held, the ontology of their terms, and how old documents become new."""

    entities: tuple[Shape, ...]
    ontology: ParsedOntology = ONTOLOGY
    upgrades: tuple[Upgrade, ...] = UPGRADES

    def __post_init__(self) -> None:
        """Refuse a name or key with two meanings, a link to nowhere, and what has no labels."""
        self._check_names()
        if len(self.entities) > MAX_ENTITIES:
            message = f"there is room for {MAX_ENTITIES} entities in the numbers of what is searched"
            raise DeclarationError(message)
        for entity in self.entities:
            self.ontology.labels(entity.collection)
            self._check_together(entity)
            for shape in _with_parts(entity):
                for field in shape.fields:
                    self.ontology.labels(field.predicate)
            for field in entity.fields:
                self._check_target(entity, field)

    @classmethod
    def of(
        cls,
        *entities: type[Entity],
        ontology: ParsedOntology = ONTOLOGY,
        changes: tuple[Upgrade, ...] = UPGRADES,
    ) -> "Model":
        """Return the model of some entities. Raise DeclarationError if they disagree."""
        return cls(tuple(describe(entity) for entity in entities), ontology, changes)

    @cached_property
    def by_name(self) -> Mapping[str, Shape]:
        """Return the entities by the name of their class, which is their JSON `type`."""
        return {shape.name: shape for shape in self.entities}

    @cached_property
    def entity_ordinals(self) -> Mapping[str, int]:
        """Return the place of each entity, by which the numbers of its records begin (`schema.newest`)."""
        return {shape.name: place for place, shape in enumerate(self.entities)}

    @cached_property
    def by_collection(self) -> Mapping[str, Shape]:
        """Return the entities by the first part of their addresses."""
        return {shape.collection: shape for shape in self.entities}

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """Return every shape that a document can hold: entities, their parts, and frames."""
        found = {shape.name: shape for entity in self.entities for shape in _with_parts(entity)}
        return (*found.values(), *(describe(frame) for frame in SYSTEM_TYPES))

    @cached_property
    def keys(self) -> Mapping[str, Field]:
        """Return every JSON key with a field that bears it. Raise DeclarationError on two meanings."""
        keys: dict[str, Field] = {}
        for shape in self.shapes:
            for field in shape.fields:
                if meaning(keys.setdefault(field.name, field)) != meaning(field):
                    message = f"{shape.name}.{field.name} gives the key {field.name!r} a second meaning"
                    raise DeclarationError(message)
        return keys

    @cached_property
    def classes(self) -> Mapping[str, str]:
        """Return the class IRI of every JSON `type`, ours relative to the base."""
        return {shape.name: shape.rdf_class for shape in self.shapes}

    def _check_names(self) -> None:
        names = [shape.name for shape in (*self.entities, *map(describe, SYSTEM_TYPES))]
        collections = [shape.collection for shape in self.entities]
        reserved = [*_RESERVED, *self.classes]
        doubled = [name for listed in (names, collections) for name in listed if listed.count(name) > 1]
        if taken := doubled + [key for key in self.keys if key in reserved]:
            message = f"the name {taken[0]!r} is used twice, or is not to be used"
            raise DeclarationError(message)

    def _check_together(self, shape: Shape) -> None:
        fields = [one for inner in _with_parts(shape) for one in inner.fields]
        known = {asked.name or one.name for one in fields for asked in one.filters}
        for names in shape.composite_index:
            if len(known & {*names}) < len(names):
                message = f"{shape.name}: {' and '.join(names)} cannot be asked for together"
                raise DeclarationError(message)

    def _check_target(self, shape: Shape, field: Field) -> None:
        names = {entity.name for entity in self.entities}
        if field.kind is Kind.LINK and field.target not in names:
            message = f"{shape.name}.{field.name} links to {field.target}, which is not an entity"
            raise DeclarationError(message)
        if isinstance(field.derived, Inverse):
            other = self.by_name[field.derived.entity]
            stated = {other_field.name: other_field.target for other_field in other.stated_fields}
            if stated.get(field.derived.field) != shape.name:
                message = f"{shape.name}.{field.name} is the inverse of no link"
                raise DeclarationError(message)


def meaning(field: Field) -> tuple[str, Kind | str, bool]:
    """Return what must be the same wherever a key is used: property, datatype, one or many."""
    return field.predicate, "card" if field.kind in CARD_KINDS else field.kind, field.is_list


def _with_parts(shape: Shape) -> Iterator[Shape]:
    yield shape
    for field in shape.fields:
        if field.part:
            yield from _with_parts(field.part)
