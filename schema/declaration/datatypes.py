"""Datatypes of field values, with their patterns and limits, and the bounds of partial dates."""

import calendar
import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal as ExactNumber
from enum import Enum
from functools import lru_cache
from typing import Annotated

from msgspec import Meta

from vocab import authority_tables as authorities
from vocab import concept_schemes as concepts


class Kind(Enum):
    """Datatypes: each format decides by it how a value is encoded."""

    # Members are singletons, and the default hash of Enum is a slow Python function.
    __hash__ = object.__hash__

    STRING = "string"
    INTEGER = "integer"
    BOOLEAN = "boolean"
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
    LINKED_PART = "linked part"
    PART = "part"
    COLLECTION_CARD = "collection card"
    YEAR = "year"
    REGION = "region"


AUTHORITY_TABLES = {
    Kind.COUNTRY: authorities.COUNTRIES,
    Kind.CURRENCY: authorities.CURRENCIES,
    Kind.LANGUAGE: authorities.LANGUAGES,
}
"""Kinds whose codes are entries of an EU authority table."""

CARD_KINDS = frozenset(
    {Kind.LINK, Kind.CONCEPT, Kind.SIBLING, Kind.LINKED_PART, Kind.COLLECTION_CARD, *AUTHORITY_TABLES}
)
"""Kinds whose values are served as cards. The log holds their codes or ids; collection cards are derived."""

# Python's `$` also matches before a final newline; `(?!\n)` excludes that, in other regex dialects too.
END = r"$(?!\n)"

_FORBIDDEN_CHARACTERS = (
    r"\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
)

LINE = rf"^(?!\s)[^\t\n{_FORBIDDEN_CHARACTERS}]+(?<!\s){END}"
"""A single line: no control, bidirectional-override or byte-order characters, no space at either end."""

PROSE = rf"^(?!\s)[^{_FORBIDDEN_CHARACTERS}]+(?<!\s){END}"
"""Like LINE, but line breaks and tabs are allowed."""

SLUG = rf"^[a-z0-9]+(?:-[a-z0-9]+)*{END}"

LANGUAGE_TAG = rf"^[a-z]{{2,3}}(?:-[a-z0-9]{{2,8}})*{END}"

_YEAR = "[12][0-9]{3}"

_MONTH = f"{_YEAR}-(?:0[1-9]|1[0-2])"

_DATE_FORMS = (_YEAR, _MONTH, f"{_YEAR}-2[1-4]", f"{_MONTH}-(?:0[1-9]|[12][0-9]|3[01])")
"""Patterns of a year, month, season and day."""

_DATE_SETS = "|".join(rf"\[{form},{form}\]" for form in _DATE_FORMS)

PARTIAL_DATE = rf"^(?:{'|'.join(_DATE_FORMS)}|{_DATE_SETS}){END}"
"""A year, month, season or day, or one of two dates of equal precision."""

DURATION = rf"^P(?=\d)(?:\d{{1,4}}Y)?(?:\d{{1,4}}M)?(?:\d{{1,4}}D)?{END}"

HTTP_IRI = rf"^https?://[^\s\u0000-\u0020<>\u0022{{}}|\\^`{_FORBIDDEN_CHARACTERS}]+{END}"

DECIMAL = rf"^-?(?:0|[1-9]\d{{0,15}})(?:\.\d{{1,8}})?{END}"

MONEY = rf"^(?:0|[1-9]\d{{0,13}})(?:\.\d{{2,4}})?{END}"

MAILBOX = (
    rf"^[A-Za-z0-9][A-Za-z0-9._%+-]{{0,63}}@(?:[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.)+[a-z]{{2,63}}{END}"
)

JSON_POINTER = rf"^(?:/(?:[^/~\t\n{_FORBIDDEN_CHARACTERS}]|~[01])*)*{END}"

MAX_LANGUAGES = 40

MAX_TEXTS = 200

NO_LANGUAGE = "zxx"
"""The tag of a text without linguistic content, such as a number (BCP 47). It is the same in every language."""

Slug = Annotated[str, Meta(pattern=SLUG, max_length=100)]

Line = Annotated[str, Meta(pattern=LINE)]

LanguageTag = Annotated[str, Meta(pattern=LANGUAGE_TAG, max_length=35)]

_LineText = Annotated[str, Meta(pattern=LINE, max_length=500)]

_ProseText = Annotated[str, Meta(pattern=PROSE, max_length=50_000)]

Text = Annotated[
    dict[LanguageTag, _LineText], Meta(min_length=1, max_length=MAX_LANGUAGES, extra={"kind": Kind.TEXT})
]
"""A single-line text as a language map: language tag to text."""

Prose = Annotated[
    dict[LanguageTag, _ProseText], Meta(min_length=1, max_length=MAX_LANGUAGES, extra={"kind": Kind.TEXT})
]
"""A text with line breaks as a language map."""

_LineTexts = Annotated[tuple[_LineText, ...], Meta(min_length=1, max_length=MAX_TEXTS)]

Texts = Annotated[
    dict[LanguageTag, _LineTexts], Meta(min_length=1, max_length=MAX_LANGUAGES, extra={"kind": Kind.TEXTS})
]
"""Single-line texts as a language map: language tag to list of texts."""

PartialDate = Annotated[str, Meta(pattern=PARTIAL_DATE, extra={"kind": Kind.PARTIAL_DATE})]
"""An EDTF date: a year, month or day (level 0), a season (21 to 24, level 1), or one of two such dates (level 2)."""

