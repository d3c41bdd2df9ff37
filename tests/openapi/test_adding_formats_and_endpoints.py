"""Tests of the registries: a row and a handler add a format or an endpoint, with links and description."""

from collections.abc import Iterator

import msgspec
import pytest

from api.dispatcher import ALL_ENDPOINTS
from api.endpoints.endpoint import Endpoint
from api.formats.document import ResourceKind
from api.formats.format import Format
from api.formats.registry import FORMATS
from api.resources.route import SERVICE_TAG
from tests.support.html.pages import page, text
from tests.support.site import BASE, Site, site_on


def key_serializer(_):
    return lambda document, _: "\n".join(msgspec.json.decode(document.body)).encode()


KEYS = Format(
    "keys",
    "Keys",
    "text/vnd.keys",
    "text/vnd.keys; charset=utf-8",
    key_serializer,
    applies_to=frozenset({ResourceKind.RECORD, ResourceKind.STATIC}),
)


def greeting_handler(context):
    async def handle(request):
        if request.media_type == "application/json":
            return request.response(msgspec.json.encode({"hello": context.renderer.uris.base}))
        return request.response(f"Hello from {context.renderer.uris.base}".encode())

    return handle


GREETING = Endpoint(
    "/greeting",
    "getGreeting",
    SERVICE_TAG,
    "A greeting",
    {
        "text/plain": {"schema": {"type": "string"}},
        "application/json": {"schema": {"type": "object", "additionalProperties": True}},
    },
    greeting_handler,
    is_negotiated=True,
    relation="greeting",
)


@pytest.fixture(scope="module")
def extended_site(databases) -> Iterator[Site]:
    address = databases.make_with_content("sqlite")
    with site_on(address, formats=(*FORMATS, KEYS), endpoints=(*ALL_ENDPOINTS, GREETING)) as site:
        yield site


def test_an_added_format_is_served_by_suffix_by_name_and_by_accept(extended_site):
    by_suffix = extended_site.get("/projects/ensie.keys")
    assert by_suffix.status_code == 200
    assert by_suffix.headers["content-type"] == "text/vnd.keys; charset=utf-8"
    assert by_suffix.text.splitlines()[:3] == ["id", "uri", "type"]
    assert extended_site.get("/projects/ensie?format=keys").content == by_suffix.content
    by_accept = extended_site.get("/projects/ensie", accept="text/vnd.keys, application/json;q=0.5")
    assert by_accept.content == by_suffix.content
    assert by_accept.headers["vary"] == "Accept, Accept-Encoding"


def test_an_added_format_is_refused_for_resources_that_it_does_not_apply_to(extended_site):
    assert extended_site.get("/projects.keys").status_code == 404
    assert extended_site.get("/projects?format=keys").status_code == 400
    assert extended_site.get("/projects", accept="text/vnd.keys").status_code == 406


def test_an_added_format_is_linked_from_other_formats(extended_site):
    alternate = f'<{BASE}/projects/ensie.keys>; rel="alternate"; type="text/vnd.keys"'
    assert alternate in extended_site.get("/projects/ensie").headers["link"]
    assert "projects.keys" not in extended_site.get("/projects").headers["link"]
    links = {text(link): link.get("href") for link in page(extended_site, "/projects/ensie").iter("a")}
    assert links["Keys"] == "/projects/ensie.keys"


def test_an_added_format_is_described(extended_site):
    document = extended_site.json("/openapi.json")
    content = document["paths"]["/projects/{id}"]["get"]["responses"]["200"]["content"]
    assert content["text/vnd.keys"] == {"schema": {"type": "string"}}
    assert "text/vnd.keys" not in document["paths"]["/projects"]["get"]["responses"]["200"]["content"]
    parameters = document["components"]["parameters"]
    assert "keys" in parameters["format"]["schema"]["enum"]
    assert "keys" not in parameters["format-of-list"]["schema"]["enum"]


def test_an_added_endpoint_is_served_and_negotiated(extended_site):
    plain = extended_site.get("/greeting")
    assert plain.text == f"Hello from {BASE}"
    assert plain.headers["content-type"] == "text/plain"
    assert plain.headers["vary"] == "Accept, Accept-Encoding"
    assert extended_site.get("/greeting", accept="application/json").json() == {"hello": BASE}
    assert extended_site.get("/greeting", if_none_match=plain.headers["etag"]).status_code == 304
    assert extended_site.get("/greeting", accept="image/png").status_code == 406
    assert extended_site.get("/greeting?x=1").status_code == 400


def test_an_added_endpoint_is_described_and_linked(extended_site):
    operation = extended_site.json("/openapi.json")["paths"]["/greeting"]["get"]
    assert operation["operationId"] == "getGreeting"
    assert operation["responses"]["200"]["content"].keys() == GREETING.content.keys()
    assert {"304", "406"} <= operation["responses"].keys()
    link = f'<{BASE}/greeting>; rel="greeting"; type="text/plain"'
    assert link in extended_site.get("/").headers["link"]
    assert "getGreeting" in extended_site.get("/docs/service").text


def test_without_their_rows_the_format_and_the_endpoint_do_not_exist(sqlite_network):
    assert sqlite_network.get("/greeting").status_code == 404
    assert sqlite_network.get("/projects/ensie.keys").status_code == 404
    assert "greeting" not in sqlite_network.get("/").headers["link"]
