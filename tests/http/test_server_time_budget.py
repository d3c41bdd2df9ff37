"""Tests of the budget of server time: who is refused and until when, and by which address peers are counted."""

from itertools import count

import pytest

from api.dispatcher import ALL_ENDPOINTS
from api.endpoints.endpoint import Endpoint
from api.formats.problem_renderer import ProblemRenderer
from api.http.peer import peer_of
from api.http.problems import PROBLEMS, Problem
from api.request_work import current_work
from api.resources.route import SERVICE_TAG
from schema.declaration.messages import LocalizedMessage
from tests.support.failing_site import error_page
from tests.support.html.pages import text
from tests.support.raw_asgi_requests import RawRequest, send_requests
from tests.support.site import site_on

BUDGET = 60
BURST = 2 * BUDGET
ADDRESSES = ("192.0.2.1", "198.51.100.7", "2001:db8::1", "::1", "unknown", "")


def costly_endpoint(seconds: float) -> Endpoint:
    """Return an endpoint that says that it took some seconds of the server's time."""

    def create_handler(_):
        async def handle(request):
            current_work().waited -= seconds
            return request.response(b"{}")

        return handle

    content = {"application/json": {"schema": {"type": "object"}}}
    return Endpoint(
        "/costly", "getCostly", SERVICE_TAG, "Costs much", content, create_handler, reads_database=True
    )


@pytest.fixture(scope="module")
def address(databases):
    return databases.make("sqlite")


def budget_site(address, seconds=BURST / 4, **settings):
    settings = {"budget": BUDGET, "cache": 0, **settings}
    return site_on(address, endpoints=(*ALL_ENDPOINTS, costly_endpoint(seconds)), **settings)


def statuses(site, number, headers=lambda _: {}):
    return [site.get("/costly", **headers(index)).status_code for index in range(number)]


def test_a_peer_that_spent_its_budget_is_refused_until_its_window_ends(address, monkeypatch, caplog):
    now = 1_800_000_000.0
    monkeypatch.setattr("time.time", lambda: now)
    monkeypatch.setattr("api.http.server_time_budget.time", lambda: now)
    with budget_site(address) as site:
        assert statuses(site, 7) == [200, 200, 200, 200, 200, 429, 429]
        now += 1
        response = site.get("/projects")
        assert (response.status_code, response.json()["code"]) == (429, "too-many-requests")
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["retry-after"] == "119"
        assert "119 s" in response.json()["detail"]
        now += 118
        assert site.get("/costly").status_code == 429
        now += 1
        assert statuses(site, 6) == [200, 200, 200, 200, 200, 429]
        # One line for each window.
        assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
        # A clock that is set back locks nobody out.
        now -= 3600
        assert site.get("/costly").status_code == 200


def test_small_costs_add_up(address):
    with budget_site(address, seconds=BURST / 400) as site:
        answered = statuses(site, 410)
    assert 400 <= answered.index(429) <= 402 + int(1 / (BURST / 400))


def test_a_refused_person_gets_a_page(address):
    with budget_site(address, seconds=2 * BURST) as site:
        assert site.get("/costly").status_code == 200
        page = error_page(site, "/projects", 429, accept_language="lv")
        assert "Pārāk daudz pieprasījumu" in text(page)


def test_refusing_costs_no_rendering(address, monkeypatch):
    now = 1_800_000_000.0
    monkeypatch.setattr("time.time", lambda: now)
    monkeypatch.setattr("api.http.server_time_budget.time", lambda: now)
    rendered = []
    render = ProblemRenderer.__call__

    def count_rendered(renderer, request, problem):
        rendered.append(problem)
        return render(renderer, request, problem)

    monkeypatch.setattr(ProblemRenderer, "__call__", count_rendered)
    with budget_site(address, seconds=2 * BURST) as site:
        assert statuses(site, 2) == [200, 429]
        for index in range(5):
            page = text(error_page(site, f"/projects.en.html?page={index}", 429))
            assert "Too many requests" in page
            assert site.get(f"/projects?q={index}&lang=lv").json()["title"] == "Pārāk daudz pieprasījumu"
        assert len(rendered) == 3


def test_requests_that_the_guard_refuses_are_charged(address, monkeypatch):
    monkeypatch.setattr("api.request_work.perf_counter", count().__next__)
    with site_on(address, budget=1, cache=0) as site:
        responses = send_requests(site, [RawRequest(b"/%00")] * 6)
        assert [response.status for response in responses] == [400, 400, 400, 429, 429, 429]


