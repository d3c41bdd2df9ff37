"""Which format an answer is in, and what its headers say of the others."""

import re

import pytest

from api.formats.registry import FORMATS as FORMAT_ROWS
from tests.support.site import BASE, FORMATS

FORMATS_BY_NAME = {row.name: row for row in FORMAT_ROWS}

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"

BARE = (
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
    (BROWSER, "html"),
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


def format_of(answer) -> str:
    """Return the name of the format that an answer says it is in."""
    assert answer.status_code == 200, answer.text
    found = [
        name for name, one in FORMATS_BY_NAME.items() if one.content_type == answer.headers["content-type"]
    ]
    assert len(found) == 1, answer.headers["content-type"]
    return found[0]


def links_of(answer) -> list[tuple[str, str, str]]:
    """Return relation, address and media type of every link in the header."""
    pattern = r'<([^>]*)>; rel="([^"]*)"(?:; type="([^"]*)")?'
    return [(rel, address, media) for address, rel, media in re.findall(pattern, answer.headers["link"])]


def linked(answer, relation: str) -> list[str]:
    return [address for rel, address, _ in links_of(answer) if rel == relation]


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


@pytest.mark.parametrize("path", BARE)
def test_however_a_format_is_chosen_the_bytes_are_the_same(network, path):
    stem, _, query = path.partition("?")
    for name in FORMATS:
        address = f"{'/index' if stem == '/' else stem}.{name}?{query}"
        expected = network.get(address).content
        assert network.get(path, accept=FORMATS_BY_NAME[name].media_type).content == expected
        assert network.get(f"{path}{'&' if query else '?'}format={name}").content == expected


@pytest.mark.parametrize("path", JSON_ONLY)
def test_what_is_json_only_does_not_negotiate(network, path):
    answers = [network.get(path, accept=accept) for accept in ("*/*", "text/turtle", "text/html")]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1


def test_the_language_that_a_client_likes_changes_nothing(network):
    for path in BARE:
        assert (
            network.get(path, accept_language="lv").content == network.get(path, accept_language="en").content
        )


@pytest.mark.parametrize("path", [*BARE, "/nothing", "/projects?limit=0"])
def test_bare_addresses_vary_by_format_and_coding(network, path):
    assert network.get(path).headers["vary"] == "Accept, Accept-Encoding"
    assert network.get(path, accept="text/html").headers["vary"] == "Accept, Accept-Encoding"
    assert network.get(path, if_none_match="*").headers["vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize(
    "path", ["/index.ttl", "/projects.json", "/projects/ensie.nt", "/projects/nothing.ttl", *JSON_ONLY]
)
def test_addresses_with_one_format_vary_by_coding_alone(network, path):
    assert network.get(path).headers["vary"] == "Accept-Encoding"
    assert network.get(path, if_none_match="*").headers["vary"] == "Accept-Encoding"


def formats_of(path: str) -> tuple[str, ...]:
    """Return the formats that an address has: lists are tables too."""
    return (*FORMATS, "csv") if path.startswith("/projects") and path != "/projects/ensie" else FORMATS


@pytest.mark.parametrize("path", BARE)
def test_every_answer_links_to_itself_in_the_other_formats(network, path):
    for name in formats_of(path):
        answer = network.get(path, accept=FORMATS_BY_NAME[name].media_type)
        others = {media: address for rel, address, media in links_of(answer) if rel == "alternate"}
        assert set(others) == {
            FORMATS_BY_NAME[other].media_type for other in formats_of(path) if other != name
        }
        for media, address in others.items():
            assert address.startswith(BASE)
            other = network.get(address.removeprefix(BASE))
            assert FORMATS_BY_NAME[format_of(other)].media_type == media
            assert other.content == network.get(path, accept=media).content


@pytest.mark.parametrize("path", [*BARE, *RECORDS])
def test_every_answer_links_to_the_licence_and_json_to_its_context(network, path):
    for name in FORMATS:
        answer = network.get(path, accept=FORMATS_BY_NAME[name].media_type)
        assert linked(answer, "license") == ["https://creativecommons.org/licenses/by/4.0/"]
        context = linked(answer, "http://www.w3.org/ns/json-ld#context")
        assert context == ([f"{BASE}/context.jsonld"] if name == "json" else [])


def test_records_and_nothing_else_link_to_their_schema(network):
    for path in RECORDS:
        (schema,) = linked(network.get(path), "describedby")
        answer = network.get(schema.removeprefix(BASE))
        assert answer.headers["content-type"] == "application/schema+json"
        assert answer.json()["$id"] == schema
    for path in BARE:
        if path not in RECORDS:
            assert linked(network.get(path), "describedby") == []


@pytest.mark.parametrize(
    "start", ["/programmes?limit=1", *(f"/programmes.{name}?limit=1" for name in FORMATS)]
)
def test_links_between_pages_keep_the_suffix(network, start):
    suffix = start.partition("?")[0]
    first = network.get(start)
    (second_address,) = linked(first, "next")
    assert second_address.startswith(f"{BASE}{suffix}?")
    second = network.get(second_address.removeprefix(BASE))
    assert format_of(second) == format_of(first)
    assert linked(first, "first") == linked(second, "first") == [f"{BASE}{start}"]
    (back,) = linked(second, "prev")
    assert format_of(network.get(back.removeprefix(BASE))) == format_of(first)
    assert linked(first, "prev") == []


@pytest.mark.parametrize("name", FORMATS)
def test_whoever_follows_next_stays_in_the_format_that_was_named(network, name):
    first = network.get(f"/programmes?limit=1&format={name}")
    (address,) = linked(first, "next")
    assert format_of(network.get(address.removeprefix(BASE))) == name


@pytest.mark.parametrize("path", [*BARE, *JSON_ONLY, "/projects/ensie.ttl", "/nothing", "/projects?limit=0"])
def test_scripts_of_any_site_may_read_every_answer(network, path):
    for answer in (network.get(path, origin="https://partner.example"), network.get(path, if_none_match="*")):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert {"ETag", "Link"} <= set(answer.headers["access-control-expose-headers"].split(", "))
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/projects", "/projects/ensie.ttl", "/context.jsonld"])
def test_a_browser_that_asks_whether_it_may_ask_may(network, path):
    headers = {
        "origin": "https://partner.example",
        "access-control-request-method": "GET",
        "access-control-request-headers": "if-none-match",
    }
    answer = network.client.options(path, headers=headers)
    assert answer.status_code == 204
    assert answer.content == b""
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "GET" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-headers"] == "*"


FORMATS_BY_NAME = {row.name: row for row in FORMAT_ROWS}

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


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
def test_a_browser_gets_a_format_that_takes_what_it_asks_for(network, path, media_type):
    answer = network.get(path, accept=BROWSER)
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == media_type
