"""RDF/XML, written by closures built from the declarations, as Turtle is (`schema.rdf.turtle`).

There are two sets of closures, because most documents contain nothing that XML escapes: one set escapes, the
other only encodes.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from msgspec.structs import astuple

from schema.declaration.datatypes import CARD_KINDS, Kind
from schema.declaration.shapes import Field, Shape
from schema.model import Model
from schema.rdf.document_reader import (
    SYSTEM_CLASS_NAMES,
    DocumentReader,
    RdfCard,
    RdfNode,
    holds_any_nodes,
    written_fields,
)
from schema.rdf.jsonld_context import DATATYPES
from schema.rdf.syntax import namespace_prefixes, prefixed_name, validated_iri
from vocab.namespaces import RDF
from vocab.uri_builder import Uris

_Output = list[bytes]
_NodeWriter = Callable[[_Output, Any], None]
"""Appends the element of a node, then those of its parts."""
_FieldWriter = Callable[[_Output, Any], None]
"""Appends the elements of a field, given its value."""
_Encoder = Callable[[Any], bytes]

_END = b"\n</rdf:RDF>"
_ESCAPED = (b"&", b"<", b">", b"\\")
"""A document without these contains nothing that XML escapes. The backslash begins the escapes of JSON."""
_CACHED_IRIS = 500
"""Encoded IRIs in the cache."""
_CONTROL_ESCAPE = re.compile(rb"\\[bfu]")
_CONTROLS = bytes({*range(0x20)} - {*b"\t\n\r"})
_NONCHARACTERS = ("\ufffe".encode(), "\uffff".encode())


class RdfXmlWriter:
    """Writes documents in RDF/XML, for one model and one base address."""

    def __init__(self, model: Model, uris: Uris) -> None:
        prefixes = namespace_prefixes(uris) | {str(RDF): "rdf"}
        by_prefix = sorted((prefix, iri) for iri, prefix in prefixes.items())
        attributes = "".join(f' xmlns:{prefix}="{_escaped_iri(iri)}"' for prefix, iri in by_prefix)
        self._start = f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{attributes}>'.encode()
        self._reader = DocumentReader(model, raw_literals=False)
        encode_iri = lru_cache(_CACHED_IRIS)(_encode_iri)
        plain = _Elements(uris, prefixes, encode_iri, str.encode, str.encode)
        escaping = _Elements(uris, prefixes, encode_iri, encode_iri, _encode_string)
        self._plain = plain.node_writers(self._reader.shapes)
        self._escaping = escaping.node_writers(self._reader.shapes)

    def write(self, document: bytes) -> bytes:
        """Return the triples of a document. Raise ValueError as `parts` does."""
        return b"".join(self.parts(document))

    def parts(self, document: bytes) -> Iterator[bytes]:
        """Yield the triples of a document, then those of each document that it includes.

        Raise ValueError for undeclared classes and keys, invalid IRIs and characters not allowed in XML.
        """
        is_plain = not any(character in document for character in _ESCAPED)
        node_writers = self._plain if is_plain else self._escaping
        may_be_forbidden = _may_be_forbidden(document)
        output = [self._start]
        for node in self._reader.nodes(document):
            node_writers[type(node)](output, node)
            xml = b"".join(output)
            if may_be_forbidden and not _is_allowed(xml):
                message = "XML cannot say a character of the document"
                raise ValueError(message)
            yield xml
            output = []
        yield _END


@dataclass(frozen=True)
class _Elements:
    """Builds the closures that write elements, for one way of escaping.

    `encode_uri` is for the IRIs of records, parts and concepts, which consist of ids and codes; `encode_iri`
    is for all others.
    """

    uris: Uris
    prefixes: Mapping[str, str]
    encode_iri: _Encoder
    encode_uri: _Encoder
    encode_string: _Encoder

    def node_writers(self, shapes: Mapping[type[RdfNode], Shape]) -> Mapping[type[RdfNode], _NodeWriter]:
        """Return the function that writes the nodes of each class."""
        node_writers: dict[type[RdfNode], _NodeWriter] = {}
        for node_class, shape in shapes.items():
            node_writers[node_class] = self._node_writer(shape, node_writers)
        return node_writers

    def _node_writer(self, shape: Shape, node_writers: Mapping[type[RdfNode], _NodeWriter]) -> _NodeWriter:
        fields = written_fields(shape)
        field_writers = [*enumerate(map(self._field_writer, fields))]
        parts = [(index, field.is_list) for index, field in enumerate(fields) if field.kind is Kind.PART]
        name = self._name(shape.rdf_class)
        start, end = f'\n\t<{name} rdf:about="'.encode(), f"\n\t</{name}>".encode()
        encode_subject = self.encode_iri if shape.name in SYSTEM_CLASS_NAMES else self.encode_uri

        def write_node(output: _Output, node: RdfNode) -> None:
            output.append(start)
            output.append(encode_subject(node.uri))
            output.append(b'">')
            values = astuple(node)
            for index, write_field in field_writers:
                value = values[index]
                if value is not None:
                    write_field(output, value)
            output.append(end)
            for index, is_list in parts:
                if value := values[index]:
                    for part in value if is_list else (value,):
                        node_writers[type(part)](output, part)

        return write_node

    def _field_writer(self, field: Field) -> _FieldWriter:
        name = self._name(field.predicate)
        start, end = f'\n\t\t<{name} rdf:resource="'.encode(), b'"/>'
        if field.kind in CARD_KINDS or field.kind is Kind.PART:
            has_any_iri = field.kind is Kind.COLLECTION_CARD or holds_any_nodes(field)
            encode = self.encode_iri if has_any_iri else self.encode_uri
            return (_link_list_writer if field.is_list else _link_writer)(start, encode, end)
        write = _list_writer if field.is_list else _object_writer
        match field.kind:
            case Kind.TEXT | Kind.TEXTS:
                return _text_writer(name, self.encode_string, is_list=field.kind is Kind.TEXTS)
            case Kind.IRI:
                return write(start, self.encode_iri, end)
            case kind:
                datatype = f' rdf:datatype="{DATATYPES[kind]}"' if kind in DATATYPES else ""
                start, end = f"\n\t\t<{name}{datatype}>".encode(), f"</{name}>".encode()
                return write(start, _LITERAL_ENCODERS.get(kind, self.encode_string), end)

    def _name(self, iri: str) -> str:
        """Return the name of an element. Raise ValueError for an IRI without a prefix."""
        name = prefixed_name(self.uris.resolve(iri), self.prefixes)
        if not name:
            message = f"{iri!r} cannot be the name of an XML element"
            raise ValueError(message)
        return name


def _link_writer(start: bytes, encode: _Encoder, end: bytes) -> _FieldWriter:
    def write_link(output: _Output, card: RdfCard) -> None:
        output.append(start)
        output.append(encode(card.uri))
        output.append(end)

    return write_link


def _link_list_writer(start: bytes, encode: _Encoder, end: bytes) -> _FieldWriter:
    def write_links(output: _Output, cards: Iterable[RdfCard]) -> None:
        for card in cards:
            output.append(start)
            output.append(encode(card.uri))
            output.append(end)

    return write_links


def _object_writer(start: bytes, encode: _Encoder, end: bytes) -> _FieldWriter:
    def write_object(output: _Output, value: Any) -> None:
        output.append(start)
        output.append(encode(value))
        output.append(end)

    return write_object


def _list_writer(start: bytes, encode: _Encoder, end: bytes) -> _FieldWriter:
    def write_list(output: _Output, values: Iterable[Any]) -> None:
        for value in values:
            output.append(start)
            output.append(encode(value))
            output.append(end)

    return write_list


def _text_writer(name: str, encode: _Encoder, *, is_list: bool) -> _FieldWriter:
    end = f"</{name}>".encode()

    def write_text(output: _Output, text: dict[str, Any]) -> None:
        for language, strings in text.items():
            start = f'\n\t\t<{name} xml:lang="{language}">'.encode()
            for string in strings if is_list else (strings,):
                output.append(start)
                output.append(encode(string))
                output.append(end)

    return write_text


def _encode_integer(integer: int) -> bytes:
    return str(integer).encode()


def _encode_boolean(boolean: bool) -> bytes:  # noqa: FBT001 - the value itself
    return b"true" if boolean else b"false"


_LITERAL_ENCODERS: Mapping[Kind, _Encoder] = {Kind.INTEGER: _encode_integer, Kind.BOOLEAN: _encode_boolean}
"""Encoders of the literals that are no strings in the document, by kind."""


def _encode_string(string: str) -> bytes:
    # A carriage return that is not escaped is read as a line feed.
    string = string.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return string.replace("\r", "&#13;").encode()


def _encode_iri(iri: str) -> bytes:
    return _escaped_iri(iri).encode()


def _escaped_iri(iri: str) -> str:
    """Return an IRI as the value of an attribute. Raise ValueError if it is not an IRI."""
    return validated_iri(iri).replace("&", "&amp;")


def _may_be_forbidden(document: bytes) -> bool:
    """Return False if XML certainly allows all characters of a document.

    This is true of most documents, and the full check takes half as long as the writing.
    """
    return b"\xef" in document or (b"\\" in document and _CONTROL_ESCAPE.search(document) is not None)


def _is_allowed(xml: bytes) -> bool:
    """Return True if all characters are allowed in XML 1.0 (section 2.2)."""
    return xml.translate(None, _CONTROLS) == xml and not any(character in xml for character in _NONCHARACTERS)