def test_a_proxy_that_the_settings_do_not_name_is_named_once_in_the_log(address, caplog):
    with budget_site(address, seconds=1) as site:
        statuses(site, 2)
        assert not caplog.records
        statuses(site, 3, lambda _: {"x_forwarded_for": "192.0.2.1"})
    assert ["TIKLS_PROXIES" in record.message for record in caplog.records] == [True]


def test_health_is_answered_to_a_peer_that_spent_its_budget(address):
    with budget_site(address, seconds=2 * BURST) as site:
        assert statuses(site, 2) == [200, 429]
        for path in ("/livez", "/readyz"):
            assert site.get(path).status_code == 200


def test_the_budget_can_be_turned_off(address):
    with budget_site(address, seconds=2 * BURST, budget=0) as site:
        assert set(statuses(site, 5)) == {200}


def test_forged_addresses_change_nothing_without_a_proxy(address):
    forged = [
        lambda index: {"x_forwarded_for": f"192.0.2.{index}"},
        lambda index: {"forwarded": f"for=192.0.2.{index}"},
        lambda index: {"x_real_ip": f"192.0.2.{index}"},
        lambda index: {"x_forwarded_for": f"2001:db8:{index}::1, 10.0.0.1"},
    ]
    for headers in forged:
        with budget_site(address) as site:
            assert statuses(site, 8, headers) == [200] * 5 + [429] * 3


@pytest.mark.parametrize("proxies", [1, 2])
def test_behind_proxies_only_the_address_that_the_first_of_them_saw_counts(address, proxies):
    """Addresses to its left in X-Forwarded-For are forged by the client, those to its right are proxies."""
    ours = "".join(f", 10.0.0.{number}" for number in range(1, proxies))
    with budget_site(address, proxies=proxies) as site:
        forged = [{"x_forwarded_for": f"203.0.113.{number}, 192.0.2.1{ours}"} for number in range(6)]
        assert [site.get("/costly", **headers).status_code for headers in forged] == [200] * 5 + [429]
        assert site.get("/costly", x_forwarded_for=f"192.0.2.1, 192.0.2.2{ours}").status_code == 200
        # Two headers are one list.
        repeated = ((b"x-forwarded-for", b"192.0.2.9"), (b"x-forwarded-for", f"192.0.2.1{ours}".encode()))
        (response,) = send_requests(site, [RawRequest(b"/costly", repeated)])
        assert response.status == 429


def scope(host, *forwarded):
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return {
        "method": "GET",
        "raw_path": b"/",
        "query_string": b"",
        "headers": headers,
        "client": host and (host, 1),
    }


def test_peers_are_ipv4_addresses_and_ipv6_networks_of_64_bits():
    assert peer_of(scope("192.0.2.1"), 0) == peer_of(scope("::ffff:192.0.2.1"), 0) == "192.0.2.1"
    assert peer_of(scope("2001:db8::1"), 0) == peer_of(scope("2001:db8::ffff:1"), 0)
    assert peer_of(scope("2001:db8::1"), 0) != peer_of(scope("2001:db8:0:1::1"), 0)
    assert peer_of(scope(None), 0) == peer_of(scope(""), 0) == ""


def test_without_a_valid_address_at_its_step_the_peer_is_the_connection():
    for forwarded in ((), ("",), ("unknown",), ("192.0.2.1:80",), ("9" * 10_000,), ("192.0.2.1,",)):
        assert peer_of(scope("10.0.0.1", *forwarded), 1) == "10.0.0.1"
    assert peer_of(scope("10.0.0.1", "192.0.2.1"), 2) == "10.0.0.1"
    assert peer_of(scope("10.0.0.1", "192.0.2.1 , 192.0.2.2"), 2) == "192.0.2.1"


def test_a_problem_that_asks_for_a_later_attempt_says_when():
    assert {name for name, problem in PROBLEMS.items() if problem.status in (429, 503)} == {
        "unavailable",
        "too-slow",
        "too-many-requests",
    }
    for problem in PROBLEMS.values():
        has_moment = "retry-after" in problem(LocalizedMessage({"en": "x", "lv": "x"})).headers
        assert has_moment == (problem.status in (429, 503))
    for status in (429, 503):
        with pytest.raises(TypeError, match="retry_after"):
            type("Later", (Problem,), {"status": status})


def test_an_error_in_the_counting_of_peers_is_a_problem_document(address, caplog):
    with budget_site(address) as site:
        request = RawRequest(b"/projects.json", ((b"accept", b"application/json"),))
        # No server gives such a client.
        (response,) = send_requests(site, [request], client=(["127.0.0.1"], 50_000))
    assert (response.status, response.header("content-type")) == (500, "application/problem+json")
    assert b'"internal-error"' in response.body
    assert "A request failed." in caplog.text
