"""The kinds of value that content is made of, each with its limits and its meaning."""

import calendar
import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal as Number
from enum import Enum
from functools import lru_cache
from typing import Annotated

from msgspec import Meta

from vocab import authority_tables as authorities
from vocab import concept_schemes as concepts


class Kind(Enum):
    """How a value is written in each format."""

    # There is one of each, and the hash that enumerations have by default is slow.
    __hash__ = object.__hash__

    STRING = "string"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DAY = "day"
    INSTANT = "instant"
    PARTIAL_DATE = "partial date"
    DURATION = "duration"
    IRI = "iri"
    TEXT = "text"
    TEXTS = "texts"
    LINK = "link"
    CONCEPT = "concept"
    COUNTRY = "country"
    CURRENCY = "currency"
    LANGUAGE = "language"
    SIBLING = "sibling"
    PART = "part"
    COLLECTION_CARD = "question"
    YEAR = "year"
    REGION = "region"


AUTHORITY_TABLES = {
    Kind.COUNTRY: authorities.COUNTRIES,
    Kind.CURRENCY: authorities.CURRENCIES,
    Kind.LANGUAGE: authorities.LANGUAGES,
}
"""Kinds whose codes are in a table of the EU."""

CARD_KINDS = frozenset({Kind.LINK, Kind.CONCEPT, Kind.SIBLING, Kind.COLLECTION_CARD, *AUTHORITY_TABLES})
"""Kinds that are codes in the log and cards in answers."""

# Python's `$` also matches before a final newline; `(?!\n)` shuts that door, in other regex dialects too.
END = r"$(?!\n)"

_HIDDEN = r"\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff"

LINE = rf"^(?!\s)[^\t\n{_HIDDEN}]+(?<!\s){END}"
"""One line: no control, bidirectional-override or byte-order characters, no space at either end."""

PROSE = rf"^(?!\s)[^{_HIDDEN}]+(?<!\s){END}"
"""As LINE, with line breaks and tabs."""

SLUG = rf"^[a-z0-9]+(?:-[a-z0-9]+)*{END}"

LANGUAGE_TAG = rf"^[a-z]{{2,3}}(?:-[a-z0-9]{{2,8}})*{END}"

PARTIAL_DATE = rf"^[12]\d{{3}}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?|-2[1-4])?{END}"

DURATION = rf"^P(?=\d)(?:\d{{1,4}}Y)?(?:\d{{1,4}}M)?(?:\d{{1,4}}D)?{END}"

HTTP_IRI = rf"^https?://[^\s\u0000-\u0020<>\u0022{{}}|\\^`{_HIDDEN}]+{END}"

DECIMAL = rf"^-?(?:0|[1-9]\d{{0,15}})(?:\.\d{{1,8}})?{END}"

MONEY = rf"^(?:0|[1-9]\d{{0,13}})(?:\.\d{{2,4}})?{END}"

MAILBOX = (
    rf"^[A-Za-z0-9][A-Za-z0-9._%+-]{{0,63}}@(?:[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.)+[a-z]{{2,63}}{END}"
)

MAX_LANGUAGES = 40

MAX_TEXTS = 200

Slug = Annotated[str, Meta(pattern=SLUG, max_length=100)]

Line = Annotated[str, Meta(pattern=LINE)]

LanguageTag = Annotated[str, Meta(pattern=LANGUAGE_TAG, max_length=35)]

_Title = Annotated[str, Meta(pattern=LINE, max_length=500)]

_Prose = Annotated[str, Meta(pattern=PROSE, max_length=50_000)]

Text = Annotated[
    dict[LanguageTag, _Title], Meta(min_length=1, max_length=MAX_LANGUAGES, extra={"kind": Kind.TEXT})
]
"""One line in several languages: language tag to text."""

Prose = Annotated[
    dict[LanguageTag, _Prose], Meta(min_length=1, max_length=MAX_LANGUAGES, extra={"kind": Kind.TEXT})
]
"""A longer text in several languages."""

_Titles = Annotated[tuple[_Title, ...], Meta(min_length=1, max_length=MAX_TEXTS)]

Texts = Annotated[
    dict[LanguageTag, _Titles], Meta(min_length=1, max_length=MAX_LANGUAGES, extra={"kind": Kind.TEXTS})
]
"""Several lines in several languages: language tag to list."""

