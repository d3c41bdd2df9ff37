"""Forms of pages, as a browser knows them, and the addresses that they lead to."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree.ElementTree import Element

from tests.support.html_pages import main, text


@dataclass(frozen=True)
class Form:
    """A form of a page, as a browser knows it."""

    element: Element

    @property
    def fields(self) -> list[Element]:
        return [
            one
            for one in self.element.iter()
            if one.tag in ("input", "select", "textarea") and one.get("name")
        ]

    @property
    def boxes(self) -> list[Element]:
        return [one for one in self.fields if one.get("type") == "checkbox"]

    def submitted(self, *, typed: str = "", ticked: Iterable[Element] | None = None) -> str:
        """Return the address that a browser goes to, with some words typed or some boxes ticked."""
        chosen = (
            [box for box in self.boxes if box.get("checked") is not None] if ticked is None else [*ticked]
        )
        pairs = [
            (one.get("name"), typed if one.get("type") == "search" else one.get("value"))
            for one in self.fields
            if one.get("type") != "checkbox" or one in chosen
        ]
        return f"{self.element.get('action')}?{urlencode(pairs)}"


def forms(tree: Element) -> list[Form]:
    return [Form(one) for one in tree.iter("form")]


def in_use(tree: Element) -> dict[str, str]:
    """Return what a page says is in use, each with the address without it."""
    items = main(tree).findall(".//section[@class='in-use']/ul/li")
    return {text(one).rpartition(" ")[0]: one.find("a").get("href") for one in items}


def asked(address: str) -> dict[str, str]:
    """Return the parameters of an address, with commas between values, however they were repeated."""
    return {name: ",".join(values) for name, values in parse_qs(urlsplit(address).query).items()}
