"""Corrected addresses: what a refused request may have meant."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from api.http.problems import BadParameter, BadQuery, NotFound, Problem, UnknownParameter, UriTooLong
from api.http.request import Request
from schema.declaration.messages import Suggestion

Pairs = list[tuple[str, str]]
"""Query parameters in order."""


class Correction(NamedTuple):
    """A corrected address: its path and query, and the word that was corrected to another."""

    word: str
    path: str
    query: str


def nearest_addresses(problem: Problem, request: Request) -> Iterator[Correction]:
    """Yield the addresses with each of the nearest words in place of the invalid one."""
    suggestion = problem.suggestion or Suggestion("", ())
    for word in suggestion.nearest:
        match problem:
            case UnknownParameter():
                pairs = [
                    (word if name == suggestion.invalid else name, value) for name, value in _pairs(request)
                ]
                yield Correction(word, request.path, _query(pairs))
            case BadParameter():
                pairs = _with_value(request, problem.members["parameter"], suggestion.invalid, word)
                yield Correction(word, request.path, _query(pairs))
            case NotFound():
                yield Correction(word, word, "")


def reduced_address(problem: Problem, request: Request) -> Correction | None:
    """Return the address without the refused parameter, or without the query; None if that changes nothing."""
    parameter = problem.members.get("parameter", "")
    if isinstance(problem, BadQuery | UriTooLong):
        query = ""
    elif parameter:
        query = _query([(name, value) for name, value in _pairs(request) if name != parameter])
    else:
        return None
    is_same = parameter and parameter not in dict(_pairs(request))
    return None if is_same or not request.query else Correction(parameter, request.path, query)


def _with_value(request: Request, parameter: str, invalid: str, word: str) -> Pairs:
    """Return the parameters with another value in place of an invalid one; values are between commas."""
    pattern = re.compile(rf"(?<![^,:-]){re.escape(invalid)}(?![^,])")
    return [
        (name, pattern.sub(lambda _: word, value, count=1) if name == parameter else value)
        for name, value in _pairs(request)
    ]


def _pairs(request: Request) -> Pairs:
    return parse_qsl(request.query, keep_blank_values=True)


def _query(pairs: Pairs) -> str:
    return urlencode(pairs, safe=",:*")
