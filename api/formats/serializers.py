"""How a JSON document becomes any of the formats."""

from collections.abc import Mapping

import msgspec

from api.formats.document import Asked, Document
from api.formats.html.page import Pages
from api.formats.table.csv import table
from api.http.language import languages
from api.store.projection.fingerprint import RENDERING, code
from schema.documents.renderer import Renderer
from schema.documents.views import in_language
from schema.rdf.jsonld_context import context
from schema.rdf.rdfxml import RdfXml
from schema.rdf.syntax import N_TRIPLES, turtle
from schema.rdf.turtle import Statements


class Writer:
    """Writes documents in every format, for one model and one installation."""

    def __init__(self, renderer: Renderer) -> None:
        self.renderer = renderer
        model, addresses = renderer.model, renderer.addresses
        self.context = msgspec.json.encode({"@context": context(model, addresses)})
        self._before = self.context[:-1] + b","
        self.code = code((*RENDERING, "api/formats/serializers.py"), ("msgspec",))[:8]
        """Tells what this code writes of a document from what other code would."""
        self._pages = Pages(renderer)
        self._turtle = Statements(model, addresses, turtle(addresses))
        self._n_triples = Statements(model, addresses, N_TRIPLES)
        self._rdf_xml = RdfXml(model, addresses)

    def json(self, document: Document, asked: Asked) -> bytes:
        """Return a document as it is, or with its texts in the language that is asked for."""
        wanted = languages(asked.given)
        if wanted is None:
            return document.body
        body = msgspec.json.decode(document.body)
        return msgspec.json.encode(in_language(self.renderer.model, body, *wanted))

    def json_ld(self, document: Document, _: Asked) -> bytes:
        """Return a document with its context before everything else."""
        return self._before + document.body[1:]

    def turtle(self, document: Document, _: Asked) -> bytes:
        """Return a document's statements as Turtle."""
        return self._turtle.write(document.body)

    def n_triples(self, document: Document, _: Asked) -> bytes:
        """Return a document's statements as N-Triples."""
        return self._n_triples.write(document.body)

    def rdf_xml(self, document: Document, _: Asked) -> bytes:
        """Return a document's statements as RDF/XML."""
        return self._rdf_xml.write(document.body)

    def csv(self, document: Document, asked: Asked) -> bytes:
        """Return a list's records as a table. Raise BadParameter for an unknown profile."""
        return table(self.renderer, document, asked.given)

    def html(self, document: Document, asked: Asked, media_types: Mapping[str, str]) -> bytes:
        """Return a document as a page for people, which leads to its other formats.

        Raise BadParameter for an unknown language.
        """
        return self._pages.write(document, asked, media_types)
