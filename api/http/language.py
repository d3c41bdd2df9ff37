"""The language that an answer is asked for in, and those to fall back to."""

import re
from collections.abc import Mapping

from api.http.problems import BadParameter
from schema.declaration.datatypes import AUTHORITY_TABLES, LANGUAGE_TAG, Kind
from schema.documents.views import ANY_LANGUAGE

LANGUAGE, FALLBACK = "lang", "fallback"

_MOST_FALLBACKS = 10

_UNKNOWN = "und"


def requested_languages(given: Mapping[str, str]) -> tuple[str, tuple[str, ...]] | None:
    """Return the language that is asked for and those to fall back to. Raise BadParameter for no language."""
    if LANGUAGE not in given:
        if FALLBACK in given:
            message = f"It says what stands in for {LANGUAGE}, which is not given."
            raise BadParameter(message, parameter=FALLBACK)
        return None
    fallback = tuple(given[FALLBACK].split(",")) if FALLBACK in given else ()
    _check_tag(LANGUAGE, given[LANGUAGE])
    for tag in fallback:
        if tag != ANY_LANGUAGE:
            _check_tag(FALLBACK, tag)
    if len(fallback) > _MOST_FALLBACKS:
        message = f"There can be {_MOST_FALLBACKS} languages at most."
        raise BadParameter(message, parameter=FALLBACK)
    return given[LANGUAGE], fallback


def _check_tag(parameter: str, tag: str) -> None:
    known = AUTHORITY_TABLES[Kind.LANGUAGE].iris
    if not re.search(LANGUAGE_TAG, tag) or (tag.partition("-")[0] not in known and tag != _UNKNOWN):
        message = f"{tag[:100]!r} is not a language in lower case (BCP 47), such as lv or en."
        raise BadParameter(message, parameter=parameter)
