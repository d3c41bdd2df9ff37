"""How a JSON document becomes any of the formats."""

from collections.abc import Mapping

import msgspec
from pyoxigraph import RdfFormat, serialize

from api.pages.page import Pages
from api.reading.documents import Asked, Document
from api.reading.languages import languages
from api.reading.table import table
from schema.context import context
from schema.in_language import in_language
from schema.render import Renderer
from schema.triples import triples
from vocab.namespaces import PREFIXES


class Writer:
    """Writes documents in every format, for one model and one installation."""

    def __init__(self, renderer: Renderer) -> None:
        self.renderer = renderer
        self.context = msgspec.json.encode({"@context": context(renderer.model, renderer.addresses)})
        self._pages = Pages(renderer)
        self._prefixes = {name: renderer.addresses.resolve(iri) for name, iri in PREFIXES.items()}

    def json(self, document: Document, asked: Asked) -> bytes:
        """Return a document as it is, or with its texts in the language that is asked for."""
        wanted = languages(asked.given)
        if wanted is None:
            return document.body
        body = msgspec.json.decode(document.body)
        return msgspec.json.encode(in_language(self.renderer.model, body, *wanted))

    def json_ld(self, document: Document, _: Asked) -> bytes:
        """Return a document with its context before everything else."""
        return self.context[:-1] + b"," + document.body[1:]

    def turtle(self, document: Document, _: Asked) -> bytes:
        """Return a document's statements as Turtle."""
        written = self._rdf(document, RdfFormat.TURTLE)
        end = written.index(b"\n<") + 1
        prefixes = sorted(written[:end].splitlines(keepends=True))
        return b"".join([*prefixes, b"\n", written[end:]])

    def n_triples(self, document: Document, _: Asked) -> bytes:
        """Return a document's statements as N-Triples."""
        return self._rdf(document, RdfFormat.N_TRIPLES)

    def rdf_xml(self, document: Document, _: Asked) -> bytes:
        """Return a document's statements as RDF/XML."""
        written = self._rdf(document, RdfFormat.RDF_XML)
        start, end = written.index(b" xmlns:"), written.index(b">", written.index(b" xmlns:"))
        prefixes = sorted(written[start:end].split())
        return b" ".join([written[:start], *prefixes]) + written[end:]

    def csv(self, document: Document, asked: Asked) -> bytes:
        """Return a list's records as a table. Raise BadParameter for an unknown profile."""
        return table(self.renderer, document, asked.given)

    def html(self, document: Document, asked: Asked, media_types: Mapping[str, str]) -> bytes:
        """Return a document as a page for people, which leads to its other formats.

        Raise BadParameter for an unknown language.
        """
        return self._pages.write(document, asked, media_types)

    def _rdf(self, document: Document, syntax: RdfFormat) -> bytes:
        """Return a document's statements; the prefixes come in any order, and callers sort them."""
        renderer = self.renderer
        found = triples(msgspec.json.decode(document.body), renderer.model, renderer.addresses)
        prefixes = None if syntax is RdfFormat.N_TRIPLES else self._prefixes
        return serialize(found, format=syntax, prefixes=prefixes) or b""
