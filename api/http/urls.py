"""Addresses as they are asked for."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

ID_PLACEHOLDER = "{id}"
"""What stands in addresses for the id of any record: no path that is asked for can have it."""


class UrlPath(NamedTuple):
    """A path: what it names, and the suffix that picks a format, if it has one."""

    stem: str
    suffix: str | None = None

    @classmethod
    def parse(cls, path: str) -> "UrlPath":
        """Return the address of a path; `/index.json` is `/` with a suffix."""
        stem, dot, suffix = path.rpartition(".")
        if not dot or "/" in suffix or stem.endswith("/"):
            return cls(path)
        return cls("/" if stem == "/index" else stem, suffix)

    def for_record(self, identifier: str) -> "UrlPath":
        """Return the address of a record, where this is that of any."""
        return UrlPath(self.stem.replace(ID_PLACEHOLDER, identifier), self.suffix)

    def with_suffix(self, name: str) -> "UrlPath":
        """Return the same address with a suffix."""
        return UrlPath(self.stem, name)

    def url(self, parameters: Mapping[str, str]) -> str:
        """Return the path with parameters."""
        path = self.stem
        if self.suffix is not None:
            path = f"{'/index' if path == '/' else path}.{self.suffix}"
        return with_query(path, parameters)


def with_cursor(address: str, cursor: str) -> str:
    """Return the address of another page of a list, which has parameters already; the first has no cursor."""
    return f"{address}&cursor={cursor}" if cursor else address


def with_query(address: str, parameters: Mapping[str, str]) -> str:
    """Return an address with parameters; what separates values can be read as it is."""
    return f"{address}?{urlencode(parameters, safe=',:*')}" if parameters else address
