"""Messages to clients: templates by language, and the arguments of one occurrence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DEFAULT_LANGUAGE = "en"
"""The language of messages to software that asks for none."""
ELABORATIONS = ("hint", "choices")
"""The arguments that say what would be right; pages have links instead."""


@dataclass(frozen=True)
class LocalizedMessage:
    """A message that is formatted once the language of the response is known.

    Arguments may be messages too, such as the hint that ends a sentence.
    """

    templates: Mapping[str, str]
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def text(self, language: str, *, brief: bool = False) -> str:
        """Return the message in a language. A brief one has no hint and no list of choices."""
        arguments = {
            name: value.text(language) if isinstance(value, LocalizedMessage) else value
            for name, value in self.arguments.items()
        }
        if brief:
            arguments |= dict.fromkeys(ELABORATIONS, "")
        return self.templates[language].format(**arguments)

    def __str__(self) -> str:
        """Return the message in the default language."""
        return self.text(DEFAULT_LANGUAGE)


class MessageTable:
    """The messages of a room: templates by name and language."""

    def __init__(self, templates: Mapping[str, Mapping[str, str]]) -> None:
        self.templates = templates

    def __call__(self, name: str, **arguments: Any) -> LocalizedMessage:
        """Return a message with its arguments."""
        return LocalizedMessage(self.templates[name], arguments)


COMMON_MESSAGES = MessageTable(
    {
        "none": {"en": "", "lv": ""},
        "did-you-mean": {
            "en": " Did you mean {nearest}?",
            "lv": " Vai domājāt {nearest}?",
        },
    }
)


def hint(*nearest: str) -> LocalizedMessage:
    """Return a sentence, with a space before it, that suggests some words; an empty one for no word."""
    return COMMON_MESSAGES("did-you-mean" if nearest else "none", nearest=", ".join(map(repr, nearest)))


class LocalizedError(ValueError):
    """An error with a message to clients, and perhaps the valid words nearest to an invalid one."""

    def __init__(self, message: LocalizedMessage, suggestion: "Suggestion | None" = None) -> None:
        super().__init__(str(message))
        self.message = message
        self.suggestion = suggestion


@dataclass(frozen=True)
class Suggestion:
    """The valid words that are nearest to an invalid one: to a parameter, to a value, or to a path."""

    invalid: str
    nearest: tuple[str, ...]
