"""Answers in one language: texts as plain strings, and where they had to be of another."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schema.declaration.datatypes import Kind
from schema.model import Model

ANY_LANGUAGE = "*"
"""In place of a language tag: whatever there is."""

Body = dict[str, Any]


def localize(model: Model, body: Mapping[str, Any], language: str, fallback: Sequence[str]) -> Body:
    """Return an answer with each text in the first of the languages that it has, or without it.

    Where that is not the language asked for, `fallbacks` says which, by JSON Pointer (RFC 6901).
    """
    translation = _Localizer(model, language.lower(), tuple(tag.lower() for tag in fallback))
    translated = translation.thing(body, "")
    return translated | ({"fallbacks": translation.fallbacks} if translation.fallbacks else {})


@dataclass(frozen=True)
class _Localizer:
    """One answer while it is translated."""

    model: Model
    language: str
    fallback: tuple[str, ...]
    fallbacks: dict[str, str] = field(default_factory=dict)

    def thing(self, body: Mapping[str, Any], pointer: str) -> Body:
        translated = {}
        for key, value in body.items():
            where = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
            if not self._is_text(key, value):
                translated[key] = self._value(value, where)
            elif (tag := self._tag(value)) is not None:
                translated[key] = self._value(value[tag], where)
                if tag != self.language:
                    self.fallbacks[where] = tag
        return translated

    def _value(self, value: Any, pointer: str) -> Any:
        if isinstance(value, Mapping):
            return self.thing(value, pointer)
        if isinstance(value, list | tuple):
            return [self._value(one, f"{pointer}/{place}") for place, one in enumerate(value)]
        return value

    def _is_text(self, key: str, value: Any) -> bool:
        """Tell texts from a thing that stands under an id which is also the name of a text."""
        known = self.model.keys.get(key)
        is_text = known is not None and known.kind in (Kind.TEXT, Kind.TEXTS)
        return is_text and isinstance(value, Mapping) and "type" not in value

    def _tag(self, texts: Mapping[str, Any]) -> str | None:
        """Return the language to show, found as in RFC 4647, 3.4."""
        for wanted in (self.language, *self.fallback):
            found = min(texts, default=None) if wanted == ANY_LANGUAGE else _looked_up(wanted, texts)
            if found is not None:
                return found
        return None


def _looked_up(wanted: str, texts: Mapping[str, Any]) -> str | None:
    return next((tag for tag in _shorter(wanted) if tag in texts), None)


def _shorter(tag: str) -> Iterator[str]:
    """Yield a tag, and what is left of it as its ends are cut off: zh-hant-tw, zh-hant, zh."""
    subtags = tag.split("-")
    while subtags:
        yield "-".join(subtags)
        subtags.pop()
        if subtags and len(subtags[-1]) == 1:
            subtags.pop()


_ALWAYS = ("id", "uri", "type")


def select_fields(body: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Return what a thing says in some fields, and what it is, in its own order."""
    return {name: value for name, value in body.items() if name in _ALWAYS or name in names}
