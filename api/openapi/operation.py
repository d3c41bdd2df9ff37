"""An OpenAPI operation: the GET of an address, or of a family of addresses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from api.openapi.headers import CACHED_HEADERS, REDIRECT_HEADERS, header_references
from api.openapi.parameters import parameter_references
from api.openapi.problem_responses import response_name
from schema.json_schema.values import Schema

ANYWHERE = frozenset({400, 413, 414, 431, 500})
"""The problem statuses of every address."""
MISSING = frozenset({404})
READING = frozenset({503})
"""The problem statuses of addresses that read the database."""


@dataclass(frozen=True)
class Operation:
    """A GET operation. `content` is what a 200 response holds, by media type."""

    path: str
    operation_id: str
    tag: str
    summary: str
    content: Mapping[str, Schema]
    path_parameters: Sequence[Schema] = ()
    own_parameters: Sequence[Schema] = ()
    """The query parameters that no other operation shares."""
    parameters: Sequence[str] = ()
    """The component names of the shared query parameters."""
    headers: Sequence[str] = CACHED_HEADERS
    problems: Iterable[int] = ()
    """The problem statuses beside those of every address."""
    is_redirect: bool = False
    may_redirect: bool = False
    """True if some of the addresses redirect, instead of a 200 response."""
    has_etag: bool = True

    def description(self) -> Schema:
        """Return the OpenAPI operation object."""
        conditions = ["If-None-Match"] if self.has_etag else []
        parameters = [
            *self.path_parameters,
            *self.own_parameters,
            *parameter_references([*self.parameters, *conditions]),
        ]
        return {
            "operationId": self.operation_id,
            "tags": [self.tag],
            "summary": self.summary,
            **({"parameters": parameters} if parameters else {}),
            "responses": self._responses(),
        }

    def _responses(self) -> Schema:
        responses: Schema = self._success()
        if self.has_etag:
            names = [name for name in self.headers if not name.startswith("Content-")]
            responses["304"] = {
                "description": "The representation has not changed.",
                "headers": header_references(names),
            }
        if self.may_redirect:
            responses["308"] = _redirect("The record was merged into another one.", REDIRECT_HEADERS)
        for status in sorted({*ANYWHERE, *self.problems}):
            responses[str(status)] = {"$ref": f"#/components/responses/{response_name(status)}"}
        return responses

    def _success(self) -> Schema:
        if self.is_redirect:
            return {"308": _redirect("", self.headers)}
        return {
            "200": {
                "description": f"{self.summary}.",
                "headers": header_references(self.headers),
                "content": dict(self.content),
            }
        }


def _redirect(reason: str, headers: Iterable[str]) -> Schema:
    """Return the response of a redirect to a record."""
    target = "Redirects to the record, in the same format and with the same parameters."
    return {"description": f"{reason} {target}".strip(), "headers": header_references(headers)}
