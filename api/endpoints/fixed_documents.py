"""Documents that do not depend on the content: JSON-LD context, JSON Schemas, CSVW, problem types, assets, robots.txt."""

from collections.abc import Callable, Mapping

import msgspec

from api.endpoints.endpoint import EndpointContext, EndpointRequest, Handler, PathParameter
from api.endpoints.sitemap import SITEMAP_PATH
from api.formats.html.asset_files import assets, read_asset
from api.formats.serializers import jsonld_document
from api.formats.table.csvw import csvw_metadata
from api.http.problems import PROBLEMS
from api.http.response import IMMUTABLE, Response
from api.lists.query import ListQuerySpec
from schema.declaration.messages import DEFAULT_LANGUAGE
from schema.json_schema.record import record_schema

Build = Callable[[EndpointContext, Mapping[str, str]], bytes]
"""Returns the body at the address with some path parameters."""


def static(build: Build, content_type: str = "") -> Callable[[EndpointContext], Handler]:
    """Return the factory of a handler whose body does not depend on content."""

    def create_handler(context: EndpointContext) -> Handler:
        async def handle(request: EndpointRequest) -> Response:
            return request.response(build(context, request.values), content_type)

        return handle

    return create_handler


def context_document(context: EndpointContext, _: Mapping[str, str]) -> bytes:
    """Return the JSON-LD context."""
    return jsonld_document(context.renderer)


def entity_schema(context: EndpointContext, values: Mapping[str, str]) -> bytes:
    """Return the JSON Schema of an entity."""
    shapes = {shape.name.lower(): shape for shape in context.renderer.model.entities}
    return msgspec.json.encode(record_schema(shapes[values["entity"]], context.renderer.uris))


def entity_parameter(context: EndpointContext) -> tuple[PathParameter, ...]:
    """Return the path parameter that names an entity."""
    names = tuple(shape.name.lower() for shape in context.renderer.model.entities)
    return (PathParameter("entity", "The name of the entity in lower case.", names),)


def collection_metadata(context: EndpointContext, values: Mapping[str, str]) -> bytes:
    """Return the CSVW metadata of a collection's table."""
    spec = _tables(context)[values["collection"]]
    return msgspec.json.encode(
        csvw_metadata(context.renderer, spec.shape, spec.collection, is_role_list=bool(spec.role))
    )


def collection_parameter(context: EndpointContext) -> tuple[PathParameter, ...]:
    """Return the path parameter that names a collection with a table."""
    return (PathParameter("collection", "The name of the collection.", tuple(_tables(context))),)


def problem_description(context: EndpointContext, values: Mapping[str, str]) -> bytes:
    """Return the description of a problem type (RFC 9457, section 4)."""
    problem = PROBLEMS[values["problem"]]
    return msgspec.json.encode(
        {
            "type": f"{context.renderer.uris.base}/problems/{problem.code}",
            "code": problem.code,
            "title": problem.title.text(DEFAULT_LANGUAGE),
            "status": problem.status,
        }
    )


def problem_parameter(_: EndpointContext) -> tuple[PathParameter, ...]:
    """Return the path parameter that names a problem."""
    return (PathParameter("problem", "The name of the problem.", tuple(PROBLEMS)),)


def asset_handler(_: EndpointContext) -> Handler:
    """Return the handler of the style sheets and icons of pages."""
    by_file_name = {asset.file_name: asset for asset in assets().values()}

    async def handle(request: EndpointRequest) -> Response:
        asset = by_file_name[request.values["file"]]
        return request.response(asset.content, asset.content_type, {"cache-control": IMMUTABLE})

    return handle


def asset_parameter(_: EndpointContext) -> tuple[PathParameter, ...]:
    """Return the path parameter that names an asset."""
    names = tuple(asset.file_name for asset in assets().values())
    return (PathParameter("file", "The name of the file, with the digest of its content.", names),)


def icon(name: str, content_type: str) -> Callable[[EndpointContext], Handler]:
    """Return the factory of the handler of an icon that browsers look for by its path."""
    return static(lambda _, __: read_asset(name), content_type)


def robots(context: EndpointContext, _: Mapping[str, str]) -> bytes:
    """Return robots.txt (RFC 9309): everything may be crawled, and where the sitemap is."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {context.renderer.uris.base}{SITEMAP_PATH}\n".encode()


def _tables(context: EndpointContext) -> dict[str, ListQuerySpec]:
    specs = (resource.spec for resource in context.router.collections.values())
    return {spec.collection: spec for spec in specs if isinstance(spec, ListQuerySpec)}
