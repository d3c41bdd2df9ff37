"""Tests of schema.org JSON-LD in HTML pages: types, catalogue, values, validity of its properties."""

import re
from functools import cache

import pytest
from pyoxigraph import NamedNode, parse

from api.formats.html.schema_org.terms import CLASSES
from schema import MODEL
from tests.support.generators.records import record
from tests.support.html.pages import in_language, json_ld, page, publish_all, text
from tests.support.site import BASE, SHARED, needs_shared


@pytest.mark.parametrize(
    ("path", "type_"),
    [
        ("/", "DataCatalog"),
        ("/projects", "Dataset"),
        ("/projects/ensie", "Project"),
        ("/grants/ncm-17055", "Grant"),
        ("/programmes/europe-for-citizens", "FundingScheme"),
        ("/organisations/social-innovation-centre", "Organization"),
        ("/activities/ensie-events", "Event"),
        ("/outputs/ensie-handbook", "CreativeWork"),
        ("/vocab/role/partner", "DefinedTerm"),
    ],
)
def test_extruct_reads_the_type_uri_and_name_of_the_subject_of_a_page(sqlite_network, path, type_):
    import extruct  # noqa: PLC0415 - imported by one process only

    for code in ("lv", "en"):
        response = sqlite_network.get(in_language(path, code), accept="text/html")
        (subject,) = extruct.extract(response.text, syntaxes=["json-ld"])["json-ld"]
        assert subject["@type"] == type_
        assert subject["@id"] == sqlite_network.json(path)["uri"]
        assert subject["@context"] == "https://schema.org"
        assert subject["name"] == text(page(sqlite_network, in_language(path, code)).find(".//h1"))


def test_the_entry_point_is_a_catalogue_of_every_collection(sqlite_network):
    for code in ("lv", "en"):
        catalogue = json_ld(page(sqlite_network, in_language("/", code)))
        collections = sqlite_network.json("/")["collections"]
        datasets = catalogue["dataset"]
        assert [dataset["@id"] for dataset in datasets] == [collection["uri"] for collection in collections]
        assert catalogue["license"] == "https://creativecommons.org/licenses/by/4.0/"
        assert catalogue["publisher"]["name"]
        for node in (catalogue, *datasets):
            assert 50 <= len(node["description"]) <= 5_000
            assert node["url"] == node["@id"]
        for dataset in datasets:
            distribution = dataset["distribution"]
            response = sqlite_network.get(distribution["contentUrl"].removeprefix(BASE))
            assert response.headers["content-type"].startswith(distribution["encodingFormat"])


def test_json_ld_has_dates_amounts_places_and_roles(sqlite_site):
    venue = {
        "id": "hall",
        "name": {"lv": "Zāle"},
        "locality": {"lv": "Rīga"},
        "country": "LV",
        "latitude": "56.95",
    }
    contribution = {"id": "all", "kind": "contribution", "value": "1250.00", "currency": "EUR"}
    publish_all(
        sqlite_site,
        record("Organisation", "lead", acronym="LD"),
        record("Project", "work", participations=[
            {"id": "lead", "organisation": "lead", "role": "coordinator", "start": "2018-22"},
            {"id": "others", "role": "partner", "count": 3},
        ], start="2017-09"),
        record("Grant", "g-1", projects=["work"], amounts=[contribution]),
        record("Activity", "fair", projects=["work"], kind="conference", start="2018-22", end="2018-09-01", places=[venue]),
    )  # fmt: skip
    work = json_ld(page(sqlite_site, "/projects/work?lang=en"))
    assert work["foundingDate"] == "2017-09"
    assert work["funding"]["@id"] == f"{BASE}/grants/g-1#this"
    assert work["member"] == {
        "@type": "OrganizationRole",
        "@id": f"{BASE}/projects/work#participation-lead",
        "member": {
            "@type": "Organization",
            "@id": f"{BASE}/organisations/lead#this",
            "name": "Organisation lead",
            "alternateName": "LD",
        },
        "roleName": "coordinator",
        "startDate": "2018",
    }
    grant = json_ld(page(sqlite_site, "/grants/g-1"))
    assert grant["@type"] == "MonetaryGrant"
    assert (grant["amount"]["value"], grant["amount"]["currency"]) == ("1250.00", "EUR")
    assert grant["name"] == "G-1"
    fair = json_ld(page(sqlite_site, "/activities/fair"))
    assert (fair["startDate"], fair["endDate"]) == ("2018", "2018-09-01")
    assert fair["location"]["address"]["addressLocality"] == "Rīga"
    assert fair["location"]["address"]["addressCountry"] == "LV"
    assert fair["additionalType"] == f"{BASE}/vocab/activity-kind/conference"
    assert fair["@reverse"]["event"]["@id"] == f"{BASE}/projects/work#this"


@cache
def schema_org() -> dict[tuple[str, str], set[str]]:
    """Return the schema.org vocabulary: the local names of the objects by those of subject and predicate."""
    objects: dict[tuple[str, str], set[str]] = {}
    for quad in parse(path=SHARED / "conformance/schemaorg-30.0/schemaorg-current-https.ttl"):
        if isinstance(quad.object, NamedNode):
            key = (local_name(quad.subject), local_name(quad.predicate))
            objects.setdefault(key, set()).add(local_name(quad.object))
    return objects


def local_name(node: object) -> str:
    return re.split("[/#]", getattr(node, "value", ""))[-1]


def superclasses(class_: str) -> set[str]:
    """Return a class and all its superclasses."""
    parents = schema_org().get((class_, "subClassOf"), set())
    return {class_}.union(*map(superclasses, parents))


@needs_shared
@pytest.mark.parametrize("shape_name", CLASSES)
def test_every_property_in_json_ld_fits_its_class_in_schema_org(shape_name):
    class_ = CLASSES[shape_name]
    fields = {field.name for shape in MODEL.shapes if shape.name == shape_name for field in shape.fields}
    for key, path in class_.properties.items():
        assert not fields or key in fields
        steps = path.removeprefix("^").split(".")
        owners = [class_.name, "PostalAddress"][: len(steps)]
        edge = "rangeIncludes" if path.startswith("^") else "domainIncludes"
        for step, owner in zip(steps, owners, strict=True):
            # A schema.org Role repeats the property that it qualifies, whatever its domain.
            is_role = owner.endswith("Role") and step == "member"
            assert is_role or schema_org()[step, edge] & superclasses(owner), path
