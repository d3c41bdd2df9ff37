"""Content negotiation: the Accept and Accept-Encoding headers (RFC 9110, section 12.5)."""

from collections.abc import Iterable, Sequence

_MAX_MEMBERS = 100
"""Members of a header that are read: many times those of browsers."""


def quality_values(header: str) -> list[tuple[str, float]]:
    """Return the members of an Accept header in lower case, without parameters, each with its quality value.

    Members that cannot be parsed are omitted, and those after the first hundred.
    """
    members = []
    for member in header.split(",", _MAX_MEMBERS)[:_MAX_MEMBERS]:
        name, *parameters = (part.strip().lower() for part in member.split(";"))
        if name and (quality := _quality(parameters)) is not None:
            members.append((name, quality))
    return members


def best_media_type(header: str, offers: Sequence[str]) -> str | None:
    """Return the offered media type with the highest quality, or None if none is acceptable.

    Between equals the order of the offers decides. An empty header accepts anything.
    """
    ranges = quality_values(header)
    if not header.strip(" \t,"):
        return offers[0]
    qualities = [_media_type_quality(offer, ranges) for offer in offers]
    best = max(qualities)
    return offers[qualities.index(best)] if best > 0 else None


def best_coding(header: str, offers: Sequence[str]) -> tuple[str, bool]:
    """Return the offered content coding with the highest quality, and whether `identity` is refused.

    Between equals the order of the offers decides; `*` covers every coding that is not named. If none of
    the offers is acceptable, the coding is empty, whatever the header says of `identity`: no request is
    refused for that.
    """
    named = dict(quality_values(header))
    identity = named.get("identity", named.get("*"))
    qualities = [named.get(offer, named.get("*", 0.0)) for offer in offers]
    best = max(qualities)
    if best <= 0 or (identity is not None and identity > best):
        return "", False
    return offers[qualities.index(best)], identity == 0


def _media_type_quality(offer: str, ranges: Iterable[tuple[str, float]]) -> float:
    """Return the quality of the most specific media range that matches an offer."""
    main_type = offer.partition("/")[0]
    specificity = {offer: 3, f"{main_type}/*": 2, "*/*": 1}
    matching = [(specificity[name], quality) for name, quality in ranges if name in specificity]
    return max(matching, default=(0, 0.0))[1]


def _quality(parameters: Sequence[str]) -> float | None:
    values = [parameter[2:] for parameter in parameters if parameter.startswith("q=")]
    if not values:
        return 1.0
    try:
        quality = float(values[0])
    except ValueError:
        return None
    return quality if 0 <= quality <= 1 else None
