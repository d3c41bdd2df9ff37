"""Upgrades of logged documents to the current declarations."""

from collections.abc import Callable
from typing import Any

Upgrade = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Takes the entity name and a document of the previous version; returns the document of the next version."""

UPGRADES: tuple[Upgrade, ...] = ()
"""All upgrades, oldest first. Append only: each revision records their number when it was written."""
