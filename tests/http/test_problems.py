"""What is refused over HTTP, and how it is told."""

import pytest
from sqlalchemy import text

from api.http.problems import PROBLEMS
from api.lists.cursor import Cursor
from api.store.log.actions import publish
from api.store.queries.list_query import ListQuery, SortOrder
from tests.support.assertions import INSIDE, assert_tells
from tests.support.generators.records import record
from tests.support.site import BASE, FORMATS, addresses

GARBAGE = ("x", "====", "%F0%9F%98%80", "W10", "bnVsbA", "e30", "A" * 5000)

LIMITS = ("0", "201", "x", "-1", "1.5", "+1", "%201", "1_0", "%D9%A3", "9" * 3000)

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
    *((f"/projects?limit={value}", 400, "bad-parameter") for value in LIMITS),
    *((f"/projects?cursor={value}", 400, "bad-parameter") for value in GARBAGE),
]


@pytest.mark.parametrize(("path", "status", "name"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_cannot_be_answered_is_told_as_a_problem(network, path, status, name):
    assert_tells(network, network.get(path), status, name)


def test_every_problem_has_a_page_of_its_own_name(network):
    for name, problem in PROBLEMS.items():
        about = network.json(f"/problems/{name}")
        assert about == {"type": f"{BASE}/problems/{name}", "title": about["title"], "status": problem.status}
    assert len({network.json(f"/problems/{name}")["title"] for name in PROBLEMS}) > 1


def test_an_unknown_parameter_is_refused_and_the_nearest_named(network):
    told = network.get("/projects?limt=1").json()
    assert told["parameter"] == "limt"
    assert "'limit'" in told["detail"]
    assert "any, country, cursor, end_from" in told["detail"]


def test_a_long_unknown_name_is_not_repeated_in_full(network):
    assert len(network.get(f"/projects?{'x' * 5000}=1").content) < 1000
    assert len(network.get(f"/projects?format={'x' * 5000}").content) < 1000


@pytest.mark.parametrize("query", ["limit=0", "limit=", "limit=1&limit=2", "cursor=x", "format=xyz"])
def test_a_bad_parameter_is_named(network, query):
    assert network.get(f"/projects?{query}").json()["parameter"] == query.partition("=")[0]


def test_an_unknown_format_is_told_with_the_formats_there_are(network):
    detail = network.get("/projects?format=xml").json()["detail"]
    assert all(name in detail for name in FORMATS)


def test_a_cursor_with_any_character_changed_is_refused(network):
    cursor = network.json("/projects?limit=1")["view"]["next"].partition("cursor=")[2]
    for place, char in enumerate(cursor):
        altered = cursor[:place] + ("A" if char != "A" else "B") + cursor[place + 1 :]
        assert network.get(f"/projects?limit=1&cursor={altered}").status_code == 400, altered


def test_a_cursor_cut_short_or_added_to_is_refused(network):
    cursor = network.json("/projects?limit=1")["view"]["next"].partition("cursor=")[2]
    for altered in (cursor[:-1], cursor[1:], f"{cursor}A", f"{cursor}=", f"{cursor}%0A"):
        assert network.get(f"/projects?limit=1&cursor={altered}").status_code == 400, altered


def test_a_cursor_of_another_list_is_refused(network):
    cursor = network.json("/projects?limit=1")["view"]["next"].partition("cursor=")[2]
    assert network.get(f"/organisations?limit=1&cursor={cursor}").status_code == 400


PLACES = {
    "": (ListQuery("Project"), ["ensie"]),
    "sort=start&": (ListQuery("Project", order=(SortOrder("start"),)), [0, "2017", "ensie"]),
}


@pytest.mark.parametrize("asked", PLACES)
def test_a_forged_cursor_does_no_harm(network, asked):
    wanted, keys = PLACES[asked]

    def ask(*forged: object) -> int:
        text = Cursor(backwards=False, keys=forged).encode(wanted.canonical_text)
        return network.get(f"/projects?{asked}cursor={text}").status_code

    assert ask(*keys) == 200
    before = keys[:-1]
    for forged in (
        [*before, "a\0b"],
        before,
        [*keys, "a"],
        [*before, 1],
        [2**70, *keys[1:]],
        [True, *keys[1:]],
    ):
        assert ask(*forged) == 400, forged


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "BREW"])
@pytest.mark.parametrize("path", ["/", "/projects", "/projects/ensie.ttl", "/context.jsonld", "/vocab/role"])
def test_other_methods_are_refused_and_the_allowed_named(network, method, path):
    answer = network.client.request(method, path, content=b"{}")
    assert_tells(network, answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_the_operations_refuse_other_methods_too(network, path):
    answer = network.client.post(path)
    assert answer.status_code == 405
    assert answer.headers["allow"].startswith("GET, HEAD")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "accept", ["text/plain", "image/*", "application/json;q=0", "*/*;q=0", "text/xml, a/b"]
)
def test_an_unmet_accept_is_told_with_what_there_is(network, accept):
    for path in ("/", "/projects", "/projects/ensie", "/vocab/role"):
        told = assert_tells(network, network.get(path, accept=accept), 406, "not-acceptable")
        assert told["offers"][0] == "application/json"
        for offer in told["offers"]:
            assert network.get(path, accept=offer).headers["content-type"].split(";")[0] == offer


def test_a_fault_of_our_own_is_told_without_the_inside(site):
    site.store.commit([publish(record("Organisation", "broken"))], "editor")
    document = site.store.tables.document
    with site.store.database.writing() as connection:
        connection.execute(document.update().values(body=b"not JSON"))
    assert_tells(site, site.get("/organisations/broken.ttl"), 500, "internal-error")


def test_tables_that_are_not_there_are_told_as_a_database_that_cannot_answer(site):
    with site.store.database.writing() as connection:
        connection.execute(text(f"DROP TABLE {site.store.tables.document.name}"))
    answer = site.get("/projects/ensie")
    assert_tells(site, answer, 503, "unavailable")
    assert answer.headers["retry-after"]


def test_a_server_whose_tables_are_not_todays_is_alive_and_not_ready(site):
    assert site.get("/readyz").status_code == 200
    with site.store.database.writing() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    answer = site.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert not INSIDE.search(answer.text)
    assert site.json("/livez") == {"status": "alive"}


def test_no_public_address_takes_a_parameter_that_it_does_not_know(network):
    for path in addresses(network):
        assert network.get(f"{path}{'&' if '?' in path else '?'}nothing=1").status_code == 400, path
