"""Tests of declarations: the sample model has every format, and invalid declarations are rejected."""

from typing import Annotated

import jsonschema
import pytest
from msgspec import Meta
from rdflib.namespace import SDO

from api.store.log.actions import publish
from schema import MODEL as NETWORK_MODEL
from schema.declaration.annotations import DeclarationError, Inverse, Term, Without
from schema.declaration.datatypes import (
    Iri,
    Line,
    Text,
    link_to,
    linked_part,
)
from schema.declaration.entity_base import Entity, Record
from schema.declaration.shapes import Part, describe
from schema.entities.parts import Place
from schema.entities.source import Source
from schema.model import Model
from schema.validation.record_codec import decode_record
from tests.support.rdf_parsers import by_pyld, by_pyoxigraph, by_rdflib, in_format, parsed
from tests.support.sample_model import BICYCLE, MODEL, WITH_THINGS, Thing, Wheel, sample_records
from tests.support.site import BASE, site_on
from vocab.namespaces import DCTERMS
from vocab.ontology_terms import TIKLS, ParsedOntology, UndefinedTermError


@pytest.fixture(params=["sqlite", "postgresql"])
def things(request, databases):
    """An installation of the sample model with its records."""
    with site_on(databases.make(request.param), MODEL) as site:
        site.store.commit([publish(record) for record in sample_records()], "editor")
        yield site


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_an_entity_declared_in_a_test_has_every_format(things):
    for path in ("/things/bicycle", "/things/fleet", "/things"):
        turtle = parsed(in_format(things, path, "ttl"), "turtle")
        assert parsed(in_format(things, path, "nt"), "nt") == turtle
        assert parsed(in_format(things, path, "rdf"), "xml") == turtle
        for reader in (by_rdflib, by_pyld, by_pyoxigraph):
            assert reader(in_format(things, path, "jsonld")) == turtle


def test_an_entity_declared_in_a_test_has_all_stated_and_derived_fields(things):
    document = things.json("/things/bicycle")
    for key, value in BICYCLE.items():
        if key in (
            "name",
            "code",
            "story",
            "nicknames",
            "size",
            "weight",
            "date",
            "lasts",
            "link",
            "is_lent",
        ):
            assert document[key] == value
    assert document["loud"] == "B-1"
    assert (document["date_earliest"], document["date_latest"]) == ("2018-03-01", "2018-04-30")
    assert [language["id"] for language in document["spoken"]] == ["lv", "ltg"]
    assert document["wheels"][1]["turns_with"] == {
        "id": "back",
        "uri": f"{BASE}/things/bicycle#wheel-back",
        "type": "Wheel",
        "label": {"en": "Fleet"},
    }
    (spare,) = document["spares_for"]
    assert spare.pop("owner")["id"] == "fleet"
    assert spare == document["wheels"][1]["turns_with"]
    assert [wheel["rank"] for wheel in document["wheels"]] == [1, 2]
    assert document["place"]["uri"] == f"{BASE}/things/bicycle#place"
    assert [thing["id"] for thing in things.json("/things/fleet")["wholes"]] == ["bicycle"]
    assert things.json("/things?sort=id")["items"][0].keys() == {
        "id",
        "uri",
        "type",
        "name",
        "code",
        "date",
        "label",
    }


def test_an_entity_declared_in_a_test_has_its_schema_and_its_page(things):
    schema = things.json("/schemas/thing.json")
    for document in (things.json("/things/bicycle"), {"id": "bicycle", **BICYCLE}):
        jsonschema.Draft202012Validator(schema).validate(document)
    assert things.json("/")["collections"][0]["title"] == {"lv": "Lietas", "en": "Things"}


def test_publishing_a_response_again_changes_nothing(things):
    shape = MODEL.by_name["Thing"]
    for name in ("bicycle", "fleet"):
        body = things.get(f"/things/{name}").content
        assert things.store.commit([publish(decode_record(shape, body, name))], "editor") == 0


