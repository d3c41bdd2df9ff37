"""JSON Schema components of served JSON: documents, list items, cards and system types.

Objects allow additional properties, so that new keys do not break clients that validate.
"""

from collections.abc import Iterable, Iterator

from schema.declaration.annotations import (
    Computed,
    DateBound,
    DeclarationError,
    DerivedAlongLinks,
    Inverse,
    Label,
    LinkedQuery,
    Ordinal,
    RoleCount,
    SystemSupplied,
    Visibility,
)
from schema.declaration.datatypes import AUTHORITY_TABLES, Kind
from schema.declaration.shapes import Field, Shape
from schema.entities.hydra_owl_skos_types import SYSTEM_TYPES, Collection
from schema.entities.partner_and_funder_lists import ROLE_LISTS
from schema.json_schema.values import (
    Schema,
    language_map_schema,
    named_value_schemas,
    schema_reference,
    value_schema,
)
from schema.model import Model
from vocab.concept_schemes import CONCEPT_SCHEMES, Scheme
from vocab.namespaces import SKOS
from vocab.turtle_parser import language_map

_CODE_PATTERNS = {Kind.COUNTRY: "^[A-Z]{2}$", Kind.CURRENCY: "^[A-Z]{3}$", Kind.LANGUAGE: "^[a-z]{2,3}$"}

_MEMBER_CLASSES = {
    "view": ("PartialCollectionView",),
    "classes": ("Class",),
    "properties": ("ObjectProperty", "DatatypeProperty", "AnnotationProperty"),
    "concepts": ("Concept",),
}
"""The classes of the members of the system type fields whose annotation allows any class."""

COLLECTION_CARD = "FilteredCollectionCard"
"""The name of the schema of a reference to a list."""

_TEXT = schema_reference("Text")

_CARD_LABELS = {"Collection": "title", "ConceptScheme": "name"}
"""The label field in the cards of system types."""


def document_schemas(model: Model) -> dict[str, Schema]:
    """Return the schema components of response bodies, by name.

    Raise DeclarationError if two different ones have the same name.
    """
    schemas: dict[str, Schema] = {}
    for name, schema in _named_schemas(model):
        if schemas.setdefault(name, schema) != schema:
            message = f"two different schemas have the name {name!r}"
            raise DeclarationError(message)
    return schemas


def concept_card_name(scheme: str) -> str:
    """Return the name of the schema of a concept's card."""
    return _camel_case(scheme) + "Concept"


def concept_code_name(scheme: str) -> str:
    """Return the name of the schema of the codes of a concept scheme."""
    return _camel_case(scheme) + "Code"


def _camel_case(name: str) -> str:
    return "".join(word.title() for word in name.split("-"))


def _named_schemas(model: Model) -> Iterator[tuple[str, Schema]]:
    for shape in model.entities:
        item_fields = [Visibility.CARD, Visibility.ITEM]
        yield f"{shape.name}Item", _summary_schema(model, shape, "as a list item", item_fields)
        yield (
            f"{shape.name}Card",
            _summary_schema(model, shape, "as a reference in other documents", [Visibility.CARD]),
        )
    for shape in model.shapes:
        if shape.struct is not Collection:
            description = {"description": _class_description(model, shape)}
            yield shape.name, description | object_schema(model, shape, shape.fields)
    yield from _card_schemas(model)
    yield from named_value_schemas().items()


def _card_schemas(model: Model) -> Iterator[tuple[str, Schema]]:
    """Yield the schemas of all cards but those of records."""
    for scheme in CONCEPT_SCHEMES.values():
        yield concept_code_name(scheme.name), {"type": "string", "enum": [*scheme.codes]}
        yield concept_card_name(scheme.name), _concept_card_schema(scheme)
    for kind, authority in AUTHORITY_TABLES.items():
        code: Schema = {"type": "string", "pattern": _CODE_PATTERNS[kind]}
        name = language_map_schema({"type": "string"})
        names = {"name": name, "label": name}
        yield f"{authority.name}Card", _identified_object(authority.name, {"id": code}, names)
    for type_, label in _CARD_LABELS.items():
        codes = [*((*model.by_collection, *ROLE_LISTS) if type_ == "Collection" else CONCEPT_SCHEMES)]
        code = {"type": "string", "enum": codes}
        yield f"{type_}Card", _identified_object(type_, {"id": code}, {label: _TEXT, "label": _TEXT})
    total: Schema = {"label": _TEXT, "total": {"type": "integer", "minimum": 0}}
    description = {"description": "A reference to a filtered list, with its number of records."}
    yield COLLECTION_CARD, description | _identified_object("Collection", {}, total)
    part_names = {
        model.keys[field.target].target
        for shape in model.shapes
        for field in shape.fields
        if field.kind in (Kind.SIBLING, Kind.LINKED_PART)
    }
    for shape in model.shapes:
        if shape.name in part_names:
            yield f"{shape.name}Card", _part_card_schema(model, shape)


