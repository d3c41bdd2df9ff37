"""Problems in the OpenAPI document: a schema for each, a response for each status."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from api.formats.registry import FORMAT_OPTIONS
from api.http.problems import (
    MEDIA_TYPE,
    NOT_FOUND_DETAIL,
    PROBLEMS,
    BadParameter,
    Gone,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    Problem,
    Unavailable,
    UnknownParameter,
)
from api.http.request import Request
from api.openapi.headers import PROBLEM_HEADERS, header_references
from api.resources.collection import CollectionResource
from schema.json_schema.values import Schema, schema_reference
from schema.model import Model

_PARAMETER: Schema = {"type": "string", "description": "The name of the parameter."}

_HEADERS: Mapping[type[Problem], Sequence[str]] = {MethodNotAllowed: ["Allow"], Unavailable: ["Retry-After"]}


def problem_schemas(base: str, model: Model) -> dict[str, Schema]:
    """Return the schema of every problem, by name."""
    return {_name(problem): _schema(problem, base, _members(model)) for problem in PROBLEMS.values()}


def problem_responses(examples: Mapping[int, tuple[str, Problem]], base: str) -> dict[str, Schema]:
    """Return the response for every status of a problem, by name, with examples for some."""
    found = {}
    for status in sorted({problem.status for problem in PROBLEMS.values()}):
        problems = [problem for problem in PROBLEMS.values() if problem.status == status]
        named = [_name(problem) for problem in problems]
        one = (
            schema_reference(named[0])
            if len(named) == 1
            else {"oneOf": [schema_reference(name) for name in named]}
        )
        content: Schema = {"schema": one}
        if status in examples:
            address, problem = examples[status]
            value = msgspec.json.decode(problem.body(base))
            content["examples"] = {problem.name(): {"summary": address, "value": value}}
        headers = [*PROBLEM_HEADERS, *(name for problem in problems for name in _HEADERS.get(problem, ()))]
        found[response_name(status)] = {
            "description": _description(problems),
            "headers": header_references(headers),
            "content": {MEDIA_TYPE: content},
        }
    return found


def response_name(status: int) -> str:
    """Return the name of the response with a status."""
    return f"Problem{status}"


def problems_met(lists: Iterable[CollectionResource]) -> dict[int, tuple[str, Problem]]:
    """Return problems as they are told, and the addresses that meet them."""
    found: dict[int, tuple[str, Problem]] = {404: ("/nothing", NotFound(NOT_FOUND_DETAIL))}
    for listing in [*lists][:1]:
        request = Request("GET", f"/{listing.spec.collection}", "limt=1")
        try:
            request.parameters((*listing.parameters, "format", *sorted(FORMAT_OPTIONS)))
        except UnknownParameter as problem:
            found[problem.status] = (f"{request.path}?{request.query}", problem)
    return found


def _name(problem: type[Problem]) -> str:
    return f"{problem.__name__}Problem"


def _description(problems: Iterable[type[Problem]]) -> str:
    return " ".join(f"{problem.title()}." for problem in problems)


def _members(model: Model) -> Mapping[type[Problem], Schema]:
    """Return what problems tell besides what all do; a key that ends with `?` may be missing."""
    return {
        BadParameter: {"parameter": _PARAMETER},
        UnknownParameter: {"parameter": _PARAMETER},
        NotAcceptable: {
            "offers": {"type": "array", "items": {"type": "string"}, "description": "The media types."}
        },
        Gone: {
            "uri": schema_reference("Iri") | {"description": "The IRI of what was there."},
            "entity": {"type": "string", "enum": [shape.name for shape in model.entities]},
            "id": schema_reference("Id"),
            "action": {"type": "string", "enum": ["unpublish", "delete"]},
            "at": {"type": "string", "format": "date-time"},
            "reason?": {"type": "string", "description": "Why it was withdrawn, if that was said."},
        },
    }


def _schema(problem: type[Problem], base: str, members: Mapping[type[Problem], Schema]) -> Schema:
    own = members.get(problem, {})
    properties: Schema = {
        "type": {"type": "string", "const": f"{base}/problems/{problem.name()}"},
        "title": {"type": "string", "description": "The same whenever it is met."},
        "status": {"type": "integer", "const": problem.status},
        "detail": {"type": "string", "description": "What is wrong this time."},
        **own,
    }
    return {
        "description": f"{problem.title()}.",
        "type": "object",
        "properties": {name.rstrip("?"): schema for name, schema in properties.items()},
        "required": [name for name in properties if not name.endswith("?")],
    }
