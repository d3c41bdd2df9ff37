"""The endpoints that describe the service: the OpenAPI document, and the page that shows it."""

from collections.abc import Callable

import msgspec

from api.endpoints.endpoint import Endpoint, EndpointContext, EndpointRequest, Handler
from api.formats.html.page_renderer import CONTENT_SECURITY_POLICY
from api.http.response import Response
from api.openapi.docs_page import docs_page
from api.openapi.document import OpenApiDocument, openapi_document
from api.openapi.examples import Example, ExampleReader
from api.resources.route import SERVICE_TAG

_Write = Callable[[OpenApiDocument, EndpointRequest, EndpointContext], Response]


def _json(document: OpenApiDocument, request: EndpointRequest, _: EndpointContext) -> Response:
    return request.response(msgspec.json.encode(document))


def _page(document: OpenApiDocument, request: EndpointRequest, context: EndpointContext) -> Response:
    headers = {"content-security-policy": CONTENT_SECURITY_POLICY}
    return request.response(docs_page(document, context.formats), "text/html; charset=utf-8", headers)


def _handler(write: _Write) -> Callable[[EndpointContext], Handler]:
    """Return the factory of a handler that writes the document with today's examples."""

    def create_handler(context: EndpointContext) -> Handler:
        reader = ExampleReader(context.renderer, context.router)
        responses: list[tuple[dict[str, Example], Response]] = []

        async def handle(request: EndpointRequest) -> Response:
            examples = await reader.read(request.open_reader)
            if not responses or responses[0][0] != examples:
                document = openapi_document(context, examples)
                responses[:] = [(examples, write(document, request, context))]
            return responses[0][1]

        return handle

    return create_handler


OPENAPI_ENDPOINTS = (
    Endpoint(
        "/openapi.json",
        "getOpenApi",
        SERVICE_TAG,
        "This description",
        {"application/json": {"schema": {"type": "object", "additionalProperties": True}}},
        _handler(_json),
        reads_database=True,
        relation="service-desc",
    ),
    Endpoint(
        "/docs",
        "getDocumentation",
        SERVICE_TAG,
        "This description as a page",
        {"text/html": {"schema": {"type": "string"}}},
        _handler(_page),
        reads_database=True,
        headers=("Content-Security-Policy",),
        relation="service-doc",
    ),
)
