"""What can be asked of the addresses whose answers are made when the server starts."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from api.http.response import Response
from api.openapi.operation import MISSING, SERVICE, VOCABULARY, Operation
from api.openapi.parameters import in_path
from schema.json_schema.values import Schema, schema_reference

_OBJECT: Schema = {"type": "object", "additionalProperties": True}

_STRING: Schema = {"type": "string"}


class UndescribedError(LookupError):
    """An address is served that nothing describes."""


@dataclass(frozen=True)
class _Alike:
    """Addresses that are made alike; braces stand for what differs, and `part` says what that is."""

    path: str
    name: str
    tag: str
    summary: str
    schema: Schema
    part: str = ""

    def part_of(self, path: str) -> str | None:
        """Return what stands in the braces in a path, or None if the path is of others."""
        before, _, rest = map(re.escape, self.path.partition("{"))
        behind = rest.rpartition("}")[2]
        found = re.fullmatch(f"{before}([^/]*){behind}", path)
        return found[1] if found else None


_ALIKE = (
    _Alike(
        "/context.jsonld",
        "getContext",
        VOCABULARY,
        "The JSON-LD context of all documents",
        schema_reference("Context"),
    ),
    _Alike(
        "/schemas/{entity}.json",
        "getSchema",
        VOCABULARY,
        "The JSON Schema of an entity's documents, as they may be sent and are served",
        _OBJECT,
        "The name of the entity in lower case.",
    ),
    _Alike(
        "/{collection}.csv-metadata.json",
        "getTableDescription",
        VOCABULARY,
        "What the columns of a list's CSV are (CSV on the Web)",
        _OBJECT,
        "The name of the collection.",
    ),
    _Alike(
        "/problems/{problem}",
        "getProblem",
        SERVICE,
        "What a problem is; the address is its type",
        schema_reference("ProblemDescription"),
        "The name of the problem.",
    ),
    _Alike("/assets/{file}", "getAsset", SERVICE, "A file that pages are shown with", _STRING, "Its name."),
    _Alike("/robots.txt", "getRobots", SERVICE, "What robots may read, and where the sitemap is", _STRING),
)


def fixed_operations(fixed: Mapping[str, Response]) -> Iterator[Operation]:
    """Yield the operations on fixed answers. Raise UndescribedError if there are others."""
    undescribed = set(fixed)
    for one in _ALIKE:
        found = {path: part for path in fixed if (part := one.part_of(path)) is not None}
        undescribed -= found.keys()
        if found:
            yield _operation(one, found, fixed)
    if undescribed:
        raise UndescribedError(*sorted(undescribed))


def _operation(one: _Alike, found: Mapping[str, str], fixed: Mapping[str, Response]) -> Operation:
    content_types = [dict(fixed[path].headers)[b"content-type"].decode() for path in found]
    parts = [
        in_path(name, one.part, {"type": "string", "enum": [*found.values()]}, next(iter(found.values())))
        for name in re.findall(r"{(\w+)}", one.path)
    ]
    return Operation(
        path=one.path,
        name=one.name,
        tag=one.tag,
        summary=one.summary,
        content={one_type.partition(";")[0]: {"schema": one.schema} for one_type in content_types},
        in_path=parts,
        problems=MISSING if parts else (),
    )
