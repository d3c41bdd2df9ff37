"""Request parameters in the OpenAPI document."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from api.formats.document import ResourceKind
from api.formats.format import Format, Formats
from api.http.language_parameters import (
    FALLBACK,
    LANGUAGE,
    LANGUAGE_RANGE,
    MAX_TAG_LENGTH,
    NO_FALLBACK,
)
from api.http.parameter_names import (
    CURSOR,
    FIELDS,
    FORMAT,
    HIGHLIGHT,
    INCLUDE,
    LIMIT,
    PROFILE,
    SEARCH,
    SORT,
    included_fields_name,
)
from api.http.shape_parameter import PLAIN, SHAPE
from api.lists.query import MAX_SORT_KEYS, ListQuerySpec, SearchSpec
from api.resources.sparse_fieldsets_and_includes import includable_links, included_targets
from schema.declaration.datatypes import AUTHORITY_TABLES, DECIMAL, PARTIAL_DATE, Kind
from schema.declaration.shapes import Shape
from schema.documents.field_paths import FieldTree, field_paths, field_tree
from schema.index.entries import MODIFIED
from schema.index.fulltext import MAX_PREFIXES, MAX_SEARCH_LENGTH, MAX_TERMS
from schema.json_schema.values import Schema
from schema.model import Model
from schema.query.parameters import DISJUNCTION, FilterParameter
from schema.query.parser import MAX_VALUES_OF_PARAMETER
from vocab.turtle_parser import LANGUAGES

_MAX_LISTED_CODES = 60
_SEARCH_EXAMPLE = "social"
"""A word that most networks of this kind contain."""
_VALUES: dict[Kind, str] = {
    Kind.LINK: "records: each is given by its id or IRI, or by a code, acronym, other name or `see_also` "
    "address that it alone has",
    Kind.CONCEPT: "codes or IRIs",
    Kind.YEAR: "years of four digits",
    Kind.REGION: "NUTS codes or their prefixes",
    Kind.STRING: "names of fields",
}
_RANGE_ENDS: dict[Kind, tuple[str, str]] = {
    Kind.PARTIAL_DATE: (
        (
            "A year, month, season or day, or one of two dates as in [2018-03,2018-04] (EDTF). A partial date "
            "matches if it may lie in the range."
        ),
        PARTIAL_DATE,
    ),
    Kind.DECIMAL: ("An amount.", DECIMAL),
    Kind.INSTANT: ("A day or a moment in UTC: records that have changed since.", "^[0-9]{4}-"),
}
_OPTIONS: dict[str, tuple[str, Schema]] = {
    LANGUAGE: (
        (
            f"The language of texts, which become plain strings; en-GB finds those in en. Pages exist in "
            f"{' and '.join(LANGUAGES)}; RDF and JSON-LD always have every language."
        ),
        {"type": "string", "pattern": LANGUAGE_RANGE, "maxLength": MAX_TAG_LENGTH},
    ),
    FALLBACK: (
        (
            "The languages to use where a text is missing in the requested one, the best first; `*`, the "
            "default, is any. `fallbacks` lists where they were used. Texts in none of them are omitted: with "
            f"`{NO_FALLBACK}` all that are in another language."
        ),
        {"type": "array", "items": {"type": "string"}, "minItems": 1},
    ),
    SHAPE: (
        "A smaller shape: cards have their id, but no uri and no type. It is no JSON-LD.",
        {"type": "string", "enum": [PLAIN]},
    ),
    HIGHLIGHT: (
        "Whether items have `matches`, which show where the search matched. It affects JSON and pages.",
        {"type": "string", "enum": ["true", "false"]},
    ),
}
_KIND_NAMES = {
    ResourceKind.COLLECTION: "list",
    ResourceKind.SEARCH: "search",
    ResourceKind.STATIC: "static",
    ResourceKind.RECORD: "record",
}


def query_parameters(spec: ListQuerySpec | SearchSpec) -> Iterator[Schema]:
    """Yield the parameters of list queries: filters, search, sort order."""
    if isinstance(spec, ListQuerySpec):
        ontology = spec.renderer.model.ontology
        for parameter in spec.parameters.values():
            counts = parameter.counts or ontology.definitions(parameter.predicate)
            yield _filter_parameter(parameter, counts.get("en", ""))
        yield _disjunction_parameter([*spec.parameters.values()])
    description = (
        'The search terms, all of which must match: words, a "quoted phrase", or a prefix as in inkub*. A word also '
        "matches its other forms in English and Latvian, which come last; in quotation marks, with a digit or a hyphen, "
        "or with less than three letters it does not. "
        f"At most {MAX_TERMS} terms, of which {MAX_PREFIXES} prefixes."
    )
    search = query_parameter(
        SEARCH, description, {"type": "string", "minLength": 1, "maxLength": MAX_SEARCH_LENGTH}
    )
    required = {"required": True} if isinstance(spec, SearchSpec) else {}
    yield search | required | {"example": _SEARCH_EXAMPLE}
    if isinstance(spec, ListQuerySpec):
        keys = [key for name in spec.sortable for key in (name, f"-{name}")]
        description = "The sort keys; a minus means descending. Missing values sort last."
        items: Schema = {"type": "string", "enum": keys}
        yield _list_parameter(SORT, description, items, f"-{MODIFIED}", most=MAX_SORT_KEYS)


def fields_parameters(model: Model, shape: Shape, *, to_list: bool) -> Iterator[Schema]:
    """Yield the parameters that name fields of an entity: sparse fieldsets and included links."""
    description = "The fields to return; id, uri and type are always returned, with `shape=plain` only id."
    yield _fields_parameter(FIELDS, description, field_tree(model, shape, with_related_lists=not to_list))
    links = {"type": "string", "enum": [*includable_links(shape)]}
    description = (
        "The links whose targets are returned as full documents in `included`; not in tables and pages."
    )
    yield _list_parameter(INCLUDE, description, links)
    for entity in included_targets(shape):
        description = f"The fields to return of each {entity} in `included`."
        tree = field_tree(model, model.by_name[entity])
        yield _fields_parameter(included_fields_name(entity), description, tree)


def _fields_parameter(name: str, description: str, tree: FieldTree) -> Schema:
    """Return a parameter that takes the paths of a tree. An enumeration of all would be longer than the rest."""
    example = next(path for path in field_paths(tree) if path.endswith(".label"))
    text = f"{description} Those of parts and cards are named with dots, such as {example}. Fields: {', '.join(tree)}."
    pattern = f"^(?:{'|'.join(tree)})(?:\\.[a-z_]+)*$"
    return _list_parameter(name, text, {"type": "string", "pattern": pattern})


def parameter_components(formats: Formats) -> dict[str, Schema]:
    """Return every parameter that operations share, by component name."""
    return {
        **{
            format_component(kind, formats): _format_parameter(formats.applicable(kind))
            for kind in _KIND_NAMES
        },
        LIMIT: _limit_parameter(formats),
        CURSOR: query_parameter(
            CURSOR,
            "A position in the list, as given in `view.next` or `view.previous`.",
            {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
        ),
        **{name: query_parameter(name, *_option(name, formats)) for name in _option_names(formats)},
        "If-None-Match": {
            "name": "If-None-Match",
            "in": "header",
            "description": "The ETags of stored representations: if one is current, the response is 304.",
            "schema": {"type": "string"},
        },
    }


def parameter_references(names: Iterable[str]) -> list[Schema]:
    """Return references to parameters, given their component names."""
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def shared_options(options: Collection[str], formats: Formats) -> list[str]:
    """Return the component names of the representation options that are the same everywhere."""
    return [name for name in _option_names(formats) if name in options]


def format_component(kind: ResourceKind, formats: Formats) -> str:
    """Return the component name of the format parameter: one for all kinds with the formats of records."""
    is_common = formats.applicable(kind) == formats.applicable(ResourceKind.RECORD)
    return FORMAT if is_common else f"{FORMAT}-of-{_KIND_NAMES[kind]}"


def path_parameter(name: str, description: str, schema: Schema, example: str | int | None = None) -> Schema:
    """Return a path parameter."""
    parameter = {"name": name, "in": "path", "required": True, "description": description, "schema": schema}
    return parameter | ({"example": example} if example is not None else {})


def query_parameter(name: str, description: str, schema: Schema) -> Schema:
    """Return a query parameter. Several values are separated by commas."""
    parameter = {"name": name, "in": "query", "description": description, "schema": schema}
    style = {"style": "form", "explode": False} if schema["type"] == "array" else {}
    return parameter | style


def _filter_parameter(parameter: FilterParameter, counts: str) -> Schema:
    """Return a filter parameter; `counts` says which values a record is found by."""
    if parameter.range_end:
        description, pattern = _RANGE_ENDS[parameter.kind]
        scope = f" Requires {parameter.scoped_by} with one value." if parameter.scoped_by else ""
        description = f"{counts} {description}{scope}".lstrip()
        described = query_parameter(parameter.name, description, {"type": "string", "pattern": pattern})
        return described | ({"example": parameter.example} if parameter.example else {})
    table = AUTHORITY_TABLES.get(parameter.kind)
    values = f"{table.name} codes or IRIs" if table else _VALUES[parameter.kind]
    codes = f": {', '.join(parameter.codes)}" if 0 < len(parameter.codes) <= _MAX_LISTED_CODES else ""
    description = f"{counts} Matches any of some {values}{codes}. A minus before a value excludes it."
    items: Schema = {"type": "string", "minLength": 1}
    return _list_parameter(
        parameter.name, description.lstrip(), items, parameter.example, most=MAX_VALUES_OF_PARAMETER
    )


def _disjunction_parameter(parameters: Iterable[FilterParameter]) -> Schema:
    filters = [parameter for parameter in parameters if parameter.is_multivalued]
    description = (
        "Conditions of which at least one must hold, each written as parameter:value. "
        f"Parameters: {', '.join(sorted(parameter.name for parameter in filters))}."
    )
    examples = [f"{parameter.name}:{parameter.example}" for parameter in filters if parameter.example]
    return _list_parameter(
        DISJUNCTION, description, {"type": "string"}, *examples[:2], most=MAX_VALUES_OF_PARAMETER
    )


def _list_parameter(name: str, description: str, items: Schema, *example: str, most: int = 0) -> Schema:
    """Return a parameter with several values, perhaps with their greatest number and an example of them."""
    array: Schema = {"type": "array", "items": items, "minItems": 1} | ({"maxItems": most} if most else {})
    schema = query_parameter(name, description, array)
    return schema | ({"example": [*example]} if any(example) else {})


def _format_parameter(offers: Iterable[Format]) -> Schema:
    return query_parameter(
        FORMAT,
        "The format of the response. A suffix takes precedence; without both, `Accept` decides.",
        {"type": "string", "enum": [row.name for row in offers]},
    )


def _limit_parameter(formats: Formats) -> Schema:
    by_limits: dict[tuple[int, int], list[str]] = defaultdict(list)
    for row in formats:
        by_limits[row.limits.default, row.limits.maximum].append(row.name)
    limits = [
        f"{', '.join(names)}: {default} by default, at most {maximum}."
        for (default, maximum), names in by_limits.items()
    ]
    schema: Schema = {
        "type": "integer",
        "minimum": 1,
        "maximum": max(row.limits.maximum for row in formats),
    }
    return query_parameter(LIMIT, " ".join(["The number of records on a page.", *limits]), schema)


def _option_names(formats: Formats) -> list[str]:
    """Return the shared representation options, those that some format takes."""
    return [name for name in (*_OPTIONS, PROFILE) if name in formats.options]


def _option(name: str, formats: Formats) -> tuple[str, Schema]:
    """Return the description and the schema of a representation option."""
    if name == PROFILE:
        profiles = [profile for row in formats for profile in row.profiles]
        description: str = "The profile of a table."
        schema: Schema = {"type": "string", "enum": profiles}
    else:
        description, schema = _OPTIONS[name]
    return f"{description} Formats: {', '.join(formats.taking(name))}.", schema
