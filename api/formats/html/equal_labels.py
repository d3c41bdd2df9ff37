"""Records of one page with equal labels, and the text that tells each of them apart."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from api.formats.html.localization import PageLanguage
from api.formats.html.record_layout import RecordLayouts

_COUNTRY = "country"
"""The key of the country of a record, or of the part that a record takes in another."""


def distinguishing_texts(
    layouts: RecordLayouts, language: PageLanguage, bodies: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return a text or language map by IRI, for each record whose label another of its type in the documents has too.

    It is the country, or the id where the country is unknown or not the only difference.
    """
    groups: dict[tuple[Any, ...], dict[str, str]] = {}
    countries: dict[str, Mapping[str, Any]] = {}
    for card, country in _cards(layouts, bodies, None):
        label = language.preferred(layouts.label(card)).text
        group = groups.setdefault((card["type"], label, card.get("acronym")), {})
        group[card["uri"]] = card["id"]
        if country:
            countries.setdefault(card["uri"], country)
    return {
        uri: text
        for ids in groups.values()
        if len(ids) > 1
        for uri, text in _differences(layouts, ids, countries)
    }


def _differences(
    layouts: RecordLayouts, ids: Mapping[str, str], countries: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, Any]]:
    """Yield the IRI and the distinguishing text of records with one label, given their ids by IRI."""
    codes = [countries[uri]["id"] for uri in ids if uri in countries]
    for uri, identifier in ids.items():
        country = countries.get(uri)
        if country and codes.count(country["id"]) == 1:
            yield uri, layouts.label(country)
        else:
            yield uri, identifier


def _cards(
    layouts: RecordLayouts, values: Iterable[Any], country: Mapping[str, Any] | None
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any] | None]]:
    """Yield each record in JSON values with its country, or that of the part that links to it."""
    for value in values:
        if isinstance(value, list):
            yield from _cards(layouts, value, country)
        elif isinstance(value, dict):
            own_country = value.get(_COUNTRY)
            is_record = value.get("type") in layouts.model.by_name
            if is_record and "uri" in value:
                yield value, own_country or country
            yield from _cards(layouts, value.values(), None if is_record else own_country)
