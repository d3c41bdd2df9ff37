"""Tests of the response cache: cached responses equal uncached ones, and are never stale.

TEST_LONG=1 in the environment sends twenty times as many requests.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from api.store.log.actions import publish, unpublish
from api.store.zstd_frame import compress, decompress
from tests.support.assertions import encoded_response
from tests.support.generators.cache_key_request_pairs import RequestPairGenerator
from tests.support.generators.records import record
from tests.support.raw_asgi_requests import RawRequest, send_requests
from tests.support.response_and_row_snapshots import rows
from tests.support.site import KINDS, Site, addresses, site_on

LONG = bool(os.environ.get("TEST_LONG"))

PAIRS = dict.fromkeys(KINDS, 10_000) if LONG else {"sqlite": 500, "postgresql": 200}
"""Pairs of requests by engine: the cache is the same code on both, and the version of the data is read differently."""

PAIRS_PER_COMMIT = 50

COMMITS = 1_000 if LONG else 15

RECORD = b"/projects/ensie"

PATHS = ("/projects/local-y-mpact", "/funders.ttl", "/search?q=inkub*")


@pytest.fixture(scope="module", params=KINDS)
def cached_and_uncached(request, databases) -> Iterator[tuple[Site, Site]]:
    """One database behind two applications: with a response cache, and without."""
    address = databases.make_with_content(request.param)
    with site_on(address) as cached, site_on(address, cache=0) as uncached:
        yield cached, uncached


class CountingReader:
    """Delegates to a reader, and counts its reads of rows and snapshots."""

    def __init__(self, reader) -> None:
        self._reader = reader
        self.reads = 0

    def __getattr__(self, name: str):
        self.reads += name in ("rows", "snapshot", "long_snapshot")
        return getattr(self._reader, name)


@contextmanager
def counting_reader(site: Site) -> Iterator[CountingReader]:
    """Replace the reader of a site with a counting one, and yield it."""
    dispatcher = site.client.app.state.dispatcher
    reader, dispatcher.reader = dispatcher.reader, CountingReader(dispatcher.reader)
    try:
        yield dispatcher.reader
    finally:
        dispatcher.reader = reader


@pytest.fixture
def reader(cached_and_uncached) -> Iterator[CountingReader]:
    with counting_reader(cached_and_uncached[0]) as reader:
        yield reader


def test_a_repeated_request_is_served_without_a_read(cached_and_uncached, reader):
    site, _ = cached_and_uncached
    for path in ("/projects?limit=7", *PATHS):
        first, reads = encoded_response(site, path), reader.reads
        assert reader.reads > 0
        assert encoded_response(site, path)[1] == first[1]
        site.client.head(path)
        etag = first[0].headers["etag"]
        assert site.get(path, if_none_match=etag).status_code == 304
        assert reader.reads == reads


def test_a_content_coding_is_made_from_the_cached_identity_response(cached_and_uncached, reader):
    site, _ = cached_and_uncached
    site.get("/projects?limit=6", accept_encoding="identity")
    reads = reader.reads
    for coding in ("gzip", "br", "zstd"):
        response = site.get("/projects?limit=6", accept_encoding=coding)
        assert response.headers["content-encoding"] == coding
    assert reader.reads == reads


def test_a_revalidation_is_served_from_the_cache(cached_and_uncached, reader):
    site, uncached = cached_and_uncached
    etag = uncached.get("/projects.csv?limit=4").headers["etag"]
    for _ in range(3):
        assert site.get("/projects.csv?limit=4", if_none_match=etag).status_code == 304
        assert reader.reads == 1


def test_the_examples_of_the_documentation_are_read_once_for_each_version_of_the_data(cached_and_uncached):
    _, uncached = cached_and_uncached
    uncached.json("/openapi.json")
    with counting_reader(uncached) as reader:
        assert uncached.get("/openapi.json").status_code == 200
        assert reader.reads == 1  # the time of the last commit, for Last-Modified


def test_problems_and_health_responses_are_never_cached(cached_and_uncached, reader):
    site, _ = cached_and_uncached
    for path in ("/projects/never", "/readyz"):
        reads = [site.get(path) and reader.reads for _ in range(3)]
        assert reads[0] < reads[1] < reads[2]


def test_hundreds_of_pairs_of_similar_requests_get_the_responses_of_a_server_without_a_cache(
    cached_and_uncached, reader
):
    cached, uncached = cached_and_uncached
    count = PAIRS[cached.kind]
    sample = random.Random(1).sample(addresses(uncached), 12)  # noqa: S311
    paths = [*sample, "/", "/projects", "/search", "/context.jsonld"]
    pairs = RequestPairGenerator(random.Random(2), [*paths, "/nothing", "/livez", "/sitemap.xml"])  # noqa: S311
    statuses: Counter[int] = Counter()
    with counting_reader(uncached) as uncached_reader:
        for number in range(0, count, PAIRS_PER_COMMIT):
            requests = [request for pair in pairs.generate(PAIRS_PER_COMMIT) for request in (*pair, pair[0])]
            responses = send_requests(cached, requests)
            for request, response, expected in zip(
                requests, responses, send_requests(uncached, requests), strict=True
            ):
                assert response == expected, request
                if response.status == 200 and response.header("etag"):
                    pairs.tagged.append((request, response.header("etag")))
            statuses.update(response.status for response in responses)
            # This changes the list of projects and its total.
            cached.store.commit([publish(record("Project", f"a-{number}"))], "editor")
    assert {200, 204, 304, 400, 404, 405, 406, 413} <= set(statuses)
    assert statuses[200] > count
    assert statuses[304] > count / 20
    assert reader.reads < 0.6 * uncached_reader.reads


REFUSED = [
    (400, RawRequest(RECORD, hosts=())),
    (400, RawRequest(RECORD, hosts=(b"",))),
    (400, RawRequest(RECORD, hosts=(b" ",))),
    (400, RawRequest(RECORD, hosts=(b"a.example", b"a.example"))),
    (400, RawRequest(RECORD, hosts=(b"", b"a.example"))),
    (413, RawRequest(RECORD, body=b"{}")),
    (413, RawRequest(RECORD, body=b"{}", method="HEAD")),
    (413, RawRequest(RECORD, ((b"transfer-encoding", b"chunked"),))),
    (413, RawRequest(RECORD, ((b"content-length", b"0"), (b"content-length", b"2")))),
    (431, RawRequest(RECORD, ((b"x-large", b"a" * 20_000),))),
    (431, RawRequest(RECORD, ((b"accept", b"*/*" + b" " * 17_000),))),
    (414, RawRequest(RECORD + b"?" + b"a" * 9_000)),
    (404, RawRequest(b"/projects//ensie")),
    (404, RawRequest(b"/%70rojects/ensie")),
    (404, RawRequest(b"//projects/ensie")),
    (400, RawRequest(RECORD + b"%ff")),
    (400, RawRequest(RECORD + b"?")._replace(target=RECORD + b"?x=1")),
    (405, RawRequest(RECORD, method="POST")),
    (405, RawRequest(RECORD, method="get")),
]


@pytest.mark.parametrize(
    "refusal", REFUSED, ids=lambda refusal: f"{refusal[0]} {refusal[1].method} {str(refusal[1].hosts)[:30]}"
)
def test_an_invalid_request_is_refused_despite_a_cached_response_and_does_not_change_it(
    cached_and_uncached, refusal
):
    cached, uncached = cached_and_uncached
    status, request = refusal
    valid = [RawRequest(RECORD), RawRequest(RECORD, method="HEAD")]
    expected = send_requests(uncached, [*valid, request])
    assert [response.status for response in expected] == [200, 200, status]
    for _ in range(2):
        assert send_requests(cached, [*valid, request, *valid]) == [*expected, *expected[:2]]


def test_a_content_length_of_zero_changes_no_response(cached_and_uncached):
    for site in cached_and_uncached:
        requests = [RawRequest(RECORD), RawRequest(RECORD, ((b"content-length", b"0"),)), RawRequest(RECORD)]
        responses = send_requests(site, requests)
        assert len(set(responses)) == 1
        assert responses[0].status == 200


def test_a_committed_action_is_in_the_next_response(cached_and_uncached):
    cached, _ = cached_and_uncached
    paths = (
        "/organisations/seen",
        "/organisations/seen.ttl",
        "/organisations?id=seen",
        "/organisations/seen?fields=name",
    )
    for number in range(COMMITS):
        cached.store.commit(
            [publish(record("Organisation", "seen", name={"en": f"Name {number}"}))], "editor"
        )
        for path in paths:
            assert f"Name {number}" in cached.get(path).text
    cached.store.commit([unpublish(("Organisation", "seen"), reason="No more.")], "editor")
    assert [cached.get(path).status_code for path in paths] == [410, 410, 400, 410]
    assert "No more." in cached.get(paths[2]).json()["detail"]


def test_a_rebuild_that_repairs_a_document_is_visible_at_once(cached_and_uncached):
    cached, _ = cached_and_uncached
    expected = cached.get("/projects/ensie")
    tables = cached.store.tables
    corrupt = expected.content.replace(b'"ENSIE"', b'"ENSJE"')
    with cached.store.database.writing() as connection:
        number = select(tables.record.c.number).where(tables.record.c.id == "ensie").scalar_subquery()
        connection.execute(
            tables.document.update().where(tables.document.c.number == number).values(body=compress(corrupt))
        )
        connection.execute(tables.head.update().values(seq=tables.head.c.seq))
    assert cached.get("/projects/ensie").content == corrupt != expected.content
    assert cached.store.rebuild()
    assert cached.get("/projects/ensie").content == expected.content


def test_a_stored_document_has_the_same_headers_and_bytes_from_the_database_and_from_the_cache(
    cached_and_uncached,
):
    """In every content coding, whichever is requested first: the stored bytes are those of one of them."""
    cached, uncached = cached_and_uncached
    requests = [
        RawRequest(target, ((b"accept-encoding", coding), *etag), method)
        for target in (RECORD, RECORD + b".json", RECORD + b".json?lang=en")
        for coding in (b"identity", b"zstd", b"gzip", b"zstd, identity;q=0")
        for method in ("GET", "HEAD")
        for etag in ((), ((b"if-none-match", b"*"),))
    ]
    for direction in (1, -1):
        # Another version of the data, so that nothing is cached.
        name = {"en": f"Name {direction}"}
        cached.store.commit([publish(record("Organisation", "counted", name=name))], "editor")
        expected = send_requests(uncached, requests[::direction])
        assert {response.status for response in expected} == {200, 304}
        for _ in range(2):
            assert send_requests(cached, requests[::direction]) == expected


def test_a_stored_document_is_sent_as_it_is_to_clients_that_accept_zstd(cached_and_uncached):
    for site in cached_and_uncached:
        response, body = encoded_response(site, RECORD.decode(), accept_encoding="zstd")
        assert (response.status_code, response.headers["content-encoding"]) == (200, "zstd")
        assert body in [row[1] for row in rows(site, "document")]


def test_a_damaged_document_is_an_internal_error_until_it_is_repaired(cached_and_uncached):
    _, site = cached_and_uncached
    expected = site.get("/projects/ensie").content
    ((number, frame),) = [row for row in rows(site, "document") if decompress(row[1]) == expected]
    tables = site.store.tables
    with site.store.database.writing() as connection:
        is_damaged = tables.document.c.number == number
        connection.execute(tables.document.update().where(is_damaged).values(body=frame[:-9] + bytes(9)))
    for path in (
        "/projects/ensie",
        "/projects/ensie.ttl",
        "/projects?id=ensie&fields=numbers",
        "/projects.csv",
    ):
        assert site.get(path, accept_encoding="identity").status_code == 500
    assert site.store.rebuild() == {"document": 1}
    assert site.get("/projects/ensie").content == expected


def test_a_cache_of_size_zero_stores_nothing_and_changes_no_response(cached_and_uncached):
    cached, uncached = cached_and_uncached
    with counting_reader(uncached) as reader:
        # A list is answered from the record index of the process, a table from documents that are read each time.
        for path in ("/projects.csv?limit=3", "/projects/local-y-mpact"):
            expected, reads = cached.get(path), [reader.reads]
            for _ in range(3):
                response = uncached.get(path)
                assert (response.content, response.headers) == (expected.content, expected.headers)
                reads.append(reader.reads)
            assert reads[0] < reads[1] < reads[2] < reads[3]


def test_requests_with_ever_other_long_accept_headers_evict_no_response(databases):
    with site_on(databases.make_with_content("sqlite"), cache=1) as site, counting_reader(site) as reader:
        expected = [site.get(path).content for path in PATHS]
        for number in range(100):
            accept = f"application/x-{number}-{'x' * 12_000}, */*"
            assert site.get(PATHS[0], accept=accept).content == expected[0]
        reader.reads = 0
        assert [site.get(path).content for path in PATHS] == expected
        assert reader.reads == 0
