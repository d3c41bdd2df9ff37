"""Pages of problems: what happened, the nearest right addresses, a search, and ways on. They need no database."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from api.formats.format import ProblemSerializer, RefusedRequest, SerializerContext
from api.formats.html.corrected_addresses import Correction, nearest_addresses, reduced_address
from api.formats.html.inline_markup import InlineMarkup
from api.formats.html.localization import PageLanguage
from api.formats.html.messages import LANGUAGE_NAMES
from api.formats.html.navigation import NavigationLink, PagePaths
from api.formats.html.record_layout import RecordLayouts
from api.formats.html.templating import page_template
from api.http.problems import Gone, NotFound
from api.http.url_path_and_format_suffix import UrlPath
from schema.documents.entry_point_and_vocabulary import static_documents
from schema.documents.renderer import Renderer
from vocab.ontology_terms import VOCABULARY
from vocab.turtle_parser import LANGUAGES

_MAX_SEARCH_LENGTH = 60


def problem_page_serializer(context: SerializerContext) -> ProblemSerializer:
    """Return the serializer of problems as pages."""
    return ProblemPages(context.renderer).render


class ProblemPages:
    """Renders the pages of problems of one installation."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._layouts = RecordLayouts(renderer.model)
        _, self._site = next(static_documents(renderer))

    def render(self, refused: RefusedRequest) -> bytes:
        """Return the page of a problem."""
        request, problem, code, _ = refused
        language, paths = PageLanguage(code), PagePaths(self._renderer.uris.base, code)
        current = UrlPath.parse(request.path).stem.split("/")[1:2]
        sections = self._sections(*current)
        corrections = [*_links(nearest_addresses(problem, request), refused, paths)]
        page = page_template("Problem").render(
            **InlineMarkup(language, self._layouts, paths).functions(),
            body={"uri": ""},
            language=language,
            messages=language.messages,
            site=self._site,
            layouts=self._layouts,
            paths=paths,
            current=next((section["id"] for section in sections), ""),
            sections=sections,
            switch=self._language_links(code, sections),
            formats=[],
            problem=problem,
            entity=self._entity_label(problem.members),
            detail=problem.detail.text(code, brief=bool(corrections) or isinstance(problem, NotFound)),
            corrections=corrections,
            reductions=[*_links([reduced_address(problem, request)], refused, paths)],
            search_text=_search_text(request.path) if isinstance(problem, NotFound | Gone) else "",
        )
        return page.encode()

    def _sections(self, segment: str = "") -> list[Mapping[str, Any]]:
        """Return the card of the collection, or of the vocabulary, that a path segment names; in any case."""
        vocabulary = {
            "id": VOCABULARY,
            "uri": self._site["vocabulary"],
            "type": "Ontology",
            "title": self._renderer.model.ontology.labels(VOCABULARY),
        }
        cards = (*self._site["collections"], vocabulary)
        return [card for card in cards if card["id"] == segment.lower()]

    def _language_links(self, code: str, sections: list[Mapping[str, Any]]) -> list[NavigationLink]:
        """Return the section, or the start page, in each language: this page is an error in all of them."""
        base, target = self._renderer.uris.base, sections[0]["uri"] if sections else "/"
        return [
            NavigationLink(PagePaths(base, other).page(target), LANGUAGE_NAMES[other], other, other == code)
            for other in LANGUAGES
        ]

    def _entity_label(self, members: Mapping[str, Any]) -> Mapping[str, str] | None:
        """Return the label of the entity of a withdrawn record."""
        entity = members.get("entity")
        return self._renderer.model.ontology.labels(f"{VOCABULARY}#{entity}") if entity else None


def _links(
    corrections: Iterable[Correction | None], refused: RefusedRequest, paths: PagePaths
) -> Iterator[NavigationLink]:
    """Yield the links to those of some corrected addresses that are valid.

    Another path leads to its page in the language of this one, if it has pages in several.
    """
    for word, path, query in filter(None, corrections):
        is_other = path != refused.request.path
        paths_to_try = [UrlPath(path).page(refused.language).url({})] * is_other + [path]
        valid = (one for one in paths_to_try if refused.is_valid(one, query, word))
        if target := next(valid, None):
            yield NavigationLink(paths.prefix + (f"{target}?{query}" if query else target), word, "")


def _search_text(path: str) -> str:
    """Return the words of the last segment of a path."""
    segment = unquote(UrlPath.parse(path).stem).rpartition("/")[2]
    return " ".join(re.findall(r"[^\W_]+", segment[:_MAX_SEARCH_LENGTH]))
