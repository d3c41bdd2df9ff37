"""HTML pages: any document, in one of the languages of the vocabulary."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from api.formats.document import JsonDocument, RequestTarget, ResourceKind
from api.formats.format import Formats, Serializer, SerializerContext
from api.formats.html.equal_labels import distinguishing_texts
from api.formats.html.inline_markup import InlineMarkup
from api.formats.html.localization import PageLanguage
from api.formats.html.navigation import NavigationLinks, PagePaths
from api.formats.html.page_metadata import PageMetadata, page_description, page_name
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
from api.http.language_parameters import default_page_language, page_language
from schema.documents.entry_point_and_vocabulary import collection_card, static_documents
from schema.documents.renderer import Renderer

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""Allows a page its own style sheet, images and forms, and nothing else."""


def html_serializer(context: SerializerContext) -> Serializer:
    """Return the serializer of HTML."""
    return PageRenderer(context.renderer, context.formats).render


class PageRenderer:
    """Renders the pages of one installation."""

    def __init__(self, renderer: Renderer, formats: Formats) -> None:
        self._renderer = renderer
        self._formats = formats
        self._layouts = RecordLayouts(renderer.model)
        self._definitions = collection_definitions(renderer)
        self._default = default_page_language(renderer.languages)
        _, self._site = next(static_documents(renderer))

    def render(self, document: JsonDocument, target: RequestTarget) -> Iterator[bytes]:
        """Yield the parts of a document as a page with links to its other formats. Raise BadParameter for a wrong language."""
        body = msgspec.json.decode(document.body)
        language = PageLanguage(page_language(target.path.language, target.parameters, self._default))
        paths = PagePaths(self._renderer.uris.base, language.code)
        navigation = NavigationLinks(target, paths, language)
        kind = ResourceKind.COLLECTION if document.entity else ResourceKind.STATIC
        formats = self._formats.applicable(kind)
        form = SearchForm(self._renderer, language, paths, target, document)
        urls = navigation.language_urls(self._default)
        content = self._content(body, language)
        distinguishing = distinguishing_texts(
            self._layouts, language, (body, *document.facets.cards.values())
        )
        is_list = body["type"] == "Collection"
        page = page_template(body["type"]).generate(
            content,
            **InlineMarkup(language, self._layouts, paths, distinguishing, is_list).functions(),
            metadata=PageMetadata(
                page_name(body, content["layout"], language, form.text),
                page_description(body, language, self._definitions),
                language.preferred(self._site["publisher"]).text,
                urls[language.code],
                language,
            ),
            paths=paths,
            current=target.path.stem.split("/")[1],
            language_urls=urls,
            switch=navigation.languages(),
            formats=navigation.formats(formats),
            tables=navigation.tables(formats),
            form=form,
            pages=navigation.pages(document),
        )
        yield from map(str.encode, page)

    def _content(self, body: Mapping[str, Any], language: PageLanguage) -> dict[str, Any]:
        """Return the template variables of a document."""
        is_record = body["type"] in self._renderer.model.by_name
        return {
            "body": body,
            "language": language,
            "messages": language.messages,
            "site": self._site,
            "definitions": self._definitions,
            "layouts": self._layouts,
            "layout": self._layouts.of(body) if is_record else None,
            "breadcrumb": self._breadcrumb(body),
            "json_ld": script_json(self._schema_org(body, language)),
        }

    def _breadcrumb(self, body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return the cards above a page: the collection, or the vocabulary and the concept scheme."""
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
        mapper = SchemaOrgMapper(self._renderer, self._layouts, language)
        match body["type"]:
            case "EntryPoint":
                return data_catalog(mapper, body)
            case "Collection":
                return search_results_page(mapper, body) if "?" in body["uri"] else dataset(mapper, body)
        return mapper.document(body)
