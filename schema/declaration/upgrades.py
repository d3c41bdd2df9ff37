"""How documents in the log become documents of today: one pure upgrade per change of declaration."""

from collections.abc import Callable
from typing import Any

Upgrade = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Takes the entity's name and a document as it was kept; returns it as it would be kept now."""

UPGRADES: tuple[Upgrade, ...] = ()
"""Oldest first, never removed: a revision states how many there were when it was written."""
