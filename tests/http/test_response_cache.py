"""Answers that are kept: the same as new ones, never older than what was acknowledged, refused to whom new ones are.

TEST_LONG=1 in the environment makes it twenty times as many.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from api.store.log.actions import publish, unpublish
from tests.support.assertions import as_sent
from tests.support.generators.records import record
from tests.support.generators.request_pairs import RequestPairGenerator
from tests.support.raw_http import Ask, answers
from tests.support.site import KINDS, Site, addresses, site_on

LONG = bool(os.environ.get("TEST_LONG"))

PAIRS, AT_ONCE = 10_000 if LONG else 500, 50

ACTS = 1_000 if LONG else 15

RECORD = b"/projects/ensie"

PATHS = ("/projects/local-y-mpact", "/funders.ttl", "/search?q=inkub*")


@pytest.fixture(scope="module", params=KINDS)
def both(request, databases) -> Iterator[tuple[Site, Site]]:
    """One database behind two applications: one that keeps answers, and one that does not."""
    address = databases.make_with_content(request.param)
    with site_on(address) as keeping, site_on(address, cache=0) as plain:
        yield keeping, plain


class Counting:
    """Reads as a reader does, and counts the answers that are made."""

    def __init__(self, reader) -> None:
        self._reader = reader
        self.made = 0

    def __getattr__(self, name: str):
        self.made += name in ("rows", "snapshot")
        return getattr(self._reader, name)


@contextmanager
def counting(site: Site) -> Iterator[Counting]:
    """Yield what counts the answers that a site makes meanwhile."""
    dispatcher = site.client.app.state.dispatcher
    reader, dispatcher.reader = dispatcher.reader, Counting(dispatcher.reader)
    try:
        yield dispatcher.reader
    finally:
        dispatcher.reader = reader


@pytest.fixture
def counted(both) -> Iterator[Counting]:
    with counting(both[0]) as found:
        yield found


def test_what_was_asked_before_is_answered_without_making_it_again(both, counted):
    site, _ = both
    for path in ("/projects?limit=7", *PATHS):
        first, made = as_sent(site, path), counted.made
        assert counted.made > 0
        assert as_sent(site, path)[1] == first[1]
        site.client.head(path)
        tag = first[0].headers["etag"]
        assert site.get(path, if_none_match=tag).status_code == 304
        assert counted.made == made


def test_a_coding_is_made_from_what_was_kept_without_one(both, counted):
    site, _ = both
    site.get("/projects?limit=6", accept_encoding="identity")
    made = counted.made
    for coding in ("gzip", "br", "zstd"):
        answer = site.get("/projects?limit=6", accept_encoding=coding)
        assert answer.headers["content-encoding"] == coding
    assert counted.made == made


def test_who_only_asks_again_is_answered_from_what_is_kept(both, counted):
    site, plain = both
    tag = plain.get("/projects?limit=4").headers["etag"]
    for _ in range(3):
        assert site.get("/projects?limit=4", if_none_match=tag).status_code == 304
        assert counted.made == 1


def test_problems_and_the_state_of_the_process_are_never_kept(both, counted):
    site, _ = both
    for path in ("/projects/never", "/readyz"):
        made = [site.get(path) and counted.made for _ in range(3)]
        assert made[0] < made[1] < made[2]


def test_500_pairs_that_differ_in_one_thing_get_what_a_server_without_a_cache_answers(both, counted):
    keeping, plain = both
    paths = [*random.Random(1).sample(addresses(plain), 12), "/", "/projects", "/search", "/context.jsonld"]  # noqa: S311
    pairs = RequestPairGenerator(random.Random(2), [*paths, "/nothing", "/livez", "/sitemap.xml"])  # noqa: S311
    statuses: Counter[int] = Counter()
    with counting(plain) as counted_without:
        for begun in range(0, PAIRS, AT_ONCE):
            asks = [ask for pair in pairs.generate(AT_ONCE) for ask in (*pair, pair[0])]
            found = answers(keeping, asks)
            for ask, one, other in zip(asks, found, answers(plain, asks), strict=True):
                assert one == other, ask
                if one.status == 200 and one.header("etag"):
                    pairs.tagged.append((ask, one.header("etag")))
            statuses.update(one.status for one in found)
            # From now on the list of projects is another, and so is what tells how many there are.
            keeping.store.commit([publish(record("Project", f"a-{begun}"))], "editor")
    assert {200, 204, 304, 400, 404, 405, 406, 413} <= set(statuses)
    assert statuses[200] > PAIRS
    assert statuses[304] > PAIRS / 20
    assert counted.made < 0.6 * counted_without.made


REFUSED = [
    (400, Ask(RECORD, hosts=())),
    (400, Ask(RECORD, hosts=(b"",))),
    (400, Ask(RECORD, hosts=(b" ",))),
    (400, Ask(RECORD, hosts=(b"a.example", b"a.example"))),
    (400, Ask(RECORD, hosts=(b"", b"a.example"))),
    (413, Ask(RECORD, body=b"{}")),
    (413, Ask(RECORD, body=b"{}", method="HEAD")),
    (413, Ask(RECORD, ((b"transfer-encoding", b"chunked"),))),
    (413, Ask(RECORD, ((b"content-length", b"0"), (b"content-length", b"2")))),
    (431, Ask(RECORD, ((b"x-large", b"a" * 20_000),))),
    (431, Ask(RECORD, ((b"accept", b"*/*" + b" " * 17_000),))),
    (414, Ask(RECORD + b"?" + b"a" * 9_000)),
    (404, Ask(b"/projects//ensie")),
    (404, Ask(b"/%70rojects/ensie")),
    (404, Ask(b"//projects/ensie")),
    (400, Ask(RECORD + b"%ff")),
    (400, Ask(RECORD + b"?")._replace(target=RECORD + b"?x=1")),
    (405, Ask(RECORD, method="POST")),
    (405, Ask(RECORD, method="get")),
]


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: f"{row[0]} {row[1].method} {str(row[1].hosts)[:30]}")
def test_what_is_refused_is_refused_with_the_answer_at_hand_and_leaves_nothing(both, row):
    keeping, plain = both
    status, ask = row
    whole = [Ask(RECORD), Ask(RECORD, method="HEAD")]
    expected = answers(plain, [*whole, ask])
    assert [one.status for one in expected] == [200, 200, status]
    for _ in range(2):
        assert answers(keeping, [*whole, ask, *whole]) == [*expected, *expected[:2]]


def test_a_length_of_nothing_is_no_content(both):
    for site in both:
        found = answers(site, [Ask(RECORD), Ask(RECORD, ((b"content-length", b"0"),)), Ask(RECORD)])
        assert len(set(found)) == 1
        assert found[0].status == 200


def test_an_acknowledged_act_is_in_the_next_answer(both):
    keeping, _ = both
    paths = (
        "/organisations/seen",
        "/organisations/seen.ttl",
        "/organisations?id=seen",
        "/organisations/seen?fields=name",
    )
    for number in range(ACTS):
        keeping.store.commit(
            [publish(record("Organisation", "seen", name={"en": f"Name {number}"}))], "editor"
        )
        for path in paths:
            assert f"Name {number}" in keeping.get(path).text
    keeping.store.commit([unpublish(("Organisation", "seen"), reason="No more.")], "editor")
    assert [keeping.get(path).status_code for path in paths] == [410, 410, 200, 410]
    assert keeping.json(paths[2])["total"] == 0


def test_a_rebuild_that_mends_is_seen_at_once(both):
    keeping, _ = both
    expected = keeping.get("/projects/ensie")
    tables = keeping.store.tables
    worse = expected.content.replace(b'"ENSIE"', b'"ENSJE"')
    with keeping.store.database.writing() as connection:
        connection.execute(tables.document.update().where(tables.document.c.id == "ensie").values(body=worse))
        connection.execute(tables.head.update().values(seq=tables.head.c.seq))
    assert keeping.get("/projects/ensie").content == worse != expected.content
    assert keeping.store.rebuild()
    assert keeping.get("/projects/ensie").content == expected.content


def test_without_room_nothing_is_kept_and_all_is_the_same(both):
    keeping, plain = both
    with counting(plain) as counted:
        for path in ("/projects?limit=3", *PATHS):
            expected, made = keeping.get(path), [counted.made]
            for _ in range(3):
                answer = plain.get(path)
                assert (answer.content, answer.headers) == (expected.content, expected.headers)
                made.append(counted.made)
            assert made[0] < made[1] < made[2] < made[3]
