"""Tests of the OpenAPI document: validity, completeness, examples."""

import copy
import json
import re
from urllib.parse import urlencode

import pytest
from jsonschema import Draft202012Validator

from api.http.problems import PROBLEMS
from api.store.log.actions import publish, unpublish
from api.store.zstd_frame import compress
from api.version import VERSION
from schema import MODEL
from schema.query.parameters import filter_parameters
from tests.support.generators.records import record
from tests.support.site import BASE, KINDS, addresses, site_on
from tests.support.validating_openapi_client import DocumentChecker, closed_document
from vocab.turtle_parser import LANGUAGES


@pytest.fixture(scope="module")
def document(networks) -> dict:
    return networks[0].json("/openapi.json")


def operations(document) -> list[tuple[str, dict]]:
    return [(path, item["get"]) for path, item in document["paths"].items()]


def examples(document) -> list[tuple[str, dict, dict]]:
    """Return target, response body and schema of every example."""
    responses = [
        response for _, operation in operations(document) for response in operation["responses"].values()
    ]
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
    from openapi_spec_validator import OpenAPIV31SpecValidator  # noqa: PLC0415 - imported by one process only

    assert document["openapi"].startswith("3.1")
    assert not [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()]


def test_every_schema_is_valid_json_schema(document):
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_both_engines_have_the_same_document(networks):
    sqlite, postgresql = networks
    for path in ("/openapi.json", "/docs"):
        assert sqlite.raw(path) == postgresql.raw(path)


def test_the_document_has_the_base_url_and_version_of_the_installation(document):
    assert document["servers"] == [{"url": BASE}]
    assert document["info"]["version"] == VERSION
    assert document["info"]["title"]
    assert document["info"]["license"]["url"] == "https://creativecommons.org/licenses/by/4.0/"


def test_every_operation_id_is_unique_and_an_identifier(document):
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("(?:get|list)[A-Z][A-Za-z]+|search[A-Za-z]*", name) for name in names)
    assert {"listProjects", "getProject", "search", "getEntryPoint", "getConcept", "getOpenApi"} <= set(names)


def test_every_operation_tag_is_declared(document):
    tags = {tag["name"] for tag in document["tags"]}
    assert {tag for _, operation in operations(document) for tag in operation["tags"]} == tags


def test_every_component_is_referenced_and_every_reference_exists(document):
    text = json.dumps(document)
    for kind, components in document["components"].items():
        references = set(re.findall(rf'"#/components/{kind}/([^"]+)"', text))
        assert references <= components.keys()
        # Other methods have no operation, and an address with one format is acceptable to everyone.
        assert components.keys() - references <= {"Problem405", "DataProblem405", "DataProblem406"}


def test_every_entity_and_every_problem_is_described(document):
    schemas = document["components"]["schemas"]
    for shape in MODEL.entities:
        assert {shape.name, f"{shape.name}List", f"{shape.name}Item", f"{shape.name}Card"} <= schemas.keys()
        path = f"/{shape.collection}"
        assert {path, f"{path}.json", f"{path}/{{id}}", f"{path}/{{id}}.json"} <= document["paths"].keys()
    text = json.dumps(schemas)
    assert not [name for name in PROBLEMS if f'"enum": ["{name}"]' not in text]
    assert document["components"]["schemas"]["ProblemCode"]["enum"] == [*PROBLEMS]


def test_most_properties_of_entities_have_a_description(document):
    for name in ("Project", "Participation", "Grant"):
        properties = document["components"]["schemas"][name]["properties"]
        assert sum("description" in schema for schema in properties.values()) > len(properties) / 2
    assert document["components"]["schemas"]["Project"]["properties"]["start"]["description"]


def test_every_example_is_the_current_response_to_its_target(networks, document):
    all_examples = examples(document)
    for site in networks:
        for target, value, _ in all_examples:
            assert site.get(target).json() == value, target
    paths = {target.split("?")[0] for target, _, _ in all_examples}
    assert {f"/{shape.collection}.json" for shape in MODEL.entities} <= paths
    assert len([path for path in paths if path.count("/") == 2]) >= len(MODEL.entities)


def test_every_example_is_valid_by_its_schema(document):
    closed = closed_document(document)
    for target, value, schema in examples(closed):
        validator = Draft202012Validator({**schema, "components": closed["components"]})
        assert not [error.message for error in validator.iter_errors(value)], target


def test_the_examples_of_path_parameters_get_200(networks, document):
    for path, operation in operations(document):
        values = {
            parameter["name"]: parameter["example"]
            for parameter in operation.get("parameters", [])
            if "example" in parameter and parameter.get("required")
        }
        if values and values.keys() == set(re.findall(r"{(\w+)}", path)):
            target = re.sub(r"{(\w+)}", lambda match, values=values: str(values[match[1]]), path)
            query = "q=social" if path.startswith("/search") else ""
            assert networks[0].get(f"{target}?{query}").status_code == 200, target