Duration = Annotated[str, Meta(pattern=DURATION, extra={"kind": Kind.DURATION})]
"""An xsd:duration of years, months and days (XML Schema 1.1 part 2, section 3.3.6)."""

Iri = Annotated[str, Meta(pattern=HTTP_IRI, max_length=2_048, extra={"kind": Kind.IRI})]
"""An http or https IRI (RFC 3987), not normalized: the host may contain non-ASCII characters."""

Decimal = Annotated[str, Meta(pattern=DECIMAL, extra={"kind": Kind.DECIMAL})]
"""An exact decimal number, as text."""

Money = Annotated[str, Meta(pattern=MONEY, extra={"kind": Kind.DECIMAL})]
"""An exact amount, as text: at most 14 digits, optionally a point and two to four decimal places."""

Mailbox = Annotated[str, Meta(pattern=MAILBOX, max_length=254)]
"""A mailbox address (RFC 5321), in ASCII and with a lower-case host."""

Nuts = Annotated[str, Meta(pattern=rf"^[A-Z]{{2}}[A-Z0-9]{{0,3}}{END}", max_length=5)]
"""A NUTS code of a statistical region, at any level."""

Pointer = Annotated[str, Meta(pattern=JSON_POINTER, max_length=300)]
"""A JSON Pointer (RFC 6901) to a value of the same record. An empty one points to the record itself."""

Instant = Annotated[str, Meta(extra={"kind": Kind.INSTANT})]
"""A time in UTC with second precision, as xsd:dateTime text."""

CollectionCard = Annotated[str, Meta(extra={"kind": Kind.COLLECTION_CARD})]
"""A link to a filtered list of records, with its total."""

AnyNode = Annotated[dict[str, object], Meta(extra={"kind": Kind.PART})]
"""A node of any class, in documents that the server generates and no client sends."""


def _codes(kind: Kind, codes: Iterable[str], scheme: str = "") -> Meta:
    code_list = list(codes)
    pattern = rf"^(?:{'|'.join(code_list)}){END}"
    return Meta(
        pattern=pattern, extra_json_schema={"enum": code_list}, extra={"kind": kind, "target": scheme}
    )


def one_of(scheme: str) -> Meta:
    """Return the annotation that limits a field to the codes of a concept scheme."""
    return _codes(Kind.CONCEPT, concepts.CONCEPT_SCHEMES[scheme].codes, scheme)


def link_to(entity: str) -> Meta:
    """Return the annotation that limits a field to ids of an entity, given by class name."""
    return Meta(pattern=SLUG, max_length=100, extra={"kind": Kind.LINK, "target": entity})


def sibling(field: str) -> Meta:
    """Return the annotation that limits a field to ids of parts in another list of the same record."""
    return Meta(pattern=SLUG, max_length=100, extra={"kind": Kind.SIBLING, "target": field})


def linked_part(link: str, parts: str) -> Meta:
    """Return the annotation that limits a field to ids of parts of linked records.

    `link` is the field of the same record with the links, `parts` the list of their targets. Exactly one of the
    targets must have a part with the id.
    """
    extra = {"kind": Kind.LINKED_PART, "target": parts, "via": link}
    return Meta(pattern=SLUG, max_length=100, extra=extra)


Country = Annotated[str, _codes(Kind.COUNTRY, authorities.COUNTRIES.iris)]
"""An ISO 3166-1 two-letter code."""

Currency = Annotated[str, _codes(Kind.CURRENCY, authorities.CURRENCIES.iris)]
"""An ISO 4217 three-letter code."""

Language = Annotated[str, Meta(pattern=rf"^[a-z]{{2,3}}{END}", extra={"kind": Kind.LANGUAGE})]
"""A BCP 47 language code: two letters, or three for languages without a two-letter code."""

_SEASONS = {"21": (3, 5), "22": (6, 8), "23": (9, 11), "24": (12, 2)}
"""First and last month of each EDTF season code, spring to winter."""


@lru_cache(10_000)
def date_bounds(partial: str) -> tuple[date, date]:
    """Return the first and last day that a partial date may mean. Raise ValueError if it is malformed.

    A winter begins in December of its year and ends in February of the next. The first of two dates must be
    the earlier one.
    """
    dates = date_alternatives(partial) if re.search(PARTIAL_DATE, partial) else ()
    if not dates or sorted({*dates}) != list(dates):
        message = f"{partial!r} is not a partial date"
        raise ValueError(message)
    return _date_bounds(dates[0])[0], _date_bounds(dates[-1])[1]


def date_alternatives(partial: str) -> tuple[str, ...]:
    """Return the two dates of an EDTF set such as [2018-03,2018-04], or the only date."""
    return tuple(partial.strip("[]").split(","))


def _date_bounds(partial: str) -> tuple[date, date]:
    year, *components = partial.split("-")
    match components:
        case []:
            months = (1, 12)
        case [season] if season in _SEASONS:
            months = _SEASONS[season]
        case [month]:
            months = (int(month), int(month))
        case _:
            day = date.fromisoformat(partial)
            return day, day
    first_month, last_month = months
    last_year = int(year) + (last_month < first_month)
    last_day = calendar.monthrange(last_year, last_month)[1]
    return date(int(year), first_month, 1), date(last_year, last_month, last_day)


def is_within(number: str, minimum: int, maximum: int) -> bool:
    """Return True if a decimal lies within two inclusive bounds."""
    return minimum <= ExactNumber(number) <= maximum
