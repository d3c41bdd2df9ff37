"""Tests of content codings: negotiation, and equal content in each of them."""

import pytest

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


def test_the_openapi_document_describes_the_etag_of_every_coding(sqlite_network):
    pattern = sqlite_network.json("/openapi.json")["components"]["headers"]["ETag"]["schema"]["pattern"]
    assert all(coding in pattern for coding in CODINGS)
    assert BASE in sqlite_network.get("/projects/ensie").text
