"""The OpenAPI document is complete and true, and so are the types that are made of it."""

import copy
import json
import re
import shutil
import subprocess

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from api.http.problems import PROBLEMS
from api.store.log.actions import publish, unpublish
from api.version import VERSION
from schema import MODEL
from tests.support.generators.records import record
from tests.support.openapi_client import Described, closed_document
from tests.support.site import BASE, KINDS, ROOT, addresses, site_on

TYPESCRIPT = ROOT / "tests" / "typescript"

NODE = TYPESCRIPT / "node_modules" / ".bin"


@pytest.fixture(scope="module")
def document(networks) -> dict:
    return networks[0].json("/openapi.json")


def operations(document) -> list[tuple[str, dict]]:
    return [(path, item["get"]) for path, item in document["paths"].items()]


def examples(document) -> list[tuple[str, dict, dict]]:
    """Return the address, the answer and the schema of every example that is shown."""
    responses = [one for _, operation in operations(document) for one in operation["responses"].values()]
    contents = [
        content
        for response in [*responses, *document["components"]["responses"].values()]
        for content in response.get("content", {}).values()
    ]
    return [
        (example["summary"], example["value"], content["schema"])
        for content in contents
        for example in content.get("examples", {}).values()
    ]


def test_the_document_is_valid_openapi(document):
    assert document["openapi"].startswith("3.1")
    assert not [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()]


def test_every_schema_is_a_good_one(document):
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_both_engines_are_described_alike(networks):
    one, other = networks
    for path in ("/openapi.json", "/docs"):
        assert one.raw(path) == other.raw(path)


def test_the_document_tells_which_installation_and_version_it_is_of(document):
    assert document["servers"] == [{"url": BASE}]
    assert document["info"]["version"] == VERSION
    assert document["info"]["title"]
    assert document["info"]["license"]["url"] == "https://creativecommons.org/licenses/by/4.0/"


def test_every_operation_has_a_name_of_its_own_that_is_good_in_code(document):
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("(?:get|list)[A-Z][A-Za-z]+", name) for name in names)
    assert {"listProjects", "getProject", "getEntryPoint", "getConcept", "getOpenApi"} <= set(names)


def test_every_operation_has_a_tag_that_is_told_of(document):
    tags = {tag["name"] for tag in document["tags"]}
    assert {tag for _, operation in operations(document) for tag in operation["tags"]} == tags


def test_everything_in_the_document_is_referred_to_and_there(document):
    text = json.dumps(document)
    for kind, named in document["components"].items():
        referred = set(re.findall(rf'"#/components/{kind}/([^"]+)"', text))
        assert referred <= named.keys()
        # What other methods answer is told of, and belongs to no operation.
        assert named.keys() - referred <= {"Problem405"}


def test_every_entity_and_every_problem_is_described(document):
    schemas = document["components"]["schemas"]
    for shape in MODEL.entities:
        assert {shape.name, f"{shape.name}List", f"{shape.name}Item", f"{shape.name}Card"} <= schemas.keys()
        assert {f"/{shape.collection}", f"/{shape.collection}/{{id}}"} <= document["paths"].keys()
    told = json.dumps(schemas)
    assert not [name for name in PROBLEMS if f'"const": "{BASE}/problems/{name}"' not in told]


def test_every_property_of_an_entity_that_is_ours_is_explained(document):
    for name in ("Project", "Participation", "Grant"):
        properties = document["components"]["schemas"][name]["properties"]
        assert sum("description" in one for one in properties.values()) > len(properties) / 2
    assert document["components"]["schemas"]["Project"]["properties"]["start"]["description"]


def test_every_example_is_what_its_address_answers_now(networks, document):
    found = examples(document)
    for site in networks:
        for address, value, _ in found:
            assert site.get(address).json() == value, address
    paths = {address.split("?")[0] for address, _, _ in found}
    assert {f"/{shape.collection}" for shape in MODEL.entities} <= paths
    assert len([path for path in paths if path.count("/") == 2]) >= len(MODEL.entities)


def test_every_example_is_valid_by_its_schema(document):
    closed = closed_document(document)
    for address, value, schema in examples(closed):
        validator = Draft202012Validator({**schema, "components": closed["components"]})
        assert not [error.message for error in validator.iter_errors(value)], address


def test_the_examples_of_parameters_lead_somewhere(networks, document):
    for path, operation in operations(document):
        given = {one["name"]: one["example"] for one in operation.get("parameters", []) if "example" in one}
        if given.keys() == set(re.findall(r"{(\w+)}", path)):
            address = re.sub(r"{(\w+)}", lambda found, given=given: str(given[found[1]]), path)
            assert networks[0].get(address).status_code == 200, address


@pytest.mark.parametrize("kind", KINDS)
def test_examples_follow_the_content(databases, kind):
    with site_on(databases.make(kind)) as site:
        empty = site.get("/openapi.json").headers["etag"]
        site.store.commit([publish(record("Organisation", "first"))], "editor")
        assert "/organisations/first" in {address for address, _, _ in examples(site.json("/openapi.json"))}
        assert "/organisations/first" in site.get("/docs").text
        site.store.commit([unpublish(("Organisation", "first"))], "editor")
        assert site.get("/openapi.json").headers["etag"] == empty
        assert "/organisations/first" not in site.get("/docs").text


