"""The documentation: the OpenAPI document as pages in each language, a start page with recipes first. No scripts."""

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from api.endpoints.endpoint import EndpointContext
from api.formats.html.inline_markup import InlineMarkup
from api.formats.html.localization import PageLanguage
from api.formats.html.messages import LANGUAGE_NAMES
from api.formats.html.navigation import NavigationLink, PagePaths
from api.formats.html.page_metadata import PageMetadata
from api.formats.html.record_layout import RecordLayouts
from api.formats.html.templating import create_environment
from api.http.language_parameters import default_page_language
from api.http.url_path_and_format_suffix import UrlPath, with_query
from api.lists.query import ListQuerySpec
from api.openapi.docs_messages import DOCS_MESSAGES, PAGE_TITLES
from api.openapi.docs_recipes import recipes
from api.openapi.document import OpenApiDocument
from api.openapi.examples import Example
from api.resources.route import SERVICE_TAG, VOCABULARY_TAG, WEBSITE_TAG
from schema.documents.entry_point_and_vocabulary import static_documents
from schema.json_schema.localized_and_partial_schemas import LIST_SUFFIX, LOCALIZED_PREFIX, PARTIAL_PREFIX
from schema.json_schema.values import Schema
from vocab.turtle_parser import LANGUAGES

DOCS_PATH = "/docs"
START = ""
"""The name of the start page, whose path has no segment for it."""
_TAGS = {"vocabulary": (VOCABULARY_TAG,), "service": (SERVICE_TAG, WEBSITE_TAG)}
"""The OpenAPI tags of the pages that are no collection."""
_TEMPLATES = {START: "start.html", "common": "common.html", "errors": "errors.html", "types": "types.html"}
"""The templates of the pages that list no addresses."""
_MAX_EXAMPLE_LENGTH = 4_000
_MAX_PATTERN_LENGTH = 60
_LIMITS = (
    ("format", "{}"),
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("maxLength", "at most {} characters"),
    ("pattern", "like <code>{}</code>"),
)


def page_names(context: EndpointContext) -> tuple[str, ...]:
    """Return the names of the pages but the start page, in the order of the navigation."""
    return ("common", *context.router.collections, *_TAGS, "types", "errors")


@dataclass(frozen=True)
class Address:
    """A path without a suffix, its operation there or its only one, and the operations of all its suffixes."""

    path: str
    operation: Schema
    parameters: list[Schema]
    variants: list[tuple[str, Schema]]


