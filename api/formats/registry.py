"""The formats: a row for each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from api.formats.document import JsonDocument, RequestTarget
from api.formats.html.page import CONTENT_SECURITY_POLICY
from api.formats.serializers import Writer
from api.http.language import FALLBACK, LANGUAGE
from api.http.parameters import FIELDS, HIGHLIGHT, INCLUDE, PROFILE

REPRESENTATION_OPTIONS = (FIELDS, INCLUDE, LANGUAGE, FALLBACK, HIGHLIGHT)
"""What gives data another shape. RDF and JSON-LD have all languages and no marks, whatever is asked."""

Serializer = Callable[[Writer, JsonDocument, RequestTarget], bytes]


@dataclass(frozen=True)
class PageLimits:
    """How many records a page of a list has, by default and at most."""

    default: int = 25
    maximum: int = 200


@dataclass(frozen=True)
class Format:
    """One way of writing a document. Its name is also the suffix of addresses."""

    name: str
    media_type: str
    serialize: Serializer
    content_type: str
    parameters: tuple[str, ...] = ()
    """The parameters of shape that it takes."""
    headers: Mapping[str, str] = field(default_factory=dict)
    limits: PageLimits = PageLimits()
    is_table: bool = False
    """Whether it is for lists only, and has whole records in them."""
    is_page: bool = False
    """Whether it is for people."""
    is_of_document: bool = False
    """Whether its bytes follow from those of the document alone."""


def _page(writer: Writer, document: JsonDocument, asked: RequestTarget) -> bytes:
    offers = formats_for(to_list=document.entity is not None)
    return writer.html(document, asked, {one.name: one.media_type for one in offers})


def _text(media_type: str) -> str:
    return f"{media_type}; charset=utf-8"


def _of_document(name: str, write: Serializer, media_type: str, content_type: str = "") -> Format:
    return Format(
        name, media_type, write, content_type or media_type, REPRESENTATION_OPTIONS, is_of_document=True
    )


JSON = Format("json", "application/json", Writer.json, "application/json", REPRESENTATION_OPTIONS)

JSON_LD = _of_document("jsonld", Writer.json_ld, "application/ld+json")

CSV = Format(
    "csv",
    "text/csv",
    Writer.csv,
    "text/csv; charset=utf-8; header=present",
    parameters=(FIELDS, PROFILE),
    limits=PageLimits(default=10_000, maximum=10_000),
    is_table=True,
)

HTML = Format(
    "html",
    "text/html",
    _page,
    _text("text/html"),
    parameters=(LANGUAGE, HIGHLIGHT),
    headers={"content-security-policy": CONTENT_SECURITY_POLICY},
    is_page=True,
)

FORMATS = (
    JSON,
    JSON_LD,
    _of_document("ttl", Writer.turtle, "text/turtle", _text("text/turtle")),
    _of_document("nt", Writer.n_triples, "application/n-triples"),
    _of_document("rdf", Writer.rdf_xml, "application/rdf+xml"),
    CSV,
    HTML,
)
"""In order of preference, where a client has none."""

FORMATS_BY_NAME = {one.name: one for one in FORMATS}

FORMAT_OPTIONS = {name for one in FORMATS for name in one.parameters}
"""The parameters that formats take or do not."""


def formats_for(*, to_list: bool) -> tuple[Format, ...]:
    """Return the formats that a list, or anything else, is to be had in."""
    return FORMATS if to_list else tuple(one for one in FORMATS if not one.is_table)
