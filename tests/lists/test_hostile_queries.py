"""Tests of hostile queries: work of a response, echoed values, forged cursors, long query strings.

TEST_LONG=1 in the environment counts the work of every hostile value of every parameter.
"""

import json
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from urllib.parse import quote

import pytest

from api.lists.cursor import Cursor
from api.lists.query import list_query_specs
from api.store.log.actions import publish
from schema.declaration.datatypes import AUTHORITY_TABLES, Kind
from schema.query.parameters import DISJUNCTION
from tests.support.assertions import ids
from tests.support.generators.list_requests import LISTS, list_parameters
from tests.support.generators.records import record
from tests.support.raw_asgi_requests import RawRequest, send_requests
from tests.support.site import BASE, KINDS, Site, site_on
from vocab.concept_schemes import CONCEPT_SCHEMES

MAX_LENGTH = 8_000

LONG_ECHO = re.compile(r"(\w)\1{100}")

MAX_EVENTS = 200_000
"""Calls and returns of functions, of Python and of C, in one response: three times those of the dearest."""

COUNTING_INTERVAL = 1 if os.environ.get("TEST_LONG") else 10
"""Calls are counted for every n-th pair of a parameter and a value, as that takes time."""

HOSTILE_VALUES = [
    *(char * MAX_LENGTH for char in "xX0-. a,:*\"'%"),
    *(text * (MAX_LENGTH // len(text)) for text in ("a-", "-a", "0-", "2017-", "1,", ",-", "a:", "id:", "id:a,", '"a ', '" "')),
    *(f"{text}{'!'}" for text in ("a-" * 3999, "a" * MAX_LENGTH, "9" * MAX_LENGTH, "9." * 3999, "2017-01-" * 900)),
    *(f"{BASE}/{path}" for path in ("x" * MAX_LENGTH, "projects/" * 800, "vocab/" * 1300)),
    "Latvij" * 1300, "austria " * 900, "É" * 1300, "\u0301" * 1300, "a\u0301" * 1000, "ß" * 1300, "ﷺ" * 800,
    "[" * MAX_LENGTH, "{" * MAX_LENGTH, "W1" * 4000, "((((a+)+)+)+)" * 600, "2026-11-22T" * 700,
    ",".join(["LV"] * 2600), ",".join(["-LV"] * 2000), ",".join(f"x-{n}" for n in range(1500)),
    ",".join(["title"] * 1300), ",".join(f"id:x{n}" for n in range(1100)), " ".join(["a*"] * 2600), " ".join(["a"] * 99),
    ",".join([f"{BASE}/x"] * 300), "https://" + "x" * 280,
]  # fmt: skip
"""Values that cause backtracking, long lists, slow spelling suggestions, or large numbers."""

PARAMETERS = (
    "q",
    "sort",
    "cursor",
    "limit",
    "format",
    "fields",
    "include",
    "lang",
    "fallback",
    "highlight",
    "profile",
)


def hostile_targets() -> Iterator[str]:
    """Yield a list query for each parameter and hostile value, close to the length limit of targets."""
    for name in sorted(
        {
            DISJUNCTION,
            *PARAMETERS,
            *(name for shape in LISTS.values() if shape for name in list_parameters(shape)),
        }
    ):
        path = next(
            path
            for path, shape in LISTS.items()
            if shape and (name in list_parameters(shape) or name in (*PARAMETERS, DISJUNCTION))
        )
        required = {"fallback": "lang=en&", "highlight": "q=a&"}.get(
            name, "currency=EUR&" * name.startswith("amount")
        )
        for value in HOSTILE_VALUES:
            yield f"{path}?{required}{name}={quote(value, safe=',:*')[:MAX_LENGTH].rstrip('%')}"


@pytest.fixture(scope="module", params=KINDS)
def site(request, databases) -> Iterator[Site]:
    with site_on(databases.make(request.param)) as site:
        organisations = [record("Organisation", name, name={"en": f"Tilts {name}"}) for name in "abc"]
        projects = [record("Project", name, title={"en": f"Tilts {name}"}) for name in "abc"]
        site.store.commit([publish(entity) for entity in [*organisations, *projects]], "editor")
        yield site


@contextmanager
def counting_site(address: str) -> Iterator[tuple[Site, Callable[[], int]]]:
    """Yield a site, and a function that returns the number of calls and returns so far in all its threads."""
    events = count()
    threading.setprofile(lambda *_: next(events))
    try:
        with site_on(address) as site:
            site.get("/projects")  # The first response is checked against descriptions that are made for it.
            yield site, partial(next, events)
    finally:
        threading.setprofile(None)


def test_no_hostile_value_causes_a_long_echo(databases):
    with site_on(databases.make("sqlite")) as site:
        targets = list(dict.fromkeys(hostile_targets()))
        assert len(targets) > 1500
        for target in targets:
            (response,) = send_requests(site, [RawRequest(target.encode())])
            assert response.status in (200, 400, 414), target
            assert response.status == 200 or not LONG_ECHO.search(response.body.decode()), target


def test_no_hostile_value_causes_much_work(databases):
    """Each parameter is sent with several of the values, and each value as several of the parameters."""
    with counting_site(databases.make("sqlite")) as (site, events):
        for target in list(hostile_targets())[::COUNTING_INTERVAL]:
            start = events()
            send_requests(site, [RawRequest(target.encode())])
            assert events() - start < MAX_EVENTS, target


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_unknown_parameter_causes_little_work_and_no_long_echo(databases, kind):
    with counting_site(databases.make(kind)) as (site, events):
        for value in HOSTILE_VALUES:
            name = quote(value, safe="")[:MAX_LENGTH].rstrip("%")
            start = events()
            (response,) = send_requests(site, [RawRequest(f"/projects?{name}=1".encode())])
            assert events() - start < MAX_EVENTS, name
            assert response.status == 400
            assert not LONG_ECHO.search(response.body.decode()), name


QUERIES = (
    "/projects?limit=1",
    "/projects?limit=1&sort=title",
    "/projects?limit=1&sort=-title",
    "/projects?limit=1&sort=id",
    "/projects?limit=1&q=tilts",
    "/projects?limit=1&q=tilt*",
    "/projects?limit=1&q=tilts&sort=title",
    "/projects?limit=1&missing=end",
    "/projects?limit=1&country=-LV",
    "/organisations?limit=1",
    "/organisations?limit=1&q=tilts",
    "/search?limit=1&q=tilts",
)
"""List queries that have a second page; each differs from the others in its filters or order."""

REPRESENTATION_OPTIONS = ("limit=2", "fields=title", "lang=en", "include=lead")
"""Parameters that may change from page to page, as they change neither the records nor their order."""


def test_a_cursor_is_valid_only_for_its_own_query_and_order(site):
    cursors = {query: site.json(query)["view"]["next"].rpartition("cursor=")[2] for query in QUERIES}
    for owner, cursor in cursors.items():
        for query in QUERIES:
            response = site.get(f"{query}&cursor={cursor}")
            assert response.status_code == (200 if query == owner else 400), (owner, query)
            assert query == owner or response.json()["parameter"] == "cursor"


def test_a_cursor_stays_valid_with_other_options_and_another_spelling_of_its_query(site):
    cursor = site.json("/projects?limit=1&missing=end,start")["view"]["next"].rpartition("cursor=")[2]
    for option in REPRESENTATION_OPTIONS:
        options = "limit=1&" * ("limit" not in option) + option
        assert (
            site.json(f"/projects?{options}&missing=start&missing=end&cursor={cursor}")["items"][0]["id"]
            == "b"
        )


FORGED_KEYS: Sequence[tuple[str | int | None, ...]] = [
    ("a", 5), (None, 5), (None,), (None, None), (3, 5), (2, 2**31 - 1), (2**31,), ("a", -1), ("\U0010ffff", 0), ("a", True),
    (), ("a",), (1,), ("a", "b"), (0, "a"), (0, 1), (0, "x", "a"), (0, "a", "Nothing"), (0, "x", "a", "a"), tuple("abcdefgh"),
    ("a\0b",), (0, "\0", "a"), (0, "a\0", "Project"), (10**30, "a"), (2**63, "a", "a"), (-1, "a"), (2**62, "x", "a"),
    ("\U0010ffff",), ("x" * 3000,), ("' OR 1=1 --",), (0, "%", "_"), ("",),
]  # fmt: skip


@pytest.mark.parametrize("backwards", [True, False])
def test_a_forged_cursor_with_a_valid_checksum_does_no_harm(site, backwards):
    """The checksum is not secret, so the content of a cursor is validated like any other input."""
    specs = {f"/{spec.collection}": spec for spec in list_query_specs(site.store.renderer)}
    for target in QUERIES:
        path, _, query = target.partition("?")
        parameters = dict(pair.split("=") for pair in query.split("&")[1:])
        text = specs[path].list_query(parameters, full_documents=False).canonical_text
        cursors = [Cursor(backwards, keys).encode(text) for keys in FORGED_KEYS]
        responses = send_requests(
            site, [RawRequest(f"{target}&cursor={cursor}".encode()) for cursor in cursors]
        )
        assert {response.status for response in responses} == {200, 400}
        refused = [response for response in responses if response.status == 400]
        assert all(json.loads(response.body)["parameter"] == "cursor" for response in refused)


def test_a_long_accepted_query_can_be_paged_and_its_headers_pass_through_proxies(site):
    """By default nginx refuses response headers of more than 4 or 8 KB; targets are limited to 8 KB."""
    names = [f"{name}-{'x' * 30}-{number}" for name in "abc" for number in range(66)]
    too_long = site.get(f"/projects?id=a,b,{','.join(names)}")
    assert too_long.status_code == 414
    assert "4096" in too_long.json()["detail"]
    iris = {
        "country": [*AUTHORITY_TABLES[Kind.COUNTRY].iris.values()][:20],
        **{
            name: [
                f"{BASE}/{CONCEPT_SCHEMES[scheme].concept_iri(code)}"
                for code in CONCEPT_SCHEMES[scheme].codes
            ]
            for name, scheme in (
                ("topic", "topic"),
                ("target_group", "target-group"),
                ("status", "project-status"),
            )
        },
    }
    excluded = "&".join(
        f"{name}={','.join(f'-{iri}' for iri in values[:20])}" for name, values in iris.items()
    )
    target = f"/projects?limit=1&sort=-title&id=a,b&{excluded}"
    page = site.get(target)
    assert 3000 < len(page.json()["view"]["uri"]) < 4000
    assert 'rel="alternate"' not in page.headers["link"]
    assert 'rel="next"' in page.headers["link"]
    assert ids(page.json()) == ["b"]
    second = site.json(page.json()["view"]["next"].removeprefix(BASE))
    assert ids(second) == ["a"]
    assert 'rel="alternate"' in site.get("/projects?country=LV").headers["link"]
