"""Parsing of HTML pages: their text, facts, links and JSON-LD."""

import json
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib

from api.store.log.actions import publish
from schema.declaration.datatypes import Kind
from schema.declaration.shapes import Shape
from tests.support.site import Site

IN_DEPTH = ("/", "/projects", "/vocab", "/vocab/role", "/vocab/role/partner")
"""Addresses of pages made by hand."""


def parsed(text: str) -> Element:
    """Return a page as a browser sees it. Raise ParseError for what a browser would have to repair."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


def page(site: Site, path: str) -> Element:
    answer = site.get(path, accept="text/html", accept_encoding="identity")
    assert answer.status_code == 200, (path, answer.text)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return parsed(answer.text)


def in_language(path: str, code: str) -> str:
    """Return the address of a page as links to it are written: the first language is not named."""
    return path if code == "lv" else f"{path}{'&' if '?' in path else '?'}lang={code}"


def text(element: Element | None) -> str:
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def main(tree: Element) -> Element:
    found = tree.find(".//main")
    assert found is not None
    return found


def ids(tree: Element) -> list[str]:
    return [one.get("id", "") for one in tree.iter() if one.get("id")]


def facts(tree: Element) -> dict[str, str]:
    """Return what the descriptions of a page say, by caption."""
    return {text(pair[0]): text(pair[1]) for pair in main(tree).iterfind(".//dl/div")}


def links(tree: Element) -> dict[str, Element]:
    return {one.get("href", ""): one for one in tree.iter("a")}


def json_ld(tree: Element) -> dict[str, object]:
    (script,) = tree.iter("script")
    return json.loads(script.text or "")


def publish_all(site: Site, *records: object) -> None:
    site.store.commit([publish(one) for one in records], "editor")


def texts_of(body: dict[str, object], code: str, shape: Shape) -> Iterator[str]:
    """Yield the texts that a page in a language has to show of what its record states."""
    for field in shape.stated_fields:
        found = body.get(field.name)
        for one in found if field.is_list and found else [found] if found else []:
            if field.part:
                yield from texts_of(one, code, field.part)
            elif field.kind in (Kind.TEXT, Kind.TEXTS):
                said = one.get(code) or one.get("en" if code == "lv" else "lv") or next(iter(one.values()))
                yield from [said] if isinstance(said, str) else said
            elif field.kind in (Kind.STRING, Kind.IRI) and field.name != "id":
                yield one
