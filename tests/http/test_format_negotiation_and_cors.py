"""Tests of format negotiation, of `Vary` and `Link` headers, and of CORS."""

import re

import pytest

from api.formats.registry import FORMATS as FORMAT_ROWS
from tests.support.site import BASE, FORMATS
from vocab.turtle_parser import LANGUAGES

FORMATS_BY_NAME = {row.name: row for row in FORMAT_ROWS}

BROWSER_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"

NEGOTIATED = (
    "/",
    "/projects",
    "/projects?limit=1",
    "/projects/ensie",
    "/vocab",
    "/vocab/role",
    "/vocab/role/partner",
)

RECORDS = (
    "/projects/ensie",
    "/grants/ncm-17055",
    "/programmes/europe-for-citizens",
    "/organisations/social-innovation-centre",
)

JSON_ONLY = ("/context.jsonld", "/schemas/project.json", "/problems/not-found")

ACCEPT = [
    ("", "json"),
    ("*/*", "json"),
    ("application/*", "json"),
    (BROWSER_ACCEPT, "html"),
    ("application/json", "json"),
    ("application/ld+json", "jsonld"),
    ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', "jsonld"),
    ("text/turtle", "ttl"),
    ("TEXT/Turtle", "ttl"),
    ("text/turtle;charset=utf-8", "ttl"),
    ("text/*", "ttl"),
    ("application/n-triples", "nt"),
    ("application/rdf+xml", "rdf"),
    ("application/json;q=0.5, text/turtle", "ttl"),
    ("application/json ; q=0.5 , text/turtle ; q=0.6", "ttl"),
    ("text/turtle;Q=0.1,application/rdf+xml;q=0.2", "rdf"),
    ("text/turtle, application/rdf+xml", "ttl"),
    ("application/rdf+xml, text/turtle", "ttl"),
    ("application/json;q=0, */*", "jsonld"),
    ("*/*, application/json;q=0", "jsonld"),
    ("*/*;q=0.1, application/n-triples", "nt"),
    ("application/*;q=0.2, text/turtle;q=0.1", "json"),
    ("application/*;q=0.2, application/json;q=0.1", "jsonld"),
    ("text/html", "html"),
    ("text/html, text/turtle;q=0.001", "html"),
    ("image/png, text/turtle;q=0.001", "ttl"),
    ("text/turtle;q=high, application/rdf+xml", "rdf"),
    ("text/turtle;q=2, application/rdf+xml;q=0.1", "rdf"),
    ("text/turtle;q=-1, application/rdf+xml;q=0.1", "rdf"),
    ("text/turtle;q=nan, application/rdf+xml;q=0.1", "rdf"),
    (",, ,text/turtle,", "ttl"),
]


def format_of(response) -> str:
    """Return the name of the format in a response's Content-Type."""
    assert response.status_code == 200, response.text
    names = [row.name for row in FORMAT_ROWS if row.content_type == response.headers["content-type"]]
    assert len(names) == 1, response.headers["content-type"]
    return names[0]


def links_of(response) -> list[tuple[str, str, str]]:
    """Return relation, URL and media type of every link in the `Link` header."""
    pattern = r'<([^>]*)>; rel="([^"]*)"(?:; type="([^"]*)")?'
    return [(rel, url, media_type) for url, rel, media_type in re.findall(pattern, response.headers["link"])]


def urls_of(response, relation: str) -> list[str]:
    return [url for rel, url, _ in links_of(response) if rel == relation]


@pytest.mark.parametrize(("accept", "name"), ACCEPT)
def test_accept_decides_the_format(network, accept, name):
    for path in ("/", "/projects?limit=1", "/projects/ensie", "/vocab/role"):
        assert format_of(network.get(path, accept=accept)) == name


def test_without_accept_the_format_is_json(network):
    request = network.client.build_request("GET", "/projects/ensie")
    del request.headers["accept"]
    assert format_of(network.client.send(request)) == "json"


def test_several_accept_headers_are_one_list(network):
    headers = [("accept", "application/json;q=0.1"), ("accept", "text/turtle")]
    assert format_of(network.client.get("/projects/ensie", headers=headers)) == "ttl"