def list_parameters(document, collection: str) -> dict[str, dict]:
    """Return the parameters of a list by name."""
    nodes = document["paths"][f"/{collection}.json"]["get"]["parameters"]
    parameters = [document["components"]["parameters"][node["$ref"].rpartition("/")[2]] for node in nodes]
    return {parameter["name"]: parameter for parameter in parameters}


@pytest.mark.parametrize("shape", MODEL.entities, ids=lambda shape: shape.name)
def test_every_filter_has_an_example_that_is_answered(networks, document, shape):
    without_values = {"region", "decided_from", "decided_to", "missing", "missing_lang"}
    without_values |= {"year", "date_from", "date_to"} if shape.name == "Output" else set()
    parameters = list_parameters(document, shape.collection)
    totals = {}
    for name in (*filter_parameters(shape, LANGUAGES), "any", "q", "sort"):
        values = parameters[name]["example"]
        query = {name: ",".join(values) if isinstance(values, list) else values}
        scope = {"currency": "EUR"} if name.startswith("amount_") else {}
        totals[name] = networks[0].json(f"/{shape.collection}?{urlencode(query | scope)}")["total"]
    assert {name for name, total in totals.items() if not total} <= without_values


def test_a_filter_says_what_it_counts(document):
    parameters = list_parameters(document, "projects")
    assert "pilot areas too" in parameters["country"]["description"]
    assert parameters["programme"]["example"] == ["EaSI"]
    assert parameters["funder"]["description"].count("Funders of the ") == 2


def test_the_page_shows_what_filters_count_and_their_examples(networks):
    html = networks[0].get("/docs/projects.en.html").text
    assert "pilot areas too" in html
    assert '<a href="/projects?programme=EaSI"><code>programme=EaSI</code></a>' in html


@pytest.mark.parametrize("shape", MODEL.entities, ids=lambda shape: shape.name)
def test_what_a_filter_counts_is_said_in_both_languages(shape):
    parameters = {**filter_parameters(shape, LANGUAGES)}
    for name in ("date_from", "date_to"):
        # The property of Dublin Core is not defined here; its label says all.
        parameters.pop(name, None)
    for name, parameter in parameters.items():
        counts = parameter.counts or MODEL.ontology.definitions(parameter.predicate)
        assert {*counts} == {*LANGUAGES}, name


@pytest.mark.parametrize("kind", KINDS)
def test_examples_follow_the_content(databases, kind):
    with site_on(databases.make(kind)) as site:
        empty = site.get("/openapi.json").headers["etag"]
        site.store.commit([publish(record("Organisation", "first"))], "editor")
        assert "/organisations/first.json" in {
            target for target, _, _ in examples(site.json("/openapi.json"))
        }
        assert "/organisations/first" in site.get("/docs/organisations").text
        site.store.commit([unpublish(("Organisation", "first"))], "editor")
        assert site.get("/openapi.json").headers["etag"] == empty
        assert "/organisations/first" not in site.get("/docs/organisations").text


def test_documented_limits_are_enforced(networks, document):
    limit = document["components"]["parameters"]["limit"]
    minimum, maximum = limit["schema"]["minimum"], limit["schema"]["maximum"]
    assert networks[0].get(f"/projects.csv?limit={maximum}").status_code == 200
    assert networks[0].get(f"/projects.csv?limit={maximum + 1}").status_code == 400
    assert networks[0].get(f"/projects.csv?limit={minimum - 1}").status_code == 400
    limits = re.findall(r"([\w, ]+): (\d+) by default, at most (\d+)", limit["description"])
    assert limits
    for names, _, maximum in limits:
        for name in names.split(", "):
            assert networks[0].get(f"/projects.{name.strip()}?limit={maximum}").status_code == 200
            assert networks[0].get(f"/projects.{name.strip()}?limit={int(maximum) + 1}").status_code == 400


def test_enumerated_values_of_parameters_are_accepted(networks, document):
    site = networks[0]
    for name, parameter in document["components"]["parameters"].items():
        for value in parameter["schema"].get("enum", ()):
            required = {"highlight": "&q=a", "profile": "&format=csv"}.get(name, "")
            assert site.get(f"/projects?{parameter['name']}={value}{required}").status_code == 200
    assert site.get("/projects?format=html&lang=xx").status_code == 400


