"""What a page tells search engines: schema.org's view of it, as JSON-LD inside the page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from api.formats.html.formatting import is_season
from api.formats.html.localization import PageLanguage
from api.formats.html.record_layout import RecordLayouts
from api.formats.html.schema_org.terms import AS_CODE, AS_IRI, AS_NAME, CLASSES, SchemaOrgClass
from schema.declaration.datatypes import Kind, date_bounds
from schema.documents.renderer import Renderer

SchemaOrgNode = dict[str, Any]

_ESCAPED = {ord(one): f"\\u{ord(one):04x}" for one in "<>&\u2028\u2029"}


def script_json(node: SchemaOrgNode) -> str:
    """Return a node as JSON in which no character means anything to HTML."""
    stated = {"@context": "https://schema.org", **node}
    return msgspec.json.encode(stated).decode().translate(_ESCAPED)


@dataclass(frozen=True)
class SchemaOrgMapper:
    """Says what a thing is in schema.org's words, in one language."""

    renderer: Renderer
    layouts: RecordLayouts
    language: PageLanguage

    def document(self, body: Mapping[str, Any]) -> SchemaOrgNode:
        """Return a record's or concept's statements, and those of the page about it."""
        node = self.node(body)
        if record := body.get("record"):
            node["mainEntityOfPage"] = {
                "@type": "WebPage",
                "@id": record["uri"],
                "dateCreated": record["created"],
                "dateModified": record["modified"],
                "license": record["licence"],
                "publisher": self.publisher(),
            }
        return node

    def publisher(self) -> SchemaOrgNode:
        """Return who publishes."""
        return {"@type": "Organization", "name": self.text(self.renderer.publisher)}

    def text(self, given: Mapping[str, Any] | str) -> Any:
        """Return a text in the language."""
        return self.language.chosen(given).text

    def node(self, body: Mapping[str, Any]) -> SchemaOrgNode:
        """Return what is said of one thing, and of the things inside it."""
        found = _class(body)
        node: SchemaOrgNode = {"@type": found.name, "@id": body["uri"]}
        if body["type"] in self.renderer.model.by_name:
            node["name"] = self.text(self.layouts.label(body))
        for key, path in found.properties.items():
            values = [*self._values(key, body[key], path)] if body.get(key) else []
            if path == "name" and values:
                node["name"] = values[0]
            elif values:
                _put(node, path, values)
        return node

    def _values(self, key: str, given: Any, path: str) -> Iterator[Any]:
        name = path.rpartition(".")[2]
        for one in given if isinstance(given, list) else [given]:
            match one:
                case {"type": _}:
                    yield from self._thing(one, name)
                case {}:
                    text = self.text(one)
                    yield from text if isinstance(text, list) else [text]
                case str() if self.renderer.model.keys[key].kind is Kind.PARTIAL_DATE:
                    yield from _date(one)
                case _:
                    yield one

    def _thing(self, card: Mapping[str, Any], name: str) -> Iterator[Any]:
        if name in AS_IRI:
            yield card["uri"]
        elif name in AS_CODE:
            yield card["id"]
        elif name in AS_NAME:
            yield self.text(self.layouts.label(card))
        elif not (needed := _class(card).needs) or needed in card:
            yield self.node(card)


def _class(body: Mapping[str, Any]) -> SchemaOrgClass:
    type_ = "MonetaryGrant" if body["type"] == "Grant" and "amounts" in body else body["type"]
    return CLASSES.get(type_, SchemaOrgClass("Thing"))


def _date(partial: str) -> Iterator[str]:
    """Yield a date as ISO 8601 writes it; of a season, which it cannot write, the year."""
    if not is_season(partial):
        yield partial
        return
    first, last = date_bounds(partial)
    if first.year == last.year:
        yield str(first.year)


def _put(node: SchemaOrgNode, path: str, values: list[Any]) -> None:
    if path.startswith("^"):
        node, path = node.setdefault("@reverse", {}), path[1:]
    between, dot, name = path.rpartition(".")
    if dot:
        node = node.setdefault(between, {"@type": "PostalAddress"})
    before = node.get(name, [])
    together = [*(before if isinstance(before, list) else [before]), *values]
    node[name] = together[0] if len(together) == 1 else together
