"""Hostile values do no harm: none is echoed at length, none takes long, and no cursor can be made up."""

import json
import re
from collections.abc import Iterator, Sequence
from time import process_time
from urllib.parse import quote

import pytest

from api.lists.cursor import Cursor
from api.lists.query import list_query_specs
from api.store.log.actions import publish
from schema.query.parameters import DISJUNCTION
from tests.support.generators.records import record
from tests.support.generators.requests import LISTS, list_parameters
from tests.support.raw_http import Ask, answers
from tests.support.site import BASE, KINDS, Site, site_on

LONGEST = 8_000

ECHOED = re.compile(r"(\w)\1{100}")

MOST_SECONDS = 1
"""Of the processor, for one answer: many times what the slowest takes."""

HARD = [
    *(one * LONGEST for one in "xX0-. a,:*\"'%"),
    *(one * (LONGEST // len(one)) for one in ("a-", "-a", "0-", "2017-", "1,", ",-", "a:", "id:", "id:a,", '"a ', '" "')),
    *(f"{one}{'!'}" for one in ("a-" * 3999, "a" * LONGEST, "9" * LONGEST, "9." * 3999, "2017-01-" * 900)),
    *(f"{BASE}/{one}" for one in ("x" * LONGEST, "projects/" * 800, "vocab/" * 1300)),
    "Latvij" * 1300, "austria " * 900, "É" * 1300, "\u0301" * 1300, "a\u0301" * 1000, "ß" * 1300, "ﷺ" * 800,
    "[" * LONGEST, "{" * LONGEST, "W1" * 4000, "((((a+)+)+)+)" * 600, "2026-11-22T" * 700,
    ",".join(["LV"] * 2600), ",".join(["-LV"] * 2000), ",".join(f"x-{n}" for n in range(1500)),
    ",".join(["title"] * 1300), ",".join(f"id:x{n}" for n in range(1100)), " ".join(["a*"] * 2600), " ".join(["a"] * 99),
    ",".join([f"{BASE}/x"] * 300), "https://" + "x" * 280,
]  # fmt: skip
"""What makes patterns go back and forth, lists long, near words far, and numbers large."""

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


def asked() -> Iterator[str]:
    """Yield a question of each parameter with each hostile value, as long as an address can be."""
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
        beside = {"fallback": "lang=en&", "highlight": "q=a&"}.get(
            name, "currency=EUR&" * name.startswith("amount")
        )
        for value in HARD:
            yield f"{path}?{beside}{name}={quote(value, safe=',:*')[:LONGEST].rstrip('%')}"


@pytest.fixture(scope="module", params=KINDS)
def site(request, databases) -> Iterator[Site]:
    with site_on(databases.make(request.param)) as site:
        records = [record("Organisation", name, name={"en": f"Tilts {name}"}) for name in "abc"]
        projects = [record("Project", name, title={"en": f"Tilts {name}"}) for name in "abc"]
        site.store.commit([publish(one) for one in [*records, *projects]], "editor")
        yield site


def test_no_hostile_value_is_answered_slowly_or_echoed_at_length(databases):
    with site_on(databases.make("sqlite")) as site:
        targets = list(dict.fromkeys(asked()))
        assert len(targets) > 1500
        for target in targets:
            start = process_time()
            (answer,) = answers(site, [Ask(target.encode())])
            assert process_time() - start < MOST_SECONDS, target
            assert answer.status in (200, 400, 414), target
            assert answer.status == 200 or not ECHOED.search(answer.body.decode()), target


def test_an_unknown_name_however_long_is_answered_quickly_and_echoed_in_part(site):
    for value in HARD:
        name = quote(value, safe="")[:LONGEST].rstrip("%")
        start = process_time()
        (answer,) = answers(site, [Ask(f"/projects?{name}=1".encode())])
        assert process_time() - start < MOST_SECONDS, name
        assert answer.status == 400
        assert not ECHOED.search(answer.body.decode()), name


QUESTIONS = (
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
"""Each has a second page. The same question in another order has another one."""

SAME = ("limit=2", "fields=title", "lang=en", "include=lead")
"""What may change on the way, as it changes neither what is in the list nor where."""


def test_a_cursor_is_good_for_its_own_question_in_its_own_order_only(site):
    cursors = {one: site.json(one)["view"]["next"].rpartition("cursor=")[2] for one in QUESTIONS}
    for owner, cursor in cursors.items():
        for question in QUESTIONS:
            answer = site.get(f"{question}&cursor={cursor}")
            assert answer.status_code == (200 if question == owner else 400), (owner, question)
            assert question == owner or answer.json()["parameter"] == "cursor"


def test_a_cursor_outlives_another_shape_and_another_way_to_write_its_question(site):
    cursor = site.json("/projects?limit=1&missing=end,start")["view"]["next"].rpartition("cursor=")[2]
    for shape in SAME:
        way = "limit=1&" * ("limit" not in shape) + shape
        assert (
            site.json(f"/projects?{way}&missing=start&missing=end&cursor={cursor}")["items"][0]["id"] == "b"
        )


MADE_UP: Sequence[tuple[str | int, ...]] = [
    (), ("a",), (1,), ("a", "b"), (0, "a"), (0, 1), (0, "x", "a"), (0, "a", "Nothing"), (0, "x", "a", "a"), tuple("abcdefgh"),
    ("a\0b",), (0, "\0", "a"), (0, "a\0", "Project"), (10**30, "a"), (2**63, "a", "a"), (-1, "a"), (2**62, "x", "a"),
    ("\U0010ffff",), ("x" * 3000,), ("' OR 1=1 --",), (0, "%", "_"), ("",),
]  # fmt: skip


@pytest.mark.parametrize("backwards", [True, False])
def test_a_cursor_that_somebody_makes_up_with_a_right_checksum_does_no_harm(site, backwards):
    """How checksums are made is no secret: what is in a cursor is looked at like all that clients send."""
    lists = {f"/{one.collection}": one for one in list_query_specs(site.store.renderer)}
    for target in QUESTIONS:
        path, _, query = target.partition("?")
        given = dict(pair.split("=") for pair in query.split("&")[1:])
        text = lists[path].list_query(given, full_documents=False).canonical_text
        cursors = [Cursor(backwards, keys).encode(text) for keys in MADE_UP]
        found = answers(site, [Ask(f"{target}&cursor={one}".encode()) for one in cursors])
        assert {one.status for one in found} == {200, 400}
        assert all(json.loads(one.body)["parameter"] == "cursor" for one in found if one.status == 400)


def test_what_can_be_asked_can_be_walked_and_its_headers_pass_through_proxies(site):
    """nginx refuses headers of more than 4 or 8 KB by default, and the door addresses of more than 8."""
    names = [f"{name}-{'x' * 30}-{number}" for name in "abc" for number in range(66)]
    far = site.get(f"/projects?id=a,b,{','.join(names)}")
    assert far.status_code == 414
    assert "4096" in far.json()["detail"]
    target = f"/projects?limit=1&sort=-title&id=a,b,{','.join(names[:100])}"
    page = site.get(target)
    assert 3000 < len(target) < 4000
    assert 'rel="alternate"' not in page.headers["link"]
    assert 'rel="next"' in page.headers["link"]
    assert [one["id"] for one in page.json()["items"]] == ["b"]
    behind = site.json(page.json()["view"]["next"].removeprefix(BASE))
    assert [one["id"] for one in behind["items"]] == ["a"]
    assert 'rel="alternate"' in site.get("/projects?country=LV").headers["link"]
