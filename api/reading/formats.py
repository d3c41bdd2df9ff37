"""The formats: a row for each, and how a JSON document becomes any of them."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from pyoxigraph import RdfFormat, serialize

from schema.context import context
from schema.model import Model
from schema.triples import triples
from vocab.addresses import Addresses
from vocab.namespaces import PREFIXES


class Writer:
    """Writes documents in every format, for one model and one installation."""

    def __init__(self, model: Model, addresses: Addresses) -> None:
        self.model = model
        self.addresses = addresses
        self.context = msgspec.json.encode({"@context": context(model, addresses)})
        self._prefixes = {name: addresses.resolve(iri) for name, iri in PREFIXES.items()}

    def json(self, body: bytes) -> bytes:
        """Return a document as it is."""
        return body

    def json_ld(self, body: bytes) -> bytes:
        """Return a document with its context before everything else."""
        return self.context[:-1] + b"," + body[1:]

    def turtle(self, body: bytes) -> bytes:
        """Return a document's statements as Turtle."""
        written = self._rdf(body, RdfFormat.TURTLE)
        end = written.index(b"\n<") + 1
        prefixes = sorted(written[:end].splitlines(keepends=True))
        return b"".join([*prefixes, b"\n", written[end:]])

    def n_triples(self, body: bytes) -> bytes:
        """Return a document's statements as N-Triples."""
        return self._rdf(body, RdfFormat.N_TRIPLES)

    def rdf_xml(self, body: bytes) -> bytes:
        """Return a document's statements as RDF/XML."""
        written = self._rdf(body, RdfFormat.RDF_XML)
        start, end = written.index(b" xmlns:"), written.index(b">", written.index(b" xmlns:"))
        prefixes = sorted(written[start:end].split())
        return b" ".join([written[:start], *prefixes]) + written[end:]

    def _rdf(self, body: bytes, syntax: RdfFormat) -> bytes:
        """Return a document's statements; the prefixes come in any order, and callers sort them."""
        found = triples(msgspec.json.decode(body), self.model, self.addresses)
        prefixes = None if syntax is RdfFormat.N_TRIPLES else self._prefixes
        return serialize(found, format=syntax, prefixes=prefixes) or b""


@dataclass(frozen=True)
class Format:
    """One way of writing a document. Its name is also the suffix of addresses."""

    name: str
    media_type: str
    write: Callable[[Writer, bytes], bytes]
    is_text: bool = False

    @property
    def content_type(self) -> str:
        """Return the Content-Type; only text types need to say that they are UTF-8."""
        return f"{self.media_type}; charset=utf-8" if self.is_text else self.media_type


JSON = Format("json", "application/json", Writer.json)
JSON_LD = Format("jsonld", "application/ld+json", Writer.json_ld)
FORMATS = (
    JSON,
    JSON_LD,
    Format("ttl", "text/turtle", Writer.turtle, is_text=True),
    Format("nt", "application/n-triples", Writer.n_triples),
    Format("rdf", "application/rdf+xml", Writer.rdf_xml),
)
"""In order of preference, where a client has none."""

BY_NAME = {one.name: one for one in FORMATS}
BY_MEDIA_TYPE = {one.media_type: one for one in FORMATS}
