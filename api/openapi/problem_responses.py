"""Problem details in the OpenAPI document: a schema for each type, a response for each status."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from api.formats.format import Formats
from api.http.parameter_names import FORMAT
from api.http.problems import (
    MEDIA_TYPE,
    PROBLEMS,
    BadParameter,
    Gone,
    MethodNotAllowed,
    NotAcceptable,
    Problem,
    UnknownParameter,
    nothing_here,
)
from api.http.request import Request
from api.openapi.headers import PROBLEM_HEADERS, header_references
from api.resources.collection import CollectionResource
from schema.declaration.messages import DEFAULT_LANGUAGE
from schema.json_schema.values import Schema, schema_reference
from schema.model import Model

_PARAMETER: Schema = {"type": "string", "description": "The name of the parameter."}

_HEADERS: Mapping[type[Problem], Sequence[str]] = {
    MethodNotAllowed: ["Allow"],
    **{problem: ["Retry-After"] for problem in PROBLEMS.values() if problem.retry_after},
}


def problem_schemas(model: Model) -> dict[str, Schema]:
    """Return the schema of every problem type, and that of their codes, by component name."""
    schemas = {_schema_name(problem): _schema(problem, _members(model)) for problem in PROBLEMS.values()}
    codes = {"type": "string", "enum": [*PROBLEMS], "description": "The code of a problem type."}
    return {"ProblemCode": codes, **schemas}


def problem_responses(
    examples: Mapping[int, tuple[str, Problem]], base: str, formats: Formats
) -> dict[str, Schema]:
    """Return the responses of every problem status, by component name: of any address, and of one that is data.

    `examples` has the URL and the problem of an example, by status.
    """
    responses = {}
    for status in sorted({problem.status for problem in PROBLEMS.values()}):
        problems = [problem for problem in PROBLEMS.values() if problem.status == status]
        references = [schema_reference(_schema_name(problem)) for problem in problems]
        content: Schema = {"schema": references[0] if len(references) == 1 else {"oneOf": references}}
        if status in examples:
            url, example = examples[status]
            value = msgspec.json.decode(example.body(base, DEFAULT_LANGUAGE))
            content["examples"] = {example.code: {"summary": url, "value": value}}
        headers = [*PROBLEM_HEADERS, *(name for problem in problems for name in _HEADERS.get(problem, ()))]
        description = " ".join(f"{problem.title.text(DEFAULT_LANGUAGE)}." for problem in problems)
        responses[response_name(status, may_be_page=False)] = {
            "description": description,
            "headers": header_references(headers),
            "content": {MEDIA_TYPE: content},
        }
        responses[response_name(status)] = {
            "description": description,
            "headers": header_references([*headers, *_page_headers(formats)]),
            "content": {MEDIA_TYPE: content, **_pages(formats)},
        }
    return responses


def _pages(formats: Formats) -> dict[str, Schema]:
    """Return the contents of problems in formats for people, by media type."""
    return {
        row.media_type: {"schema": {"type": "string"}} for row in formats if row.create_problem_serializer
    }


def _page_headers(formats: Formats) -> list[str]:
    """Return the component names of the headers of problems in formats for people."""
    return [name.title() for row in formats if row.create_problem_serializer for name in row.headers]


def response_name(status: int, *, may_be_page: bool = True) -> str:
    """Return the component name of the response with a status."""
    return f"Problem{status}" if may_be_page else f"DataProblem{status}"


def problem_examples(
    collections: Iterable[CollectionResource], formats: Formats
) -> dict[int, tuple[str, Problem]]:
    """Return examples of problems by status, each with a URL that causes it."""
    examples: dict[int, tuple[str, Problem]] = {404: ("/nothing", nothing_here())}
    for collection in [*collections][:1]:
        request = Request("GET", f"/{collection.spec.collection}", "limt=1")
        try:
            request.parameters((*collection.parameters, FORMAT, *sorted(formats.options)))
        except UnknownParameter as problem:
            examples[problem.status] = (f"{request.path}?{request.query}", problem)
    return examples


def _schema_name(problem: type[Problem]) -> str:
    words = problem.code.split("-")
    return f"{''.join(word.title() for word in words)}Problem"


def _members(model: Model) -> Mapping[type[Problem], Schema]:
    """Return the extension members of problem types; a key that ends with `?` is optional."""
    return {
        BadParameter: {"parameter": _PARAMETER},
        UnknownParameter: {"parameter": _PARAMETER},
        NotAcceptable: {
            "offers": {"type": "array", "items": {"type": "string"}, "description": "The media types."}
        },
        Gone: {
            "uri": schema_reference("Iri") | {"description": "The IRI of the record."},
            "entity": {"type": "string", "enum": [shape.name for shape in model.entities]},
            "id": schema_reference("Id"),
            "action": {"type": "string", "enum": ["unpublish", "delete"]},
            "at": {"type": "string", "format": "date-time"},
            "reason?": {"type": "string", "description": "Why it was withdrawn, if a reason was given."},
            "merged_from?": schema_reference("Id")
            | {"description": "The requested record, which was merged into this one before."},
        },
    }


def _schema(problem: type[Problem], members: Mapping[type[Problem], Schema]) -> Schema:
    properties: Schema = {
        "type": {
            "type": "string",
            "format": "uri",
            "description": "The address that describes the problem type.",
        },
        "code": {
            "type": "string",
            "enum": [problem.code],
            "description": "What a client distinguishes problems by; it never changes.",
        },
        "title": {"type": "string", "description": "The same for every occurrence in a language."},
        "status": {"type": "integer", "const": problem.status},
        "detail": {
            "type": "string",
            "description": "What is wrong in this occurrence, and what would be right.",
        },
        **members.get(problem, {}),
    }
    return {
        "description": f"{problem.title.text(DEFAULT_LANGUAGE)}.",
        "type": "object",
        "properties": {name.rstrip("?"): schema for name, schema in properties.items()},
        "required": [name for name in properties if not name.endswith("?")],
    }