PartialDate = Annotated[str, Meta(pattern=PARTIAL_DATE, extra={"kind": Kind.PARTIAL_DATE})]
"""EDTF level 0, and seasons of level 1: a year, month, season (21 to 24) or day."""

Duration = Annotated[str, Meta(pattern=DURATION, extra={"kind": Kind.DURATION})]
"""Years, months and days of xsd:duration (XML Schema 1.1 part 2, 3.3.6)."""

Iri = Annotated[str, Meta(pattern=HTTP_IRI, max_length=2_048, extra={"kind": Kind.IRI})]
"""An http or https IRI (RFC 3987), as written: a host need not be ASCII."""

Decimal = Annotated[str, Meta(pattern=DECIMAL, extra={"kind": Kind.DECIMAL})]
"""An exact number, as text."""

Money = Annotated[str, Meta(pattern=MONEY, extra={"kind": Kind.DECIMAL})]
"""An exact amount, as text: at most 18 digits, the last two to four behind a point, or none."""

Mailbox = Annotated[str, Meta(pattern=MAILBOX, max_length=254)]
"""The address of a mailbox (RFC 5321), in ASCII and with a host in lower case."""

Nuts = Annotated[str, Meta(pattern=rf"^[A-Z]{{2}}[A-Z0-9]{{0,3}}{END}", max_length=5)]
"""A code of the EU's statistical regions, at any level."""

Instant = Annotated[str, Meta(extra={"kind": Kind.INSTANT})]
"""A moment in UTC to the second, as text of xsd:dateTime."""

CollectionCard = Annotated[str, Meta(extra={"kind": Kind.COLLECTION_CARD})]
"""The address of a list of records that are found by a question, with their number."""

AnyNode = Annotated[dict[str, object], Meta(extra={"kind": Kind.PART})]
"""A thing of any class inside a document that is made and never sent."""


def _codes(kind: Kind, codes: Iterable[str], scheme: str = "") -> Meta:
    listed = list(codes)
    pattern = rf"^(?:{'|'.join(listed)}){END}"
    return Meta(pattern=pattern, extra_json_schema={"enum": listed}, extra={"kind": kind, "target": scheme})


def one_of(scheme: str) -> Meta:
    """Limit a field to the codes of a concept scheme."""
    return _codes(Kind.CONCEPT, concepts.CONCEPT_SCHEMES[scheme].codes, scheme)


def link_to(entity: str) -> Meta:
    """Limit a field to ids of records of one entity, named as its class is."""
    return Meta(pattern=SLUG, max_length=100, extra={"kind": Kind.LINK, "target": entity})


def sibling(field: str) -> Meta:
    """Limit a field to ids in a list of parts of the same record."""
    return Meta(pattern=SLUG, max_length=100, extra={"kind": Kind.SIBLING, "target": field})


Country = Annotated[str, _codes(Kind.COUNTRY, authorities.COUNTRIES.iris)]
"""An ISO 3166-1 two-letter code."""

Currency = Annotated[str, _codes(Kind.CURRENCY, authorities.CURRENCIES.iris)]
"""An ISO 4217 three-letter code."""

Language = Annotated[str, Meta(pattern=rf"^[a-z]{{2,3}}{END}", extra={"kind": Kind.LANGUAGE})]
"""A BCP 47 language code: of two letters, or of three where there are not two."""

_SEASONS = {"21": (3, 5), "22": (6, 8), "23": (9, 11), "24": (12, 2)}


@lru_cache(10_000)
def date_bounds(partial: str) -> tuple[date, date]:
    """Return the first and last day that a partial date may mean. Raise ValueError if it is none.

    A winter begins in December of its year and ends in February of the next.
    """
    if not re.search(PARTIAL_DATE, partial):
        message = f"{partial!r} is not a partial date"
        raise ValueError(message)
    year, *rest = partial.split("-")
    match rest:
        case []:
            months = (1, 12)
        case [season] if season in _SEASONS:
            months = _SEASONS[season]
        case [month]:
            months = (int(month), int(month))
        case _:
            day = date.fromisoformat(partial)
            return day, day
    first, last = months
    last_year = int(year) + (last < first)
    return date(int(year), first, 1), date(last_year, last, calendar.monthrange(last_year, last)[1])


def is_within(number: str, least: int, most: int) -> bool:
    """Tell whether a decimal lies within two bounds, both included."""
    return least <= Number(number) <= most
