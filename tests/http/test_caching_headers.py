"""Tests of HEAD, ETags, conditional requests, compression and Cache-Control."""

import gzip

import pytest

from api.formats.html.asset_files import asset_path
from tests.support.assertions import encoded_response
from tests.support.site import FORMATS, site_on

NEGOTIATED = (
    "/",
    "/projects",
    "/projects?limit=1",
    "/projects/ensie",
    "/vocab",
    "/vocab/role",
    "/vocab/role/partner",
)

STATIC = ("/context.jsonld", "/schemas/project.json", "/problems/not-found")

SUFFIXED = ("/index.ttl", "/projects.nt?limit=1", "/projects/ensie.rdf", "/vocab.jsonld")

ERRORS = (
    "/nothing",
    "/projects/nothing",
    "/projects/ensie.xyz",
    "/projects?limit=0",
    "/projects?x=1",
    "/context.jsonld?x=1",
)

PATHS = (*NEGOTIATED, *STATIC, *SUFFIXED)


def etag_of(site, path: str, coding: str = "identity") -> str:
    return site.get(path, accept_encoding=coding).headers["etag"]


@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize("path", [*PATHS, *ERRORS, "/livez", "/readyz"])
def test_head_has_the_status_and_headers_of_get_without_the_body(network, path, coding):
    headers = {"accept-encoding": coding}
    get, body = encoded_response(network, path, accept_encoding=coding)
    head = network.client.head(path, headers=headers)
    assert head.status_code == get.status_code
    assert dict(head.headers) == dict(get.headers)
    assert int(head.headers["content-length"]) == len(body)
    assert head.content == b""


def test_head_is_negotiated_and_refused_as_get_is(network):
    for accept in ("text/turtle", "text/html"):
        get = network.get("/projects/ensie", accept=accept)
        head = network.client.head("/projects/ensie", headers={"accept": accept})
        assert (head.status_code, dict(head.headers)) == (get.status_code, dict(get.headers))


@pytest.mark.parametrize("path", PATHS)
def test_etags_are_strong_and_stay_while_nothing_changes(network, path):
    etag = etag_of(network, path)
    assert etag.startswith('"')
    assert etag.endswith('"')
    assert len(etag) > 20
    assert etag == etag_of(network, path)


@pytest.mark.parametrize("path", NEGOTIATED)
def test_every_format_has_its_own_etag(network, path):
    separator = "&" if "?" in path else "?"
    etags = {etag_of(network, f"{path}{separator}format={name}") for name in FORMATS}
    assert len(etags) == len(FORMATS)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_matching_etag_gets_304(network, path, coding):
    full = network.get(path, accept_encoding=coding)
    etag = full.headers["etag"]
    conditions = (etag, f"W/{etag}", "*", f'"x", {etag}', f'W/"x",{etag}, "y"', f'"a,b", {etag}')
    for condition in conditions:
        for method in ("GET", "HEAD"):
            headers = {"if-none-match": condition, "accept-encoding": coding}
            response = network.client.request(method, path, headers=headers)
            assert response.status_code == 304, condition
            assert response.content == b""
            for name in ("etag", "vary", "cache-control"):
                assert response.headers[name] == full.headers[name]
            assert not [name for name in response.headers if name.startswith("content-")]


def test_several_if_none_match_headers_are_one_list(network):
    headers = [
        ("if-none-match", '"x"'),
        ("if-none-match", etag_of(network, "/")),
        ("accept-encoding", "identity"),
    ]
    assert network.client.get("/", headers=headers).status_code == 304


@pytest.mark.parametrize("path", PATHS)
def test_another_etag_gets_the_full_response(network, path):
    etag = etag_of(network, path)
    for condition in ('"x"', etag.strip('"'), etag[:-2] + '"', '"*"', "", f'"x{etag[1:]}'):
        response = network.get(path, if_none_match=condition, accept_encoding="identity")
        assert response.status_code == 200, condition
        assert response.content


