"""Upgrades of logged documents to the current declarations."""

from collections.abc import Callable, Iterator
from typing import Any

Upgrade = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Takes the entity name and a document of the previous version; returns the document of the next version."""

_MAX_TITLE_LENGTH = 500

LINKED_SOURCES = 1
"""The number of upgrades since which documents link to their sources; earlier ones contain them."""


def embedded_sources(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the sources that a document from before LINKED_SOURCES contains, as documents of their own.

    One without a title gets its address as title, or else its id.
    """
    for source in document.get("record", {}).get("sources", ()):
        yield {"title": {"und": source.get("url", source["id"])[:_MAX_TITLE_LENGTH]}} | source


def _link_sources(_: str, document: dict[str, Any]) -> dict[str, Any]:
    """Replace the sources in a document by links, whose ids the sources had in it."""
    return _replace_in_record(document, "sources", lambda source: source["id"])


def _point_to_translations(_: str, document: dict[str, Any]) -> dict[str, Any]:
    """Replace the languages that a record was translated into by pointers to the whole record."""
    return _replace_in_record(document, "translated", lambda tag: {"id": tag, "pointer": "", "language": tag})


def _name_grants(entity: str, document: dict[str, Any]) -> dict[str, Any]:
    """Rename the stated label of a grant to `name`, also where its translation is pointed to."""
    if entity != "Grant" or "label" not in document:
        return document
    renamed = {"name" if key == "label" else key: value for key, value in document.items()}
    return _replace_in_record(renamed, "translated", _point_to_name)


def _point_to_name(translation: dict[str, Any]) -> dict[str, Any]:
    first, *others = translation["pointer"].split("/")[1:] or [""]
    return translation | {"pointer": "/".join(["", "name", *others])} if first == "label" else translation


def _replace_in_record(document: dict[str, Any], name: str, replace: Callable[[Any], Any]) -> dict[str, Any]:
    """Return a document with each item of a list of its record replaced."""
    record = document.get("record", {})
    if name not in record:
        return document
    return document | {"record": record | {name: [replace(item) for item in record[name]]}}


UPGRADES: tuple[Upgrade, ...] = (_link_sources, _point_to_translations, _name_grants)
"""All upgrades, oldest first. Append only: each revision records their number when it was written."""
