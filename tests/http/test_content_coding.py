"""Content codings: which one each client gets, and that all of them say the same."""

import pytest

from tests.support.assertions import as_sent
from tests.support.raw_http import plain
from tests.support.site import BASE

CODINGS = ("zstd", "br", "gzip")

# RFC 9110, section 12.5.3: what is named, `*` for the rest, and weights; ours decides between equals.
CHOSEN = [
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

LONG = "/openapi.json"


@pytest.mark.parametrize(("accepted", "coding"), CHOSEN, ids=str)
def test_a_client_gets_the_coding_that_it_likes_best(alone, accepted, coding):
    answer, body = as_sent(alone, "/projects/ensie", accept_encoding=accepted)
    assert answer.status_code == 200
    assert answer.headers.get("content-encoding", "") == coding
    assert plain(body, coding).startswith(b'{"id":"ensie"')


def test_several_headers_are_one_list(alone):
    headers = [("accept-encoding", "gzip;q=0.5"), ("accept-encoding", "br")]
    with alone.client.stream("GET", "/projects", headers=headers) as answer:
        assert answer.headers["content-encoding"] == "br"


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("path", ["/projects/ensie", "/projects.ttl", "/projects.csv", "/docs", LONG])
def test_every_coding_says_the_same_and_has_a_tag_of_its_own(alone, path, coding):
    whole, expected = as_sent(alone, path, accept_encoding="identity")
    answer, body = as_sent(alone, path, accept_encoding=coding)
    assert len(body) < len(expected)
    assert plain(body, coding) == expected
    assert answer.headers["etag"] == whole.headers["etag"][:-1] + f'-{coding}"'
    own = {"content-encoding", "content-length", "etag"}
    for name in (answer.headers.keys() | whole.headers.keys()) - own:
        assert answer.headers[name] == whole.headers[name]


def test_the_long_one_is_long_enough_to_be_compressed_beside_other_work(alone):
    assert len(as_sent(alone, LONG, accept_encoding="identity")[1]) > 100_000


@pytest.mark.parametrize("coding", CODINGS)
def test_who_has_it_in_that_coding_is_told_so_and_who_has_it_in_another_is_not(alone, coding):
    tags = {
        one: alone.get("/projects/ensie", accept_encoding=one).headers["etag"]
        for one in ("identity", *CODINGS)
    }
    assert len(set(tags.values())) == 4
    for other, tag in tags.items():
        answer = alone.get("/projects/ensie", accept_encoding=coding, if_none_match=tag)
        assert answer.status_code == (304 if other == coding else 200)
        assert answer.headers["etag"] == tags[coding]
        assert ("content-encoding" in answer.headers) == (other != coding)


@pytest.mark.parametrize("coding", CODINGS)
def test_short_answers_are_coded_for_those_alone_who_take_nothing_else(alone, coding):
    path = "/problems/not-found"
    expected = alone.get(path, accept_encoding="identity").content
    answer, body = as_sent(alone, path, accept_encoding=coding)
    assert (answer.headers.get("content-encoding"), body) == (None, expected)
    answer, body = as_sent(alone, path, accept_encoding=f"{coding}, identity;q=0")
    assert answer.headers["content-encoding"] == coding
    assert plain(body, coding) == expected


def test_the_description_knows_every_tag(alone):
    described = alone.json("/openapi.json")["components"]["headers"]["ETag"]["schema"]["pattern"]
    assert all(coding in described for coding in CODINGS)
    assert BASE in alone.get("/projects/ensie").text
