"""Mapping of JSON documents to schema.org JSON-LD, which pages embed for search engines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from api.formats.html.formatting import is_iso_date
from api.formats.html.localization import PageLanguage
from api.formats.html.record_layout import RecordLayouts
from api.formats.html.schema_org.terms import (
    CLASSES,
    CODE_PROPERTIES,
    IRI_PROPERTIES,
    LABEL_PROPERTIES,
    SchemaOrgClass,
)
from schema.declaration.datatypes import Kind, date_bounds
from schema.documents.renderer import Renderer

SchemaOrgNode = dict[str, Any]
"""A JSON-LD node object."""

_HTML_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def script_json(node: SchemaOrgNode) -> str:
    """Encode a node with its context as JSON for a `script` element, with HTML's special characters escaped."""
    document = {"@context": "https://schema.org", **node}
    return msgspec.json.encode(document).decode().translate(_HTML_ESCAPES)


@dataclass(frozen=True)
class SchemaOrgMapper:
    """Maps the documents of one installation, with texts in one language."""

    renderer: Renderer
    layouts: RecordLayouts
    language: PageLanguage

    def document(self, body: Mapping[str, Any]) -> SchemaOrgNode:
        """Return the node of a record or concept. That of a record includes its WebPage."""
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
        """Return the publisher of the installation."""
        return {"@type": "Organization", "name": self.text(self.renderer.publisher)}

    def text(self, texts: Mapping[str, Any] | str) -> Any:
        """Return the text or texts of a language map in the preferred language."""
        return self.language.preferred(texts).text

    def node(self, body: Mapping[str, Any]) -> SchemaOrgNode:
        """Return the node of a JSON object, with the nodes nested in it."""
        class_ = _class_of(body)
        node: SchemaOrgNode = {"@type": class_.name, "@id": body["uri"]}
        if body["type"] in self.renderer.model.by_name:
            node["name"] = self.text(self.layouts.label(body))
        for key, path in class_.properties.items():
            values = [*self._values(key, body[key], path)] if body.get(key) else []
            if path == "name" and values:
                node["name"] = values[0]
            elif values:
                _add_values(node, path, values)
        return node

    def _values(self, key: str, field_value: Any, path: str) -> Iterator[Any]:
        """Yield the values of a property, given the value or values of a field."""
        property_name = path.rpartition(".")[2]
        for value in field_value if isinstance(field_value, list) else [field_value]:
            match value:
                case {"type": _}:
                    yield from self._object_values(value, property_name)
                case {}:
                    text = self.text(value)
                    yield from text if isinstance(text, list) else [text]
                case str() if self.renderer.model.keys[key].kind is Kind.PARTIAL_DATE:
                    yield from _date_values(value)
                case _:
                    yield value

    def _object_values(self, card: Mapping[str, Any], property_name: str) -> Iterator[Any]:
        """Yield the value of a property whose field holds an object: an IRI, code, label or node."""
        if property_name in IRI_PROPERTIES:
            yield card["uri"]
        elif property_name in CODE_PROPERTIES:
            yield card["id"]
        elif property_name in LABEL_PROPERTIES:
            yield self.text(self.layouts.label(card))
        elif not (required := _class_of(card).required_field) or required in card:
            yield self.node(card)


def _class_of(body: Mapping[str, Any]) -> SchemaOrgClass:
    type_ = "MonetaryGrant" if body["type"] == "Grant" and "amounts" in body else body["type"]
    return CLASSES.get(type_, SchemaOrgClass("Thing"))


def _date_values(partial: str) -> Iterator[str]:
    """Yield a partial date as an ISO 8601 date.

    ISO 8601 has no seasons and no alternatives: they yield their month or their year, and nothing if they
    span two years.
    """
    if is_iso_date(partial):
        yield partial
        return
    first, last = (day.isoformat() for day in date_bounds(partial))
    common = [first[:size] for size in (len("2018-03"), len("2018")) if first[:size] == last[:size]]
    yield from common[:1]


def _add_values(node: SchemaOrgNode, path: str, values: list[Any]) -> None:
    """Add values to the property at a path of SchemaOrgClass. A single value is not wrapped in a list."""
    if path.startswith("^"):
        node, path = node.setdefault("@reverse", {}), path[1:]
    parent, dot, name = path.rpartition(".")
    if dot:
        node = node.setdefault(parent, {"@type": "PostalAddress"})
    previous = node.get(name, [])
    merged = [*(previous if isinstance(previous, list) else [previous]), *values]
    node[name] = merged[0] if len(merged) == 1 else merged
