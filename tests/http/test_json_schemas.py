"""JSON Schemas tell the truth about documents, and documents know only their own base address."""

import json
import re

import pytest
from jsonschema import Draft202012Validator

from api.editing.directory import load_directory
from schema import MODEL
from tests.support.site import BASE, FORMATS, KINDS, ROOT, site_on

SHAPES = MODEL.entities

ELSEWHERE = "https://x.example/data"

ENSIE = json.loads((ROOT / "data/projects/ensie.json").read_bytes())

PLACES = [
    "/",
    "/projects?limit=1",
    "/projects/ensie",
    "/vocab",
    "/vocab/role",
    "/vocab/role/partner",
    *(f"/{path}.{name}" for path in ("index", "projects", "projects/ensie", "vocab") for name in FORMATS),
    "/context.jsonld",
    "/schemas/project.json",
    "/problems/not-found",
    "/nothing",
    "/?x=1",
]

BROKEN = [
    {"title": None, "name": {"en": "A name"}},
    {"title": "A title"},
    {"title": {}},
    {"title": {"en": ""}},
    {"title": {"en": "Two\nlines"}},
    {"title": {"EN": "A title"}},
    {"status": "nonsense"},
    {"start": "2017-13"},
    {"start": "2017\n"},
    {"countries_stated": ["XX"]},
    {"countries_stated": "LV"},
    {"homepage": "javascript:alert(1)"},
    {"participations": [{"id": "one"}]},
    {"participations": [{"id": "one", "role": "partner", "count": 0}]},
    {"participations": [{"id": "Not an id", "role": "partner"}]},
    {"id": "Not an id"},
    {"titel": {"en": "A title"}},
]


def validator(site, name: str) -> Draft202012Validator:
    schema = site.json(f"/schemas/{name.lower()}.json")
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_every_record_that_is_served_is_valid_by_its_schema(network, shape):
    schema = validator(network, shape.name)
    for item in network.json(f"/{shape.collection}?limit=200")["items"]:
        document = network.json(item["uri"].removeprefix(BASE).removesuffix("#this"))
        assert not [error.message for error in schema.iter_errors(document)], item["id"]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_every_file_of_content_is_valid_by_its_schema(network, shape):
    schema = validator(network, shape.name)
    files = sorted((ROOT / "data" / shape.collection).glob("*.json"))
    assert files
    for file in files:
        assert not [error.message for error in schema.iter_errors(json.loads(file.read_bytes()))], file.name


@pytest.mark.parametrize("change", BROKEN, ids=json.dumps)
def test_a_broken_document_is_invalid_by_its_schema(network, change):
    schema = validator(network, "Project")
    assert schema.is_valid(ENSIE)
    document = {key: value for key, value in (ENSIE | change).items() if value is not None}
    assert not schema.is_valid(document)


def test_the_entry_point_names_every_schema(network):
    for address in network.json("/")["schemas"]:
        assert network.json(address.removeprefix(BASE))["$id"] == address


@pytest.mark.parametrize("kind", KINDS)
def test_a_base_with_a_path_is_the_only_one_that_is_ever_named(databases, kind):
    with site_on(databases.make(kind), base=ELSEWHERE) as site:
        load_directory(site.store, ROOT / "data")
        for path in PLACES:
            answer = site.get(path, host="evil.example")
            said = answer.text + str(answer.headers)
            assert "evil.example" not in said, path
            assert "testserver" not in said, path
            hosts = set(re.findall(r"https?://(?:x\.example|127\.0\.0\.1|localhost)[^\s\"<>]*", said))
            assert hosts, path
            assert all(one.startswith(ELSEWHERE) for one in hosts), path
        assert site.json("/projects/ensie")["uri"] == f"{ELSEWHERE}/projects/ensie#this"
        for name in FORMATS:
            link = site.get(f"/projects.{name}?limit=1").headers["link"]
            assert f"<{ELSEWHERE}/projects.{name}?limit=1&cursor=" in link


def test_patterns_are_good_in_the_dialect_of_json_schema(network):
    """In ECMA-262 with the flag u, which validators set, only these may stand behind a backslash."""
    for collection in network.json("/")["schemas"]:
        text = network.get(collection.removeprefix(BASE)).text
        patterns = re.findall(r'"pattern":("(?:[^"\\]|\\.)*")', text)
        assert patterns
        for pattern in map(json.loads, patterns):
            assert not re.findall(r"\\[^\\^$.*+?()\[\]{}|/dDsSwWbBnrtfvu]", pattern), pattern
