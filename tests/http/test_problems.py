"""Tests of problem responses: status, type, details, and no internals."""

import pytest
from sqlalchemy import text

from api.http.problems import PROBLEMS
from api.lists.cursor import Cursor
from api.store.log.actions import publish
from api.store.record_index.list_query import ListQuery, SortOrder
from api.store.zstd_frame import compress
from tests.support.assertions import INTERNALS, assert_problem
from tests.support.generators.records import record
from tests.support.site import BASE, FORMATS, addresses
from vocab.turtle_parser import LANGUAGES

INVALID_CURSORS = ("x", "====", "%F0%9F%98%80", "W10", "bnVsbA", "e30", "A" * 5000)

INVALID_LIMITS = ("0", "201", "x", "-1", "1.5", "+1", "%201", "1_0", "%D9%A3", "9" * 3000)

REFUSED = [
    ("/nothing", 404, "not-found"),
    ("/projects/nothing", 404, "not-found"),
    ("/projects/ensie/more", 404, "not-found"),
    ("/vocab/nothing", 404, "not-found"),
    ("/vocab/role/nothing", 404, "not-found"),
    ("/problems/nothing", 404, "not-found"),
    ("/schemas/nothing.json", 404, "not-found"),
    ("/projects/ensie.xyz", 404, "not-found"),
    ("/projects/ensie.TTL", 404, "not-found"),
    ("/projects.JSON", 404, "not-found"),
    ("/projects?format=xyz", 400, "bad-parameter"),
    ("/projects?format=TTL", 400, "bad-parameter"),
    ("/projects.ttl?format=xyz", 400, "bad-parameter"),
    ("/projects/ensie?limit=1", 400, "unknown-parameter"),
    ("/projects?Limit=1", 400, "unknown-parameter"),
    ("/projects?%00=1", 400, "unknown-parameter"),
    ("/projects?=1", 400, "unknown-parameter"),
    ("/?x=1", 400, "unknown-parameter"),
    ("/vocab?x=1", 400, "unknown-parameter"),
    ("/context.jsonld?x=1", 400, "unknown-parameter"),
    ("/schemas/project.json?format=ttl", 400, "unknown-parameter"),
    ("/projects?limit=1&limit=1", 400, "bad-parameter"),
    ("/projects?format=ttl&format=ttl", 400, "bad-parameter"),
    ("/projects?limit=", 400, "bad-parameter"),
    ("/projects?limit", 400, "bad-parameter"),
    ("/projects?cursor=", 400, "bad-parameter"),
    ("/projects?format=", 400, "bad-parameter"),
    ("/projects?limit=%FF", 400, "bad-query"),
    ("/projects?%C3=1", 400, "bad-query"),
    ("/projects?" + "&".join(f"p{n}=1" for n in range(251)), 400, "bad-query"),
    *((f"/projects?limit={value}", 400, "bad-parameter") for value in INVALID_LIMITS),
    *((f"/projects?cursor={value}", 400, "bad-parameter") for value in INVALID_CURSORS),
]


@pytest.mark.parametrize(("path", "status", "name"), REFUSED, ids=lambda value: str(value)[:40])
def test_an_invalid_request_gets_a_problem_response(network, path, status, name):
    assert_problem(network, network.get(path), status, name)


def test_every_problem_type_has_a_page(network):
    for name, problem in PROBLEMS.items():
        page = network.json(f"/problems/{name}")
        title = problem.title.text("en")
        type_ = f"{BASE}/problems/{name}"
        assert page == {"type": type_, "code": name, "title": title, "status": problem.status}
    for language in LANGUAGES:
        assert len({problem.title.text(language) for problem in PROBLEMS.values()}) == len(PROBLEMS)


def test_an_unknown_parameter_is_refused_with_a_suggestion(network):
    problem = network.get("/projects?limt=1").json()
    assert problem["parameter"] == "limt"
    assert "'limit'" in problem["detail"]
    assert "any, country, cursor, end_from" in problem["detail"]


def test_a_long_unknown_name_is_not_repeated_in_full(network):
    assert len(network.get(f"/projects?{'x' * 5000}=1").content) < 1000
    assert len(network.get(f"/projects?format={'x' * 5000}").content) < 1000


@pytest.mark.parametrize("query", ["limit=0", "limit=", "limit=1&limit=2", "cursor=x", "format=xyz"])
def test_a_bad_parameter_is_named(network, query):
    assert network.get(f"/projects?{query}").json()["parameter"] == query.partition("=")[0]


def test_an_unknown_format_is_refused_with_the_list_of_formats(network):
    detail = network.get("/projects?format=xml").json()["detail"]
    assert all(name in detail for name in FORMATS)


