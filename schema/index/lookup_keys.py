"""Lookup keys: other names of a record, by which filters accept it in place of its id."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schema.declaration.datatypes import LINE, Kind
from schema.declaration.shapes import Shape
from schema.index.tokenizer import normalize

LOOKUP_KEY = "lookup_key"
"""The name of the index of lookup keys. No filter has it."""

MAX_KEY_LENGTH = 300
"""Characters of a lookup key; a longer text is none."""


def lookup_key(text: str) -> str:
    """Return the lookup key that a text is found by, or an empty string if it is none.

    It is an IRI as it is, or any other text in lower case, without accents and punctuation.
    """
    if not re.search(LINE, text):
        return ""
    key = text if "://" in text else normalize(text)
    return key if len(key) <= MAX_KEY_LENGTH else ""


def lookup_keys(shape: Shape, values: Mapping[str, Any]) -> set[str]:
    """Return the lookup keys of a record, given its values by field name."""
    fields = (field for field in shape.fields if field.is_lookup_key)
    texts = (text for field in fields for text in _texts(field.kind, values[field.name]))
    return {key for key in map(lookup_key, texts) if key}


def _texts(kind: Kind, value: Any) -> Iterator[str]:
    """Yield the texts of a value: a text, a list of texts, or a language map of either."""
    texts: Iterable[Any] = value.values() if kind in (Kind.TEXT, Kind.TEXTS) and value else (value or (),)
    for text in texts:
        yield from (text,) if isinstance(text, str) else text
