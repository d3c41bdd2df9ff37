"""URL paths with a format suffix and a language, and URLs with a query."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

ID_PLACEHOLDER = "{id}"
"""The placeholder for an id in the path pattern of records. No valid request path contains it."""
PAGE_SUFFIX = "html"
"""The suffix of pages."""


class UrlPath(NamedTuple):
    """A path without its suffixes: the one of its format, or None, and the language before it, or None."""

    stem: str
    suffix: str | None = None
    language: str | None = None

    @classmethod
    def parse(cls, path: str) -> "UrlPath":
        """Split a path at its suffixes. `/index.lv.html` is `/` with both."""
        stem, suffix = _split_suffix(path)
        stem, language = _split_suffix(stem) if suffix is not None else (stem, None)
        return cls("/" if suffix is not None and stem == "/index" else stem, suffix, language)

    def for_record(self, identifier: str) -> "UrlPath":
        """Return the path of a record, given the path pattern of all."""
        return self._replace(stem=self.stem.replace(ID_PLACEHOLDER, identifier))

    def with_suffix(self, name: str) -> "UrlPath":
        """Return the path with another suffix, without a language."""
        return UrlPath(self.stem, name)

    def page(self, language: str) -> "UrlPath":
        """Return the path of the page in a language."""
        return UrlPath(self.stem, PAGE_SUFFIX, language)

    def url(self, parameters: Mapping[str, str]) -> str:
        """Return the URL path with a query."""
        path = self.stem
        if self.suffix is not None:
            language = "" if self.language is None else f".{self.language}"
            path = f"{'/index' if path == '/' else path}{language}.{self.suffix}"
        return with_query(path, parameters)


def _split_suffix(path: str) -> tuple[str, str | None]:
    """Return a path without the suffix of its last segment, and the suffix, or None."""
    stem, dot, suffix = path.rpartition(".")
    if not dot or "/" in suffix or stem.endswith("/"):
        return path, None
    return stem, suffix


def with_cursor(url: str, cursor: str) -> str:
    """Return a URL, which has a query already, with a cursor; an empty cursor is the first page."""
    return f"{url}&cursor={cursor}" if cursor else url


def with_query(url: str, parameters: Mapping[str, str]) -> str:
    """Return a URL with query parameters. Separators of values are not percent-encoded."""
    return f"{url}?{urlencode(parameters, safe=',:*')}" if parameters else url
