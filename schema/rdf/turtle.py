r"""Turtle and N-Triples, written by closures built from the declarations, one per class and per field.

A JSON string is also a string of Turtle and N-Triples, with its quotes and escapes. So literals are copied
from the document without decoding; only IRIs are decoded.

The closure of a field is called with what each triple repeats: in N-Triples the end of the previous triple and
the subject, in Turtle nothing. The Turtle of the link `role`, for example, is written by

    def write_link(output, repeated, card):
        output.append(before)               # " ;\n\ttikls:role <"
        output.append(card.uri.encode())
        output.append(b">")

One append per segment is faster than formatting or adding them: the final join is the only copy.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Raw
from msgspec.structs import astuple

from schema.declaration.datatypes import CARD_KINDS, Kind
from schema.declaration.shapes import Field, Shape
from schema.model import Model
from schema.rdf.document_reader import SYSTEM_CLASS_NAMES, DocumentReader, RdfCard, RdfNode, written_fields
from schema.rdf.jsonld_context import DATATYPES
from schema.rdf.syntax import Syntax
from vocab.uri_builder import Uris

_Output = list[bytes | Raw]
_NodeWriter = Callable[[_Output, Any], None]
"""Appends the triples of a node, then those of its parts."""
_FieldWriter = Callable[[_Output, bytes, Any], None]
"""Appends the triples of a field, given the bytes that each triple repeats, and the value."""
_ObjectEncoder = Callable[[Any], bytes | Raw]

_CACHED_IRIS = 500
"""Encoded IRIs in the cache: every document repeats the licence."""
# RDF has all string escapes that msgspec writes, but not the escaped slash and surrogates of other JSON.
_FOREIGN_ESCAPE = re.compile(rb"\\(?:/|u[dD])")


class TripleWriter:
    """Writes documents in Turtle or N-Triples, for one model and one base address."""

    def __init__(self, model: Model, uris: Uris, syntax: Syntax) -> None:
        self._addresses = uris
        self._syntax = syntax
        self._encode_iri = lru_cache(_CACHED_IRIS)(syntax.encode_iri)
        self._reader = DocumentReader(model, raw_literals=True)
        self._node_writers: dict[type[RdfNode], _NodeWriter] = {}
        for node_class, shape in self._reader.shapes.items():
            self._node_writers[node_class] = self._node_writer(shape)

    def write(self, document: bytes) -> bytes:
        """Return the triples of a document. Raise ValueError as `parts` does."""
        return b"".join(self.parts(document))

    def parts(self, document: bytes) -> Iterator[bytes]:
        """Yield the triples of a document, then those of each document that it includes.

        Raise ValueError for undeclared classes and keys, and for invalid IRIs.
        """
        if b"\\" in document and _FOREIGN_ESCAPE.search(document):
            document = msgspec.json.encode(msgspec.json.decode(document))
        output: _Output = [self._syntax.head]
        for node in self._reader.nodes(document):
            self._node_writers[type(node)](output, node)
            yield b"".join(output)
            output = []

    def _node_writer(self, shape: Shape) -> _NodeWriter:
        fields = written_fields(shape)
        field_writers = [*enumerate(map(self._field_writer, fields))]
        parts = [(index, field.is_list) for index, field in enumerate(fields) if field.kind is Kind.PART]
        encode_iri, has_any_iri = self._encode_iri, shape.name in SYSTEM_CLASS_NAMES
        type_and_class = b" %b %b" % (self._syntax.type_predicate, self._term(shape.rdf_class))
        before_node, predicate_separator = self._syntax.before_node, self._syntax.predicate_separator
        node_writers = self._node_writers

        def write_node(output: _Output, node: RdfNode) -> None:
            subject = encode_iri(node.uri) if has_any_iri else b"<" + node.uri.encode() + b">"
            repeated = b"" if predicate_separator else b" .\n" + subject + b" "
            output.append(before_node)
            output.append(subject)
            output.append(type_and_class)
            values = astuple(node)
            for index, write_field in field_writers:
                value = values[index]
                if value is not None:
                    write_field(output, repeated, value)
            output.append(b" .\n")
            for index, is_list in parts:
                if value := values[index]:
                    for part in value if is_list else (value,):
                        node_writers[type(part)](output, part)

        return write_node

    def _field_writer(self, field: Field) -> _FieldWriter:
        object_separator = self._syntax.object_separator
        predicate = b"%b%b " % (self._syntax.predicate_separator, self._term(field.predicate))
        if field.kind in (Kind.TEXT, Kind.TEXTS):
            return _text_writer(predicate, object_separator, is_list=field.kind is Kind.TEXTS)
        if field.kind in CARD_KINDS or field.part:
            return (
                _link_list_writer(predicate, object_separator) if field.is_list else _link_writer(predicate)
            )
        before, encode, after = self._object(field)
        if field.is_list:
            return _list_writer(predicate, before, encode, after, object_separator)
        if encode is _unchanged:
            return _literal_writer(predicate + before, after)
        return _object_writer(predicate + before, encode, after)

    def _object(self, field: Field) -> tuple[bytes, _ObjectEncoder, bytes]:
        """Return the bytes before a literal or IRI, the encoder of its value, and the bytes after it."""
        match field.kind:
            case Kind.PART:
                return b"", lambda node: self._encode_iri(node.uri), b""
            case Kind.IRI:
                return b"", self._encode_iri, b""
            case Kind.STRING:
                return b"", _unchanged, b""
            case Kind.INTEGER | Kind.BOOLEAN if self._syntax.has_bare_literals:
                return b"", _unchanged, b""
            case kind:
                quote = b'"' if kind in (Kind.INTEGER, Kind.BOOLEAN) else b""
                return quote, _unchanged, quote + b"^^" + self._term(DATATYPES[kind])

    def _term(self, iri: str) -> bytes:
        return self._syntax.encode_iri(self._addresses.resolve(iri))


def _link_writer(predicate: bytes) -> _FieldWriter:
    before = predicate + b"<"

    def write_link(output: _Output, repeated: bytes, card: RdfCard) -> None:
        if repeated:
            output.append(repeated)
        output.append(before)
        output.append(card.uri.encode())
        output.append(b">")

    return write_link


def _link_list_writer(predicate: bytes, object_separator: bytes) -> _FieldWriter:
    # Without separators of objects, as in N-Triples, each object repeats the subject and the predicate.
    before_first, before_others = predicate + b"<", object_separator and object_separator + b"<"

    def write_links(output: _Output, repeated: bytes, cards: Iterable[RdfCard]) -> None:
        before_link = repeated + before_first
        for card in cards:
            output.append(before_link)
            output.append(card.uri.encode())
            output.append(b">")
            before_link = before_others or before_link

    return write_links


def _literal_writer(before: bytes, after: bytes) -> _FieldWriter:
    def write_literal(output: _Output, repeated: bytes, literal: Raw) -> None:
        if repeated:
            output.append(repeated)
        output.append(before)
        output.append(literal)
        output.append(after)

    return write_literal


def _object_writer(before: bytes, encode: _ObjectEncoder, after: bytes) -> _FieldWriter:
    # Links and literals have writers of their own to save this call: it takes as long as the four appends.
    def write_object(output: _Output, repeated: bytes, value: Any) -> None:
        if repeated:
            output.append(repeated)
        output.append(before)
        output.append(encode(value))
        output.append(after)

    return write_object


def _list_writer(
    predicate: bytes, before: bytes, encode: _ObjectEncoder, after: bytes, object_separator: bytes
) -> _FieldWriter:
    before_first, before_others = predicate + before, object_separator and object_separator + before

    def write_list(output: _Output, repeated: bytes, values: Iterable[Any]) -> None:
        before_object = repeated + before_first
        for value in values:
            output.append(before_object)
            output.append(encode(value))
            output.append(after)
            before_object = before_others or before_object

    return write_list


def _text_writer(predicate: bytes, object_separator: bytes, *, is_list: bool) -> _FieldWriter:
    def write_text(output: _Output, repeated: bytes, text: dict[str, Any]) -> None:
        before_object = repeated + predicate
        for language, strings in text.items():
            tag = b"@" + language.encode()
            for string in strings if is_list else (strings,):
                output.append(before_object)
                output.append(string)
                output.append(tag)
                before_object = object_separator or before_object

    return write_text


def _unchanged(literal: Raw) -> Raw:
    return literal
