"""The OpenAPI document as a page for people: plain HTML, without a script."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from api.formats.html.page import CONTENT_SECURITY_POLICY
from api.formats.registry import FORMATS
from api.http.urls import UrlPath, with_query
from api.openapi.document import Document
from schema.json_schema.values import Schema

STYLE = "/assets/docs.css"

HEADERS = {"content-security-policy": CONTENT_SECURITY_POLICY}

_HERE = Path(__file__).parent

_LONGEST_PATTERN = 60

_LIMITS = (
    ("format", "{}"),
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("maxLength", "at most {} characters"),
    ("pattern", "like <code>{}</code>"),
)


def written(document: Document) -> bytes:
    """Return the page that shows a document."""
    path = urlsplit(document["servers"][0]["url"]).path
    return _environment().get_template("docs.html").render(document=document, prefix=path).encode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {"inline": _inline, "pretty": _pretty}
    environment.globals |= {
        "anchor": _anchor,
        "content_of": _content,
        "example_of": _example_of,
        "formats_of": _formats_of,
        "limits": _limits,
        "name": _name,
        "resolved": _resolved,
    }
    return environment


def _inline(text: str) -> Markup:
    """Return a line of Markdown as HTML, as far as this document's texts use it."""
    found = re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(" ".join(text.split()))))
    return Markup(re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", found))  # noqa: S704 - escaped above


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]


def _anchor(reference: str) -> str:
    """Return the anchor of what stands at a place among the components."""
    kind, name = reference.split("/")[-2:]
    return f"{kind}-{name}"


def _resolved(document: Document, place: Schema) -> Schema:
    if "$ref" not in place:
        return place
    kind, name = place["$ref"].split("/")[-2:]
    found: Schema = document["components"][kind][name]
    return found


def _limits(schema: Schema) -> Iterator[str]:
    """Yield in words what a value is and must keep to; a pattern only if it can be read."""
    yield schema["type"]
    for key, said in _LIMITS:
        if key in schema and len(str(schema[key])) <= _LONGEST_PATTERN:
            yield Markup(said).format(schema[key])  # noqa: S704 - only what is put in is escaped


def _example_of(path: str, operation: Schema) -> str:
    """Return an address that can be asked for: that of an example, if there is one."""
    for content in _content(operation).values():
        for example in content.get("examples", {}).values():
            return str(example["summary"])
    query: dict[str, str] = {}
    for parameter in operation.get("parameters", []):
        if "example" in parameter:
            name, value = parameter["name"], str(parameter["example"])
            path = path.replace(f"{{{name}}}", value)
            query |= {name: value} if parameter["in"] == "query" else {}
    return with_query(path, query)


def _content(operation: Schema) -> Schema:
    """Return what an answer may be, by media type: nothing of one that leads elsewhere."""
    found: Schema = operation["responses"].get("200", {}).get("content", {})
    return found


def _formats_of(path: str, operation: Schema) -> Iterator[tuple[str, str]]:
    """Yield the names of the formats that an address is to be had in, and its address in each."""
    content = _content(operation)
    stem, mark, query = path.partition("?")
    for one in FORMATS:
        if len(content) > 1 and one.media_type in content and "{" not in path:
            yield one.name, UrlPath.parse(stem).with_suffix(one.name).url({}) + mark + query