@pytest.mark.parametrize("name", FORMATS)
def test_a_suffix_beats_format_which_beats_accept(network, name):
    for other in FORMATS:
        accept = FORMATS_BY_NAME[other].media_type
        assert format_of(network.get(f"/projects/ensie.{name}?format={other}", accept=accept)) == name
        assert format_of(network.get(f"/projects/ensie?format={name}", accept=accept)) == name
        assert format_of(network.get(f"/projects/ensie?format={name}", accept="text/plain")) == name


@pytest.mark.parametrize("path", NEGOTIATED)
def test_each_way_to_choose_a_format_gives_the_same_bytes(network, path):
    stem, _, query = path.partition("?")
    for name in FORMATS:
        target = f"{'/index' if stem == '/' else stem}.{name}?{query}"
        expected = network.get(target).content
        assert network.get(path, accept=FORMATS_BY_NAME[name].media_type).content == expected
        assert network.get(f"{path}{'&' if query else '?'}format={name}").content == expected


@pytest.mark.parametrize("path", JSON_ONLY)
def test_json_only_paths_do_not_negotiate(network, path):
    responses = [network.get(path, accept=accept) for accept in ("*/*", "text/turtle", "text/html")]
    assert {response.status_code for response in responses} == {200}
    assert len({response.content for response in responses}) == 1


def test_accept_language_changes_nothing(network):
    for path in NEGOTIATED:
        assert (
            network.get(path, accept_language="lv").content == network.get(path, accept_language="en").content
        )


@pytest.mark.parametrize("path", [*NEGOTIATED, "/nothing", "/projects?limit=0"])
def test_negotiated_paths_vary_by_format_and_coding(network, path):
    assert network.get(path).headers["vary"] == "Accept, Accept-Encoding"
    assert network.get(path, accept="text/html").headers["vary"] == "Accept, Accept-Encoding"
    assert network.get(path, if_none_match="*").headers["vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize(
    "path", ["/index.ttl", "/projects.json", "/projects/ensie.nt", "/projects/nothing.ttl", *JSON_ONLY]
)
def test_paths_with_one_format_vary_by_coding_alone(network, path):
    assert network.get(path).headers["vary"] == "Accept-Encoding"
    assert network.get(path, if_none_match="*").headers["vary"] == "Accept-Encoding"


def formats_of(path: str) -> tuple[str, ...]:
    """Return the formats of a path: lists have CSV too."""
    return (*FORMATS, "csv") if path.startswith("/projects") and path != "/projects/ensie" else FORMATS


@pytest.mark.parametrize("path", NEGOTIATED)
def test_every_response_links_to_itself_in_the_other_formats(network, path):
    for name in formats_of(path):
        response = network.get(path, accept=FORMATS_BY_NAME[name].media_type)
        alternates = {url: media_type for rel, url, media_type in links_of(response) if rel == "alternate"}
        # A page also links to itself, as hreflang links do.
        assert set(alternates.values()) == {
            FORMATS_BY_NAME[other].media_type for other in formats_of(path) if other != name or name == "html"
        }
        for url, media_type in alternates.items():
            assert url.startswith(BASE)
            alternate = network.get(url.removeprefix(BASE))
            assert FORMATS_BY_NAME[format_of(alternate)].media_type == media_type
            english = f"{path}{'&' if '?' in path else '?'}lang=en"
            expected = network.get(english if ".en." in url else path, accept=media_type)
            assert alternate.content == expected.content


@pytest.mark.parametrize("path", [*NEGOTIATED, *RECORDS])
def test_every_response_links_to_the_licence_and_json_to_its_context(network, path):
    for name in FORMATS:
        response = network.get(path, accept=FORMATS_BY_NAME[name].media_type)
        assert urls_of(response, "license") == ["https://creativecommons.org/licenses/by/4.0/"]
        context = urls_of(response, "http://www.w3.org/ns/json-ld#context")
        assert context == ([f"{BASE}/context.jsonld"] if name == "json" else [])


def test_only_records_link_to_their_schema(network):
    for path in RECORDS:
        (schema,) = urls_of(network.get(path), "describedby")
        response = network.get(schema.removeprefix(BASE))
        assert response.headers["content-type"] == "application/schema+json"
        assert response.json()["$id"] == schema
    for path in NEGOTIATED:
        if path not in RECORDS:
            assert urls_of(network.get(path), "describedby") == []