def _part_card_schema(model: Model, shape: Shape) -> Schema:
    """Return the schema of a part's card; within the part's own record it has no fields but the label."""
    schema = _identified_object(shape.name, {"id": schema_reference("Id")}, {"label": _TEXT})
    schema["properties"] |= {field.name: field_schema(model, shape, field) for field in shape.card_fields}
    return schema


def _concept_card_schema(scheme: Scheme) -> Schema:
    label = language_map(scheme.triples[scheme.iri][str(SKOS.prefLabel)])["en"]
    code = schema_reference(concept_code_name(scheme.name))
    return {
        "description": f"{label}.",
        **_identified_object("Concept", {"id": code}, {"name": _TEXT, "label": _TEXT}),
    }


def _identified_object(type_: str, leading: dict[str, Schema], trailing: dict[str, Schema]) -> Schema:
    """Return the schema of an object with `uri` and `type`, between other required properties."""
    identity = {"uri": schema_reference("Iri"), "type": {"type": "string", "const": type_}}
    properties = {**leading, **identity, **trailing}
    return {"type": "object", "properties": properties, "required": [*properties]}


def object_schema(model: Model, shape: Shape, fields: Iterable[Field]) -> Schema:
    """Return the schema of an object with some fields of a shape; counts of role lists are left out."""
    fields = [field for field in fields if not isinstance(field.derived, RoleCount)]
    properties = {field.name: field_schema(model, shape, field) for field in fields}
    identifier = {"id": properties.pop("id")} if "id" in properties else {}
    schema = _identified_object(shape.name, identifier, {})
    schema["properties"] |= properties
    schema["required"] += [
        field.name for field in fields if field.name in properties and _is_always_present(shape, field)
    ]
    return schema


def _summary_schema(model: Model, shape: Shape, form: str, visibilities: list[Visibility]) -> Schema:
    fields = [field for field in shape.fields if field.name == "id" or field.visibility in visibilities]
    return {"description": f"{shape.name}, {form}.", **object_schema(model, shape, fields)}


def field_schema(model: Model, shape: Shape, field: Field) -> Schema:
    """Return the schema of a field, with the definition of its property as the description."""
    schema = _item_schema(model, field)
    if field.is_list:
        # Empty lists are left out of records, not of system types.
        minimum = {} if shape.struct in SYSTEM_TYPES else {"minItems": 1}
        schema = {"type": "array", "items": schema, **minimum}
    definitions = model.ontology.definitions(field.predicate)
    return schema | {"description": definitions["en"]} if "en" in definitions else schema


def _item_schema(model: Model, field: Field) -> Schema:
    """Return the schema of one value of a field."""
    match field.kind:
        case Kind.LINK:
            return schema_reference(f"{field.target}Card")
        case Kind.CONCEPT:
            return schema_reference(concept_card_name(field.target))
        case Kind.COLLECTION_CARD:
            return schema_reference(COLLECTION_CARD)
        case Kind.SIBLING | Kind.LINKED_PART:
            return schema_reference(f"{model.keys[field.target].target}Card")
        case kind if kind in AUTHORITY_TABLES:
            return schema_reference(f"{AUTHORITY_TABLES[kind].name}Card")
        case Kind.PART if field.part:
            return schema_reference(field.part.name)
        case Kind.PART:
            classes = [schema_reference(name) for name in _MEMBER_CLASSES.get(field.name, ())]
            return classes[0] if len(classes) == 1 else {"oneOf": classes}
        case _:
            return value_schema(field)


def _is_always_present(shape: Shape, field: Field) -> bool:
    """Return True if every document has the field; unknown and empty values are left out."""
    match field.derived:
        case DateBound(name):
            return any(bounded.name == name and bounded.required for bounded in shape.fields)
        case Ordinal() | SystemSupplied():
            return True
        case Label():
            return bool(shape.collection)
        case Inverse() | DerivedAlongLinks() | Computed() | LinkedQuery():
            return False
    if shape.struct in SYSTEM_TYPES:
        return field.required
    return bool(field.part and field.part.is_document) or (field.required and not field.is_list)


def _class_description(model: Model, shape: Shape) -> str:
    """Return the definition of a class: of its ontology term, or the docstring of a system type."""
    return (
        model.ontology.definitions(shape.rdf_class).get("en")
        or (shape.struct.__doc__ or shape.name).splitlines()[0]
    )
