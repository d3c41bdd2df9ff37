"""The serializers of data: JSON, JSON-LD and the RDF syntaxes."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec

from api.formats.document import JsonDocument, RequestTarget
from api.formats.format import LinkContext, Serializer, SerializerContext, is_long
from api.http.language_parameters import requested_languages
from api.http.link_value import link_value
from api.http.shape_parameter import is_plain
from api.store.projection.fingerprint import code_digest
from schema.documents.localization_and_fieldsets import Localizer, localize
from schema.documents.plain_shape import plain_shape
from schema.documents.renderer import Renderer
from schema.model import Model
from schema.rdf.jsonld_context import jsonld_context
from schema.rdf.rdfxml import RdfXmlWriter
from schema.rdf.syntax import N_TRIPLES, turtle_syntax
from schema.rdf.turtle import TripleWriter
from vocab.uri_builder import Uris

_LISTS_OF_DOCUMENTS = ("items", "included")
"""The members of a page that are lists of documents."""
_CODE = ("schema/**/*.py", "vocab/**/*.py", "vocab/**/*.ttl", "api/formats/serializers.py")
"""The files that decide the bytes of RDF and JSON-LD, beside the document."""


@cache
def serializer_version() -> str:
    """Return a digest of the code that serializes documents, which derived ETags depend on."""
    return code_digest(_CODE, ("msgspec",))[:8]


def is_json_document(parameters: Mapping[str, str]) -> bool:
    """Return True if JSON is the document itself: no language and no shape is requested."""
    return requested_languages(parameters) is None and not is_plain(parameters)


def json_serializer(context: SerializerContext) -> Serializer:
    """Return the serializer of JSON: the document as stored, or in the requested language and shape."""
    model = context.renderer.model

    def serialize(document: JsonDocument, target: RequestTarget) -> bytes | Iterator[bytes]:
        if is_json_document(target.parameters):
            return document.body
        languages, in_plain_shape = requested_languages(target.parameters), is_plain(target.parameters)
        if document.page_links:
            localizer = Localizer(model, *languages) if languages else None
            return _page_parts(model, document.body, localizer, in_plain_shape=in_plain_shape)
        body = msgspec.json.decode(document.body)
        if languages:
            body = localize(model, body, *languages)
        return msgspec.json.encode(plain_shape(model, body) if in_plain_shape else body)

    return serialize


def _page_parts(
    model: Model, page: bytes, localizer: Localizer | None, *, in_plain_shape: bool
) -> Iterator[bytes]:
    """Yield a page of a list in a language and shape, item by item."""

    def encode(node: dict[str, Any], pointer: str) -> bytes:
        localized = localizer.localize_node(node, pointer) if localizer else node
        return msgspec.json.encode(plain_shape(model, localized) if in_plain_shape else localized)

    separator = b"{"
    for key, value in msgspec.json.decode(page, type=dict[str, msgspec.Raw]).items():
        if key in _LISTS_OF_DOCUMENTS:
            yield b'%b"%b":[' % (separator, key.encode())
            for index, item in enumerate(msgspec.json.decode(value, type=list[msgspec.Raw])):
                yield (b"," if index else b"") + encode(msgspec.json.decode(item), f"/{key}/{index}")
            yield b"]"
        else:
            yield separator + encode({key: msgspec.json.decode(value)}, "")[1:-1]
        separator = b","
    if localizer and localizer.fallbacks:
        yield b"," + msgspec.json.encode({"fallbacks": localizer.fallbacks})[1:-1]
    yield b"}"


def jsonld_document(renderer: Renderer) -> bytes:
    """Return the JSON-LD context document of an installation."""
    return msgspec.json.encode({"@context": jsonld_context(renderer.model, renderer.uris)})


def jsonld_serializer(context: SerializerContext) -> Serializer:
    """Return the serializer of JSON-LD: the JSON document behind its inline context."""
    prefix = jsonld_document(context.renderer)[:-1] + b","
    return lambda document, _: prefix + document.body[1:]


def turtle_serializer(context: SerializerContext) -> Serializer:
    """Return the serializer of Turtle."""
    return _rdf_serializer(_turtle_writer(context.renderer.model, context.renderer.uris))


def ntriples_serializer(context: SerializerContext) -> Serializer:
    """Return the serializer of N-Triples."""
    return _rdf_serializer(_ntriples_writer(context.renderer.model, context.renderer.uris))


def rdfxml_serializer(context: SerializerContext) -> Serializer:
    """Return the serializer of RDF/XML."""
    return _rdf_serializer(_rdfxml_writer(context.renderer.model, context.renderer.uris))


def json_links(context: LinkContext) -> Iterator[str]:
    """Yield the links of JSON: its JSON-LD context (JSON-LD 1.1, section 6.1) and its schema.

    The plain shape is no JSON-LD, as its links have no IRIs.
    """
    if not is_plain(context.target.parameters):
        url = f"{context.renderer.uris.base}/context.jsonld"
        yield link_value(url, "http://www.w3.org/ns/json-ld#context", "application/ld+json")
    yield from schema_links(context)


def schema_links(context: LinkContext) -> Iterator[str]:
    """Yield the link to the JSON Schema of a document, if it has one."""
    if context.schema_url:
        yield link_value(context.schema_url, "describedby", "application/schema+json")


def _rdf_serializer(writer: TripleWriter | RdfXmlWriter) -> Serializer:
    return lambda document, _: (
        writer.parts(document.body) if is_long(document) else writer.write(document.body)
    )


# A writer is costly to build, and all applications of a process that have the same base address share it.
@cache
def _turtle_writer(model: Model, uris: Uris) -> TripleWriter:
    return TripleWriter(model, uris, turtle_syntax(uris))


@cache
def _ntriples_writer(model: Model, uris: Uris) -> TripleWriter:
    return TripleWriter(model, uris, N_TRIPLES)


_rdfxml_writer = cache(RdfXmlWriter)
