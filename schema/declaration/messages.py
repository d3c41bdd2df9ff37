"""Messages to clients: templates by language, and the arguments of one occurrence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DEFAULT_LANGUAGE = "en"
"""The language of messages to software that asks for none."""


@dataclass(frozen=True)
class LocalizedMessage:
    """A message that is formatted once the language of the response is known.

    Arguments may be messages too, such as the hint that ends a sentence.
    """

    templates: Mapping[str, str]
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def text(self, language: str) -> str:
        """Return the message in a language."""
        arguments = {
            name: value.text(language) if isinstance(value, LocalizedMessage) else value
            for name, value in self.arguments.items()
        }
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
            "en": " Did you mean {nearest!r}?",
            "lv": " Vai domājāt {nearest!r}?",
        },
    }
)


def hint(nearest: str = "") -> LocalizedMessage:
    """Return a sentence, with a space before it, that suggests a word; an empty one for an empty word."""
    return COMMON_MESSAGES("did-you-mean", nearest=nearest) if nearest else COMMON_MESSAGES("none")


class LocalizedError(ValueError):
    """An error with a message to clients, and perhaps the valid word nearest to an invalid one."""

    def __init__(self, message: LocalizedMessage, suggestion: "Suggestion | None" = None) -> None:
        super().__init__(str(message))
        self.message = message
        self.suggestion = suggestion


@dataclass(frozen=True)
class Suggestion:
    """The valid word that is nearest to an invalid one."""

    invalid: str
    nearest: str
