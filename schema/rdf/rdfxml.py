r"""RDF/XML: what a document says, written by templates as Turtle is (see `rdf_templates`).

That of a class with an id, a label and owners is

    def Wheel(pieces, said, thing):
        said.append('\n\t<schema:CarUsageType rdf:about="')
        said.append(thing.uri)
        said.append('">')
        if (value := thing.id) is not None:
            said.append('\n\t\t<dcterms:identifier>')
            said.append(value)
            said.append('</dcterms:identifier>')
        if (value := thing.label) is not None:
            pieces.append(''.join(said).encode())
            said.clear()
            for tag, string in value.items():
                pieces.append(f'\n\t\t<skos:prefLabel xml:lang="{tag}">'.encode())
                pieces.append(text(string))
                pieces.append(b'</skos:prefLabel>')
        if (value := thing.owners) is not None:
            for value in value:
                said.append('\n\t\t<schema:owns rdf:resource="')
                said.append(value.uri)
                said.append('"/>')
        said.append('\n\t</schema:CarUsageType>')
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import msgspec
from msgspec import Raw

from schema.declaration.datatypes import CARD_KINDS, Kind
from schema.declaration.shapes import Field, Shape
from schema.model import Model
from schema.rdf.codegen import (
    IN_FRAMES,
    TEXTS,
    Templates,
    add,
    compiled,
    fields,
    loops,
    say,
    say_before,
    template,
    written,
)
from schema.rdf.jsonld_context import DATATYPES
from schema.rdf.reader import DocumentReader
from schema.rdf.syntax import namespace_prefixes, prefixed_name, validated_iri
from vocab.namespaces import RDF
from vocab.uris import Uris

_FOOT = "\n</rdf:RDF>"

_MARKS = (b"&", b"<", b">", b"\\")
"""One of these is in any document whose strings are not XML as they stand."""

_CONTROL = re.compile(rb"\\[bfu]")

_NEVER = bytes({*range(0x20)} - {*b"\t\n\r"})

_NO_CHARACTERS = ("\ufffe".encode(), "\uffff".encode())

_KEPT = 500
"""IRIs whose written form is kept."""


class RdfXmlWriter:
    """Writes what documents say in RDF/XML, for one model and one installation."""

    def __init__(self, model: Model, addresses: Uris) -> None:
        self._addresses = addresses
        self._prefixes = namespace_prefixes(addresses) | {str(RDF): "rdf"}
        named = sorted((name, iri) for iri, name in self._prefixes.items())
        declared = "".join(f' xmlns:{name}="{_iri(iri)}"' for name, iri in named)
        self._head = f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{declared}>'
        self._things = DocumentReader(model)

    @cached_property
    def _plain(self) -> Templates:
        return self._templates(escapes=False)

    @cached_property
    def _escaping(self) -> Templates:
        return self._templates(escapes=True)

    def _templates(self, *, escapes: bool) -> Templates:
        source = _RdfXmlTemplates(self._addresses, self._prefixes, escapes)
        text = _escaped_text if escapes else _text
        known = {"iri": lru_cache(_KEPT)(_iri), "escaped": _escaped, "text": text}
        return compiled(self._things.shapes, source.of, known)

    def write(self, document: bytes) -> bytes:
        """Return a document's statements. Raise ValueError for what is not declared, or what XML cannot say."""
        made = self._escaping if any(mark in document for mark in _MARKS) else self._plain
        xml = written(made, self._things.all_in(document), self._head, _FOOT)
        if _may_be_unspeakable(document) and not _is_speakable(xml):
            message = "XML cannot say a character of the document"
            raise ValueError(message)
        return xml


def _iri(iri: str) -> str:
    """Return an IRI as it is in an attribute. Raise ValueError for what could be no IRI."""
    return validated_iri(iri).replace("&", "&amp;")


def _escaped(string: str) -> str:
    # A carriage return that is not escaped is read as a line feed.
    string = string.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return string.replace("\r", "&#13;")


def _text(string: Raw) -> memoryview:
    """Return what is between the quotes of a text that has nothing to escape."""
    return memoryview(string)[1:-1]


def _escaped_text(string: Raw) -> bytes:
    return _escaped(msgspec.json.decode(string)).encode()


def _may_be_unspeakable(document: bytes) -> bool:
    """Tell whether a document needs a closer look, as few do: it takes as long as half of the writing."""
    return b"\xef" in document or (b"\\" in document and _CONTROL.search(document) is not None)


def _is_speakable(xml: bytes) -> bool:
    """Tell whether all characters are among those of XML 1.0 (section 2.2)."""
    return xml.translate(None, _NEVER) == xml and not any(one in xml for one in _NO_CHARACTERS)


@dataclass(frozen=True)
class _RdfXmlTemplates:
    """Writes the code of templates."""

    addresses: Uris
    prefixes: Mapping[str, str]
    escapes: bool

    def of(self, shape: Shape) -> str:
        """Return the template of a class."""
        return template(shape, self._statements(shape))

    def _statements(self, shape: Shape) -> Iterator[str]:
        name = self._name(shape.rdf_class)
        # Our own addresses have nothing to escape, unless what they all begin with has.
        uri = "iri(thing.uri)" if self.escapes or shape.name in IN_FRAMES else "thing.uri"
        yield from say(repr(f'\n\t<{name} rdf:about="'), uri, repr('">'))
        yield from fields(shape, self._field)
        yield from say(repr(f"\n\t</{name}>"))

    def _field(self, field: Field) -> Iterator[str]:
        name = self._name(field.predicate)
        if field.kind in TEXTS:
            yield from say_before()
            lead = f"""f'\\n\\t\\t<{name} xml:lang="{{tag}}">'.encode()"""
            yield loops(TEXTS[field.kind], add(lead, "text(string)", repr(f"</{name}>".encode())))
        elif field.is_list:
            yield loops(["for value in value:"], say(*self._object(field, name)))
        else:
            yield from say(*self._object(field, name))

    def _object(self, field: Field, name: str) -> tuple[str, str, str]:
        """Return the code of the pieces that say one object."""
        if iri := self._linked(field):
            return repr(f'\n\t\t<{name} rdf:resource="'), iri, repr('"/>')
        string = "escaped(value)" if self.escapes else "value"
        value = "str(value)" if field.kind is Kind.INTEGER else string
        datatype = DATATYPES.get(field.kind)
        typed = f' rdf:datatype="{datatype}"' if datatype else ""
        return repr(f"\n\t\t<{name}{typed}>"), value, repr(f"</{name}>")

    def _linked(self, field: Field) -> str:
        """Return the code of the IRI of an object, if it is no literal."""
        own = "iri(value.uri)" if self.escapes else "value.uri"
        match field.kind:
            case Kind.IRI:
                return "iri(value)"
            case Kind.COLLECTION_CARD:
                return "iri(value.uri)"
            case Kind.PART:
                return own if field.part else "iri(value.uri)"
            case kind:
                return own if kind in CARD_KINDS else ""

    def _name(self, iri: str) -> str:
        """Return a name with a prefix. Raise ValueError for an IRI that has none."""
        name = prefixed_name(self.addresses.resolve(iri), self.prefixes)
        if not name:
            message = f"{iri!r} cannot be the name of an XML element"
            raise ValueError(message)
        return name
