"""Reading the Accept headers (RFC 9110, section 12.5)."""

from collections.abc import Iterable, Sequence


def quality_values(header: str) -> list[tuple[str, float]]:
    """Return what a header lists, in lower case and without parameters, each with its weight.

    What cannot be read is left out.
    """
    found = []
    for part in header.split(","):
        name, *parameters = (one.strip().lower() for one in part.split(";"))
        if name and (weight := _weight(parameters)) is not None:
            found.append((name, weight))
    return found


def best_media_type(header: str, offers: Sequence[str]) -> str | None:
    """Return the media type that a client likes best, or None if it likes none.

    The offers' own order decides between equals; nothing asked for is anything allowed.
    """
    ranges = quality_values(header)
    if not header.strip(" \t,"):
        return offers[0]
    liked = [(_liking(offer, ranges), offer) for offer in offers]
    most = max(weight for weight, _ in liked)
    return next(offer for weight, offer in liked if weight == most) if most > 0 else None


def best_coding(header: str, offers: Sequence[str]) -> tuple[str, bool]:
    """Return the content coding that a client likes best, and whether it refuses answers without one.

    The offers' own order decides between equals; `*` stands for all that are not named. Who takes
    none of them gets no coding, "", whatever they say of `identity`: no answer is refused for that.
    """
    named = dict(quality_values(header))
    plain = named.get("identity", named.get("*"))
    liked = [(named.get(offer, named.get("*", 0.0)), offer) for offer in offers]
    most = max(weight for weight, _ in liked)
    if most <= 0 or (plain is not None and plain > most):
        return "", False
    return next(offer for weight, offer in liked if weight == most), plain == 0


def _liking(offer: str, ranges: Iterable[tuple[str, float]]) -> float:
    """Return the weight of the most exact range that an offer falls in."""
    kind = offer.partition("/")[0]
    exactness = {offer: 3, f"{kind}/*": 2, "*/*": 1}
    matching = [(exactness[name], weight) for name, weight in ranges if name in exactness]
    return max(matching, default=(0, 0.0))[1]


def _weight(parameters: Sequence[str]) -> float | None:
    given = [one[2:] for one in parameters if one.startswith("q=")]
    if not given:
        return 1.0
    try:
        weight = float(given[0])
    except ValueError:
        return None
    return weight if 0 <= weight <= 1 else None