def entity_with_field(annotation, name="field"):
    """Return an entity class with one field."""
    return type(
        "Odd",
        (Entity,),
        {
            "__annotations__": {name: annotation},
            "rdf_class": SDO.Thing,
            "collection": "things",
            "number_place": 2,
        },
        kw_only=True,
        frozen=True,
    )


@pytest.mark.parametrize(
    ("annotation", "reason"),
    [
        (Annotated[Line, Meta(max_length=9)], "has 0 terms"),
        (Annotated[Line, Term(SDO.sku), Term(SDO.mpn), Meta(max_length=9)], "has 2 terms"),
        (Annotated[Line, Term(SDO.sku)], "has no limits"),
        (Annotated[int, Term(SDO.sku), Meta(ge=0)], "has no limits"),
        (Annotated[float, Term(SDO.sku)], "no format supports"),
        (Annotated[str | int, Term(SDO.sku)], "no format supports"),
        (Annotated[Wheel, Term(SDO.sku)], "have an id"),
        (Annotated[tuple[Place, ...], Term(SDO.sku)], "have an id"),
    ],
)
def test_a_field_that_some_format_cannot_write_is_rejected(annotation, reason):
    with pytest.raises(DeclarationError, match=reason):
        describe(entity_with_field(annotation))


@pytest.mark.parametrize(
    ("annotation", "name"),
    [
        (Annotated[Text, Term(SDO.name)], "title"),
        (Annotated[Line, Term(DCTERMS.title), Meta(max_length=9)], "title"),
        (Annotated[tuple[Iri, ...], Term(DCTERMS.license)], "licence"),
    ],
)
def test_a_key_with_two_meanings_is_rejected(annotation, name):
    with pytest.raises(DeclarationError, match=f"'{name}' a second meaning"):
        Model.of(entity_with_field(annotation, name), ontology=WITH_THINGS)


@pytest.mark.parametrize("name", ["uri", "type", "included", "Place", "Collection"])
def test_a_key_that_json_ld_or_a_class_needs_is_rejected(name):
    entity = entity_with_field(Annotated[Line, Term(SDO.sku), Meta(max_length=9)], name)
    with pytest.raises(DeclarationError, match=f"{name!r} is used twice"):
        Model.of(Thing, in_other_collection(entity), ontology=WITH_THINGS)


def in_other_collection(entity):
    """Return a subclass of an entity class with a collection that no other class of the model has."""
    return type("Odd", (entity,), {"collection": "organisations"}, kw_only=True, frozen=True)


def test_an_entity_declared_twice_or_named_like_a_system_type_is_rejected():
    collection = type(
        "Collection", (Entity,), {"rdf_class": SDO.Thing, "collection": "things"}, kw_only=True, frozen=True
    )
    for entities in ((Thing, Thing), (collection,)):
        with pytest.raises(DeclarationError, match="is used twice"):
            Model.of(*entities, ontology=WITH_THINGS)


def test_a_place_in_record_numbers_belongs_to_one_entity():
    with pytest.raises(DeclarationError, match="Odd and Thing have the same place 1"):
        Model.of(Thing, placed(1), Source, ontology=WITH_THINGS)
    for place in (0, 16):
        with pytest.raises(
            DeclarationError, match=f"Odd has the place {place}; a place is a number from 1 to 15"
        ):
            Model.of(Thing, placed(place), Source, ontology=WITH_THINGS)


def test_an_entity_added_in_the_middle_moves_no_other():
    more = Model.of(Thing, placed(15), Source, ontology=WITH_THINGS)
    assert {**more.number_places} == {**MODEL.number_places, "Odd": 15}


def test_the_places_of_entities_stay_as_they_were_given():
    """A place is in the record numbers of every database: no entity changes it, and none gets one of a former entity."""
    assert NETWORK_MODEL.number_places == {
        "Project": 1, "Grant": 2, "Programme": 3, "Organisation": 4, "Activity": 5, "Output": 6, "Source": 7,
    }  # fmt: skip


