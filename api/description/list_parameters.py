"""The parameters of questions to lists in the OpenAPI document."""

from collections.abc import Iterator

from api.description.parameters import in_query
from api.reading.asking import SEARCH, SORT, Asking, Search
from api.reading.formats import FIELDS, INCLUDE
from api.reading.shaping import field_names, link_paths
from schema.declare import Shape
from schema.parameters import ANY, Parameter
from schema.search import LONGEST_QUESTION
from schema.value_schema import Schema
from schema.values import AUTHORITIES, DECIMAL, PARTIAL_DATE, Kind

_FEW = 60
_WORD = "social"
"""Something to search for that is found in most networks, and may be in any."""
_WHAT: dict[Kind, str] = {
    Kind.LINK: "ids or IRIs",
    Kind.CONCEPT: "codes or IRIs",
    Kind.YEAR: "years of four digits; a record is found by every year in which it goes on",
    Kind.REGION: "NUTS codes or beginnings of such",
    Kind.STRING: "names of fields",
}
_EDGES: dict[Kind, tuple[str, str]] = {
    Kind.PARTIAL_DATE: (
        "A year, month, season or day (EDTF). What is known in part may lie in the range.",
        PARTIAL_DATE,
    ),
    Kind.DECIMAL: ("An amount.", DECIMAL),
    Kind.INSTANT: ("A day or a moment in UTC: records whose document changed since.", "^[0-9]{4}-"),
}


def question_parameters(asking: Asking | Search) -> Iterator[Schema]:
    """Yield the parameters that say which records are wanted, and in which order."""
    if isinstance(asking, Asking):
        yield from (_parameter(one) for one in asking.parameters.values())
        several = sorted(one.name for one in asking.parameters.values() if one.takes_several)
        said = (
            f"Conditions of which one must hold, each a parameter, a colon and a value: {', '.join(several)}."
        )
        yield _several(ANY, said, {"type": "string"})
    said = 'Words to search for: all of them, "some in a row", or those that begin with some letters: inkub*.'
    search = in_query(SEARCH, said, {"type": "string", "minLength": 1, "maxLength": LONGEST_QUESTION})
    needed = {"required": True, "example": _WORD} if isinstance(asking, Search) else {}
    yield search | needed
    if isinstance(asking, Asking):
        keys = [one for name in asking.sortable for one in (name, f"-{name}")]
        said = "What the list is put in order by; with a minus downwards. What is not known comes last."
        yield _several(SORT, said, {"type": "string", "enum": keys})


def shape_parameters(shape: Shape, *, to_list: bool) -> Iterator[Schema]:
    """Yield the parameters that name fields of an entity."""
    said = "The fields that are wanted; id, uri and type are always there."
    yield _several(FIELDS, said, {"type": "string", "enum": [*field_names(shape, to_list=to_list)]})
    said = "The links whose targets are wanted as whole documents, in `included`. Not of tables and pages."
    yield _several(INCLUDE, said, {"type": "string", "enum": [*link_paths(shape)]})


def _parameter(one: Parameter) -> Schema:
    if one.edge:
        said, pattern = _EDGES[one.kind]
        beside = f" Of those with the given {one.beside}." if one.beside else ""
        return in_query(one.name, said + beside, {"type": "string", "pattern": pattern})
    kind = f"{AUTHORITIES[one.kind].name} codes or IRIs" if one.kind in AUTHORITIES else _WHAT[one.kind]
    codes = f": {', '.join(one.codes)}" if 0 < len(one.codes) <= _FEW else ""
    said = f"One of some {kind}{codes}. With a minus before it: not that one."
    return _several(one.name, said, {"type": "string", "minLength": 1})


def _several(name: str, description: str, one: Schema) -> Schema:
    return in_query(name, description, {"type": "array", "items": one, "minItems": 1})
