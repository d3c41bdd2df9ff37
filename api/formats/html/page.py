"""Pages for people: any document as HTML, in one of the languages that our own words are in."""

from collections.abc import Mapping
from typing import Any

import msgspec

from api.formats.document import JsonDocument, RequestTarget
from api.formats.html.localization import PageLanguage
from api.formats.html.navigation import NavigationLinks, PagePaths
from api.formats.html.record_layout import RecordLayouts
from api.formats.html.schema_org.datasets import (
    collection_definitions,
    data_catalog,
    dataset,
    search_results_page,
)
from api.formats.html.schema_org.mapping import SchemaOrgMapper, SchemaOrgNode, script_json
from api.formats.html.search_form import SearchForm
from api.formats.html.templating import page_template
from api.http.problems import BadParameter
from schema.documents.renderer import Renderer
from schema.documents.static import collection_card, static_documents
from vocab.turtle import LANGUAGES

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""What browsers let a page do: show itself, with our own style sheet and icon."""


class PageRenderer:
    """Writes pages, for one installation."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._layouts = RecordLayouts(renderer.model)
        self._definitions = collection_definitions(renderer)
        self._default = next((one for one in renderer.languages if one in LANGUAGES), LANGUAGES[0])
        _, self._site = next(static_documents(renderer))
        page_template("")

    def write(self, document: JsonDocument, asked: RequestTarget, media_types: Mapping[str, str]) -> bytes:
        """Return a document as a page that leads to its other formats, whose media types are given.

        Raise BadParameter for an unknown language.
        """
        body = msgspec.json.decode(document.body)
        language = self._language(asked.parameters.get("lang"))
        kept = {} if language.code == self._default else {"lang": language.code}
        paths = PagePaths(self._renderer.uris.base, kept)
        ways = NavigationLinks(asked, paths, language)
        question = SearchForm(self._renderer, language, paths, asked, document)
        page = page_template(body["type"]).render(
            self._words(body, language),
            paths=paths,
            current=asked.path.stem.split("/")[1],
            canonical=ways.canonical(),
            switch=ways.languages(self._default),
            formats=ways.formats(media_types),
            tables=ways.tables() if document.entity else [],
            question=question,
            pages=ways.pages(document),
        )
        return page.encode()

    def _words(self, body: Mapping[str, Any], language: PageLanguage) -> dict[str, Any]:
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
            "json_ld": script_json(self._schema_org(body, language)),
        }

    def _language(self, code: str | None) -> PageLanguage:
        if code is not None and code not in LANGUAGES:
            message = f"There is no page in {code[:100]!r}; there are {', '.join(LANGUAGES)}."
            raise BadParameter(message, parameter="lang")
        return PageLanguage(code or self._default)

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
        return [collection_card(self._renderer, shape.collection)] if shape else []

    def _schema_org(self, body: Mapping[str, Any], language: PageLanguage) -> SchemaOrgNode:
        things = SchemaOrgMapper(self._renderer, self._layouts, language)
        match body["type"]:
            case "EntryPoint":
                return data_catalog(things, body)
            case "Collection":
                return search_results_page(things, body) if "?" in body["uri"] else dataset(things, body)
        return things.document(body)
