"""What can be asked at one address, or at all that are made alike."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from api.openapi.headers import ANSWER_HEADERS, header_references
from api.openapi.parameters import parameter_references
from api.openapi.problem_responses import response_name
from schema.json_schema.values import Schema

VOCABULARY = "Vocabulary"

SERVICE = "Service"
"""The tags of what belongs to no collection."""

ANYWHERE = frozenset({400, 413, 414, 431, 500})
"""The problems that a request may meet at every address."""

MISSING = frozenset({404})

READING = frozenset({503})
"""Those of addresses that are read from the database."""


@dataclass(frozen=True)
class Operation:
    """A GET: its name for clients, what it takes, what it answers."""

    path: str
    name: str
    tag: str
    summary: str
    content: Mapping[str, Schema]
    """What the answer may be, by media type."""
    in_path: Sequence[Schema] = ()
    own_parameters: Sequence[Schema] = ()
    """Those that other operations do not share."""
    parameters: Sequence[str] = ()
    headers: Sequence[str] = ANSWER_HEADERS
    problems: Iterable[int] = ()
    """Those that are not met everywhere."""
    moves: bool = False
    """Whether it only leads elsewhere."""
    is_tagged: bool = True
    """Whether it has a tag, so that a client who has the answer is told so."""

    def written(self) -> Schema:
        """Return the operation as OpenAPI has it."""
        conditions = ["If-None-Match"] if self.is_tagged else []
        parameters = [
            *self.in_path,
            *self.own_parameters,
            *parameter_references([*self.parameters, *conditions]),
        ]
        return {
            "operationId": self.name,
            "tags": [self.tag],
            "summary": self.summary,
            **({"parameters": parameters} if parameters else {}),
            "responses": self._responses(),
        }

    def _responses(self) -> Schema:
        found: Schema = self._found()
        if self.is_tagged:
            kept = [name for name in self.headers if not name.startswith("Content-")]
            found["304"] = {
                "description": "The client has it already.",
                "headers": header_references(kept),
            }
        for status in sorted({*ANYWHERE, *self.problems}):
            found[str(status)] = {"$ref": f"#/components/responses/{response_name(status)}"}
        return found

    def _found(self) -> Schema:
        if self.moves:
            return {
                "308": {
                    "description": "It is there, in the same format and with the same parameters.",
                    "headers": header_references(self.headers),
                }
            }
        return {
            "200": {
                "description": f"{self.summary}.",
                "headers": header_references(self.headers),
                "content": dict(self.content),
            }
        }
