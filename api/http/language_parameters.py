"""The `lang` and `fallback` parameters: the language of a response, and its fallback languages."""

import re
from collections.abc import Mapping

from api.http.problems import BadParameter
from schema.declaration.datatypes import AUTHORITY_TABLES, LANGUAGE_TAG, Kind
from schema.documents.localization_and_fieldsets import ANY_LANGUAGE

LANGUAGE, FALLBACK = "lang", "fallback"
_MAX_FALLBACKS = 10
_UNDETERMINED = "und"


def requested_languages(parameters: Mapping[str, str]) -> tuple[str, tuple[str, ...]] | None:
    """Return the requested language and its fallbacks, or None. Raise BadParameter for an invalid language tag."""
    if LANGUAGE not in parameters:
        if FALLBACK in parameters:
            message = f"It names fallbacks for {LANGUAGE}, which is missing."
            raise BadParameter(message, parameter=FALLBACK)
        return None
    fallbacks = tuple(parameters[FALLBACK].split(",")) if FALLBACK in parameters else ()
    _check_tag(LANGUAGE, parameters[LANGUAGE])
    for tag in fallbacks:
        if tag != ANY_LANGUAGE:
            _check_tag(FALLBACK, tag)
    if len(fallbacks) > _MAX_FALLBACKS:
        message = f"At most {_MAX_FALLBACKS} languages are possible."
        raise BadParameter(message, parameter=FALLBACK)
    return parameters[LANGUAGE], fallbacks


def _check_tag(parameter: str, tag: str) -> None:
    codes = AUTHORITY_TABLES[Kind.LANGUAGE].iris
    primary = tag.partition("-")[0]
    if not re.search(LANGUAGE_TAG, tag) or (primary not in codes and tag != _UNDETERMINED):
        message = f"{tag[:100]!r} is not a language tag in lower case (BCP 47), such as lv or en."
        raise BadParameter(message, parameter=parameter)
