"""The database URL: parsed once, so that it means the same to every driver."""

import os
import pwd
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

SQLITE = "sqlite"

POSTGRESQL = "postgresql"

_DEFAULT_HOST = "/var/run/postgresql"
"""The directory of the local server's socket, where no host is named."""

_DEFAULT_PORT = 5432

_MAX_PORT = 65_535

_TLS_FILES = ("sslrootcert", "sslcert", "sslkey")

_TLS_OPTIONS = ("sslmode", *_TLS_FILES)

_TLS_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

_CONNECTION_OPTIONS = ("host", "port", "user", "password", "options", *_TLS_OPTIONS)
"""The options in the query of a PostgreSQL URL."""

_HIDDEN = "hidden"


class DatabaseUrlError(ValueError):
    """A database URL is invalid or not supported."""


@dataclass(frozen=True)
class ConnectionParameters:
    """The parameters of a connection to PostgreSQL.

    What the URL leaves out is that of libpq's environment variables, else its default, which are filled in here
    because drivers differ in them. Both drivers read the password file and the variables of TLS themselves.
    """

    host: str
    port: int
    user: str
    database: str
    password: str | None = field(default=None, repr=False)
    options: str = ""
    tls: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_url(cls, url: URL) -> "ConnectionParameters":
        """Return the parameters of a URL, whose query may have some of them. Raise DatabaseUrlError."""
        stated = _stated_options(url)
        user = stated.get("user") or os.environ.get("PGUSER") or _system_user()
        parameters = cls(
            stated.get("host") or os.environ.get("PGHOST") or _DEFAULT_HOST,
            _port(stated.get("port") or os.environ.get("PGPORT") or str(_DEFAULT_PORT)),
            user,
            url.database or os.environ.get("PGDATABASE") or user,
            stated.get("password"),
            stated.get("options") or os.environ.get("PGOPTIONS", ""),
            {name: stated[name] for name in _TLS_OPTIONS if name in stated},
        )
        parameters._check()
        return parameters

    def for_psycopg(self) -> dict[str, Any]:
        """Return the arguments of `psycopg.connect`."""
        password = {"password": self.password} if self.password else {}
        options = {"options": self.options} if self.options else {}
        address = {"host": self.host, "port": self.port, "user": self.user, "dbname": self.database}
        return {**address, **password, **options, **self.tls}

    def for_asyncpg(self, **settings: str) -> dict[str, Any]:
        """Return the arguments of `asyncpg.connect`, with settings of the session."""
        if self.options:
            settings = {"options": self.options, **settings}
        address = {"host": self.host, "port": self.port, "user": self.user, "database": self.database}
        # asyncpg takes the files of TLS in a URL only.
        tls = {"dsn": f"{POSTGRESQL}:///?{urlencode(self.tls)}"} if self.tls else {}
        password = {"password": self.password} if self.password else {}
        return {**address, **password, **tls, "server_settings": settings}

    def _check(self) -> None:
        """Raise DatabaseUrlError for values that a driver does not take."""
        values = (self.host, self.user, self.database, self.password, self.options, *self.tls.values())
        if any(value and "\0" in value for value in values):
            message = "the database URL contains %00"
            raise DatabaseUrlError(message)
        if "," in self.host or self.host.startswith("@"):
            message = (
                f"the database URL has the host {self.host!r}: name one host, or the directory of a socket"
            )
            raise DatabaseUrlError(message)
        if self.tls.get("sslmode", _TLS_MODES[0]) not in _TLS_MODES:
            message = f"sslmode={self.tls['sslmode']} in the database URL is none of {', '.join(_TLS_MODES)}"
            raise DatabaseUrlError(message)
        for name in _TLS_FILES:
            if name in self.tls and not Path(self.tls[name]).is_file():
                message = f"{name} in the database URL is no file: {self.tls[name]!r}"
                raise DatabaseUrlError(message)


def parse_url(address: str) -> URL:
    """Return a database URL as an object. Raise DatabaseUrlError if it is invalid or not supported."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as error:
        # A URL with a user is not repeated: it may contain a password.
        text = repr(address) if "@" not in address else "this"
        message = f"{text} is not a database URL: use sqlite:///a/path or postgresql://user@host:5432/name"
        raise DatabaseUrlError(message) from error
    kind = url.get_backend_name()
    if kind not in (SQLITE, POSTGRESQL) or (kind == SQLITE and url.database in (None, "", ":memory:")):
        message = "this database is not supported: use sqlite:///a/path or postgresql://user@host/name"
        raise DatabaseUrlError(message)
    known = _CONNECTION_OPTIONS if kind == POSTGRESQL else ()
    if options := url.query.keys() - set(known):
        advice = f"use only {', '.join(sorted(known))}" if known else "SQLite has none"
        message = f"unknown options in the database URL: {', '.join(sorted(options))}; {advice}"
        raise DatabaseUrlError(message)
    return url


def without_password(address: str) -> str:
    """Return a valid database URL with its password hidden."""
    url = make_url(address)
    if "password" in url.query:
        url = url.update_query_dict({"password": _HIDDEN})
    return url.render_as_string()


def _stated_options(url: URL) -> dict[str, str]:
    """Return the values in a URL by option. Raise DatabaseUrlError if an option has two values."""
    host = unquote(url.host) if url.host else None  # a socket's directory, percent-encoded as libpq has it
    port = str(url.port) if url.port is not None else None
    values = [("user", url.username), ("password", url.password), ("host", host), ("port", port)]
    for name, value in url.query.items():
        values += [(name, single) for single in ([value] if isinstance(value, str) else value)]
    options: dict[str, str] = {}
    for name, text in values:
        if text and options.setdefault(name, str(text)) != text:
            message = f"the database URL has two values of {name}: use one"
            raise DatabaseUrlError(message)
    return options


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _MAX_PORT):
        message = f"{text!r} in the database URL is not a port number from 1 to {_MAX_PORT}"
        raise DatabaseUrlError(message)
    return int(text)


def _system_user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError as error:
        message = "the database URL names no user: use postgresql://user@host/name"
        raise DatabaseUrlError(message) from error