def test_every_served_path_is_described(networks):
    site = networks[0]
    sitemaps = re.findall(r"<loc>(.*?)</loc>", site.get("/sitemap.xml").text)
    targets = [*addresses(site), *(url.removeprefix(BASE) for url in sitemaps)]
    targets += [
        "/sitemap.xml",
        "/robots.txt",
        "/openapi.json",
        "/docs",
        "/livez",
        "/readyz",
        "/context.jsonld",
    ]
    targets += [f"/problems/{name}" for name in PROBLEMS]
    for shape in MODEL.entities:
        targets += [f"/schemas/{shape.name.lower()}.json", f"/{shape.collection}.csv-metadata.json"]
    for target in targets:
        assert site.client.described.operation(target.partition("?")[0]) is not None, target
        assert site.get(target).status_code == 200, target


def test_every_row_of_the_registries_is_described(networks, document):
    context = networks[0].client.app.state.dispatcher.context
    patterns = {row.path for row in context.endpoints}
    for route in context.router.routes:
        if route.resource:
            rows = context.formats.applicable(route.resource.kind)
            stem = "/index" if route.pattern == "/" else route.pattern
            patterns |= {route.pattern, *(f"{stem}.{row.name}" for row in rows if not row.is_page)}
            patterns |= {f"{stem}.{{lang}}.{row.name}" for row in rows if row.is_localized}
    assert patterns == document["paths"].keys()
    names = {row.name for row in context.formats}
    assert names == set(document["components"]["parameters"]["format-of-list"]["schema"]["enum"])


def test_an_address_with_a_suffix_has_one_content_type_and_one_type(document):
    for path, operation in operations(document):
        suffix = path.rpartition(".")[2]
        content = operation["responses"]["200"].get("content", {})
        if suffix in ("json", "jsonld") and operation["operationId"].startswith(("list", "search")):
            ((media_type, media),) = content.items()
            assert media_type == {"json": "application/json", "jsonld": "application/ld+json"}[suffix]
            assert media["schema"].keys() == {"$ref" if suffix == "json" else "allOf"}
        elif suffix in ("ttl", "nt", "rdf", "csv"):
            name = operation["responses"]["200"]["$ref"].rpartition("/")[2]
            (media,) = document["components"]["responses"][name]["content"].values()
            assert media == {"schema": {"type": "string"}}


def _without(*keys: str):
    """Return a function that removes a value from a document."""

    def change(document) -> None:
        for key in keys[:-1]:
            document = document[key]
        del document[keys[-1]]

    return change


def _require_unknown_key(document) -> None:
    document["components"]["schemas"]["Project"]["required"].append("missing")


def _require_unknown_header(document) -> None:
    document["components"]["headers"]["Missing"] = {"required": True, "schema": {"type": "string"}}
    headers = document["paths"]["/projects/{id}"]["get"]["responses"]["200"]["headers"]
    headers["Missing"] = {"$ref": "#/components/headers/Missing"}


def _remove_query_parameters(document) -> None:
    operation = document["paths"]["/projects/{id}"]["get"]
    operation["parameters"] = [
        parameter for parameter in operation["parameters"] if parameter.get("in") == "path"
    ]


RESPONSE_200 = ("paths", "/projects/{id}", "get", "responses", "200")

PARTS = ("components", "schemas", "PartialProject", "properties")

INCORRECT_CHANGES = {
    "a path": _without("paths", "/projects/{id}"),
    "a status": _without(*RESPONSE_200),
    "a media type": _without(*RESPONSE_200, "content", "application/json"),
    "a header": _without(*RESPONSE_200, "headers", "Link"),
    "a key": _without("components", "schemas", "Project", "properties", "acronym"),
    "a key of a part": _without("components", "schemas", "Participation", "properties", "role"),
    "a key of a card": _without("components", "schemas", "OrganisationCard", "properties", "name"),
    "a key that is missing": _require_unknown_key,
    "a header that is missing": _require_unknown_header,
    "a parameter": _remove_query_parameters,
}


@pytest.mark.parametrize("change", INCORRECT_CHANGES.values(), ids=INCORRECT_CHANGES)
def test_a_response_that_is_not_described_fails_the_check(networks, document, change):
    target = "/projects/ensie?format=json"
    response = networks[0].get(target)
    DocumentChecker(document).check("GET", target, 200, response.headers, response.content)
    incorrect = copy.deepcopy(document)
    change(incorrect)
    with pytest.raises(AssertionError):
        DocumentChecker(incorrect).check("GET", target, 200, response.headers, response.content)


def test_the_test_client_reports_undescribed_responses(site):
    document = site.store.tables.document
    site.store.commit([publish(record("Organisation", "odd"))], "editor")
    with site.store.database.writing() as connection:
        connection.execute(
            document.update().values(body=compress(b'{"uri":"https://data.example.org/x","odd":1}'))
        )
    with pytest.raises(AssertionError, match=r"(?s)GET /organisations/odd: .*'odd'"):
        site.get("/organisations/odd")