def test_limits_are_those_that_hold(networks, document):
    limit = document["components"]["parameters"]["limit"]
    least, most = limit["schema"]["minimum"], limit["schema"]["maximum"]
    assert networks[0].get(f"/projects.csv?limit={most}").status_code == 200
    assert networks[0].get(f"/projects.csv?limit={most + 1}").status_code == 400
    assert networks[0].get(f"/projects.csv?limit={least - 1}").status_code == 400
    limits = re.findall(r"([\w, ]+): (\d+) by default, at most (\d+)", limit["description"])
    assert limits
    for names, _, most in limits:
        for name in names.split(", "):
            assert networks[0].get(f"/projects.{name.strip()}?limit={most}").status_code == 200
            assert networks[0].get(f"/projects.{name.strip()}?limit={int(most) + 1}").status_code == 400


def test_values_that_parameters_may_have_are_taken(networks, document):
    site = networks[0]
    for name, one in document["components"]["parameters"].items():
        for value in one["schema"].get("enum", ()):
            formats = {"highlight": "&q=a", "profile": "&format=csv"}.get(name, "")
            assert site.get(f"/projects?{one['name']}={value}{formats}").status_code == 200
    assert site.get("/projects?format=html&lang=xx").status_code == 400


def test_every_address_that_is_served_is_described(networks):
    site = networks[0]
    sitemaps = re.findall(r"<loc>(.*?)</loc>", site.get("/sitemap.xml").text)
    found = [*addresses(site), *(one.removeprefix(BASE) for one in sitemaps)]
    found += ["/sitemap.xml", "/robots.txt", "/openapi.json", "/docs", "/livez", "/readyz", "/context.jsonld"]
    found += [f"/problems/{name}" for name in PROBLEMS]
    for shape in MODEL.entities:
        found += [f"/schemas/{shape.name.lower()}.json", f"/{shape.collection}.csv-metadata.json"]
    for address in found:
        assert site.client.described.operation(address.partition("?")[0]) is not None, address
        assert site.get(address).status_code == 200, address


def test_every_row_of_the_registries_is_described(networks, document):
    context = networks[0].client.app.state.dispatcher.context
    patterns = {row.path for row in context.endpoints} | {route.pattern for route in context.router.routes}
    assert patterns == document["paths"].keys()
    names = {row.name for row in context.formats}
    assert names == set(document["components"]["parameters"]["format-of-list"]["schema"]["enum"])


def _without(*keys: str):
    """Return what takes something out of a document."""

    def change(document) -> None:
        for key in keys[:-1]:
            document = document[key]
        del document[keys[-1]]

    return change


def _promise_a_key(document) -> None:
    document["components"]["schemas"]["Project"]["required"].append("missing")


def _promise_a_header(document) -> None:
    document["components"]["headers"]["Missing"] = {"required": True, "schema": {"type": "string"}}
    headers = document["paths"]["/projects/{id}"]["get"]["responses"]["200"]["headers"]
    headers["Missing"] = {"$ref": "#/components/headers/Missing"}


def _take_no_parameters(document) -> None:
    operation = document["paths"]["/projects/{id}"]["get"]
    operation["parameters"] = [one for one in operation["parameters"] if one.get("in") == "path"]


GET = ("paths", "/projects/{id}", "get", "responses", "200")

UNTRUE = {
    "a path": _without("paths", "/projects/{id}"),
    "a status": _without(*GET),
    "a media type": _without(*GET, "content", "application/json"),
    "a header": _without(*GET, "headers", "Link"),
    "a key": _without("components", "schemas", "Project", "properties", "acronym"),
    "a key of a part": _without("components", "schemas", "Participation", "properties", "role"),
    "a key of a card": _without("components", "schemas", "OrganisationCard", "properties", "name"),
    "a key that is missing": _promise_a_key,
    "a header that is missing": _promise_a_header,
    "a parameter": _take_no_parameters,
}


@pytest.mark.parametrize("change", UNTRUE.values(), ids=UNTRUE)
def test_an_answer_that_is_not_described_does_not_pass(networks, document, change):
    target = "/projects/ensie?format=json"
    answer = networks[0].get(target)
    Described(document).check("GET", target, 200, answer.headers, answer.content)
    untrue = copy.deepcopy(document)
    change(untrue)
    with pytest.raises(AssertionError):
        Described(untrue).check("GET", target, 200, answer.headers, answer.content)


def test_a_client_of_the_tests_tells_what_is_not_described(site):
    document = site.store.tables.document
    site.store.commit([publish(record("Organisation", "odd"))], "editor")
    with site.store.database.writing() as connection:
        connection.execute(document.update().values(body=b'{"uri":"https://data.example.org/x","odd":1}'))
    with pytest.raises(AssertionError, match=r"(?s)GET /organisations/odd: .*'odd'"):
        site.get("/organisations/odd")


@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node")
@pytest.mark.skipif(not (NODE / "tsc").exists(), reason="npm ci --prefix tests/typescript was not run")
def test_types_made_of_the_document_compile_and_refuse_mistakes(document, tmp_path):
    """Lists, details and problems are read with them in `example.ts`, rightly and wrongly."""
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    for file in ("example.ts", "tsconfig.json"):
        shutil.copy(TYPESCRIPT / file, tmp_path)
    for command in (
        ["openapi-typescript", "openapi.json", "--output", "schema.d.ts"],
        ["tsc", "--project", "."],
    ):
        done = subprocess.run(
            [NODE / command[0], *command[1:]], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert "export interface paths" in (tmp_path / "schema.d.ts").read_text()
