"""Parsing of HTML pages: their text, descriptions, links and JSON-LD."""

import json
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib

from api.http.url_path_and_format_suffix import UrlPath
from api.store.log.actions import publish
from schema.declaration.datatypes import Kind
from schema.declaration.shapes import Shape
from schema.documents.localization_and_fieldsets import fallback_order
from tests.support.site import Site

IN_DEPTH = ("/", "/projects", "/vocab", "/vocab/role", "/vocab/role/partner")
"""Paths of pages whose layout does not follow from the declaration."""


def parsed(text: str) -> Element:
    """Return a page as a browser sees it. Raise ParseError for what a browser would have to repair."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


def page(site: Site, path: str) -> Element:
    response = site.get(path, accept="text/html", accept_encoding="identity")
    assert response.status_code == 200, (path, response.text)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return parsed(response.text)


def in_language(path: str, code: str) -> str:
    """Return the address of the page of a document or a list in a language, which pages link to."""
    stem, question_mark, query = path.partition("?")
    return f"{UrlPath.parse(stem).page(code).url({})}{question_mark}{query}"


def without_suffixes(address: str) -> str:
    """Return the address of the data of a page, with the same query."""
    path, question_mark, query = address.partition("?")
    return f"{UrlPath.parse(path).stem}{question_mark}{query}"


def text(element: Element | None) -> str:
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def main(tree: Element) -> Element:
    element = tree.find(".//main")
    assert element is not None
    return element


def ids(tree: Element) -> list[str]:
    return [element.get("id", "") for element in tree.iter() if element.get("id")]


def facts(tree: Element) -> dict[str, str]:
    """Return the description lists of a page: the text of each `dd` by that of its `dt`."""
    return {text(pair[0]): text(pair[1]) for pair in main(tree).iterfind(".//dl/div")}


def links(tree: Element) -> dict[str, Element]:
    return {element.get("href", ""): element for element in tree.iter("a")}


def json_ld(tree: Element) -> dict[str, object]:
    (script,) = tree.iter("script")
    return json.loads(script.text or "")


def publish_all(site: Site, *records: object) -> None:
    site.store.commit([publish(record) for record in records], "editor")


def shown_texts(body: dict[str, object], code: str, shape: Shape) -> Iterator[str]:
    """Yield the texts of a document that its page in a language must show."""
    for field in shape.stated_fields:
        stated = body.get(field.name)
        for value in stated if field.is_list and stated else [stated] if stated else []:
            if field.part:
                yield from shown_texts(value, code, field.part)
            elif field.kind in (Kind.TEXT, Kind.TEXTS):
                texts = value.get(code) or value[fallback_order(value)[0]]
                yield from [texts] if isinstance(texts, str) else texts
            elif field.kind in (Kind.STRING, Kind.IRI) and field.name not in ("id", "pointer"):
                yield value
