"""Forms of HTML pages, and the URLs that a browser requests when they are submitted."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree.ElementTree import Element

from tests.support.html.pages import main, text


@dataclass(frozen=True)
class Form:
    """A form of a page."""

    element: Element

    @property
    def fields(self) -> list[Element]:
        return [
            element
            for element in self.element.iter()
            if element.tag in ("input", "select", "textarea") and element.get("name")
        ]

    @property
    def boxes(self) -> list[Element]:
        return [field for field in self.fields if field.get("type") == "checkbox"]

    def submitted(self, *, typed: str = "", ticked: Iterable[Element] | None = None) -> str:
        """Return the URL that a browser requests, with a text in the search field or other boxes ticked."""
        ticked_boxes = (
            [box for box in self.boxes if box.get("checked") is not None] if ticked is None else [*ticked]
        )
        pairs = [
            (field.get("name"), typed if field.get("type") == "search" else field.get("value"))
            for field in self.fields
            if field.get("type") != "checkbox" or field in ticked_boxes
        ]
        return f"{self.element.get('action')}?{urlencode(pairs)}"


def forms(tree: Element) -> list[Form]:
    return [Form(element) for element in tree.iter("form")]


def value_counts(tree: Element) -> Iterator[tuple[Element, int | None]]:
    """Yield every checkbox with the number of records beside it, or None."""
    for label in main(tree).iter("label"):
        count = label.find(".//data")
        yield label.find("input"), int(count.get("value")) if count is not None else None


def active_filters(tree: Element) -> dict[str, str]:
    """Return the active filters of a list page by label, each with the URL that removes it."""
    items = main(tree).findall(".//section[@class='in-use']/ul/li")
    return {text(item).rpartition(" ")[0]: item.find("a").get("href") for item in items}


def query_parameters(address: str) -> dict[str, str]:
    """Return the query parameters of a URL; the values of a repeated one are joined by commas."""
    return {name: ",".join(values) for name, values in parse_qs(urlsplit(address).query).items()}
