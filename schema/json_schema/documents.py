"""JSON Schema of what is served: documents, items of lists, cards, the pages around them.

Objects are left open, because keys may be added to them in time.
"""

from collections.abc import Iterable, Iterator

from schema.declaration.annotations import (
    Computed,
    DateBound,
    DeclarationError,
    DerivedAlongLinks,
    Inverse,
    LinkedQuery,
    Ordinal,
    RoleCount,
    SystemSupplied,
    Visibility,
)
from schema.declaration.datatypes import AUTHORITY_TABLES, Kind
from schema.declaration.shapes import Field, Shape
from schema.entities.role_lists import ROLE_LISTS
from schema.entities.system import SYSTEM_TYPES, Collection
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
from vocab.turtle import language_map

_CODES = {Kind.COUNTRY: "^[A-Z]{2}$", Kind.CURRENCY: "^[A-Z]{3}$", Kind.LANGUAGE: "^[a-z]{2,3}$"}

_NODES = {
    "view": ("PartialCollectionView",),
    "classes": ("Class",),
    "properties": ("ObjectProperty", "DatatypeProperty", "AnnotationProperty"),
    "concepts": ("Concept",),
}
"""What stands in those fields of frames that may hold a thing of any class."""

COLLECTION_CARD = "AskedCard"
"""The name of the schema of a list's address."""

_LABELS = {"Collection": "title", "ConceptScheme": "name"}
"""What the cards of frames show, besides their addresses."""


def document_schemas(model: Model) -> dict[str, Schema]:
    """Return the schema of everything that answers are made of, by name.

    Raise DeclarationError if two would go by one name.
    """
    found: dict[str, Schema] = {}
    for name, schema in _named(model):
        if found.setdefault(name, schema) != schema:
            message = f"two schemas of answers would go by the name {name!r}"
            raise DeclarationError(message)
    return found


def concept_card_name(scheme: str) -> str:
    """Return the name of the schema of a concept's card."""
    return "".join(word.title() for word in scheme.split("-")) + "Concept"


def _named(model: Model) -> Iterator[tuple[str, Schema]]:
    for shape in model.entities:
        yield (
            f"{shape.name}Item",
            _shown(model, shape, "as lists show it", [Visibility.CARD, Visibility.ITEM]),
        )
        yield f"{shape.name}Card", _shown(model, shape, "as other documents show it", [Visibility.CARD])
    for shape in model.shapes:
        if shape.struct is not Collection:
            description = {"description": _class_description(model, shape)}
            yield shape.name, description | object_schema(model, shape, shape.fields)
    yield from _cards(model)
    yield from named_value_schemas().items()


def _cards(model: Model) -> Iterator[tuple[str, Schema]]:
    """Yield the cards of what is no record."""
    for scheme in CONCEPT_SCHEMES.values():
        yield concept_card_name(scheme.name), _concept(scheme)
    for kind, authority in AUTHORITY_TABLES.items():
        code: Schema = {"type": "string", "pattern": _CODES[kind]}
        name = language_map_schema({"type": "string"})
        yield f"{authority.name}Card", _object(authority.name, {"id": code}, {"name": name})
    for frame, label in _LABELS.items():
        codes = [*((*model.by_collection, *ROLE_LISTS) if frame == "Collection" else CONCEPT_SCHEMES)]
        code = {"type": "string", "enum": codes}
        yield f"{frame}Card", _object(frame, {"id": code}, {label: schema_reference("Text")})
    counted: Schema = {"total": {"type": "integer", "minimum": 0}}
    description = {"description": "A list that is asked for, and how many records it has."}
    yield COLLECTION_CARD, description | _object("Collection", {}, counted)
    for shape in model.shapes:
        for field in shape.fields:
            if field.kind is Kind.SIBLING:
                part = model.keys[field.target].target
                yield f"{part}Card", _object(part, {"id": schema_reference("Id")}, {})


def _concept(scheme: Scheme) -> Schema:
    label = language_map(scheme.triples[scheme.iri][str(SKOS.prefLabel)])["en"]
    code = {"type": "string", "enum": [*scheme.codes]}
    return {
        "description": f"{label}.",
        **_object("Concept", {"id": code}, {"name": schema_reference("Text")}),
    }


def _object(type_: str, before: dict[str, Schema], behind: dict[str, Schema]) -> Schema:
    head = {"uri": schema_reference("Iri"), "type": {"type": "string", "const": type_}}
    properties = {**before, **head, **behind}
    return {"type": "object", "properties": properties, "required": [*properties]}


def object_schema(model: Model, shape: Shape, fields: Iterable[Field]) -> Schema:
    """Return the schema of a thing with some of its fields, but for those that only lists by role have."""
    fields = [field for field in fields if not isinstance(field.derived, RoleCount)]
    properties = {field.name: field_schema(model, shape, field) for field in fields}
    identifier = {"id": properties.pop("id")} if "id" in properties else {}
    schema = _object(shape.name, identifier, {})
    schema["properties"] |= properties
    always = [field.name for field in fields if field.name in properties and _is_always_there(shape, field)]
    schema["required"] += always
    return schema


def _shown(model: Model, shape: Shape, how: str, places: list[Visibility]) -> Schema:
    fields = [field for field in shape.fields if field.name == "id" or field.visibility in places]
    return {"description": f"{shape.name}, {how}.", **object_schema(model, shape, fields)}


def field_schema(model: Model, shape: Shape, field: Field) -> Schema:
    """Return the schema of a field's value, or values."""
    one = _one(model, field)
    if field.is_list:
        least = {} if shape.struct in SYSTEM_TYPES else {"minItems": 1}
        one = {"type": "array", "items": one, **least}
    said = language_map(model.ontology.triples.get(field.predicate, {}).get(str(SKOS.definition), ()))
    return one | {"description": said["en"]} if "en" in said else one


def _one(model: Model, field: Field) -> Schema:
    match field.kind:
        case Kind.LINK:
            return schema_reference(f"{field.target}Card")
        case Kind.CONCEPT:
            return schema_reference(concept_card_name(field.target))
        case Kind.COLLECTION_CARD:
            return schema_reference(COLLECTION_CARD)
        case Kind.SIBLING:
            return schema_reference(f"{model.keys[field.target].target}Card")
        case kind if kind in AUTHORITY_TABLES:
            return schema_reference(f"{AUTHORITY_TABLES[kind].name}Card")
        case Kind.PART if field.part:
            return schema_reference(field.part.name)
        case Kind.PART:
            arms = [schema_reference(name) for name in _NODES.get(field.name, ())]
            return arms[0] if len(arms) == 1 else {"oneOf": arms}
        case _:
            return value_schema(field)


def _is_always_there(shape: Shape, field: Field) -> bool:
    """Tell whether a field is in every document: what is unknown or empty is left out."""
    match field.derived:
        case DateBound(name):
            return any(one.name == name and one.required for one in shape.fields)
        case Ordinal() | SystemSupplied():
            return True
        case Inverse() | DerivedAlongLinks() | Computed() | LinkedQuery():
            return False
    if shape.struct in SYSTEM_TYPES:
        return field.required
    return bool(field.part and field.part.is_document) or (field.required and not field.is_list)


def _class_description(model: Model, shape: Shape) -> str:
    """Return the definition of a class of ours; frames of other vocabularies say it themselves."""
    said = model.ontology.triples.get(shape.rdf_class, {}).get(str(SKOS.definition), ())
    return language_map(said).get("en") or (shape.struct.__doc__ or shape.name).splitlines()[0]