def placed(number: int):
    """Return an entity class with a place in record numbers."""
    odd = entity_with_field(Annotated[Line, Term(SDO.sku), Meta(max_length=9)] | None)
    members = {"collection": "organisations", "number_place": number}
    return type("Odd", (odd,), members, kw_only=True, frozen=True)


class Box(Part, kw_only=True, frozen=True):
    rdf_class = SDO.Thing

    maker: Annotated[str, Term(SDO.isPartOf), link_to("Thing")] | None = None
    stickers: Annotated[tuple[Annotated[str, link_to("Thing")], ...], Term(SDO.hasPart)] = ()


def entity_with_box(*without):
    """Return an entity class with a box, which lacks some of its fields."""
    annotation = Annotated[Box, Term(SDO.sku), Without(without)]
    return in_other_collection(entity_with_field(annotation | None, "box"))


def test_a_part_may_lack_optional_fields_of_its_class_in_one_entity():
    records = {shape.name: shape.fields[-1].part for shape in NETWORK_MODEL.entities}
    assert [name for name, record in records.items() if "sources" not in names(record)] == ["Source"]
    assert [names(shape) for shape in NETWORK_MODEL.shapes if shape.name == "Record"] == [
        names(records["Project"])
    ]
    with pytest.raises(DeclarationError, match="Record has no optional field nothing to leave out"):
        describe(entity_with_field(Annotated[Record, Term(SDO.sku), Without(("nothing",))]))


def names(shape) -> list[str]:
    return [field.name for field in shape.fields]


def test_two_fields_with_parts_of_one_class_are_rejected():
    annotations = {
        "home": Annotated[Place, Term(SDO.sku)] | None,
        "work": Annotated[Place, Term(SDO.mpn)] | None,
    }
    entity = type(
        "Odd",
        (Entity,),
        {"__annotations__": annotations, "home": None, "work": None, "rdf_class": SDO.Thing},
        kw_only=True,
        frozen=True,
    )
    with pytest.raises(DeclarationError, match="parts of one class"):
        describe(entity)


def test_a_link_to_an_undeclared_entity_is_rejected():
    with pytest.raises(DeclarationError, match="links to Nothing"):
        Model.of(entity_with_field(Annotated[str, Term(SDO.sku), link_to("Nothing")]), ontology=WITH_THINGS)


@pytest.mark.parametrize("path", [("friends", "rims"), ("whole", "wheels"), ("foes", "wheels")])
def test_a_link_to_parts_that_no_link_leads_to_is_rejected(path):
    annotation = Annotated[tuple[Annotated[str, linked_part(*path)], ...], Term(SDO.sku)]
    members = {
        "__annotations__": {"parts": annotation},
        "parts": (),
        "collection": "organisations",
        "number_place": 2,
    }
    odd = type("Odd", (Thing,), members, kw_only=True, frozen=True)
    with pytest.raises(DeclarationError, match=f"{path[0]} does not lead to"):
        Model.of(Thing, odd, Source, ontology=WITH_THINGS)


def test_an_inverse_of_no_link_is_rejected():
    inverse = Annotated[tuple[Annotated[str, link_to("Odd")], ...], Term(SDO.sku), Inverse("Odd", "field")]
    with pytest.raises(DeclarationError, match="inverse of no link"):
        Model.of(entity_with_field(inverse), ontology=WITH_THINGS)


def test_an_own_term_without_labels_and_definitions_is_rejected():
    with pytest.raises(UndefinedTermError, match=r"vocab#misspelt> has no .*label"):
        Term(TIKLS.misspelt)
    only_english = '<vocab#half> <http://www.w3.org/2000/01/rdf-schema#label> "half"@en .'
    with pytest.raises(UndefinedTermError, match="in lv"):
        ParsedOntology.read(only_english).term("half")


def test_a_collection_without_labels_is_rejected():
    with pytest.raises(UndefinedTermError, match="<things> has no"):
        Model.of(Thing)


def test_an_own_class_without_definition_is_rejected():
    entity = type("Odd", (Entity,), {"collection": "things"}, kw_only=True, frozen=True)
    with pytest.raises(UndefinedTermError, match="vocab#Odd"):
        describe(entity)
