"""The documentation page: the OpenAPI document as HTML, without a script."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from api.formats.format import Formats
from api.formats.html.asset_files import asset_path
from api.http.url_path import UrlPath, with_query
from api.openapi.document import OpenApiDocument
from schema.json_schema.values import Schema

_MAX_PATTERN_LENGTH = 60
_LIMITS = (
    ("format", "{}"),
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("maxLength", "at most {} characters"),
    ("pattern", "like <code>{}</code>"),
)


def docs_page(document: OpenApiDocument, formats: Formats) -> bytes:
    """Return the page of an OpenAPI document."""
    prefix = urlsplit(document["servers"][0]["url"]).path
    template = _environment().get_template("docs.html")
    return template.render(document=document, formats=formats, prefix=prefix).encode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {"inline": _inline, "pretty": _pretty}
    environment.globals |= {
        "anchor": _anchor,
        "asset_path": asset_path,
        "content_of": _content,
        "example_of": _example_url,
        "formats_of": _format_urls,
        "limits": _limits,
        "name": _name,
        "resolved": _resolved,
    }
    return environment


def _inline(text: str) -> Markup:
    """Return a paragraph of Markdown as HTML: code spans and strong emphasis."""
    html = re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(" ".join(text.split()))))
    return Markup(re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", html))  # noqa: S704 - escaped above


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]


def _anchor(reference: str) -> str:
    """Return the anchor of a component."""
    kind, name = reference.split("/")[-2:]
    return f"{kind}-{name}"


def _resolved(document: OpenApiDocument, node: Schema) -> Schema:
    if "$ref" not in node:
        return node
    kind, name = node["$ref"].split("/")[-2:]
    component: Schema = document["components"][kind][name]
    return component


def _limits(schema: Schema) -> Iterator[str]:
    """Yield the type and the limits of a value as text; a long pattern is omitted."""
    yield schema["type"]
    for key, text in _LIMITS:
        if key in schema and len(str(schema[key])) <= _MAX_PATTERN_LENGTH:
            yield Markup(text).format(schema[key])  # noqa: S704 - the value is escaped


def _example_url(document: OpenApiDocument, path: str, operation: Schema) -> str:
    """Return the URL of an example, or the path with the examples of its parameters."""
    for content in _content(operation).values():
        for example in content.get("examples", {}).values():
            return str(example["summary"])
    query: dict[str, str] = {}
    for parameter in (_resolved(document, node) for node in operation.get("parameters", [])):
        if "example" in parameter and parameter.get("required"):
            name, value = parameter["name"], str(parameter["example"])
            path = path.replace(f"{{{name}}}", value)
            query |= {name: value} if parameter["in"] == "query" else {}
    return with_query(path, query)


def _content(operation: Schema) -> Schema:
    """Return the content of a 200 response, by media type; a redirect has none."""
    content: Schema = operation["responses"]["200"].get("content", {})
    return content


def _format_urls(formats: Formats, path: str, operation: Schema) -> Iterator[tuple[str, str]]:
    """Yield the name and the URL of each format of an address."""
    content = _content(operation)
    stem, separator, query = path.partition("?")
    for row in formats:
        if len(content) > 1 and row.media_type in content and "{" not in path:
            yield row.name, UrlPath.parse(stem).with_suffix(row.name).url({}) + separator + query