@pytest.mark.parametrize(
    "start", ["/programmes?limit=1", *(f"/programmes.{name}?limit=1" for name in FORMATS)]
)
def test_links_between_pages_keep_the_suffix(network, start):
    suffix = start.partition("?")[0]
    first = network.get(start)
    (second_url,) = urls_of(first, "next")
    assert second_url.startswith(f"{BASE}{suffix}?")
    second = network.get(second_url.removeprefix(BASE))
    assert format_of(second) == format_of(first)
    assert urls_of(first, "first") == urls_of(second, "first") == [f"{BASE}{start}"]
    (previous_url,) = urls_of(second, "prev")
    assert format_of(network.get(previous_url.removeprefix(BASE))) == format_of(first)
    assert urls_of(first, "prev") == []


@pytest.mark.parametrize("name", FORMATS)
def test_the_next_page_has_the_format_of_the_query(network, name):
    first = network.get(f"/programmes?limit=1&format={name}")
    (next_url,) = urls_of(first, "next")
    assert format_of(network.get(next_url.removeprefix(BASE))) == name


@pytest.mark.parametrize(
    "path", [*NEGOTIATED, *JSON_ONLY, "/projects/ensie.ttl", "/nothing", "/projects?limit=0"]
)
def test_scripts_of_any_origin_may_read_every_response(network, path):
    for response in (
        network.get(path, origin="https://partner.example"),
        network.get(path, if_none_match="*"),
    ):
        assert response.headers["access-control-allow-origin"] == "*"
        assert {"ETag", "Link"} <= set(response.headers["access-control-expose-headers"].split(", "))
        assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/projects", "/projects/ensie.ttl", "/context.jsonld"])
def test_a_cors_preflight_request_is_allowed(network, path):
    headers = {
        "origin": "https://partner.example",
        "access-control-request-method": "GET",
        "access-control-request-headers": "if-none-match",
    }
    response = network.client.options(path, headers=headers)
    assert response.status_code == 204
    assert response.content == b""
    assert response.headers["access-control-allow-origin"] == "*"
    assert "GET" in response.headers["access-control-allow-methods"]
    assert response.headers["access-control-allow-headers"] == "*"


SHORT_BROWSER_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/projects", "text/html"),
        ("/projects?lang=en", "text/html"),
        ("/projects?fields=title", "application/json"),
        ("/projects/ensie?include=lead", "application/json"),
        ("/projects?lang=en&fallback=lv", "application/json"),
        ("/projects?profile=spreadsheet", "text/csv"),
    ],
)
def test_a_browser_gets_a_format_that_accepts_its_parameters(network, path, media_type):
    response = network.get(path, accept=SHORT_BROWSER_ACCEPT)
    assert response.status_code == 200
    assert response.headers["content-type"].partition(";")[0] == media_type


@pytest.mark.parametrize(
    "path", ["/index", "/projects", "/projects/ensie", "/partners", "/search", "/vocab/topic"]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_json_at_an_address_with_a_language_is_that_with_the_parameter(networks, path, language):
    query = "q=social" if path == "/search" else ""
    for site in networks:
        at_address = site.get(f"{path}.{language}.json?{query}")
        by_parameter = site.get(f"{path}.json?{query}&lang={language}")
        assert at_address.status_code == 200
        assert at_address.content == by_parameter.content
        assert at_address.headers["vary"] == "Accept-Encoding"
        assert {*at_address.headers.items()} - {*by_parameter.headers.items()} == set()


def test_a_language_before_a_suffix_is_one_of_pages_and_contradicts_no_parameter(sqlite_network):
    assert sqlite_network.get("/projects.lv.json?lang=lv&fallback=none").status_code == 200
    problem = sqlite_network.get("/projects.lv.json?lang=en")
    assert (problem.status_code, problem.json()["parameter"]) == (400, "lang")
    for path in ("/projects.de.json", "/projects.lv.ttl", "/projects.lv.csv", "/projects/ensie.lv.rdf"):
        assert sqlite_network.get(path).status_code == 404
