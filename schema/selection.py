"""Answers with the fields that were asked for, and no others."""

from collections.abc import Collection, Mapping
from typing import Any

_ALWAYS = ("id", "uri", "type")


def selected(body: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Return what a thing says in some fields, and what it is, in its own order."""
    return {name: value for name, value in body.items() if name in _ALWAYS or name in names}
