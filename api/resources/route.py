"""A route: a row of the router, which OpenAPI describes and requests are matched by."""

from dataclasses import dataclass

from api.resources.resource_protocol import Resource

SERVICE_TAG = "Service"
VOCABULARY_TAG = "Vocabulary"
WEBSITE_TAG = "Website"
"""The OpenAPI tags of what belongs to no collection."""


@dataclass(frozen=True)
class Route:
    """A path pattern, and the resource there; of a family of static documents, one of them.

    `schema_name` is the OpenAPI component of its JSON document. A route with `redirects_to`, another
    pattern, has no resource of its own.
    """

    pattern: str
    operation_id: str
    tag: str
    summary: str
    schema_name: str = ""
    resource: Resource | None = None
    redirects_to: str = ""