class DocsPages:
    """The pages of an OpenAPI document."""

    def __init__(
        self, context: EndpointContext, document: OpenApiDocument, examples: Mapping[str, Example]
    ) -> None:
        self._context = context
        self._document = document
        self._examples = examples
        self._names = page_names(context)
        self._base = context.renderer.uris.base
        self._default = default_page_language(context.renderer.languages)
        _, self._site = next(static_documents(context.renderer))
        self._layouts = RecordLayouts(context.renderer.model)
        self._environment = create_environment(Path(__file__).with_name("templates"))
        self._environment.filters |= {"inline": _inline, "pretty": _pretty}
        self._environment.globals |= {
            "content_of": self._content,
            "example_of": self._example_url,
            "limits": _limits,
            "name_of": _name,
            "parameter_url": self._parameter_url,
            "resolved": self._resolved,
            "schema_page": self._schema_page,
        }

    def render(self, name: str, code: str | None) -> bytes:
        """Return a page in a language, by default that of pages which are requested in none."""
        language = PageLanguage(code or self._default)
        page = self._environment.get_template(_TEMPLATES.get(name, "addresses.html")).render(
            self._frame(name, language),
            words=DOCS_MESSAGES[language.code],
            english=Markup("") if language.code == "en" else Markup(' lang="en"'),
            title=language.preferred(self._title(name)).text,
            document=self._document,
            tags=[tag for tag in self._document["tags"] if tag["name"] in self._tags(name)],
            addresses=[*self._addresses(name)],
            schemas=[*self._schemas(name)],
            problems=self._problems,
            recipes=recipes(self._examples) if name == START else [],
        )
        return page.encode()

    def _frame(self, name: str, language: PageLanguage) -> dict[str, Any]:
        """Return the template variables of the frame."""
        paths, urls = PagePaths(self._base, language.code), self._language_urls(name)
        metadata = PageMetadata(
            f"{language.preferred(self._title(name)).text} – {language.messages.api_docs}",
            DOCS_MESSAGES[language.code]["lead"],
            language.preferred(self._site["publisher"]).text,
            urls[language.code],
            language,
        )
        return {
            **InlineMarkup(language, self._layouts, paths).functions(),
            "body": {"uri": ""},
            "current": "",
            "form": {"has_query": False},
            "formats": [],
            "language": language,
            "language_urls": urls,
            "layouts": self._layouts,
            "messages": language.messages,
            "metadata": metadata,
            "navigation": [*self._navigation(name, paths, language)],
            "paths": paths,
            "site": self._site,
            "switch": self._language_links(name, language.code),
        }

    def _title(self, name: str) -> Mapping[str, str]:
        return PAGE_TITLES.get(name) or self._context.renderer.model.ontology.labels(name)

    def _path(self, name: str) -> UrlPath:
        return UrlPath(f"{DOCS_PATH}/{name}" if name else DOCS_PATH)

    def _language_links(self, name: str, code: str) -> list[NavigationLink]:
        return [
            NavigationLink(
                PagePaths(self._base, other).page(self._path(name).stem),
                LANGUAGE_NAMES[other],
                other,
                other == code,
            )
            for other in LANGUAGES
        ]

    def _language_urls(self, name: str) -> dict[str, str]:
        urls = {code: self._base + self._path(name).page(code).url({}) for code in LANGUAGES}
        return {**urls, "x-default": urls[self._default]}

    def _navigation(self, current: str, paths: PagePaths, language: PageLanguage) -> Iterator[NavigationLink]:
        for name in (START, *self._names):
            path = paths.page(self._path(name).stem)
            yield NavigationLink(path, language.preferred(self._title(name)).text, name, name == current)

    def _tags(self, name: str) -> tuple[str, ...]:
        """Return the OpenAPI tags whose operations a page shows."""
        if name in self._context.router.collections:
            return (self._title(name)["en"],)
        return _TAGS.get(name, ())

    def _addresses(self, name: str) -> Iterator[Address]:
        """Yield the addresses of a page, each with the operations of its suffixes."""
        tags, groups = {*self._tags(name)}, dict[str, list[tuple[str, Schema]]]()
        for path, item in self._document["paths"].items():
            if tags & {*item["get"]["tags"]}:
                groups.setdefault(UrlPath.parse(path).stem, []).append((path, item["get"]))
        for stem, operations in groups.items():
            by_path = dict(operations)
            path = stem if stem in by_path else operations[0][0]
            parameters = [self._resolved(node) for node in by_path[path].get("parameters", [])]
            yield Address(path, by_path[path], parameters, operations)

    @cached_property
    def _schema_pages(self) -> dict[str, str]:
        """Return the page of each schema: that of the only collection that has it, else that of types.

        Variants are not shown: they have the fields of the schema that they are of.
        """
        schemas = self._document["components"]["schemas"]
        users: dict[str, set[str]] = {name: set() for name in schemas}
        for page in self._names:
            for address in self._addresses(page):
                for name in self._reachable(address):
                    users[name].add(page)
        for name in _references([one["content"] for one in self._problems.values()]):
            users[name] = {"errors"}
        return {
            name: next(iter(pages)) if len(pages) == 1 else "types"
            for name, pages in users.items()
            if not name.startswith((LOCALIZED_PREFIX, PARTIAL_PREFIX)) or name == "PartialDate"
        }

    @property
    def _problems(self) -> dict[str, Schema]:
        responses = self._document["components"]["responses"].items()
        return {name: one for name, one in responses if name.startswith("Problem")}

    def _reachable(self, address: Address) -> set[str]:
        """Return the names of the schemas that the JSON of an address consists of, without linked documents."""
        names = [*_references([operation["responses"] for _, operation in address.variants[:1]])]
        entities = {shape.name for shape in self._context.renderer.model.entities}
        for name in names:
            is_document = name.endswith(LIST_SUFFIX) or name in entities
            references = {*_references(self._document["components"]["schemas"][name])}
            names += references - {*names} - (entities if is_document else set())
        return {*names}

    def _schemas(self, name: str) -> Iterator[tuple[str, Schema]]:
        schemas = self._document["components"]["schemas"]
        yield from ((schema, schemas[schema]) for schema, page in self._schema_pages.items() if page == name)

    def _schema_page(self, reference: str) -> str:
        """Return the path of the page with a schema, or an empty string if none shows it."""
        name = self._schema_pages.get(_name(reference))
        return "" if name is None else self._path(name).stem

    def _resolved(self, node: Schema) -> Schema:
        if "$ref" not in node:
            return node
        kind, name = node["$ref"].split("/")[-2:]
        component: Schema = self._document["components"][kind][name]
        return component

    def _content(self, operation: Schema) -> Schema:
        """Return the content of a 200 response, by media type."""
        content: Schema = self._resolved(operation["responses"]["200"]).get("content", {})
        return content

    def _example_url(self, path: str, operation: Schema) -> str:
        """Return the URL of an example: the path with the examples of its parameters, and the required ones."""
        parameters = [self._resolved(node) for node in operation.get("parameters", [])]
        for parameter in parameters:
            if parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", str(parameter.get("example", "")))
        required = (
            parameter for parameter in parameters if parameter["in"] == "query" and "required" in parameter
        )
        return with_query(path, {parameter["name"]: _example_text(parameter) for parameter in required})

    def _parameter_url(self, address: Address, parameter: Schema) -> str:
        """Return the URL of the example of a query parameter, or an empty string if it has none."""
        by_name = {
            one["name"]: one for one in address.parameters if one["in"] == "query" and "example" in one
        }
        if parameter["name"] not in by_name or "{" in address.path:
            return ""
        required = [name for name, one in by_name.items() if "required" in one]
        names = dict.fromkeys([*required, *self._scope(address, parameter["name"]), parameter["name"]])
        return with_query(address.path, {name: _example_text(by_name[name]) for name in names})

    def _scope(self, address: Address, name: str) -> list[str]:
        """Return the parameter without which a filter has no meaning, such as the currency of an amount."""
        collection = self._context.router.collections.get(address.path.removeprefix("/"))
        if collection is None or not isinstance(collection.spec, ListQuerySpec):
            return []
        parameter = collection.spec.parameters.get(name)
        return [parameter.scoped_by] if parameter and parameter.scoped_by else []


