"""URL paths with a format suffix, and URLs with a query."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

ID_PLACEHOLDER = "{id}"
"""The placeholder for an id in the path pattern of records. No valid request path contains it."""


class UrlPath(NamedTuple):
    """A path without its format suffix, and the suffix, or None."""

    stem: str
    suffix: str | None = None

    @classmethod
    def parse(cls, path: str) -> "UrlPath":
        """Split a path at its suffix. `/index.json` is `/` with a suffix."""
        stem, dot, suffix = path.rpartition(".")
        if not dot or "/" in suffix or stem.endswith("/"):
            return cls(path)
        return cls("/" if stem == "/index" else stem, suffix)

    def for_record(self, identifier: str) -> "UrlPath":
        """Return the path of a record, given the path pattern of all."""
        return UrlPath(self.stem.replace(ID_PLACEHOLDER, identifier), self.suffix)

    def with_suffix(self, name: str) -> "UrlPath":
        """Return the path with another suffix."""
        return UrlPath(self.stem, name)

    def url(self, parameters: Mapping[str, str]) -> str:
        """Return the URL path with a query."""
        path = self.stem
        if self.suffix is not None:
            path = f"{'/index' if path == '/' else path}.{self.suffix}"
        return with_query(path, parameters)


def with_cursor(url: str, cursor: str) -> str:
    """Return a URL, which has a query already, with a cursor; an empty cursor is the first page."""
    return f"{url}&cursor={cursor}" if cursor else url


def with_query(url: str, parameters: Mapping[str, str]) -> str:
    """Return a URL with query parameters. Separators of values are not percent-encoded."""
    return f"{url}?{urlencode(parameters, safe=',:*')}" if parameters else url
