"""The `lang` and `fallback` parameters: the language of a response, and its fallback languages."""

import re
from collections.abc import Mapping

from api.http.problems import BadParameter
from schema.declaration.datatypes import AUTHORITY_TABLES, Kind
from schema.documents.localization_and_fieldsets import ANY_LANGUAGE

LANGUAGE, FALLBACK = "lang", "fallback"
NO_FALLBACK = "none"
"""The value of `fallback` that leaves texts in other languages out."""
LANGUAGE_RANGE = r"^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*$"
"""A language range (RFC 4647, section 2.1) as clients write it: in any case, with underscores as in locale names."""
MAX_TAG_LENGTH = 35
"""Characters of the longest language tag, as RFC 5646, section 4.4.1, recommends."""

_MAX_FALLBACKS = 10
_UNDETERMINED = "und"


def normalize_languages(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters with language tags as texts have them, so that equal requests have one address."""
    return {
        name: value.lower().replace("_", "-") if name in (LANGUAGE, FALLBACK) else value
        for name, value in parameters.items()
    }


def requested_languages(parameters: Mapping[str, str]) -> tuple[str, tuple[str, ...]] | None:
    """Return the requested language and its fallbacks, or None. Raise BadParameter for an invalid language tag.

    The parameters are normalized. Without `fallback` every language is a fallback.
    """
    if LANGUAGE not in parameters:
        if FALLBACK in parameters:
            message = f"It names fallbacks for {LANGUAGE}, which is missing."
            raise BadParameter(message, parameter=FALLBACK)
        return None
    _check_tag(LANGUAGE, parameters[LANGUAGE])
    return parameters[LANGUAGE], _fallbacks(parameters.get(FALLBACK, ANY_LANGUAGE))


def _fallbacks(text: str) -> tuple[str, ...]:
    if text == NO_FALLBACK:
        return ()
    fallbacks = tuple(text.split(","))
    for tag in fallbacks:
        if tag == NO_FALLBACK:
            message = (
                f"{NO_FALLBACK!r} leaves texts in other languages out; it takes no other value beside it."
            )
            raise BadParameter(message, parameter=FALLBACK)
        if tag != ANY_LANGUAGE:
            _check_tag(FALLBACK, tag)
    if len(fallbacks) > _MAX_FALLBACKS:
        message = f"At most {_MAX_FALLBACKS} languages are possible."
        raise BadParameter(message, parameter=FALLBACK)
    return fallbacks


def _check_tag(parameter: str, tag: str) -> None:
    codes = AUTHORITY_TABLES[Kind.LANGUAGE].iris
    primary = tag.partition("-")[0]
    is_tag = len(tag) <= MAX_TAG_LENGTH and re.fullmatch(LANGUAGE_RANGE, tag)
    if not is_tag or (primary not in codes and tag != _UNDETERMINED):
        message = f"{tag[:100]!r} is not a language tag (BCP 47), such as lv, en or en-GB."
        raise BadParameter(message, parameter=parameter)
