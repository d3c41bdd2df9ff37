"""The plain shape of a document: its cards have neither `uri` nor `type`."""

from collections.abc import Mapping
from typing import Any

from schema.declaration.datatypes import CARD_KINDS
from schema.model import Model

_OMITTED_KEYS = ("uri", "type")


def plain_shape(model: Model, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document whose cards have their id, but no IRI and no type; nothing else differs.

    The card of a list has no id and keeps both.
    """
    return {key: _plain_value(model, value, is_card=_holds_cards(model, key)) for key, value in body.items()}


def _plain_value(model: Model, value: Any, *, is_card: bool) -> Any:
    if isinstance(value, list):
        return [_plain_value(model, item, is_card=is_card) for item in value]
    if not isinstance(value, dict):
        return value
    plain = plain_shape(model, value)
    if is_card and "id" in plain:
        return {key: item for key, item in plain.items() if key not in _OMITTED_KEYS}
    return plain


def _holds_cards(model: Model, key: str) -> bool:
    field = model.keys.get(key)
    return field is not None and field.kind in CARD_KINDS