def test_the_etag_of_another_format_does_not_match(network):
    turtle = etag_of(network, "/projects/ensie.ttl")
    assert network.get("/projects/ensie", if_none_match=turtle).status_code == 200


@pytest.mark.parametrize("path", ERRORS)
def test_conditions_do_not_hide_problems(network, path):
    assert network.get(path, if_none_match="*").status_code == network.get(path).status_code >= 400


@pytest.mark.parametrize("path", ["/projects/ensie", "/projects/ensie.ttl", "/vocab", "/context.jsonld"])
@pytest.mark.parametrize("accepted", ["gzip", "GZIP", "br;q=0.1, gzip;q=0.5", "gzip;q=0.001", "x-own, gzip"])
def test_long_responses_are_compressed_for_clients_that_accept_it(network, path, accepted):
    plain, body = encoded_response(network, path, accept_encoding="identity")
    response, sent = encoded_response(network, path, accept_encoding=accepted)
    assert response.headers["content-encoding"] == "gzip"
    assert gzip.decompress(sent) == body
    assert len(sent) < len(body)
    assert response.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'
    assert response.headers["content-type"] == plain.headers["content-type"]
    assert encoded_response(network, path, accept_encoding=accepted)[1] == sent


@pytest.mark.parametrize("accepted", ["", "identity", "deflate", "gzip;q=0", "*;q=0", "gzip;q=x"])
def test_no_response_has_a_coding_that_the_client_does_not_accept(network, accepted):
    response, body = encoded_response(network, "/projects/ensie", accept_encoding=accepted)
    assert "content-encoding" not in response.headers
    assert not response.headers["etag"].endswith('-gzip"')
    assert body.startswith(b"{")


def test_short_responses_are_not_compressed(network):
    response, body = encoded_response(network, "/problems/not-found", accept_encoding="gzip")
    assert "content-encoding" not in response.headers
    assert body.startswith(b"{")


def test_each_coding_has_its_own_etag_and_only_that_one_matches(network):
    gzipped = etag_of(network, "/projects/ensie", "gzip")
    plain = etag_of(network, "/projects/ensie")
    for etag, coding in ((gzipped, "identity"), (plain, "gzip")):
        assert network.get("/projects/ensie", if_none_match=etag, accept_encoding=coding).status_code == 200


def test_responses_may_be_stored_and_must_be_revalidated_but_problems_may_not_be_stored(network):
    for path in PATHS:
        assert network.get(path).headers["cache-control"] == "no-cache"
    for path in (*ERRORS, "/livez", "/readyz"):
        assert network.get(path).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("max_age", "stale", "expected"),
    [
        (0, 0, "no-cache"),
        (60, 0, "max-age=60"),
        (60, 600, "max-age=60, stale-while-revalidate=600"),
        (0, 600, "max-age=0, stale-while-revalidate=600"),
    ],
)
def test_settings_decide_for_how_long_caches_may_use_documents(databases, max_age, stale, expected):
    address = databases.make_with_content("sqlite")
    with site_on(address, max_age=max_age, stale_while_revalidate=stale, cache=1) as site:
        for path in (
            *PATHS,
            "/projects/ensie.lv.html",
            "/projects.csv",
            "/sitemap.xml",
            "/robots.txt",
            "/docs",
        ):
            for _ in range(2):
                response = site.get(path, accept_encoding="identity")
                assert response.headers["cache-control"] == expected
            etag = response.headers["etag"]
            unchanged = site.get(path, if_none_match=etag, accept_encoding="identity")
            assert (unchanged.status_code, unchanged.headers["cache-control"]) == (304, expected)
        for path in (*ERRORS, "/livez", "/readyz"):
            assert site.get(path).headers["cache-control"] == "no-store"
        assert "immutable" in site.get(asset_path("style.css")).headers["cache-control"]
        redirect = site.client.get("/partners/avise", follow_redirects=False)
        assert "cache-control" not in redirect.headers
