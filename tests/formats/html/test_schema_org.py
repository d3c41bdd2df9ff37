"""What pages tell search engines: schema.org's view of them, as extruct reads it."""

import re
from functools import cache

import extruct
import pytest
from pyoxigraph import NamedNode, parse

from api.formats.html.schema_org.terms import CLASSES
from schema import MODEL
from tests.support.generators.records import record
from tests.support.html_pages import in_language, json_ld, page, publish_all, text
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
def test_extruct_reads_what_a_page_is_about(alone, path, type_):
    for code in ("lv", "en"):
        answer = alone.get(in_language(path, code), accept="text/html")
        (found,) = extruct.extract(answer.text, syntaxes=["json-ld"])["json-ld"]
        assert found["@type"] == type_
        assert found["@id"] == alone.json(path)["uri"]
        assert found["@context"] == "https://schema.org"
        assert found["name"] == text(page(alone, in_language(path, code)).find(".//h1"))


def test_the_entry_point_is_a_catalogue_of_every_collection(alone):
    for code in ("lv", "en"):
        found = json_ld(page(alone, in_language("/", code)))
        collections = alone.json("/")["collections"]
        assert [one["@id"] for one in found["dataset"]] == [one["uri"] for one in collections]
        assert found["license"] == "https://creativecommons.org/licenses/by/4.0/"
        assert found["publisher"]["name"]
        for one in (found, *found["dataset"]):
            assert 50 <= len(one["description"]) <= 5_000
            assert one["url"] == one["@id"]
        for one in found["dataset"]:
            table = one["distribution"]["contentUrl"].removeprefix(BASE)
            assert alone.get(table).headers["content-type"].startswith(one["distribution"]["encodingFormat"])


def test_search_engines_are_told_dates_sums_and_places(bare):
    venue = {
        "id": "hall",
        "name": {"lv": "Zāle"},
        "locality": {"lv": "Rīga"},
        "country": "LV",
        "latitude": "56.95",
    }
    contribution = {"id": "all", "kind": "contribution", "value": "1250.00", "currency": "EUR"}
    publish_all(
        bare,
        record("Organisation", "lead", acronym="LD"),
        record("Project", "work", participations=[
            {"id": "lead", "organisation": "lead", "role": "coordinator", "start": "2018-22"},
            {"id": "others", "role": "partner", "count": 3},
        ], start="2017-09"),
        record("Grant", "g-1", projects=["work"], amounts=[contribution]),
        record("Activity", "fair", projects=["work"], kind="conference", start="2018-22", end="2018-09-01", places=[venue]),
    )  # fmt: skip
    work = json_ld(page(bare, "/projects/work?lang=en"))
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
    grant = json_ld(page(bare, "/grants/g-1"))
    assert grant["@type"] == "MonetaryGrant"
    assert (grant["amount"]["value"], grant["amount"]["currency"]) == ("1250.00", "EUR")
    assert grant["name"] == "G-1"
    fair = json_ld(page(bare, "/activities/fair"))
    assert (fair["startDate"], fair["endDate"]) == ("2018", "2018-09-01")
    assert fair["location"]["address"]["addressLocality"] == "Rīga"
    assert fair["location"]["address"]["addressCountry"] == "LV"
    assert fair["additionalType"] == f"{BASE}/vocab/activity-kind/conference"
    assert fair["@reverse"]["event"]["@id"] == f"{BASE}/projects/work#this"


@cache
def schema_org() -> dict[tuple[str, str], set[str]]:
    """Return the names that each name of schema.org leads to, by property."""
    found: dict[tuple[str, str], set[str]] = {}
    for quad in parse(path=SHARED / "conformance/schemaorg-30.0/schemaorg-current-https.ttl"):
        if isinstance(quad.object, NamedNode):
            said = (name(quad.subject), name(quad.predicate))
            found.setdefault(said, set()).add(name(quad.object))
    return found


def name(node: object) -> str:
    return re.split("[/#]", getattr(node, "value", ""))[-1]


def kinds(class_: str) -> set[str]:
    """Return a class and all above it."""
    above = schema_org().get((class_, "subClassOf"), set())
    return {class_}.union(*map(kinds, above))


@needs_shared
@pytest.mark.parametrize("ours", CLASSES)
def test_every_property_that_search_engines_are_told_fits_its_class_in_schema_org(ours):
    class_ = CLASSES[ours]
    fields = {field.name for shape in MODEL.shapes if shape.name == ours for field in shape.fields}
    for key, path in class_.properties.items():
        assert not fields or key in fields
        steps = path.removeprefix("^").split(".")
        owners = [class_.name, "PostalAddress"][: len(steps)]
        edge = "rangeIncludes" if path.startswith("^") else "domainIncludes"
        for step, owner in zip(steps, owners, strict=True):
            # A role stands between a thing and a value of any property, and repeats it.
            is_role = owner.endswith("Role") and step == "member"
            assert is_role or schema_org()[step, edge] & kinds(owner), path
