"""HEAD, tags, conditions and compression: what caches and careful clients count on."""

import gzip

import pytest

from tests.support.assertions import as_sent
from tests.support.site import FORMATS

BARE = (
    "/",
    "/projects",
    "/projects?limit=1",
    "/projects/ensie",
    "/vocab",
    "/vocab/role",
    "/vocab/role/partner",
)

FIXED = ("/context.jsonld", "/schemas/project.json", "/problems/not-found")

SUFFIXED = ("/index.ttl", "/projects.nt?limit=1", "/projects/ensie.rdf", "/vocab.jsonld")

ERRORS = (
    "/nothing",
    "/projects/nothing",
    "/projects/ensie.xyz",
    "/projects?limit=0",
    "/projects?x=1",
    "/context.jsonld?x=1",
)

PLACES = (*BARE, *FIXED, *SUFFIXED)


def tag_of(site, path: str, coding: str = "identity") -> str:
    return site.get(path, accept_encoding=coding).headers["etag"]


@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize("path", [*PLACES, *ERRORS, "/livez", "/readyz"])
def test_head_says_what_get_says_without_the_body(network, path, coding):
    headers = {"accept-encoding": coding}
    got, body = as_sent(network, path, accept_encoding=coding)
    head = network.client.head(path, headers=headers)
    assert head.status_code == got.status_code
    assert dict(head.headers) == dict(got.headers)
    assert int(head.headers["content-length"]) == len(body)
    assert head.content == b""


def test_head_is_negotiated_and_refused_as_get_is(network):
    for accept in ("text/turtle", "text/html"):
        got = network.get("/projects/ensie", accept=accept)
        head = network.client.head("/projects/ensie", headers={"accept": accept})
        assert (head.status_code, dict(head.headers)) == (got.status_code, dict(got.headers))


@pytest.mark.parametrize("path", PLACES)
def test_tags_are_strong_and_stay_while_nothing_changes(network, path):
    tag = tag_of(network, path)
    assert tag.startswith('"')
    assert tag.endswith('"')
    assert len(tag) > 20
    assert tag == tag_of(network, path)


@pytest.mark.parametrize("path", BARE)
def test_every_format_has_a_tag_of_its_own(network, path):
    mark = "&" if "?" in path else "?"
    tags = {tag_of(network, f"{path}{mark}format={name}") for name in FORMATS}
    assert len(tags) == len(FORMATS)


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_who_has_the_answer_is_told_so(network, path, coding):
    full = network.get(path, accept_encoding=coding)
    tag = full.headers["etag"]
    for condition in (tag, f"W/{tag}", "*", f'"x", {tag}', f'W/"x",{tag}, "y"', f'"a,b", {tag}'):
        for method in ("GET", "HEAD"):
            headers = {"if-none-match": condition, "accept-encoding": coding}
            answer = network.client.request(method, path, headers=headers)
            assert answer.status_code == 304, condition
            assert answer.content == b""
            for name in ("etag", "vary", "cache-control"):
                assert answer.headers[name] == full.headers[name]
            assert not [name for name in answer.headers if name.startswith("content-")]


def test_conditions_in_several_headers_are_one_list(network):
    headers = [
        ("if-none-match", '"x"'),
        ("if-none-match", tag_of(network, "/")),
        ("accept-encoding", "identity"),
    ]
    assert network.client.get("/", headers=headers).status_code == 304


@pytest.mark.parametrize("path", PLACES)
def test_who_has_something_else_gets_the_answer(network, path):
    tag = tag_of(network, path)
    for condition in ('"x"', tag.strip('"'), tag[:-2] + '"', '"*"', "", f'"x{tag[1:]}'):
        answer = network.get(path, if_none_match=condition, accept_encoding="identity")
        assert answer.status_code == 200, condition
        assert answer.content


def test_the_tag_of_another_format_is_foreign(network):
    turtle = tag_of(network, "/projects/ensie.ttl")
    assert network.get("/projects/ensie", if_none_match=turtle).status_code == 200


@pytest.mark.parametrize("path", ERRORS)
def test_conditions_do_not_hide_problems(network, path):
    assert network.get(path, if_none_match="*").status_code == network.get(path).status_code >= 400


@pytest.mark.parametrize("path", ["/projects/ensie", "/projects/ensie.ttl", "/vocab", "/context.jsonld"])
@pytest.mark.parametrize("accepted", ["gzip", "GZIP", "br;q=0.1, gzip;q=0.5", "gzip;q=0.001", "x-own, gzip"])
def test_long_answers_are_compressed_for_who_takes_that(network, path, accepted):
    plain, body = as_sent(network, path, accept_encoding="identity")
    answer, sent = as_sent(network, path, accept_encoding=accepted)
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(sent) == body
    assert len(sent) < len(body)
    assert answer.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'
    assert answer.headers["content-type"] == plain.headers["content-type"]
    assert as_sent(network, path, accept_encoding=accepted)[1] == sent


@pytest.mark.parametrize("accepted", ["", "identity", "deflate", "gzip;q=0", "*;q=0", "gzip;q=x"])
def test_nobody_gets_a_coding_that_they_do_not_take(network, accepted):
    answer, body = as_sent(network, "/projects/ensie", accept_encoding=accepted)
    assert "content-encoding" not in answer.headers
    assert not answer.headers["etag"].endswith('-gzip"')
    assert body.startswith(b"{")


def test_short_answers_are_not_compressed(network):
    answer, body = as_sent(network, "/problems/not-found", accept_encoding="gzip")
    assert "content-encoding" not in answer.headers
    assert body.startswith(b"{")


def test_each_coding_has_its_own_tag_and_only_that_one_matches(network):
    gzipped = tag_of(network, "/projects/ensie", "gzip")
    plain = tag_of(network, "/projects/ensie")
    for tag, coding in ((gzipped, "identity"), (plain, "gzip")):
        assert network.get("/projects/ensie", if_none_match=tag, accept_encoding=coding).status_code == 200


def test_answers_may_be_kept_and_must_be_asked_about(network):
    for path in PLACES:
        assert network.get(path).headers["cache-control"] == "no-cache"
    for path in (*ERRORS, "/livez", "/readyz"):
        assert network.get(path).headers["cache-control"] == "no-store"
