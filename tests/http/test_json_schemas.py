"""Tests of JSON Schemas against documents, and of the base URL in all responses."""

import json
import re
from functools import cache

import pytest
from jsonschema import Draft202012Validator

from api.editing.directory_loader import load_directory
from schema import MODEL
from tests.support.site import BASE, FORMATS, KINDS, ROOT, site_on

SHAPES = MODEL.entities

OTHER_BASE = "https://x.example/data"

ENSIE = json.loads((ROOT / "data/projects/ensie.json").read_bytes())

PATHS = [
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

INVALID_CHANGES = [
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
    return validator_of(site.get(f"/schemas/{name.lower()}.json").content)


@cache
def validator_of(schema: bytes) -> Draft202012Validator:
    """Return the validator of a JSON Schema, which is checked once, as both engines serve the same."""
    Draft202012Validator.check_schema(json.loads(schema))
    return Draft202012Validator(json.loads(schema))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_every_served_record_is_valid_by_its_schema(network, shape):
    schema = validator(network, shape.name)
    for item in network.json(f"/{shape.collection}?limit=200")["items"]:
        document = network.json(item["uri"].removeprefix(BASE).removesuffix("#this"))
        assert not [error.message for error in schema.iter_errors(document)], item["id"]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_every_data_file_is_valid_by_its_schema(network, shape):
    schema = validator(network, shape.name)
    files = sorted((ROOT / "data" / shape.collection).glob("*.json"))
    assert files
    for file in files:
        assert not [error.message for error in schema.iter_errors(json.loads(file.read_bytes()))], file.name


@pytest.mark.parametrize("change", INVALID_CHANGES, ids=json.dumps)
def test_an_invalid_document_is_refused_by_its_schema(network, change):
    schema = validator(network, "Project")
    assert schema.is_valid(ENSIE)
    document = {key: value for key, value in (ENSIE | change).items() if value is not None}
    assert not schema.is_valid(document)


def test_the_entry_point_links_to_schemas_by_their_ids(network):
    for uri in network.json("/")["schemas"]:
        assert network.json(uri.removeprefix(BASE))["$id"] == uri


@pytest.mark.parametrize("kind", KINDS)
def test_a_base_with_a_path_is_the_only_one_in_responses(databases, kind):
    with site_on(databases.make(kind), base=OTHER_BASE) as site:
        load_directory(site.store, ROOT / "data")
        for path in PATHS:
            response = site.get(path, host="evil.example")
            received = response.text + str(response.headers)
            assert "evil.example" not in received, path
            assert "testserver" not in received, path
            urls = set(re.findall(r"https?://(?:x\.example|127\.0\.0\.1|localhost)[^\s\"<>]*", received))
            assert urls, path
            assert all(url.startswith(OTHER_BASE) for url in urls), path
        assert site.json("/projects/ensie")["uri"] == f"{OTHER_BASE}/projects/ensie#this"
        for name in FORMATS:
            link = site.get(f"/projects.{name}?limit=1").headers["link"]
            assert f"<{OTHER_BASE}/projects.{name}?limit=1&cursor=" in link


def test_patterns_are_valid_in_the_regex_dialect_of_json_schema(network):
    """With the ECMA-262 flag `u`, which validators set, only these characters may follow a backslash."""
    for uri in network.json("/")["schemas"]:
        text = network.get(uri.removeprefix(BASE)).text
        patterns = re.findall(r'"pattern":("(?:[^"\\]|\\.)*")', text)
        assert patterns
        for pattern in map(json.loads, patterns):
            assert not re.findall(r"\\[^\\^$.*+?()\[\]{}|/dDsSwWbBnrtfvu]", pattern), pattern
