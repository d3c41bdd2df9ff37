"""The endpoints that describe the service: the OpenAPI document, and the pages that show it."""

from collections.abc import Callable

import msgspec

from api.endpoints.endpoint import Endpoint, EndpointContext, EndpointRequest, Handler, PathParameter
from api.formats.html.page_renderer import CONTENT_SECURITY_POLICY
from api.http.language_parameters import LANGUAGE, default_page_language, page_language
from api.http.response import Response
from api.http.serialization_threads import run_in_thread
from api.openapi.docs_pages import DOCS_PATH, START, DocsPages, page_names
from api.openapi.document import OpenApiDocument, openapi_document
from api.openapi.examples import Example, ExampleReader
from api.resources.route import SERVICE_TAG, WEBSITE_TAG
from vocab.turtle_parser import LANGUAGES

_Write = Callable[[EndpointRequest], Response]
_CreateWriter = Callable[[OpenApiDocument, EndpointContext, dict[str, Example]], _Write]
_PAGE = "page"


def _json(document: OpenApiDocument, _: EndpointContext, __: dict[str, Example]) -> _Write:
    body = msgspec.json.encode(document)
    return lambda request: request.response(body)


def _pages(document: OpenApiDocument, context: EndpointContext, examples: dict[str, Example]) -> _Write:
    pages, default = DocsPages(context, document, examples), default_page_language(context.renderer.languages)
    responses: dict[tuple[str, str], Response] = {}

    def write(request: EndpointRequest) -> Response:
        name = request.values.get(_PAGE, START)
        language = page_language(request.values.get(LANGUAGE), request.parameters, default)
        if (name, language) not in responses:
            headers = {"content-security-policy": CONTENT_SECURITY_POLICY}
            body = pages.render(name, language)
            responses[name, language] = request.response(body, "text/html; charset=utf-8", headers)
        return responses[name, language]

    return write


def _handler(create_writer: _CreateWriter) -> Callable[[EndpointContext], Handler]:
    """Return the factory of a handler that describes the service with today's examples."""

    def create_handler(context: EndpointContext) -> Handler:
        reader = ExampleReader(context.renderer, context.router)
        writers: list[tuple[dict[str, Example], _Write]] = []

        async def handle(request: EndpointRequest) -> Response:
            examples = await reader.read(request.open_reader)
            return await run_in_thread(lambda: write(request, examples))

        def write(request: EndpointRequest, examples: dict[str, Example]) -> Response:
            if not writers or writers[0][0] != examples:
                document = openapi_document(context, examples)
                writers[:] = [(examples, create_writer(document, context, examples))]
            return writers[0][1](request)

        return handle

    return create_handler


def _path_parameters(path: str) -> Callable[[EndpointContext], tuple[PathParameter, ...]]:
    """Return the function that returns the path parameters of a path of the documentation."""

    def path_parameters(context: EndpointContext) -> tuple[PathParameter, ...]:
        parameters = (
            PathParameter(_PAGE, "The name of the page.", page_names(context)),
            PathParameter(LANGUAGE, "The language of the page.", LANGUAGES),
        )
        return tuple(parameter for parameter in parameters if f"{{{parameter.name}}}" in path)

    return path_parameters


def _documentation(path: str, operation_id: str, summary: str, relation: str = "") -> Endpoint:
    return Endpoint(
        path,
        operation_id,
        WEBSITE_TAG,
        summary,
        {"text/html": {"schema": {"type": "string"}}},
        _handler(_pages),
        path_parameters=_path_parameters(path),
        parameters=(LANGUAGE,),
        reads_database=True,
        headers=("Content-Security-Policy",),
        relation=relation,
    )


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
    _documentation(DOCS_PATH, "getDocumentation", "The start page of the documentation", "service-doc"),
    _documentation(
        f"{DOCS_PATH}.{{lang}}.html", "getDocumentationInLanguage", "The start page, in a language"
    ),
    _documentation(f"{DOCS_PATH}/{{page}}", "getDocumentationPage", "A page of the documentation"),
    _documentation(
        f"{DOCS_PATH}/{{page}}.{{lang}}.html",
        "getDocumentationPageInLanguage",
        "A page of the documentation, in a language",
    ),
)
