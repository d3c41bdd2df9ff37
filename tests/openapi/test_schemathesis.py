"""Tests of responses by Schemathesis, which generates valid and invalid requests from the OpenAPI document.

The requests are the same each time. TEST_LONG=1 in the environment sends sixty times as many.
"""

import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import APIOperation, Case, GenerationMode, checks

from tests.support.site import BASE, Site, site_on

EXAMPLES, SELECTIONS = (25, 8) if os.environ.get("TEST_LONG") else (3, 1)
"""The requests to an operation with each selection of its parameters, and the number of these."""

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
"""Not checked: that every valid request is accepted, as OpenAPI cannot express contradictions between parameters;
that other methods are refused, which OpenAPI cannot express and other tests check; authentication and writes,
which the API does not have."""

SERIALIZATIONS = (".jsonld", ".ttl", ".nt", ".rdf")
"""The suffixes of formats that have the parameters of JSON."""

FEW = 4
"""Operations with so few query parameters are asked with all of them."""

REFUSED = (302, 308, 400, 404, 414)
"""A redirect leaves the refusal to its target: 302 is that of a page without the parameters that it does not know."""


@pytest.fixture(scope="module")
def site(databases) -> Iterator[Site]:
    with site_on(databases.make_with_content("sqlite")) as site:
        yield site


def with_few_parameters(
    document: Mapping[str, Any], selection: int, *, omitted: Collection[str]
) -> dict[str, Any]:
    """Return a document with `q` and a quarter of the other query parameters of each operation.

    Among many, some contradict each other, and most of the time would go into generating values. The next path has
    others, and the next `selection` too.
    """
    components = document["components"]["parameters"]
    paths = {}
    for number, (path, item) in enumerate(document["paths"].items(), start=selection):
        parameters = item["get"].get("parameters", [])
        resolved = [components.get(one.get("$ref", "").rpartition("/")[2], one) for one in parameters]
        names = sorted(one["name"] for one in resolved if one["in"] == "query")
        selected = {
            name
            for index, name in enumerate(names)
            if name == "q" or (index - number) % 4 == 0 or len(names) <= FEW
        } - {*omitted}
        kept = [
            one
            for one, whole in zip(parameters, resolved, strict=True)
            if whole["in"] != "query" or whole["name"] in selected
        ]
        paths[path] = item | {"get": item["get"] | {"parameters": kept}}
    return {**document, "paths": paths}


def operations(
    document: Mapping[str, Any], *, with_parameters_only: bool
) -> Iterator[tuple[APIOperation, int]]:
    """Yield the operations and their number of examples.

    It is one for an operation without parameters. Of the formats in which only the serializer differs, only the
    valid requests are sent: one each.
    """
    settings = {"checks": {"negative_data_rejection": {"expected-statuses": [*REFUSED]}}}
    config = schemathesis.Config.from_dict(settings)
    for result in schemathesis.openapi.from_dict(document, config=config).get_all_operations():
        operation = result.ok()
        locations = {parameter.location.value for parameter in operation.iter_parameters()}
        has_parameters = bool(locations & {"path", "query"})
        is_main = has_parameters and not operation.path.endswith(SERIALIZATIONS)
        if is_main or not with_parameters_only:
            yield operation, EXAMPLES if is_main else 1


def send(site: Site, case: Case) -> int:
    """Send a request and return the status. Raise a Schemathesis error if a check fails."""
    request = case.as_transport_kwargs(base_url=BASE)
    response = site.client.request(
        request["method"],
        request["url"],
        params=request.get("params"),
        headers=request["headers"],
        follow_redirects=False,
    )
    case.validate_response(response, checks=CHECKS)
    return response.status_code


def count_statuses(site: Site, mode: GenerationMode) -> Counter[tuple[str, int]]:
    """Send valid or invalid requests; return the number of responses by path and status."""
    statuses: Counter[tuple[str, int]] = Counter()
    is_invalid = mode is GenerationMode.NEGATIVE
    # Random cursors are invalid, and `fallback` requires `lang`.
    omitted = () if is_invalid else ("cursor", "fallback")
    document = site.json("/openapi.json")
    for selection in range(SELECTIONS):
        few = with_few_parameters(document, selection, omitted=omitted)
        for operation, examples in operations(few, with_parameters_only=is_invalid):

            @hypothesis.settings(
                max_examples=examples,
                phases=[Phase.generate],
                suppress_health_check=[*HealthCheck],
                report_multiple_bugs=False,
            )
            @hypothesis.given(operation.as_strategy(generation_mode=mode))
            def send_examples(case: Case) -> None:
                statuses[case.path, send(site, case)] += 1

            send_examples()
    return statuses


def test_valid_requests_get_the_described_responses(site):
    statuses = count_statuses(site, GenerationMode.POSITIVE)
    assert len({path for path, status in statuses if status == 200}) > 25
    assert {status for _, status in statuses} <= {200, 304, 308, 400, 404}


def test_invalid_requests_are_refused(site):
    statuses = count_statuses(site, GenerationMode.NEGATIVE)
    refused = sum(number for (_, status), number in statuses.items() if status in REFUSED)
    # Invalid conditional headers are ignored, not refused.
    assert refused > 0.95 * statuses.total()
