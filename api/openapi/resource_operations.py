"""The OpenAPI operations of resources: a fold over the routes of the router."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from api.endpoints.endpoint import EndpointContext
from api.formats.document import ResourceKind
from api.formats.format import Format
from api.formats.registry import JSON
from api.openapi.examples import Example
from api.openapi.headers import CACHED_HEADERS, REDIRECT_HEADERS
from api.openapi.operation import MISSING, READING, Operation
from api.openapi.parameters import (
    fields_parameters,
    option_parameters,
    path_parameter,
    query_parameters,
)
from api.resources.collection import CollectionResource
from api.resources.record import RecordResource
from api.resources.resource_protocol import Resource
from api.resources.route import Route
from schema.declaration.datatypes import SLUG
from schema.json_schema.responses import response_variants
from schema.json_schema.values import Schema
from vocab.concept_schemes import CONCEPT_SCHEMES

_MAX_EXAMPLE_BYTES = 24_000
"""A record is shorter as JSON, the document of the vocabulary longer."""
_NOT_ACCEPTABLE, _GONE = frozenset({406}), frozenset({410})
_IDENTIFIER: Schema = {"type": "string", "pattern": SLUG, "maxLength": 100}
_PATH_PARAMETERS: dict[str, tuple[str, Schema]] = {
    "scheme": ("The name of a concept scheme.", {"type": "string", "enum": [*CONCEPT_SCHEMES]}),
    "code": ("The code of a concept in the scheme.", _IDENTIFIER),
    "id": ("The id of the record.", _IDENTIFIER),
}


@dataclass(frozen=True)
class ResourceOperations:
    """The operations on everything that has several formats, with examples by path pattern."""

    context: EndpointContext
    schemas: Mapping[str, Schema]
    examples: Mapping[str, Example]

    def operations(self) -> Iterator[Operation]:
        """Yield the operation of every route."""
        for route in self.context.router.routes:
            if route.resource:
                yield self._operation(route, route.resource)
            else:
                yield self._redirect(route)

    def _operation(self, route: Route, resource: Resource) -> Operation:
        formats = self.context.formats
        options = option_parameters(resource.options, resource.kind, formats)
        is_list = isinstance(resource, CollectionResource)
        format_headers = {name.title(): None for row in formats for name in row.headers}
        return Operation(
            path=route.pattern,
            operation_id=route.operation_id,
            tag=route.tag,
            summary=route.summary,
            content=self._content(route, resource),
            path_parameters=self._path_parameters(route.pattern),
            own_parameters=[*_own_parameters(resource)],
            parameters=["limit", "cursor", *options] if is_list else options,
            headers=[*CACHED_HEADERS, "Link", *format_headers],
            problems=_problems(route, resource.kind),
            may_redirect=resource.kind is ResourceKind.RECORD,
        )

    def _redirect(self, route: Route) -> Operation:
        return Operation(
            path=route.pattern,
            operation_id=route.operation_id,
            tag=route.tag,
            summary=route.summary,
            content={},
            path_parameters=self._path_parameters(route.pattern, route.redirects_to),
            headers=REDIRECT_HEADERS,
            problems=MISSING,
            is_redirect=True,
            has_etag=False,
        )

    def _path_parameters(self, pattern: str, example_pattern: str = "") -> list[Schema]:
        """Return the parameters of a path, with the values of its example, or of another pattern's."""
        example = self.examples.get(example_pattern or pattern)
        values = example.path.stem.split("/") if example else None
        return [
            path_parameter(part[1:-1], *_PATH_PARAMETERS[part[1:-1]], values[index] if values else None)
            for index, part in enumerate(pattern.split("/"))
            if part.startswith("{")
        ]

    def _content(self, route: Route, resource: Resource) -> dict[str, Schema]:
        content = {
            row.media_type: {"schema": self._schema(row, route.schema_name)}
            for row in self.context.formats.applicable(resource.kind)
        }
        example = self.examples.get(route.pattern)
        # Examples are embedded, as generators and viewers would fetch external ones from their URLs.
        if example and len(example.body) <= _MAX_EXAMPLE_BYTES:
            value = msgspec.json.decode(example.body)
            named = {"summary": example.path.url(example.parameters), "value": value}
            content[JSON.media_type]["examples"] = {example.name: named}
        return content

    def _schema(self, row: Format, name: str) -> Schema:
        return row.response_schema(response_variants(self.schemas, name, localised=row.is_localized))


def _own_parameters(resource: Resource) -> Iterator[Schema]:
    if isinstance(resource, CollectionResource):
        yield from query_parameters(resource.spec)
        if resource.spec.shape:
            yield from fields_parameters(resource.spec.shape, to_list=True)
    elif isinstance(resource, RecordResource):
        yield from fields_parameters(resource.shape, to_list=False)


def _problems(route: Route, kind: ResourceKind) -> frozenset[int]:
    problems = _NOT_ACCEPTABLE | READING
    if "{" in route.pattern:
        problems |= MISSING
    return problems | _GONE if kind is ResourceKind.RECORD else problems
