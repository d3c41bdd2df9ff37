"""The `lang` and `fallback` parameters: the language of a response, and its fallback languages."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from api.http.problem_messages import message
from api.http.problems import BadParameter
from schema.declaration.datatypes import AUTHORITY_TABLES, Kind
from schema.declaration.messages import DEFAULT_LANGUAGE
from schema.documents.localization_and_fieldsets import ANY_LANGUAGE, lookup_language
from vocab.turtle_parser import LANGUAGES

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
            raise BadParameter(message("fallback-without-language", parameter=LANGUAGE), parameter=FALLBACK)
        return None
    _check_tag(LANGUAGE, parameters[LANGUAGE])
    return parameters[LANGUAGE], _fallbacks(parameters.get(FALLBACK, ANY_LANGUAGE))


def _fallbacks(text: str) -> tuple[str, ...]:
    if text == NO_FALLBACK:
        return ()
    fallbacks = tuple(text.split(","))
    for tag in fallbacks:
        if tag == NO_FALLBACK:
            raise BadParameter(message("no-fallback-alone", value=NO_FALLBACK), parameter=FALLBACK)
        if tag != ANY_LANGUAGE:
            _check_tag(FALLBACK, tag)
    if len(fallbacks) > _MAX_FALLBACKS:
        raise BadParameter(message("too-many-fallbacks", most=_MAX_FALLBACKS), parameter=FALLBACK)
    return fallbacks


def problem_language(path_language: str | None, query: str, default: str) -> str:
    """Return the language of a problem: that of its path, else the one that its query requests, else the default.

    It is English if the query has an invalid language, several, or one without messages.
    """
    if path_language in LANGUAGES:
        return path_language
    requested = [value for name, value in parse_qsl(query) if name == LANGUAGE]
    if not requested:
        return default
    language_range = normalize_languages({LANGUAGE: requested[0]})[LANGUAGE]
    code = lookup_language(language_range, LANGUAGES) if len(requested) == 1 else None
    return code or DEFAULT_LANGUAGE


def default_page_language(languages: Iterable[str]) -> str:
    """Return the language of pages that are requested in none: the first of some that pages have."""
    return next((tag for tag in languages if tag in LANGUAGES), LANGUAGES[0])


def page_language(path_language: str | None, parameters: Mapping[str, str], default: str) -> str:
    """Return the language of an address: that of its path, else `lang`, else the default.

    Raise BadParameter if there are no pages in the language, or if path and `lang` contradict each other.
    """
    if LANGUAGE not in parameters:
        return path_language or default
    requested = lookup_language(parameters[LANGUAGE], LANGUAGES)
    if requested is None:
        tag, languages = parameters[LANGUAGE][:100], ", ".join(LANGUAGES)
        raise BadParameter(
            message("language-without-pages", tag=tag, languages=languages), parameter=LANGUAGE
        )
    if path_language not in (None, requested):
        detail = message("language-of-another-page", requested=requested, language=path_language)
        raise BadParameter(detail, parameter=LANGUAGE)
    return requested


def _check_tag(parameter: str, tag: str) -> None:
    codes = AUTHORITY_TABLES[Kind.LANGUAGE].iris
    primary = tag.partition("-")[0]
    is_tag = len(tag) <= MAX_TAG_LENGTH and re.fullmatch(LANGUAGE_RANGE, tag)
    if not is_tag or (primary not in codes and tag != _UNDETERMINED):
        raise BadParameter(message("not-a-language-tag", tag=tag[:100]), parameter=parameter)
