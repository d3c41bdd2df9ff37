"""What of a database is compared with the declarations."""

from collections.abc import Mapping
from typing import Any

_INDEX_OF_WORDS = ("searchable_words", "ix_searchable_words")
"""Differs between the engines, so that a migration alone says what it is."""


def is_declared(name: str | None, _: str, __: Mapping[str, Any]) -> bool:
    """Tell whether a table or index of the database is one that the declarations make."""
    return name is None or not name.startswith(_INDEX_OF_WORDS)
