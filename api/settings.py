"""What can be set, with defaults that work on a laptop."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct, field
from pyoxigraph import Literal

from api.store.database.database import Database, DatabaseUrlError
from schema.declaration.datatypes import HTTP_IRI, LANGUAGE_TAG, Text
from vocab import authority_tables as authorities

PREFIX = "TIKLS_"

_LAST_PORT = 65_535

_LONGEST_DEADLINE = 60

_MOST_WORKERS = 64

_LARGEST_CACHE = 65_536


def _network() -> dict[str, str]:
    return {"lv": "Sociālās uzņēmējdarbības tīkls", "en": "Social entrepreneurship network"}


class Settings(Struct, kw_only=True, frozen=True):
    """The settings of one installation; each is read from the environment variable named beside it."""

    host: str = "127.0.0.1"
    """TIKLS_HOST: the address that the server listens at."""
    port: int = 8000
    """TIKLS_PORT: the port that the server listens at."""
    database: str = "sqlite:///var/tikls.db"
    """TIKLS_DATABASE: `sqlite:///a/path` or `postgresql://user@host/name`."""
    base: str = "http://127.0.0.1:8000"
    """TIKLS_BASE: the public address, which every IRI begins with; by default the host and port."""
    languages: tuple[str, ...] = ("lv", "en")
    """TIKLS_LANGUAGES: the languages in which countries and languages are named, by commas."""
    licence: str = "https://creativecommons.org/licenses/by/4.0/"
    """TIKLS_LICENCE: the IRI of the licence of all content."""
    publisher: dict[str, str] = field(default_factory=_network)
    """TIKLS_PUBLISHER: who publishes, as JSON: `{"lv": "…", "en": "…"}`."""
    data: str = "data"
    """TIKLS_DATA: the folder of content that is loaded into an empty log."""
    deadline: float = 5.0
    """TIKLS_DEADLINE: the seconds that a question to the database may take, at most 60."""
    workers: int = 1
    """TIKLS_WORKERS: the processes that serve; each has its own connections and its own cache."""
    cache: int = 64
    """TIKLS_CACHE: the megabytes of answers that each of them keeps; 0 keeps none."""


class SettingsError(ValueError):
    """Settings that cannot be used; `problems` has one line for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings in an environment. Raise SettingsError with every problem at once."""
    found: dict[str, Any] = {}
    problems = []
    names = {PREFIX + field.upper(): field for field in Settings.__struct_fields__}
    for name in sorted(name for name in environment if name.startswith(PREFIX)):
        if name not in names:
            problems.append(f"{name} is not a setting; there are {', '.join(sorted(names))}")
            continue
        try:
            found[names[name]] = _READERS[names[name]](environment[name])
        except ValueError as error:
            problems.append(f"{name}: {error}")
    if problems:
        raise SettingsError(problems)
    settings = Settings(**found)
    if "base" not in found:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        found["base"] = f"http://{host}:{settings.port}"
    return Settings(**found)


def _whole(least: int, most: int, what: str) -> Callable[[str], int]:
    def read_whole(text: str) -> int:
        if not (re.fullmatch(r"[0-9]{1,5}", text) and least <= int(text) <= most):
            message = f"{text!r} is not {what} from {least} to {most}"
            raise ValueError(message)
        return int(text)

    return read_whole


def _deadline(text: str) -> float:
    if not (re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,3})?", text) and 0 < float(text) <= _LONGEST_DEADLINE):
        message = f"{text!r} is not a number of seconds above 0, and at most 60"
        raise ValueError(message)
    return float(text)


def _base(text: str) -> str:
    if "?" in _iri(text) or "#" in text or not urlsplit(text).hostname:
        message = f"{text!r} has a query or a fragment; a base address ends with a host or a path"
        raise ValueError(message)
    return text.rstrip("/")


def _iri(text: str) -> str:
    if not _matching(text, HTTP_IRI, "an http or https address").isascii():
        message = f"{text!r} is not ASCII, as headers must be: write xn--… for a host, %… in a path"
        raise ValueError(message)
    return text


def _languages(text: str) -> tuple[str, ...]:
    tags = [_matching(tag.strip(), LANGUAGE_TAG, "a lower-case language tag") for tag in text.split(",")]
    if unknown := [tag for tag in tags if not authorities.has_locale(tag)]:
        message = f"{', '.join(unknown)}: no names of countries are known in it"
        raise ValueError(message)
    return tuple(dict.fromkeys(tags))


def _publisher(text: str) -> dict[str, str]:
    try:
        names = msgspec.json.decode(text, type=Text)
        for tag in names:
            Literal("", language=tag)
    except ValueError as error:
        message = f'{text!r} is not JSON like {{"en": "A name"}}'
        raise ValueError(message) from error
    return names


def _matching(text: str, pattern: str, wanted: str) -> str:
    if not re.search(pattern, text):
        message = f"{text!r} is not {wanted}"
        raise ValueError(message)
    return text


def _database(text: str) -> str:
    try:
        Database(text)
    except DatabaseUrlError as error:
        raise ValueError(str(error)) from error
    return text


def _filled(text: str) -> str:
    if not text.strip():
        message = "it is empty"
        raise ValueError(message)
    return text


_READERS: Mapping[str, Callable[[str], Any]] = {
    "host": _filled,
    "data": _filled,
    "port": _whole(1, _LAST_PORT, "a port, a number"),
    "workers": _whole(1, _MOST_WORKERS, "a number of workers"),
    "cache": _whole(0, _LARGEST_CACHE, "a number of megabytes"),
    "deadline": _deadline,
    "base": _base,
    "licence": _iri,
    "languages": _languages,
    "publisher": _publisher,
    "database": _database,
}
