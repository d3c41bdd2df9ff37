"""Tests of responses by Schemathesis, which generates valid and invalid requests from the OpenAPI document.

The requests are the same each time. TEST_LONG=1 in the environment sends forty times as many.
"""

import os
from collections import Counter
from collections.abc import Iterator

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, strategies
from schemathesis import APIOperation, Case, GenerationMode, checks

from tests.support.site import BASE, Site, site_on

EXAMPLES = 200 if os.environ.get("TEST_LONG") else 5

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

REFUSED = (308, 400, 404, 414)
"""A redirect leaves the refusal to its target."""


@pytest.fixture(scope="module")
def site(databases) -> Iterator[Site]:
    with site_on(databases.make_with_content("sqlite")) as site:
        yield site


def operations(site: Site, *, with_parameters_only: bool) -> Iterator[tuple[APIOperation, int]]:
    """Yield the operations and their number of examples.

    It is one for an operation without parameters. Of the formats in which only the serializer differs, only the
    valid requests are sent: one each.
    """
    settings = {"checks": {"negative_data_rejection": {"expected-statuses": [*REFUSED]}}}
    config = schemathesis.Config.from_dict(settings)
    for result in schemathesis.openapi.from_dict(
        site.json("/openapi.json"), config=config
    ).get_all_operations():
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


def with_few_parameters(case: Case, remainders: set[int]) -> Case:
    """Return a case with few of its parameters, as among many some contradict each other.

    `remainders` selects them by position modulo 8. Random cursors are invalid, and `fallback` requires `lang`.
    """
    values = {name: value for name, value in (case.query or {}).items() if name not in ("cursor", "fallback")}
    case.query = {
        name: values[name]
        for index, name in enumerate(sorted(values))
        if name == "q" or index % 8 in remainders
    }
    return case


def count_statuses(site: Site, mode: GenerationMode) -> Counter[tuple[str, int]]:
    """Send valid or invalid requests; return the number of responses by path and status."""
    statuses: Counter[tuple[str, int]] = Counter()
    is_invalid = mode is GenerationMode.NEGATIVE
    for operation, examples in operations(site, with_parameters_only=is_invalid):
        cases = operation.as_strategy(generation_mode=mode)
        few = strategies.builds(
            with_few_parameters, cases, strategies.sets(strategies.integers(0, 7), max_size=2)
        )

        @hypothesis.settings(
            max_examples=examples,
            phases=[Phase.generate],
            suppress_health_check=[*HealthCheck],
            report_multiple_bugs=False,
        )
        @hypothesis.given(cases if is_invalid else few)
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
