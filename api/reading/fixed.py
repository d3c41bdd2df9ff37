"""The addresses that have one representation, made when the server starts."""

from collections.abc import Iterator

import msgspec

from api.problems import PROBLEMS
from api.reading.response import Response, vary
from api.reading.table_description import MEDIA_TYPE as CSVM
from api.reading.table_description import table_description
from api.reading.writer import Writer
from api.store.rendering import digest
from schema.json_schema import json_schema
from schema.render import Renderer


def fixed(renderer: Renderer, writer: Writer) -> Iterator[tuple[str, Response]]:
    """Yield each such path, and what it answers."""
    yield "/context.jsonld", _response(writer.context, "application/ld+json")
    for shape in renderer.model.entities:
        schema = msgspec.json.encode(json_schema(shape, renderer.addresses))
        yield f"/schemas/{shape.name.lower()}.json", _response(schema, "application/schema+json")
        described = msgspec.json.encode(table_description(renderer, shape))
        yield f"/{shape.collection}.csv-metadata.json", _response(described, CSVM)
    for name, problem in PROBLEMS.items():
        about = {"type": f"{renderer.addresses.base}/problems/{name}", "title": problem.title()}
        page = msgspec.json.encode(about | {"status": problem.status})
        yield f"/problems/{name}", _response(page, "application/json")


def _response(body: bytes, content_type: str) -> Response:
    headers = {"cache-control": "no-cache", "vary": vary(negotiated=False)}
    return Response(200, body, digest(body), {"content-type": content_type, **headers})
