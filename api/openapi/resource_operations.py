"""The OpenAPI operations of resources: a fold over the routes of the router."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from api.endpoints.endpoint import EndpointContext
from api.formats.document import ResourceKind
from api.formats.format import Format
from api.formats.registry import JSON
from api.http.language_parameters import FALLBACK, LANGUAGE
from api.http.parameter_names import CURSOR, FIELDS, INCLUDE, LIMIT, option_of
from api.http.shape_parameter import SHAPE
from api.http.url_path_and_format_suffix import UrlPath
from api.openapi.examples import Example
from api.openapi.headers import CACHED_HEADERS
from api.openapi.operation import MISSING, READING, Operation, response_reference, success_response
from api.openapi.parameters import (
    fields_parameters,
    format_component,
    path_parameter,
    query_parameters,
    shared_options,
)
from api.resources.collection import CollectionResource
from api.resources.record import RecordResource
from api.resources.resource_protocol import Resource
from api.resources.route import Route
from schema.declaration.datatypes import SLUG
from schema.json_schema.localized_and_partial_schemas import LOCALIZED_PREFIX
from schema.json_schema.responses import response_variants
from schema.json_schema.values import Schema
from vocab.concept_schemes import CONCEPT_SCHEMES
from vocab.turtle_parser import LANGUAGES

_TYPE_OPTIONS = frozenset({FIELDS, SHAPE, LANGUAGE, FALLBACK})
"""The options that change the type of a document, in formats that have one."""
_MAX_EXAMPLE_BYTES = 24_000
"""A record is shorter as JSON, the document of the vocabulary longer."""
_NOT_ACCEPTABLE, _GONE = frozenset({406}), frozenset({410})
_IDENTIFIER: Schema = {"type": "string", "pattern": SLUG, "maxLength": 100}
_PATH_PARAMETERS: dict[str, tuple[str, Schema]] = {
    "scheme": ("The name of a concept scheme.", {"type": "string", "enum": [*CONCEPT_SCHEMES]}),
    "code": ("The code of a concept in the scheme.", _IDENTIFIER),
    "id": ("The id of the record.", _IDENTIFIER),
}
_LANGUAGE_OF_PATH = path_parameter(
    LANGUAGE,
    "The language of texts, as with the parameter of this name; where a text has no such translation, another.",
    {"type": "string", "enum": [*LANGUAGES]},
    LANGUAGES[0],
)


@dataclass(frozen=True)
class ResourceOperations:
    """The operations on everything that has several formats, with examples by path pattern.

    An address without a suffix is described with every format and every variant of its documents. The same
    with a suffix has one content type and one type: that of a response without the parameters that change it.
    """

    context: EndpointContext
    schemas: Mapping[str, Schema]
    examples: Mapping[str, Example]

    def operations(self) -> Iterator[Operation]:
        """Yield the operations of every route with a resource."""
        for route in self.context.router.routes:
            if resource := route.resource:
                for row in self.context.formats.applicable(resource.kind):
                    if not row.is_page:
                        yield self._operation_by_suffix(route, resource, row)
                    if row.is_localized:
                        yield self._operation_in_language(route, resource, row)
                yield self._negotiated_operation(route, resource)

    def parameter_components(self) -> dict[str, Schema]:
        """Return the parameters that the operations of one route share, by component name."""
        return {
            name: parameter
            for route in self.context.router.routes
            if route.resource
            for name, parameter in self._own_parameters(route).items()
        }

    def response_components(self) -> dict[str, Schema]:
        """Return the response of each format that is plain text, by component name."""
        return {
            _response_name(row): success_response(
                f"{row.label}.", self._headers([row]), {row.media_type: {"schema": row.response_schema([])}}
            )
            for row in self.context.formats
            if row.is_plain_text and not row.is_page
        }

    def _negotiated_operation(self, route: Route, resource: Resource) -> Operation:
        rows = self.context.formats.applicable(resource.kind)
        content = {
            row.media_type: {"schema": row.response_schema(self._variants(row, route, resource))}
            for row in rows
        }
        return Operation(
            path=route.pattern,
            operation_id=f"{route.operation_id}InAnyFormat",
            tag=route.tag,
            summary=f"{route.summary}, in any format",
            success=success_response(f"{route.summary}.", self._headers(rows), content),
            path_parameters=self._path_parameters(route.pattern),
            parameters=self._parameters(route, resource, rows),
            problems=_problems(route, resource.kind) | _NOT_ACCEPTABLE,
            may_redirect=resource.kind is ResourceKind.RECORD,
        )

    def _operation_by_suffix(self, route: Route, resource: Resource, row: Format) -> Operation:
        is_json = row is self.context.formats.by_name[JSON.name]
        return Operation(
            path=UrlPath(route.pattern, row.name).url({}),
            operation_id=route.operation_id + ("" if is_json else f"As{row.name.title()}"),
            tag=route.tag,
            summary=route.summary if is_json else f"{route.summary}, as {row.label}",
            success=self._success(route, row, [route.schema_name], self._example(route) if is_json else {}),
            path_parameters=self._path_parameters(route.pattern),
            parameters=self._parameters(route, resource, [row]),
            problems=_problems(route, resource.kind),
            may_be_page=False,
            may_redirect=resource.kind is ResourceKind.RECORD,
        )

    def _operation_in_language(self, route: Route, resource: Resource, row: Format) -> Operation:
        return Operation(
            path=UrlPath(route.pattern, row.name, f"{{{LANGUAGE}}}").url({}),
            operation_id=f"{route.operation_id}InLanguage",
            tag=route.tag,
            summary=f"{route.summary}, with texts in one language",
            success=self._success(route, row, [LOCALIZED_PREFIX + route.schema_name]),
            path_parameters=[*self._path_parameters(route.pattern), _LANGUAGE_OF_PATH],
            parameters=self._parameters(route, resource, [row]),
            problems=_problems(route, resource.kind) | MISSING,
            may_be_page=False,
            may_redirect=resource.kind is ResourceKind.RECORD,
        )

    def _success(
        self, route: Route, row: Format, schema_names: Sequence[str], examples: Schema | None = None
    ) -> Schema:
        """Return the response in one format."""
        if row.is_plain_text:
            return response_reference(_response_name(row))
        content = {row.media_type: {"schema": row.response_schema(schema_names), **(examples or {})}}
        return success_response(f"{route.summary}.", self._headers([row]), content)

    def _example(self, route: Route) -> Schema:
        """Return the examples of a document: embedded, as generators would fetch external ones from their URLs."""
        example = self.examples.get(route.pattern)
        if not example or len(example.body) > _MAX_EXAMPLE_BYTES:
            return {}
        url = example.path.with_suffix(JSON.name).url(example.parameters)
        return {"examples": {example.name: {"summary": url, "value": msgspec.json.decode(example.body)}}}

    def _parameters(self, route: Route, resource: Resource, rows: Sequence[Format]) -> list[str]:
        """Return the component names of the query parameters of an address with some formats.

        Where it has one, and a document of one type, the parameters that change the type are left out.
        """
        options = {option for row in rows for option in row.options} & resource.options
        names = {*resource.parameters}
        is_typed = len(rows) == 1 and not rows[0].is_plain_text
        if is_typed:
            options -= _TYPE_OPTIONS if rows[0].is_localized else _TYPE_OPTIONS - {LANGUAGE, FALLBACK}
        if is_typed or INCLUDE not in options:
            names -= {name for name in names if option_of(name) == INCLUDE}
        names |= options
        own = [name for name, one in self._own_parameters(route).items() if one["name"] in names]
        paging = [name for name in (LIMIT, CURSOR) if name in names]
        formats = [format_component(resource.kind, self.context.formats)] if len(rows) > 1 else []
        return [*own, *paging, *formats, *shared_options(options, self.context.formats)]

    def _variants(self, row: Format, route: Route, resource: Resource) -> list[str]:
        return response_variants(
            self.schemas,
            route.schema_name,
            localized=row.is_localized and LANGUAGE in resource.options,
            partial=row.is_localized or FIELDS in resource.options,
        )

    def _own_parameters(self, route: Route) -> dict[str, Schema]:
        """Return the query parameters that only the operations of a route have, by component name."""
        resource, model = route.resource, self.context.renderer.model
        parameters: list[Schema] = []
        if isinstance(resource, CollectionResource):
            parameters += query_parameters(resource.spec)
            if resource.spec.shape:
                parameters += fields_parameters(model, resource.spec.shape, to_list=True)
        elif isinstance(resource, RecordResource):
            parameters += fields_parameters(model, resource.shape, to_list=False)
        scope = route.operation_id.removeprefix("list").removeprefix("get")
        return {f"{scope}-{_component_name(parameter['name'])}": parameter for parameter in parameters}

    def _headers(self, rows: Sequence[Format]) -> list[str]:
        return [*CACHED_HEADERS, "Link", *{name.title(): None for row in rows for name in row.headers}]

    def _path_parameters(self, pattern: str) -> list[Schema]:
        """Return the parameters of a path, with the values of its example."""
        example = self.examples.get(pattern)
        values = example.path.stem.split("/") if example else None
        return [
            path_parameter(part[1:-1], *_PATH_PARAMETERS[part[1:-1]], values[index] if values else None)
            for index, part in enumerate(pattern.split("/"))
            if part.startswith("{")
        ]


def _component_name(name: str) -> str:
    return re.sub("[^A-Za-z0-9._-]+", "-", name).strip("-")


def _response_name(row: Format) -> str:
    return "".join(character for character in row.label if character.isalnum())


def _problems(route: Route, kind: ResourceKind) -> frozenset[int]:
    problems = READING
    if "{" in route.pattern:
        problems |= MISSING
    return problems | _GONE if kind is ResourceKind.RECORD else problems
