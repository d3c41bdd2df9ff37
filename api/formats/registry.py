"""FORMATS: the registry of formats. A new format is a row here and a serializer."""

from collections.abc import Callable, Sequence
from typing import Any

from api.formats.document import ResourceKind
from api.formats.format import Format, Highlighting, PageLimits, Serializer, SerializerContext
from api.formats.html.page_renderer import CONTENT_SECURITY_POLICY, html_serializer
from api.formats.html.problem_page import problem_page_serializer
from api.formats.serializers import (
    is_json_document,
    json_links,
    json_serializer,
    jsonld_serializer,
    ntriples_serializer,
    rdfxml_serializer,
    schema_links,
    turtle_serializer,
)
from api.formats.table.csv import SPREADSHEET, CsvWriter, csv_links, csv_serializer
from api.http.language_parameters import FALLBACK, LANGUAGE
from api.http.parameter_names import FIELDS, HIGHLIGHT, INCLUDE, PROFILE
from api.http.shape_parameter import SHAPE
from api.http.url_path_and_format_suffix import PAGE_SUFFIX
from schema.json_schema.values import schema_reference

_DATA_OPTIONS = (FIELDS, INCLUDE, LANGUAGE, FALLBACK, HIGHLIGHT)
"""What changes the representation of data. RDF and JSON-LD take them, and have every language and no highlights."""


def _json_schema(names: Sequence[str]) -> dict[str, Any]:
    return _any_of([schema_reference(name) for name in names])


def _jsonld_schema(names: Sequence[str]) -> dict[str, Any]:
    context = schema_reference("Context")
    return _any_of([{"allOf": [schema_reference(name), context]} for name in names])


def _any_of(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _rdf(
    name: str,
    label: str,
    media_type: str,
    create_serializer: Callable[[SerializerContext], Serializer],
    content_type: str = "",
) -> Format:
    return Format(
        name,
        label,
        media_type,
        content_type or media_type,
        create_serializer,
        _DATA_OPTIONS,
        has_derived_etag=True,
    )


JSON = Format(
    "json",
    "JSON",
    "application/json",
    "application/json",
    json_serializer,
    (*_DATA_OPTIONS, SHAPE),
    is_localized=True,
    is_document=is_json_document,
    highlighting=Highlighting.ON_REQUEST,
    links=json_links,
    response_schema=_json_schema,
)
FORMATS = (
    JSON,
    Format(
        "jsonld",
        "JSON-LD",
        "application/ld+json",
        "application/ld+json",
        jsonld_serializer,
        _DATA_OPTIONS,
        has_derived_etag=True,
        links=schema_links,
        response_schema=_jsonld_schema,
    ),
    _rdf("ttl", "Turtle", "text/turtle", turtle_serializer, "text/turtle; charset=utf-8"),
    _rdf("nt", "N-Triples", "application/n-triples", ntriples_serializer),
    _rdf("rdf", "RDF/XML", "application/rdf+xml", rdfxml_serializer),
    Format(
        "csv",
        "CSV",
        "text/csv",
        "text/csv; charset=utf-8; header=present",
        csv_serializer,
        options=(FIELDS, PROFILE),
        applies_to=frozenset({ResourceKind.COLLECTION}),
        limits=PageLimits(default=1_000, maximum=2_000),
        create_record_writer=CsvWriter,
        profiles=(SPREADSHEET,),
        links=csv_links,
    ),
    Format(
        PAGE_SUFFIX,
        "HTML",
        "text/html",
        "text/html; charset=utf-8",
        html_serializer,
        options=(LANGUAGE, HIGHLIGHT),
        headers={"content-security-policy": CONTENT_SECURITY_POLICY},
        create_problem_serializer=problem_page_serializer,
        is_page=True,
        highlighting=Highlighting.BY_DEFAULT,
    ),
)
"""In order of preference, where a client has none."""
