"""The model: the set of entities, checked for conflicting names, JSON keys and links."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from schema.declaration.annotations import DeclarationError, Inverse
from schema.declaration.datatypes import CARD_KINDS, Kind
from schema.declaration.entity_base import Entity
from schema.declaration.shapes import Field, Shape, describe
from schema.declaration.upgrades import UPGRADES, Upgrade
from schema.entities.hydra_owl_skos_types import SYSTEM_TYPES
from vocab.ontology_terms import ONTOLOGY, ParsedOntology

MAX_NUMBER_PLACE = 15
"""The last place of an entity in record numbers, which have 27 bits behind it and fit 31 bits."""

_RESERVED_KEYS = ("uri", "type", "@context", "included", "fallbacks", "matches")
"""JSON keys of JSON-LD and of the response itself, which no field may use."""


@dataclass(frozen=True, eq=False)
class Model:
    """The shapes of all entities, the ontology that defines their terms, and the document upgrades."""

    entities: tuple[Shape, ...]
    ontology: ParsedOntology = ONTOLOGY
    upgrades: tuple[Upgrade, ...] = UPGRADES

    def __post_init__(self) -> None:
        """Validate the declarations across entities.

        Raise DeclarationError for a conflicting name, key or place, or a link without a target, and
        UndefinedTermError for a term without labels.
        """
        self._check_names()
        self._check_places()
        for entity in self.entities:
            self.ontology.labels(entity.collection)
            for shape in _with_parts(entity):
                for field in shape.fields:
                    self.ontology.labels(field.predicate)
                    self._check_target(shape, field)
                    if field.kind is Kind.LINKED_PART and not (field.is_list and shape is entity):
                        message = f"{shape.name}.{field.name}: only lists of an entity link to parts"
                        raise DeclarationError(message)

    @classmethod
    def of(
        cls,
        *entities: type[Entity],
        ontology: ParsedOntology = ONTOLOGY,
        upgrades: tuple[Upgrade, ...] = UPGRADES,
    ) -> "Model":
        """Return the model of entity classes. Raise DeclarationError if they conflict."""
        return cls(tuple(describe(entity) for entity in entities), ontology, upgrades)

    @cached_property
    def by_name(self) -> Mapping[str, Shape]:
        """Return the entities by class name, which is their JSON `type`."""
        return {shape.name: shape for shape in self.entities}

    @cached_property
    def number_places(self) -> Mapping[str, int]:
        """Return the declared place of each entity, the leading part of its records' numbers."""
        return {shape.name: shape.number_place for shape in self.entities}

    @cached_property
    def by_collection(self) -> Mapping[str, Shape]:
        """Return the entities by collection name, the first segment of their paths."""
        return {shape.collection: shape for shape in self.entities}

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """Return every shape that a document can contain: entities, their parts, and system types.

        The shape of a part has all fields of its class, also those that it lacks in some entity.
        """
        shapes = {
            shape.name: describe(shape.struct) for entity in self.entities for shape in _with_parts(entity)
        }
        return (*shapes.values(), *(describe(system_type) for system_type in SYSTEM_TYPES))

    @cached_property
    def keys(self) -> Mapping[str, Field]:
        """Return a field for each JSON key. Raise DeclarationError if two fields define a key differently."""
        keys: dict[str, Field] = {}
        for shape in self.shapes:
            for field in shape.fields:
                if _signature(keys.setdefault(field.name, field)) != _signature(field):
                    message = f"{shape.name}.{field.name} gives the key {field.name!r} a second meaning"
                    raise DeclarationError(message)
        return keys

    @cached_property
    def classes(self) -> Mapping[str, str]:
        """Return the class IRI of each JSON `type`; IRIs of the own vocabulary are relative to the base."""
        return {shape.name: shape.rdf_class for shape in self.shapes}

    def _check_names(self) -> None:
        names = [shape.name for shape in (*self.entities, *map(describe, SYSTEM_TYPES))]
        collections = [shape.collection for shape in self.entities]
        reserved = [*_RESERVED_KEYS, *self.classes]
        conflicts = [name for group in (names, collections) for name in group if group.count(name) > 1]
        conflicts += [key for key in self.keys if key in reserved]
        if conflicts:
            message = f"the name {conflicts[0]!r} is used twice or reserved"
            raise DeclarationError(message)

    def _check_places(self) -> None:
        places: dict[int, str] = {}
        for shape in self.entities:
            if not 1 <= shape.number_place <= MAX_NUMBER_PLACE:
                message = f"{shape.name} has the place {shape.number_place}; a place is a number from 1 to {MAX_NUMBER_PLACE}"
                raise DeclarationError(message)
            if (other := places.setdefault(shape.number_place, shape.name)) != shape.name:
                message = f"{shape.name} and {other} have the same place {shape.number_place}"
                raise DeclarationError(message)

    def _check_target(self, shape: Shape, field: Field) -> None:
        names = {entity.name for entity in self.entities}
        if field.kind is Kind.LINK and field.target not in names:
            message = f"{shape.name}.{field.name} links to {field.target}, which is not an entity"
            raise DeclarationError(message)
        if field.kind is Kind.LINKED_PART and field.target not in self._linked_part_lists(shape, field):
            message = f"{shape.name}.{field.name} links to parts in {field.target}, which {field.via} does not lead to"
            raise DeclarationError(message)
        if isinstance(field.derived, Inverse):
            source = self.by_name[field.derived.entity]
            link_targets = {source_field.name: source_field.target for source_field in source.stated_fields}
            if link_targets.get(field.derived.field) != shape.name:
                message = f"{shape.name}.{field.name} is the inverse of no link"
                raise DeclarationError(message)

    def _linked_part_lists(self, shape: Shape, field: Field) -> list[str]:
        """Return the lists of parts of the records that a field leads to through its list of links."""
        targets = [
            self.by_name[link.target]
            for link in shape.stated_fields
            if link.name == field.via and link.is_list and link.target in self.by_name
        ]
        return [
            part.name for target in targets for part in target.stated_fields if part.part and part.is_list
        ]


def _with_parts(shape: Shape) -> Iterator[Shape]:
    """Yield a shape and, recursively, the shapes of its parts."""
    yield shape
    for field in shape.fields:
        if field.part:
            yield from _with_parts(field.part)


def _signature(field: Field) -> tuple[str, Kind | str, bool]:
    """Return the property, datatype and cardinality of a field, equal wherever its key is used.

    The JSON-LD context has one definition per key, so a key cannot differ between entities.
    """
    return field.predicate, "card" if field.kind in CARD_KINDS else field.kind, field.is_list