def test_a_cursor_with_any_character_changed_is_refused(network):
    cursor = network.json("/projects?limit=1")["view"]["next"].partition("cursor=")[2]
    for index, char in enumerate(cursor):
        altered = cursor[:index] + ("A" if char != "A" else "B") + cursor[index + 1 :]
        assert network.get(f"/projects?limit=1&cursor={altered}").status_code == 400, altered


def test_a_shortened_or_extended_cursor_is_refused(network):
    cursor = network.json("/projects?limit=1")["view"]["next"].partition("cursor=")[2]
    for altered in (cursor[:-1], cursor[1:], f"{cursor}A", f"{cursor}=", f"{cursor}%0A"):
        assert network.get(f"/projects?limit=1&cursor={altered}").status_code == 400, altered


def test_a_cursor_of_another_list_is_refused(network):
    cursor = network.json("/projects?limit=1")["view"]["next"].partition("cursor=")[2]
    assert network.get(f"/organisations?limit=1&cursor={cursor}").status_code == 400


CURSOR_KEYS = {
    "": (ListQuery("Project"), [1 << 27]),
    "sort=start&": (ListQuery("Project", order=(SortOrder("start"),)), ["2017", 1 << 27]),
    "sort=id&": (ListQuery("Project", order=(SortOrder("id"),)), ["ensie"]),
}

OLD_CURSOR_KEYS = {"": ["ensie"], "sort=start&": [0, "2017", "ensie"]}
"""The keys of the cursors of releases that sorted by id."""


@pytest.mark.parametrize("query", CURSOR_KEYS)
def test_a_forged_cursor_does_no_harm(network, query):
    list_query, keys = CURSOR_KEYS[query]

    def status_with(*cursor_keys: object) -> int:
        cursor = Cursor(backwards=False, keys=cursor_keys).encode(list_query.canonical_text)
        return network.get(f"/projects?{query}cursor={cursor}").status_code

    assert status_with(*keys) == 200
    sort_keys = keys[:-1]
    for forged in (
        [*sort_keys, "a\0b"],
        sort_keys,
        [*keys, "a"],
        [*sort_keys, 2**31],
        [*sort_keys, -1],
        [*sort_keys, None],
        [2**70, *keys[1:]],
        [True, *keys[1:]],
        OLD_CURSOR_KEYS.get(query, []),
    ):
        assert status_with(*forged) == 400, forged


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "BREW"])
@pytest.mark.parametrize("path", ["/", "/projects", "/projects/ensie.ttl", "/context.jsonld", "/vocab/role"])
def test_other_methods_are_refused_with_the_allowed_ones(network, method, path):
    response = network.client.request(method, path, content=b"{}")
    assert_problem(network, response, 405, "method-not-allowed")
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_health_endpoints_refuse_other_methods_too(network, path):
    response = network.client.post(path)
    assert response.status_code == 405
    assert response.headers["allow"].startswith("GET, HEAD")
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "accept", ["text/plain", "image/*", "application/json;q=0", "*/*;q=0", "text/xml, a/b"]
)
def test_an_unsatisfiable_accept_gets_406_with_the_available_media_types(network, accept):
    for path in ("/", "/projects", "/projects/ensie", "/vocab/role"):
        problem = assert_problem(network, network.get(path, accept=accept), 406, "not-acceptable")
        assert problem["offers"][0] == "application/json"
        for offer in problem["offers"]:
            assert network.get(path, accept=offer).headers["content-type"].split(";")[0] == offer


def test_an_internal_error_shows_no_internals(site):
    site.store.commit([publish(record("Organisation", "broken"))], "editor")
    document = site.store.tables.document
    with site.store.database.writing() as connection:
        connection.execute(document.update().values(body=compress(b"not JSON")))
    assert_problem(site, site.get("/organisations/broken.ttl"), 500, "internal-error")


def test_missing_tables_get_503(site):
    with site.store.database.writing() as connection:
        connection.execute(text(f"DROP TABLE {site.store.tables.document.name}"))
    response = site.get("/projects/ensie")
    assert_problem(site, response, 503, "unavailable")
    assert response.headers["retry-after"]


def test_a_server_with_an_outdated_schema_is_alive_and_not_ready(site):
    assert site.get("/readyz").status_code == 200
    with site.store.database.writing() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    response = site.get("/readyz")
    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert not INTERNALS.search(response.text)
    assert site.json("/livez") == {"status": "alive"}


def test_every_public_path_refuses_an_unknown_parameter(network):
    for path in addresses(network):
        assert network.get(f"{path}{'&' if '?' in path else '?'}nothing=1").status_code == 400, path
