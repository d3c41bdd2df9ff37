"""The OpenAPI operations of endpoints: a fold over the registry."""

from collections.abc import Iterator

from api.endpoints.endpoint import Endpoint, EndpointContext, PathParameter
from api.endpoints.health import HEALTH_PATHS
from api.http.url_path_and_format_suffix import UrlPath
from api.openapi.headers import CACHED_HEADERS, UNCACHED_HEADERS
from api.openapi.operation import MISSING, READING, Operation, success_response
from api.openapi.parameters import path_parameter
from schema.json_schema.values import Schema


def endpoint_operations(context: EndpointContext) -> Iterator[Operation]:
    """Yield the operation of every endpoint that has addresses in an installation."""
    for endpoint in context.endpoints:
        parameters = endpoint.path_parameters(context)
        if all(parameter.values or parameter.schema for parameter in parameters):
            yield _operation(endpoint, parameters, context)


def _operation(
    endpoint: Endpoint, parameters: tuple[PathParameter, ...], context: EndpointContext
) -> Operation:
    is_cached = endpoint.route is None
    format_of_suffix = context.formats.by_name.get(UrlPath.parse(endpoint.path).suffix or "")
    return Operation(
        path=endpoint.path,
        operation_id=endpoint.operation_id,
        tag=endpoint.tag,
        summary=endpoint.summary,
        success=success_response(
            f"{endpoint.summary}.",
            [*(CACHED_HEADERS if is_cached else UNCACHED_HEADERS), *endpoint.headers],
            {media_type: dict(content) for media_type, content in endpoint.content.items()},
        ),
        path_parameters=[_path_parameter(parameter) for parameter in parameters],
        parameters=endpoint.parameters,
        problems=_problems(endpoint, parameters),
        has_budget=endpoint.path not in HEALTH_PATHS,
        has_etag=is_cached,
        may_be_page=format_of_suffix is None or format_of_suffix.is_page,
    )


def _problems(endpoint: Endpoint, parameters: tuple[PathParameter, ...]) -> frozenset[int]:
    negotiated = frozenset({406}) if endpoint.is_negotiated else frozenset()
    return (
        (MISSING if parameters else frozenset())
        | (READING if endpoint.reads_database else frozenset())
        | negotiated
    )


def _path_parameter(parameter: PathParameter) -> Schema:
    schema = dict(parameter.schema) or {"type": "string", "enum": [*parameter.values]}
    example = parameter.example or next(iter(parameter.values))
    return path_parameter(parameter.name, parameter.description, schema, example)
