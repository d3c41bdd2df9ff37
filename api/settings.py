"""Settings of an installation, read from environment variables and validated."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct, field
from pyoxigraph import Literal

from api.store.database.database import Database
from api.store.database.database_url import DatabaseUrlError
from schema.declaration.datatypes import HTTP_IRI, LANGUAGE_TAG, Text
from vocab import authority_tables

PREFIX = "TIKLS_"
"""The prefix of the environment variables."""

MAX_PORT = 65_535

MAX_DEADLINE = 60
"""The longest time limit of a response, in seconds."""

_MAX_WORKERS = 64

_MAX_CACHE = 65_536

_MAX_SECONDS = 86_400

_MAX_BUDGET = 3_600

_MAX_PROXIES = 10


def _default_publisher() -> dict[str, str]:
    return {"lv": "Sociālās uzņēmējdarbības tīkls", "en": "Social entrepreneurship network"}


class Settings(Struct, kw_only=True, frozen=True):
    """The settings of an installation, each with its environment variable."""

    host: str = "127.0.0.1"
    """TIKLS_HOST: the network address that the server listens on."""
    port: int = 8000
    """TIKLS_PORT: the port that the server listens on."""
    database: str = "sqlite:///var/tikls.db"
    """TIKLS_DATABASE: the database URL, `sqlite:///path` or `postgresql://user@host/name`."""
    base: str = "http://127.0.0.1:8000"
    """TIKLS_BASE: the public base URL, with which every IRI begins; by default `http://{host}:{port}`."""
    languages: tuple[str, ...] = ("lv", "en")
    """TIKLS_LANGUAGES: the languages of country and language names, separated by commas."""
    licence: str = "https://creativecommons.org/licenses/by/4.0/"
    """TIKLS_LICENCE: the IRI of the licence of all content."""
    publisher: dict[str, str] = field(default_factory=_default_publisher)
    """TIKLS_PUBLISHER: the name of the publisher, as a JSON language map: `{"lv": "…", "en": "…"}`."""
    data: str = "data"
    """TIKLS_DATA: the directory of content that is loaded into an empty log."""
    deadline: float = 5.0
    """TIKLS_DEADLINE: the time limit of the whole making of a response in seconds, at most 60."""
    workers: int = 1
    """TIKLS_WORKERS: the number of worker processes, each with its own connections and response cache."""
    cache: int = 64
    """TIKLS_CACHE: the size of the response cache of each worker in megabytes; 0 turns it off.

    The record index of the worker takes half as much beside it, at least 16.
    """
    budget: int = 60
    """TIKLS_BUDGET: the seconds of server time a minute that each worker gives to one peer; 0 for any number."""
    proxies: int = 0
    """TIKLS_PROXIES: the number of proxies before the server that append the client's address to X-Forwarded-For."""
    max_age: int = 0
    """TIKLS_MAX_AGE: the number of seconds for which caches may use a document without asking again; 0 is none."""
    stale_while_revalidate: int = 0
    """TIKLS_STALE_WHILE_REVALIDATE: the number of seconds after it for which they may use it while they ask again."""
    today: date | None = None
    """TIKLS_TODAY: the date that the clock must show for the first commit after more than a year without one."""

    @property
    def listening_url(self) -> str:
        """Return the URL of the network address and port that the server listens on."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


class SettingsError(ValueError):
    """Settings are invalid; `problems` has one line per error."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings in environment variables. Raise SettingsError with all errors."""
    values: dict[str, Any] = {}
    problems = []
    names = {PREFIX + field.upper(): field for field in Settings.__struct_fields__}
    for name in sorted(name for name in environment if name.startswith(PREFIX)):
        if name not in names:
            problems.append(f"{name} is not a setting. The settings are {', '.join(sorted(names))}.")
            continue
        try:
            values[names[name]] = _READERS[names[name]](environment[name])
        except ValueError as error:
            problems.append(f"{name}: {error}")
    if problems:
        raise SettingsError(problems)
    values.setdefault("base", Settings(**values).listening_url)
    return Settings(**values)


def _integer_reader(minimum: int, maximum: int, description: str) -> Callable[[str], int]:
    def read_integer(text: str) -> int:
        if not (re.fullmatch(r"[0-9]{1,5}", text) and minimum <= int(text) <= maximum):
            message = f"{text!r} is not {description} from {minimum} to {maximum}"
            raise ValueError(message)
        return int(text)

    return read_integer


def _read_deadline(text: str) -> float:
    if not (re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,3})?", text) and 0 < float(text) <= MAX_DEADLINE):
        message = f"{text!r} is not a number of seconds above 0 and at most {MAX_DEADLINE}"
        raise ValueError(message)
    return float(text)


def _read_base(text: str) -> str:
    if "?" in _read_iri(text) or "#" in text or not urlsplit(text).hostname:
        message = f"{text!r} has a query or a fragment, or no host; a base URL ends with its host or path"
        raise ValueError(message)
    return text.rstrip("/")


def _read_iri(text: str) -> str:
    if not _require_match(text, HTTP_IRI, "an http or https URL").isascii():
        message = f"{text!r} is not ASCII, which HTTP headers require; write the host in Punycode (xn--…) and percent-encode the path"
        raise ValueError(message)
    return text


def _read_languages(text: str) -> tuple[str, ...]:
    tags = [_require_match(tag.strip(), LANGUAGE_TAG, "a lower-case language tag") for tag in text.split(",")]
    if unknown := [tag for tag in tags if not authority_tables.has_locale(tag)]:
        message = f"country names are not available in {', '.join(unknown)}"
        raise ValueError(message)
    return tuple(dict.fromkeys(tags))


def _read_publisher(text: str) -> dict[str, str]:
    try:
        names = msgspec.json.decode(text, type=Text)
        for tag in names:
            Literal("", language=tag)
    except ValueError as error:
        message = f'{text!r} is not a JSON language map such as {{"en": "A name"}}'
        raise ValueError(message) from error
    return names


def _require_match(text: str, pattern: str, description: str) -> str:
    if not re.search(pattern, text):
        message = f"{text!r} is not {description}"
        raise ValueError(message)
    return text


def _read_database(text: str) -> str:
    try:
        Database(text)
    except DatabaseUrlError as error:
        raise ValueError(str(error)) from error
    return text


def _read_date(text: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        message = f"{text!r} is not a date such as 2026-11-30"
        raise ValueError(message)
    return date.fromisoformat(text)


def _read_text(text: str) -> str:
    if not text.strip():
        message = "the value is empty"
        raise ValueError(message)
    return text


_READERS: Mapping[str, Callable[[str], Any]] = {
    "host": _read_text,
    "data": _read_text,
    "port": _integer_reader(1, MAX_PORT, "a port number"),
    "workers": _integer_reader(1, _MAX_WORKERS, "a number of workers"),
    "cache": _integer_reader(0, _MAX_CACHE, "a number of megabytes"),
    "budget": _integer_reader(0, _MAX_BUDGET, "a number of seconds"),
    "proxies": _integer_reader(0, _MAX_PROXIES, "a number of proxies"),
    "max_age": _integer_reader(0, _MAX_SECONDS, "a number of seconds"),
    "stale_while_revalidate": _integer_reader(0, _MAX_SECONDS, "a number of seconds"),
    "deadline": _read_deadline,
    "base": _read_base,
    "licence": _read_iri,
    "languages": _read_languages,
    "publisher": _read_publisher,
    "database": _read_database,
    "today": _read_date,
}
