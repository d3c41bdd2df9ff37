"""Schemathesis reads the OpenAPI document, asks what it allows and what it forbids, and judges the answers.

The questions are the same each time. TEST_LONG=1 in the environment asks twenty times as many.
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

EXAMPLES = 200 if os.environ.get("TEST_LONG") else 10

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
"""What is not checked: that whatever the document allows is taken, as it cannot tell of contradictions between
parameters; that other methods are refused, for which the document has no place and there are tests of our own;
what is about tokens and about writing, of which there is none."""

REFUSED = (308, 400, 404, 414)
"""What leads elsewhere leaves it to that address to refuse."""


@pytest.fixture(scope="module")
def site(databases) -> Iterator[Site]:
    with site_on(databases.make_with_content("sqlite")) as site:
        yield site


def operations(site: Site, *, only_asked: bool) -> Iterator[tuple[APIOperation, int]]:
    """Yield the operations, and how many examples each gets: one, where there is nothing to be asked."""
    refusing = {"checks": {"negative_data_rejection": {"expected-statuses": [*REFUSED]}}}
    config = schemathesis.Config.from_dict(refusing)
    for found in schemathesis.openapi.from_dict(
        site.json("/openapi.json"), config=config
    ).get_all_operations():
        operation = found.ok()
        is_asked = any(one.location.value in ("path", "query") for one in operation.iter_parameters())
        if is_asked or not only_asked:
            yield operation, EXAMPLES if is_asked else 1


def ask(site: Site, case: Case) -> int:
    """Send a request and return the status. Raise schemathesis' errors if the document says something else."""
    sent = case.as_transport_kwargs(base_url=BASE)
    answer = site.client.request(
        sent["method"],
        sent["url"],
        params=sent.get("params"),
        headers=sent["headers"],
        follow_redirects=False,
    )
    case.validate_response(answer, checks=CHECKS)
    return answer.status_code


def thinned(case: Case, kept: set[int]) -> Case:
    """Return a case with few of its parameters: of many at once, some two contradict each other.

    Nobody guesses cursors, and what stands in for a language needs one.
    """
    given = {name: value for name, value in (case.query or {}).items() if name not in ("cursor", "fallback")}
    case.query = {
        name: given[name] for place, name in enumerate(sorted(given)) if name == "q" or place % 8 in kept
    }
    return case


def judge(site: Site, mode: GenerationMode) -> Counter[tuple[str, int]]:
    """Ask for what the document allows or forbids; return how often each operation had each status."""
    found: Counter[tuple[str, int]] = Counter()
    is_forbidden = mode is GenerationMode.NEGATIVE
    for operation, examples in operations(site, only_asked=is_forbidden):
        cases = operation.as_strategy(generation_mode=mode)
        few = strategies.builds(thinned, cases, strategies.sets(strategies.integers(0, 7), max_size=2))

        @hypothesis.settings(
            max_examples=examples,
            phases=[Phase.generate],
            suppress_health_check=[*HealthCheck],
            report_multiple_bugs=False,
        )
        @hypothesis.given(cases if is_forbidden else few)
        def one(case: Case) -> None:
            found[case.path, ask(site, case)] += 1

        one()
    return found


def test_what_the_document_allows_is_answered_as_it_says(site):
    statuses = judge(site, GenerationMode.POSITIVE)
    assert len({path for path, status in statuses if status == 200}) > 25
    assert {status for _, status in statuses} <= {200, 304, 308, 400, 404}


def test_what_the_document_forbids_is_refused(site):
    statuses = judge(site, GenerationMode.NEGATIVE)
    refused = sum(number for (_, status), number in statuses.items() if status in REFUSED)
    # What is forbidden in a header of a condition is no reason to refuse an answer.
    assert refused > 0.95 * statuses.total()
