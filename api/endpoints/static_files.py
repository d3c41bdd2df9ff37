"""The addresses that have one representation, made when the server starts."""

from collections.abc import Iterator

import msgspec

from api.endpoints.endpoint import alone
from api.endpoints.sitemap import robots
from api.formats.html.templating import asset_files
from api.formats.serializers import Writer
from api.formats.table.csvw import MEDIA_TYPE as CSVM
from api.formats.table.csvw import csvw_metadata
from api.http.problems import PROBLEMS
from api.http.response import Response
from api.lists.query import ListQuerySpec, list_query_specs
from schema.documents.renderer import Renderer
from schema.json_schema.record import record_schema


def fixed(renderer: Renderer, writer: Writer) -> Iterator[tuple[str, Response]]:
    """Yield each such path, and what it answers."""
    yield "/context.jsonld", alone(writer.context, "application/ld+json")
    for shape in renderer.model.entities:
        schema = msgspec.json.encode(record_schema(shape, renderer.uris))
        yield f"/schemas/{shape.name.lower()}.json", alone(schema, "application/schema+json")
    for asking in list_query_specs(renderer):
        if isinstance(asking, ListQuerySpec):
            described = msgspec.json.encode(csvw_metadata(renderer, asking))
            yield f"/{asking.collection}.csv-metadata.json", alone(described, CSVM)
    for path, file, content_type in asset_files():
        yield path, alone(file, content_type)
    yield "/robots.txt", alone(robots(renderer.uris), "text/plain; charset=utf-8")
    for name, problem in PROBLEMS.items():
        about = {"type": f"{renderer.uris.base}/problems/{name}", "title": problem.title()}
        page = msgspec.json.encode(about | {"status": problem.status})
        yield f"/problems/{name}", alone(page, "application/json")
