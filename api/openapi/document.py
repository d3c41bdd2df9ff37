"""The OpenAPI document: made from the declarations, the formats, the problems, and what is served."""

from collections.abc import Iterable, Mapping

from api.formats.registry import FORMATS
from api.http.problems import MEDIA_TYPE
from api.http.request import MAX_PARAMETERS
from api.http.request_guard import MAX_HEADER_BYTES, MAX_URL_LENGTH
from api.http.response import Response
from api.openapi.examples import Example
from api.openapi.headers import header_components
from api.openapi.operation import SERVICE, VOCABULARY
from api.openapi.parameters import parameter_components
from api.openapi.problem_responses import problem_responses, problem_schemas, problems_met
from api.openapi.resource_operations import Content
from api.openapi.service_operations import other_operations
from api.openapi.static_operations import fixed_operations
from api.resources.collection import CollectionResource
from api.version import VERSION
from schema.documents.renderer import Renderer
from schema.entities.role_lists import ROLE_LISTS
from schema.json_schema.responses import response_schemas
from schema.json_schema.values import Schema, schema_reference

Document = Schema

_STRING: Schema = {"type": "string"}

_SCHEMAS: dict[str, Schema] = {
    "Context": {
        "description": "What JSON-LD has before the keys of plain JSON.",
        "type": "object",
        "properties": {"@context": {"type": "object", "additionalProperties": True}},
        "required": ["@context"],
    },
    "ProblemDescription": {
        "description": "What a problem is, whenever it is met.",
        "type": "object",
        "properties": {"type": schema_reference("Iri"), "title": _STRING, "status": {"type": "integer"}},
        "required": ["type", "title", "status"],
    },
}

_ABOUT = """\
Everything begins at `/`, which leads to the lists, the vocabulary and the schemas. All of it is read
with GET, without a key, from scripts of any site.

**Formats.** An address with several formats takes the name of one at its end: {suffixes} (of `/` it is
`/index.json` and so on). That is the same as the parameter `format`, and stronger. Without both the header
`Accept` decides; whoever has no wish gets JSON, or the format that a parameter is for. JSON-LD is the same
JSON behind a context.

**Values.** What is not known is not there: no null, no empty list. Whatever is linked to is shown as a card
with its label. Decimals are strings. Keys may be added in time; do not refuse those that you do not know.

**Parameters** that are not known are refused, and so are those given twice that take one value. Where several
can be given, they stand between commas or the parameter is repeated, which is the same: one of them must hold. A minus before a value means: not that one. Different
parameters must all hold. Codes and IRIs are the same.

**Shapes.** What is described is what an answer has unless it is asked for otherwise: with `fields` it has some
keys only, with `lang` its texts are plain strings. The schemas of such answers have names that end with
`Fields` and `InLanguage`.

**Limits.** An address has at most {address} characters, its query {parameters} parameters; the headers of a
request have at most {headers} bytes. A request has no content.

**Errors** are problem documents (RFC 9457, `{problems}`) at every address; `type` tells them apart, and leads
to an explanation.

**Methods.** Wherever there is GET there is HEAD, which answers with the same headers and no content
(RFC 9110, section 9.3.2), and OPTIONS, which answers 204. Others answer 405.

**Caches.** Answers have an `ETag`, and `If-None-Match` is heard. Longer ones are compressed
(zstd, br, gzip) on request; a tag ends with the coding, as `-br"`.
"""


def openapi(
    renderer: Renderer,
    fixed: Mapping[str, Response],
    lists: Mapping[str, CollectionResource],
    examples: Mapping[str, Example] | None = None,
) -> Document:
    """Return the description of an installation, with examples by path where there are any."""
    base, model = renderer.uris.base, renderer.model
    schemas = response_schemas(model)
    operations = [
        *Content(renderer, lists, schemas, examples or {}).operations(),
        *fixed_operations(fixed),
        *other_operations(model),
    ]
    return {
        "openapi": "3.1.1",
        "info": _info(renderer),
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{"url": base}],
        "tags": _tags(renderer, lists),
        "paths": {one.path: {"get": one.written()} for one in operations},
        "components": {
            "schemas": schemas | _SCHEMAS | problem_schemas(base, model),
            "responses": problem_responses(problems_met(lists.values()), base),
            "parameters": parameter_components(),
            "headers": header_components(),
        },
    }


def _info(renderer: Renderer) -> Schema:
    publisher = renderer.publisher.get("en") or next(iter(renderer.publisher.values()))
    suffixes = " ".join(f"`.{one.name}`" for one in FORMATS)
    return {
        "title": publisher,
        "version": VERSION,
        "description": _ABOUT.format(
            suffixes=suffixes,
            address=MAX_URL_LENGTH,
            parameters=MAX_PARAMETERS,
            headers=MAX_HEADER_BYTES,
            problems=MEDIA_TYPE,
        ),
        "license": {"name": "The licence of all content", "url": renderer.licence},
    }


def _tags(renderer: Renderer, lists: Iterable[str]) -> list[Schema]:
    named = [(renderer.model.ontology.labels(name)["en"], _about(renderer, name)) for name in lists]
    about = [(VOCABULARY, "What the words mean."), (SERVICE, "The service itself.")]
    return [{"name": name, "description": said} for name, said in [*named, *about]]


def _about(renderer: Renderer, name: str) -> str:
    if name in renderer.model.by_collection:
        return f"The list of {name}, and each."
    return f"Organisations that are {name}." if name in ROLE_LISTS else "Everything, by words."
