"""How a JSON document becomes any of the formats."""

from collections.abc import Mapping

import msgspec

from api.formats.document import JsonDocument, RequestTarget
from api.formats.html.page import PageRenderer
from api.formats.table.csv import serialize_csv
from api.http.language import requested_languages
from api.store.projection.fingerprint import RENDERING, code_digest
from schema.documents.renderer import Renderer
from schema.documents.views import localize
from schema.rdf.jsonld_context import jsonld_context
from schema.rdf.rdfxml import RdfXmlWriter
from schema.rdf.syntax import N_TRIPLES, turtle_syntax
from schema.rdf.turtle import TripleWriter


class Writer:
    """Writes documents in every format, for one model and one installation."""

    def __init__(self, renderer: Renderer) -> None:
        self.renderer = renderer
        model, addresses = renderer.model, renderer.uris
        self.context = msgspec.json.encode({"@context": jsonld_context(model, addresses)})
        self._before = self.context[:-1] + b","
        self.code = code_digest((*RENDERING, "api/formats/serializers.py"), ("msgspec",))[:8]
        """Tells what this code writes of a document from what other code would."""
        self._pages = PageRenderer(renderer)
        self._turtle = TripleWriter(model, addresses, turtle_syntax(addresses))
        self._n_triples = TripleWriter(model, addresses, N_TRIPLES)
        self._rdf_xml = RdfXmlWriter(model, addresses)

    def json(self, document: JsonDocument, asked: RequestTarget) -> bytes:
        """Return a document as it is, or with its texts in the language that is asked for."""
        wanted = requested_languages(asked.parameters)
        if wanted is None:
            return document.body
        body = msgspec.json.decode(document.body)
        return msgspec.json.encode(localize(self.renderer.model, body, *wanted))

    def json_ld(self, document: JsonDocument, _: RequestTarget) -> bytes:
        """Return a document with its context before everything else."""
        return self._before + document.body[1:]

    def turtle(self, document: JsonDocument, _: RequestTarget) -> bytes:
        """Return a document's statements as Turtle."""
        return self._turtle.write(document.body)

    def n_triples(self, document: JsonDocument, _: RequestTarget) -> bytes:
        """Return a document's statements as N-Triples."""
        return self._n_triples.write(document.body)

    def rdf_xml(self, document: JsonDocument, _: RequestTarget) -> bytes:
        """Return a document's statements as RDF/XML."""
        return self._rdf_xml.write(document.body)

    def csv(self, document: JsonDocument, asked: RequestTarget) -> bytes:
        """Return a list's records as a table. Raise BadParameter for an unknown profile."""
        return serialize_csv(self.renderer, document, asked.parameters)

    def html(self, document: JsonDocument, asked: RequestTarget, media_types: Mapping[str, str]) -> bytes:
        """Return a document as a page for people, which leads to its other formats.

        Raise BadParameter for an unknown language.
        """
        return self._pages.write(document, asked, media_types)
