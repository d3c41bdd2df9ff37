"""Where links lead: paths that are good behind any host, which keep the language of the page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from api.reading.addresses import Address, with_query
from schema.values import HTTP_IRI


@dataclass(frozen=True)
class Paths:
    """The paths of one installation; `kept` are the parameters that lead on in the language of a page."""

    base: str
    kept: Mapping[str, str]

    @property
    def prefix(self) -> str:
        """Return the path of the base address."""
        return urlsplit(self.base).path

    def page(self, iri: str) -> str:
        """Return the path of a page of ours, whose IRI or path is given."""
        path, _, fragment = iri.removeprefix(self.base).partition("#")
        query = with_query("", self.kept)
        if "?" in path:
            query = query.replace("?", "&", 1)
        mark = f"#{fragment}" if fragment not in ("", "this") else ""
        return f"{self.prefix}{path}{query}{mark}"

    def file(self, iri: str) -> str:
        """Return the path of what is not a page and knows no language: an asset, a schema."""
        return self.prefix + iri.removeprefix(self.base)

    def at(self, address: Address, parameters: Mapping[str, str]) -> str:
        """Return the path of an address with just these parameters."""
        return self.prefix + address.path(parameters)

    def is_ours(self, iri: str) -> bool:
        """Tell whether an IRI is one of this installation."""
        return iri.startswith(f"{self.base}/")


def is_web(iri: str) -> bool:
    """Tell whether a browser may be led to an IRI: such as a check would have refused lead nowhere."""
    return re.search(HTTP_IRI, iri) is not None