def _example_text(parameter: Schema) -> str:
    example = parameter["example"]
    return ",".join(map(str, example)) if isinstance(example, list) else str(example)


def _inline(text: str) -> Markup:
    """Return a paragraph of Markdown as HTML: code spans and strong emphasis."""
    spans = re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(" ".join(text.split()))))
    return Markup(re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", spans))  # noqa: S704 - escaped above


def _pretty(content: Schema) -> Iterator[tuple[str, Markup]]:
    """Yield the summary and the indented JSON of the examples of a response that are short, as HTML."""
    for media in content.values():
        for example in media.get("examples", {}).values():
            text = json.dumps(example["value"], indent=2, ensure_ascii=False)
            if len(text) <= _MAX_EXAMPLE_LENGTH:
                # Quotation marks, of which JSON has many, are no markup in the text of an element.
                yield example["summary"], Markup(html.escape(text, quote=False))  # noqa: S704 - escaped


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]


def _references(value: Any) -> Iterator[str]:
    """Yield the name of every schema that a value refers to."""
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and "/schemas/" in reference:
            yield _name(reference)
        for child in value.values():
            yield from _references(child)
    elif isinstance(value, list):
        for child in value:
            yield from _references(child)


def _limits(schema: Schema) -> Iterator[str]:
    """Yield the type and the limits of a value as text; a long pattern is omitted."""
    yield schema["type"]
    for key, text in _LIMITS:
        if key in schema and len(str(schema[key])) <= _MAX_PATTERN_LENGTH:
            yield Markup(text).format(schema[key])  # noqa: S704 - the value is escaped
