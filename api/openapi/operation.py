"""An OpenAPI operation: the GET of an address, or of a family of addresses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from api.endpoints.endpoint_matcher import HTML
from api.openapi.headers import CACHED_HEADERS, REDIRECT_HEADERS, header_references
from api.openapi.parameters import parameter_references
from api.openapi.problem_responses import response_name
from schema.json_schema.values import Schema

ANYWHERE = frozenset({400, 413, 414, 431, 500})
"""The problem statuses of every address."""
OVER_BUDGET = frozenset({429})
"""The problem statuses of addresses that a budget of server time holds for."""
MISSING = frozenset({404})
READING = frozenset({503})
"""The problem statuses of addresses that read the database."""


NOT_MODIFIED, MERGED, CLEANED = "NotModified", "Merged", "Cleaned"
"""The component names of the responses without content."""


@dataclass(frozen=True)
class Operation:
    """A GET operation."""

    path: str
    operation_id: str
    tag: str
    summary: str
    success: Schema
    """The 200 response."""
    path_parameters: Sequence[Schema] = ()
    parameters: Sequence[str] = ()
    """The component names of the query parameters."""
    problems: Iterable[int] = ()
    """The problem statuses beside those of every address."""
    may_redirect: bool = False
    """True if some of the addresses redirect, instead of a 200 response."""
    has_budget: bool = True
    """True if the budget of server time holds for the address."""
    has_etag: bool = True
    may_be_page: bool = True
    """True if a client that prefers HTML gets pages here: a suffix may decide for data."""

    def description(self) -> Schema:
        """Return the OpenAPI operation object."""
        conditions = ["If-None-Match"] if self.has_etag else []
        parameters = [
            *self.path_parameters,
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
        responses: Schema = {"200": self.success}
        if self.has_etag:
            responses["304"] = response_reference(NOT_MODIFIED)
        if HTML in self.success.get("content", {}):
            responses["302"] = response_reference(CLEANED)
        if self.may_redirect:
            responses["308"] = response_reference(MERGED)
        over_budget = OVER_BUDGET if self.has_budget else ()
        for status in sorted({*ANYWHERE, *over_budget, *self.problems}):
            name = response_name(status, may_be_page=self.may_be_page)
            responses[str(status)] = response_reference(name)
        return responses


def success_response(description: str, headers: Iterable[str], content: Schema) -> Schema:
    """Return a 200 response, given the component names of its headers."""
    return {"description": description, "headers": header_references(headers), "content": content}


def response_reference(name: str) -> Schema:
    """Return a reference to a response component."""
    return {"$ref": f"#/components/responses/{name}"}


def response_components() -> dict[str, Schema]:
    """Return the responses without content, by component name."""
    return {
        NOT_MODIFIED: {
            "description": "The representation has not changed.",
            "headers": header_references([*CACHED_HEADERS, "Link-Of-Representations"]),
        },
        CLEANED: {
            "description": (
                "The query of a page has parameters that are unknown, and not near to a known name, such as those that "
                "count clicks. Redirects to the address without them."
            ),
            "headers": header_references(
                [*REDIRECT_HEADERS, "Cache-Control-Of-Problems", "Vary-Of-Problems"]
            ),
        },
        MERGED: {
            "description": (
                "The record was merged into another one. Redirects to it, in the same format and with the same "
                "parameters."
            ),
            "headers": header_references(REDIRECT_HEADERS),
        },
    }
