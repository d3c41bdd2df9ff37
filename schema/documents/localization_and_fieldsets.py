"""Views of a document: localization to one language, and sparse fieldsets."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from schema.declaration.datatypes import NO_LANGUAGE, Kind
from schema.documents.field_paths import FieldTree
from schema.model import Model

ANY_LANGUAGE = "*"
"""The wildcard language range (RFC 4647, section 2.1), which matches any text."""

_FIRST_FALLBACK, _LAST_FALLBACK = "en", "und"
"""The languages that are tried first and last where any language will do."""

_IDENTITY_KEYS = ("id", "uri", "type")
"""Keys that every node of a sparse fieldset has."""


def localize(model: Model, body: Mapping[str, Any], language: str, fallback: Sequence[str]) -> dict[str, Any]:
    """Return a document with each language map replaced by its text in one language.

    The text is in `language`, or without linguistic content, or else in the first of the `fallback` languages
    available; a text in none of them is omitted. `fallbacks` maps the JSON Pointer (RFC 6901) of each text in a
    fallback language to its tag.
    """
    localizer = Localizer(model, language, fallback)
    localized = localizer.localize_node(body, "")
    return localized | ({"fallbacks": localizer.fallbacks} if localizer.fallbacks else {})


def lookup_language(language_range: str, tags: Container[str]) -> str | None:
    """Return the tag that a language range selects by lookup (RFC 4647, section 3.4), or None."""
    return next((prefix for prefix in _truncations(language_range) if prefix in tags), None)


def fallback_order(tags: Iterable[str]) -> list[str]:
    """Return language tags in the order in which they stand in for another language."""
    return sorted(tags, key=lambda tag: (tag == _LAST_FALLBACK, tag != _FIRST_FALLBACK, tag))


def select_fields(
    body: Mapping[str, Any], tree: FieldTree, *, in_plain_shape: bool = False
) -> dict[str, Any]:
    """Return the sparse fieldset of a document, in document order: the fields of a tree, and identifying keys.

    These are the id, IRI and type of the record and of every part and card that fields are selected of; in the
    plain shape the id of the record alone.
    """
    identity, inner_identity = (("id",), ()) if in_plain_shape else (_IDENTITY_KEYS, _IDENTITY_KEYS)
    return _select(body, tree, identity, inner_identity)


def _select(
    body: Mapping[str, Any], tree: FieldTree, identity: tuple[str, ...], inner_identity: tuple[str, ...]
) -> dict[str, Any]:
    selected = {}
    for name, value in body.items():
        if inner := tree.get(name):
            nodes = value if isinstance(value, list) else [value]
            inner_nodes = [_select(node, inner, inner_identity, inner_identity) for node in nodes]
            selected[name] = inner_nodes if isinstance(value, list) else inner_nodes[0]
        elif name in tree or name in identity:
            selected[name] = value
    return selected


class Localizer:
    """The localization of one document. `fallbacks` is filled along the way."""

    def __init__(self, model: Model, language: str, fallback: Sequence[str]) -> None:
        self.model = model
        self.language = language.lower()
        self.fallback = tuple(tag.lower() for tag in fallback)
        self.fallbacks: dict[str, str] = {}

    def localize_node(self, node: Mapping[str, Any], pointer: str) -> dict[str, Any]:
        """Return a node at a JSON Pointer, as `localize` does."""
        localized = {}
        for key, value in node.items():
            key_pointer = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
            if not self._is_language_map(key, value):
                localized[key] = self._localize_value(value, key_pointer)
            elif tag := lookup_language(self.language, value) or lookup_language(NO_LANGUAGE, value):
                localized[key] = self._localize_value(value[tag], key_pointer)
            elif tag := self._select_fallback(value):
                localized[key] = self._localize_value(value[tag], key_pointer)
                self.fallbacks[key_pointer] = tag
        return localized

    def _localize_value(self, value: Any, pointer: str) -> Any:
        if isinstance(value, Mapping):
            return self.localize_node(value, pointer)
        if isinstance(value, list | tuple):
            return [self._localize_value(item, f"{pointer}/{index}") for index, item in enumerate(value)]
        return value

    def _is_language_map(self, key: str, value: Any) -> bool:
        """Return True for a language map.

        A node can be nested under a key, such as a record's id, that is also the name of a text field. Unlike
        a language map it has a `type`.
        """
        model_field = self.model.keys.get(key)
        is_text = model_field is not None and model_field.kind in (Kind.TEXT, Kind.TEXTS)
        return is_text and isinstance(value, Mapping) and "type" not in value

    def _select_fallback(self, texts: Mapping[str, Any]) -> str | None:
        """Return the tag of the first fallback language that a text is available in."""
        for language_range in self.fallback:
            if language_range == ANY_LANGUAGE:
                tag = next(iter(fallback_order(texts)), None)
            else:
                tag = lookup_language(language_range, texts)
            if tag:
                return tag
        return None


def _truncations(tag: str) -> Iterator[str]:
    """Yield a language tag and its truncations (RFC 4647, section 3.4): zh-hant-tw, zh-hant, zh."""
    subtags = tag.split("-")
    while subtags:
        yield "-".join(subtags)
        subtags.pop()
        if subtags and len(subtags[-1]) == 1:
            subtags.pop()
