"""Tests of paths, which are compared byte for byte, and of the Host header, which is required once."""

from urllib.parse import unquote_to_bytes

import pytest

from tests.support.site import BASE

HOST = (b"host", b"data.example.org")


def send(site, target: bytes, headers=(HOST,), method: str = "GET"):
    """Send a request that HTTP clients do not send; return status and body."""
    path, _, query = target.partition(b"?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote_to_bytes(path).decode(errors="replace"),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": list(headers),
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8000),
        "extensions": {},
    }
    messages = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def collect(message):
        messages.append(message)

    site.client.blocking_portal.call(site.client.app, scope, receive, collect)
    return messages[0]["status"], b"".join(message.get("body", b"") for message in messages[1:])


@pytest.mark.parametrize(
    "path", [b"/", b"/projects", b"/projects/ensie.ttl", b"/context.jsonld", b"/nothing"]
)
@pytest.mark.parametrize(
    "headers",
    [(), (HOST, HOST), (HOST, (b"host", b"other.example")), ((b"host", b""),)],
    ids=["none", "the same twice", "two", "empty"],
)
def test_a_request_without_exactly_one_host_is_refused(network, path, headers):
    status, body = send(network, path, headers)
    assert status == 400
    assert b"/problems/bad-host" in body


@pytest.mark.parametrize("host", [b" ", b"a b", b"<script>", b"\xff"])
def test_an_invalid_host_is_refused_and_not_repeated(network, host):
    status, body = send(network, b"/projects/ensie", [(b"host", host)])
    assert status == 400
    assert b"script" not in body


def test_any_valid_host_is_accepted(network):
    expected = send(network, b"/projects/ensie")
    for host in (b"evil.example", b"127.0.0.1:1", b"[::1]"):
        assert send(network, b"/projects/ensie", [(b"host", host)]) == expected


@pytest.mark.parametrize(
    "path",
    [
        b"/projects/ensie/.ttl",
        b"/projects//",
        b"/projects/ensie//",
        b"/projects/ENSIE/",
        b"/nothing/",
        b"/Nothing",
        b"/livez//",
        b"/projects/ensie//a/b",
        b"//",
        b"//projects",
        b"/projects//ensie",
        b"//projects/ensie",
        b"/vocab//role",
        b"/projects/ensie.",
        b"/projects/.ttl",
        b"/projects.",
        b"/.json",
        b"/.",
        b"/..",
        b"/index",
        b"/index.",
        b"/index.xyz",
        b"/Index.json",
        b"/projects/index.json",
        b"/projects/ensie.ttl.json",
        b"/projects/ensie.json.ttl",
        b"/projects/ENSIE",
        b"/projects/ensie;v=1",
        b"/projects/./ensie",
        b"/vocab/../projects/ensie",
        b"/problems/not-found.json",
        b"/context",
        b"/context.json",
        b"/schemas/project",
        b"/schemas/Project.json",
        b"/schemas/project.ttl",
        b"/livez.json",
        b"",
        b"*",
        b"projects",
    ],
)
def test_near_misses_of_a_path_are_not_found(network, path):
    assert send(network, path)[0] == 404


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/projects/", "/projects"),
        ("/projects/?country=LV&limit=1", "/projects?country=LV&limit=1"),
        ("/projects/ensie/", "/projects/ensie"),
        ("/projects/there-is-none/", "/projects/there-is-none"),
        ("/Projects", "/projects"),
        ("/PROJECTS.csv?country=LV", "/projects.csv?country=LV"),
        ("/Projects/ensie.ttl", "/projects/ensie.ttl"),
        ("/Projects/ensie/", "/projects/ensie"),
        ("/Partners/social-innovation-centre/", "/organisations/social-innovation-centre"),
        ("/vocab/", "/vocab"),
        ("/Vocab/role/", "/vocab/role"),
        ("/vocab/role/partner/", "/vocab/role/partner"),
        ("/context.jsonld/", "/context.jsonld"),
        ("/problems/not-found/", "/problems/not-found"),
        ("/docs/", "/docs"),
    ],
)
def test_a_trailing_slash_or_capitals_in_the_name_of_a_collection_lead_to_the_right_path(
    network, path, location
):
    for method in ("GET", "HEAD"):
        answer = network.client.request(method, path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (308, f"{BASE}{location}")


@pytest.mark.parametrize(
    "path",
    [
        b"/projects/%65nsie",
        b"/%70rojects",
        b"/projects%2Fensie",
        b"/projects%2fensie",
        b"/projects/ensie%2ettl",
        b"/projects/ensie%2Ettl",
        b"/projects/ensie%20",
        b"/projects/ensie%0A",
        b"/projects/ensie%3Fformat=ttl",
        b"/projects/ensie%",
        b"/projects/ensi\xc3\xa9",
        b"/vocab%2Frole",
        b"/context%2Ejsonld",
        b"/%2e%2e/projects/ensie",
        b"/index%2Ejson",
        b"/%2F",
    ],
)
def test_a_percent_encoded_path_is_not_found(network, path):
    status, body = send(network, path)
    assert status == 404
    assert b"ENSIE" not in body


def test_the_entry_point_with_a_suffix_is_index(network):
    assert send(network, b"/index.json") == send(network, b"/")
    for name in ("jsonld", "ttl", "nt", "rdf"):
        assert network.get(f"/index.{name}").content == network.get(f"/?format={name}").content
