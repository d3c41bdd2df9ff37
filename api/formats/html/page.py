"""Pages for people: any document as HTML, in one of the languages that our own words are in."""

from collections.abc import Mapping
from typing import Any

import msgspec

from api.formats.document import Asked, Document
from api.formats.html.localization import Language
from api.formats.html.navigation import Paths, Ways
from api.formats.html.record_layout import Layouts
from api.formats.html.schema_org.datasets import catalogue, data_set, definitions, results
from api.formats.html.schema_org.mapping import Node, Things, written
from api.formats.html.search_form import Question
from api.formats.html.templating import template
from api.http.problems import BadParameter
from schema.documents.renderer import Renderer
from schema.documents.static import collection, pages
from vocab.turtle import LANGUAGES

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""What browsers let a page do: show itself, with our own style sheet and icon."""


class Pages:
    """Writes pages, for one installation."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._layouts = Layouts(renderer.model)
        self._definitions = definitions(renderer)
        self._default = next((one for one in renderer.languages if one in LANGUAGES), LANGUAGES[0])
        _, self._site = next(pages(renderer))
        template("")

    def write(self, document: Document, asked: Asked, media_types: Mapping[str, str]) -> bytes:
        """Return a document as a page that leads to its other formats, whose media types are given.

        Raise BadParameter for an unknown language.
        """
        body = msgspec.json.decode(document.body)
        language = self._language(asked.given.get("lang"))
        kept = {} if language.code == self._default else {"lang": language.code}
        paths = Paths(self._renderer.addresses.base, kept)
        ways = Ways(asked, paths, language)
        question = Question(self._renderer, language, paths, asked, document)
        page = template(body["type"]).render(
            self._words(body, language),
            paths=paths,
            current=asked.address.stem.split("/")[1],
            canonical=ways.canonical(),
            switch=ways.languages(self._default),
            formats=ways.formats(media_types),
            tables=ways.tables() if document.listed else [],
            question=question,
            pages=ways.pages(document),
        )
        return page.encode()

    def _words(self, body: Mapping[str, Any], language: Language) -> dict[str, Any]:
        """Return what a page says, and what finds it in documents."""
        is_record = body["type"] in self._renderer.model.by_name
        return {
            "body": body,
            "language": language,
            "words": language.words,
            "site": self._site,
            "definitions": self._definitions,
            "layouts": self._layouts,
            "layout": self._layouts.of(body) if is_record else None,
            "above": self._above(body),
            "json_ld": written(self._schema_org(body, language)),
        }

    def _language(self, code: str | None) -> Language:
        if code is not None and code not in LANGUAGES:
            message = f"There is no page in {code[:100]!r}; there are {', '.join(LANGUAGES)}."
            raise BadParameter(message, parameter="lang")
        return Language(code or self._default)

    def _above(self, body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return the cards of what lies above a page: its list; the vocabulary; a concept's scheme."""
        vocabulary = {
            "uri": self._site["vocabulary"],
            "type": "Ontology",
            "name": self._renderer.model.ontology.labels("vocab"),
        }
        match body["type"]:
            case "ConceptScheme":
                return [vocabulary]
            case "Concept":
                return [vocabulary, body["in_scheme"]]
        shape = self._renderer.model.by_name.get(body["type"])
        return [collection(self._renderer, shape.collection)] if shape else []

    def _schema_org(self, body: Mapping[str, Any], language: Language) -> Node:
        things = Things(self._renderer, self._layouts, language)
        match body["type"]:
            case "EntryPoint":
                return catalogue(things, body)
            case "Collection":
                return results(things, body) if "?" in body["uri"] else data_set(things, body)
        return things.document(body)
