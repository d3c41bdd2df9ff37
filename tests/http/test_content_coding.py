"""Tests of content codings: negotiation, and equal content in each of them."""

import asyncio
from itertools import count

import pytest

from api.http.content_coding import (
    apply_coding,
    encode_response,
    encode_stored,
    negotiate_coding,
    send_encoded,
)
from api.request_work import SENDING, begin_work, current_work
from api.store.zstd_frame import compress
from tests.support.assertions import encoded_response
from tests.support.raw_asgi_requests import plain
from tests.support.site import BASE

CODINGS = ("zstd", "br", "gzip")

# RFC 9110, section 12.5.3: named codings, `*` for all others, and weights; the server chooses between equals.
NEGOTIATIONS = [
    ("gzip, deflate, br, zstd", "zstd"),
    ("gzip, deflate, br", "br"),
    ("gzip, deflate", "gzip"),
    ("GZip", "gzip"),
    ("br;q=0.5, gzip", "gzip"),
    ("zstd;q=0.001, br;q=0.002", "br"),
    ("zstd;q=0, *", "br"),
    ("zstd;q=0, br;q=0, gzip;q=0, *", ""),
    ("*", "zstd"),
    ("*;q=0.5, gzip", "gzip"),
    ("gzip;q=0.5, identity", ""),
    ("gzip;q=0.5, identity;q=0.5", "gzip"),
    ("gzip, identity;q=0", "gzip"),
    ("identity;q=0", ""),
    ("identity;q=0, *", "zstd"),
    ("identity;q=0, *;q=0", ""),
    ("*;q=0", ""),
    ("*;q=0, br", "br"),
    ("", ""),
    ("identity", ""),
    ("deflate", ""),
    ("compress, x-gzip", ""),
    ("br;q=x, gzip;q=2", ""),
    ("br;q=nan, gzip", "gzip"),
]

LONG_PATH = "/openapi.json"


@pytest.mark.parametrize(("accepted", "coding"), NEGOTIATIONS, ids=str)
def test_a_client_gets_the_coding_that_it_prefers(sqlite_network, accepted, coding):
    response, body = encoded_response(sqlite_network, "/projects/ensie", accept_encoding=accepted)
    assert response.status_code == 200
    assert response.headers.get("content-encoding", "") == coding
    assert plain(body, coding).startswith(b'{"id":"ensie"')


def test_several_accept_encoding_headers_are_one_list(sqlite_network):
    headers = [("accept-encoding", "gzip;q=0.5"), ("accept-encoding", "br")]
    with sqlite_network.client.stream("GET", "/projects", headers=headers) as response:
        assert response.headers["content-encoding"] == "br"


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("path", ["/projects/ensie", "/projects.ttl", "/projects.csv", "/docs", LONG_PATH])
def test_every_coding_has_the_same_content_and_its_own_etag(sqlite_network, path, coding):
    identity, expected = encoded_response(sqlite_network, path, accept_encoding="identity")
    response, body = encoded_response(sqlite_network, path, accept_encoding=coding)
    assert len(body) < len(expected)
    assert plain(body, coding) == expected
    assert response.headers["etag"] == identity.headers["etag"][:-1] + f'-{coding}"'
    coding_headers = {"content-encoding", "content-length", "etag"}
    for name in (response.headers.keys() | identity.headers.keys()) - coding_headers:
        assert response.headers[name] == identity.headers[name]


def test_the_long_response_is_long_enough_to_be_compressed_in_a_thread(sqlite_network):
    assert len(encoded_response(sqlite_network, LONG_PATH, accept_encoding="identity")[1]) > 100_000


@pytest.mark.parametrize("coding", CODINGS)
def test_an_etag_matches_only_in_its_own_coding(sqlite_network, coding):
    etags = {
        name: sqlite_network.get("/projects/ensie", accept_encoding=name).headers["etag"]
        for name in ("identity", *CODINGS)
    }
    assert len(set(etags.values())) == 4
    for name, etag in etags.items():
        response = sqlite_network.get("/projects/ensie", accept_encoding=coding, if_none_match=etag)
        assert response.status_code == (304 if name == coding else 200)
        assert response.headers["etag"] == etags[coding]
        assert ("content-encoding" in response.headers) == (name != coding)


@pytest.mark.parametrize("coding", CODINGS)
def test_short_responses_are_encoded_only_for_clients_that_refuse_identity(sqlite_network, coding):
    path = "/problems/not-found"
    expected = sqlite_network.get(path, accept_encoding="identity").content
    response, body = encoded_response(sqlite_network, path, accept_encoding=coding)
    assert (response.headers.get("content-encoding"), body) == (None, expected)
    response, body = encoded_response(sqlite_network, path, accept_encoding=f"{coding}, identity;q=0")
    assert response.headers["content-encoding"] == coding
    assert plain(body, coding) == expected


def test_short_stored_documents_are_encoded_only_for_clients_that_refuse_identity():
    body = b"x" * 399
    for accepted, is_coded in ((b"zstd", False), (b"zstd, identity;q=0", True), (b"gzip", False)):
        coding = negotiate_coding(accepted)
        expected = asyncio.run(apply_coding(encode_response("etag", (), body), coding))
        stored = encode_stored("etag", (), compress(body), coding)
        assert stored == (expected if is_coded else None)
    assert encode_stored("etag", (), compress(body + b"x"), negotiate_coding(b"zstd"))


def test_the_openapi_document_describes_the_etag_of_every_coding(sqlite_network):
    pattern = sqlite_network.json("/openapi.json")["components"]["headers"]["ETag"]["schema"]["pattern"]
    assert all(coding in pattern for coding in CODINGS)
    assert BASE in sqlite_network.get("/projects/ensie").text


def test_a_long_body_is_sent_in_parts_and_the_time_that_its_client_takes_is_no_server_time(monkeypatch):
    body, sent, now = bytes(range(250)) * 2_400, [], count(step=10.0)
    monkeypatch.setattr("api.request_work.perf_counter", lambda: next(now))

    async def send(message):
        if message["type"] == "http.response.body":
            assert current_work() in SENDING
            next(now)
        sent.append(message)

    async def send_all() -> float:
        work = begin_work("192.0.2.1")
        await send_encoded("GET", b"", 200, encode_response("", (), body), send)
        return work.end()

    # From the beginning to the sending, and from that to the end.
    assert asyncio.run(send_all()) == 20
    assert not SENDING
    start, *parts = sent
    assert dict(start["headers"])[b"content-length"] == b"600000"
    assert [len(part["body"]) for part in parts] == [65_536] * 9 + [600_000 - 9 * 65_536]
    assert [part["more_body"] for part in parts] == [True] * 9 + [False]
    assert b"".join(part["body"] for part in parts) == body
