"""The OpenAPI document: a fold over the routes of the router, the formats, the endpoints and the problems."""

from collections.abc import Mapping

from api.endpoints.endpoint import EndpointContext
from api.http.problems import MEDIA_TYPE
from api.http.request import MAX_PARAMETERS
from api.http.request_guard import MAX_HEADER_BYTES, MAX_URL_LENGTH
from api.http.url_path_and_format_suffix import UrlPath
from api.openapi.endpoint_operations import endpoint_operations
from api.openapi.examples import Example
from api.openapi.headers import header_components
from api.openapi.operation import response_components
from api.openapi.parameters import parameter_components
from api.openapi.problem_responses import problem_examples, problem_responses, problem_schemas
from api.openapi.resource_operations import ResourceOperations
from api.resources.route import SERVICE_TAG, VOCABULARY_TAG, WEBSITE_TAG
from api.version import VERSION
from schema.documents.renderer import Renderer
from schema.entities.partner_and_funder_lists import ROLE_LISTS
from schema.json_schema.responses import response_schemas
from schema.json_schema.values import Schema, schema_reference
from schema.query.parser import MAX_VALUES, MAX_VALUES_OF_PARAMETER
from vocab.turtle_parser import LANGUAGES

OpenApiDocument = Schema
_STRING: Schema = {"type": "string"}
_SCHEMAS: dict[str, Schema] = {
    "Context": {
        "description": "The JSON-LD context, which JSON-LD has before the keys of plain JSON.",
        "type": "object",
        "properties": {"@context": {"type": "object", "additionalProperties": True}},
        "required": ["@context"],
    },
    "ProblemDescription": {
        "description": "A problem type.",
        "type": "object",
        "properties": {
            "type": schema_reference("Iri"),
            "code": schema_reference("ProblemCode"),
            "title": _STRING,
            "status": {"type": "integer"},
        },
        "required": ["type", "code", "title", "status"],
    },
}
_DESCRIPTION = """\
Start at `/`, which links to the lists, the vocabulary and the schemas. Everything is read with GET, without a
key, from scripts of any origin.

**Formats.** An address with several formats takes a suffix: {suffixes} (that of `/` is `/index.json` and so on).
The parameter `format` does the same; the suffix takes precedence. Without both the header `Accept` decides; a
client without a preference gets JSON, or the format that a parameter belongs to. JSON-LD is the same JSON behind
a context. The page in a language also has an address of its own, to which pages link: {pages} (`/index.lv.html` …).

**Values.** Unknown values and empty lists are omitted; there is no null. Linked records are cards with a label.
Decimals are strings. Keys may be added in time: ignore those that you do not know.

**Parameters.** Unknown parameters are refused (a page leads to the address without them), and so is a repeated parameter that takes one value. Where several
values are possible, separate them by commas or repeat the parameter: any of them may match. A minus before a value
excludes it. Different parameters must all match. Codes and IRIs are interchangeable.

**Types.** An address with a suffix has one content type and one type: that of a response without the parameters
that change it. Clients with generated types use `.json`, whose texts are objects by language, or `.lv.json` and
`.en.json`, whose texts are strings. `fields`, `shape` and `fallback` leave fields out, and `lang` makes texts
strings: they are described at the address without a suffix, where schemas whose names begin with `Localized` have
strings, and those that begin with `Partial` may have any of the fields.

**Limits.** A URL has at most {url} characters, its query {parameters} parameters; a filter has at most {of_filter}
values, all filters together {values}; the headers of a request have at most {headers} bytes. A request has no content.

**Errors** are problem details (RFC 9457, `{problems}`) at every address. Distinguish them by `code`, which is the
same at every installation; `type` links to a description. `title` and `detail` are in English, with `lang=lv` in
Latvian, as `Content-Language` says. A client that prefers HTML gets a page instead.

**Methods.** Every GET has a HEAD with the same headers and no content (RFC 9110, section 9.3.2), and an OPTIONS,
which answers 204. Other methods answer 405.

**Caching.** Responses have an `ETag`, and `If-None-Match` is honoured; `Last-Modified` is for information only.
Longer responses are compressed (zstd, br, gzip) on request; their ETag ends in the coding, as in `-br"`.
"""


def openapi_document(
    context: EndpointContext, examples: Mapping[str, Example] | None = None
) -> OpenApiDocument:
    """Return the OpenAPI document of an installation, with examples by path pattern."""
    base, model, formats = context.renderer.uris.base, context.renderer.model, context.formats
    collections = context.router.collections
    schemas = response_schemas(model)
    resources = ResourceOperations(context, schemas, examples or {})
    operations = [*resources.operations(), *endpoint_operations(context)]
    problems = problem_responses(problem_examples(collections.values(), formats), base, formats)
    return {
        "openapi": "3.1.1",
        "info": _info(context),
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{"url": base}],
        "tags": [*_tags(context.renderer, [*collections])],
        "paths": {operation.path: {"get": operation.description()} for operation in operations},
        "components": {
            "schemas": schemas | _SCHEMAS | problem_schemas(model),
            "responses": resources.response_components() | response_components() | problems,
            "parameters": resources.parameter_components() | parameter_components(formats),
            "headers": header_components(formats),
        },
    }


def _info(context: EndpointContext) -> Schema:
    publisher = context.renderer.publisher
    return {
        "title": publisher.get("en") or next(iter(publisher.values())),
        "version": VERSION,
        "description": _DESCRIPTION.format(
            suffixes=" ".join(f"`.{row.name}`" for row in context.formats),
            pages=", ".join(f"`{UrlPath('…').page(language).url({})}`" for language in LANGUAGES),
            url=MAX_URL_LENGTH,
            parameters=MAX_PARAMETERS,
            of_filter=MAX_VALUES_OF_PARAMETER,
            values=MAX_VALUES,
            headers=MAX_HEADER_BYTES,
            problems=MEDIA_TYPE,
        ),
        "license": {"name": "The licence of all content", "url": context.renderer.licence},
    }


def _tags(renderer: Renderer, collections: list[str]) -> list[Schema]:
    tags = [(renderer.model.ontology.labels(name)["en"], _tag_text(renderer, name)) for name in collections]
    tags += [
        (VOCABULARY_TAG, "The vocabulary and the schemas."),
        (SERVICE_TAG, "The service itself."),
        (WEBSITE_TAG, "What browsers and search engines load. Clients of the API need none of it."),
    ]
    return [{"name": name, "description": text} for name, text in tags]


def _tag_text(renderer: Renderer, collection: str) -> str:
    if collection in renderer.model.by_collection:
        return f"The {collection}: the list, and each record."
    if role := ROLE_LISTS.get(collection):
        records = renderer.model.by_name[role.entity].collection
        return (
            f"Organisations that are {collection}. `/{collection}/{{id}}` leads to `/{records}/{{id}}` (308)."
        )
    return "Full-text search."
