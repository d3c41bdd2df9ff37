"""The budget of server time: a peer that takes more is refused, until its window of two minutes ends."""

import asyncio
import logging
import re
from collections.abc import Collection
from functools import cached_property, lru_cache
from math import ceil
from time import time
from typing import Any

from litestar.enums import ScopeType
from litestar.types import HTTPScope, Receive, Send

from api.http.content_coding import EncodedResponse, encode_response, send_encoded
from api.http.language_parameters import LANGUAGE
from api.http.peer import peer_of
from api.http.problems import Problem, budget_spent, problem_from
from api.http.request import Request
from api.http.request_guard import HttpApp
from api.http.response import ProblemResponder
from api.http.url_path_and_format_suffix import UrlPath
from api.request_work import begin_work
from vocab.turtle_parser import LANGUAGES

_log = logging.getLogger("tikls")

_WINDOW = 120
"""Seconds. A budget of a minute twice in two minutes lets a peer take that of both at once."""

_MAX_PEERS = 10_000
"""Peers whose fractions of a second are counted: more are forgotten together, which favours them by less than a second."""

_MAX_REFUSALS = 1_000
"""Cached responses to refused peers: one for each format, language and second to wait."""

_REQUESTED_LANGUAGE = re.compile(rf"(?:^|&){LANGUAGE}=([a-z]+)(?:&|$)")


class ServerTimeBudget:
    """The ASGI application before all others that measures the work for each request, and refuses peers that have used up their budget.

    Work of less than a second is only added up, which costs about a microsecond; whole seconds are charged in
    `limits`. So a peer is known to have spent its budget when its requests begin.
    """

    def __init__(
        self,
        app: HttpApp,
        respond_to_problem: ProblemResponder,
        seconds: int,
        proxies: int,
        exempt_paths: Collection[str],
    ) -> None:
        """Create the application. `seconds` is the budget for a minute, 0 if there is none."""
        self._app = app
        self._respond_to_problem = respond_to_problem
        self._cached_refusal = lru_cache(_MAX_REFUSALS)(self._refusal)
        self._seconds = seconds
        self._proxies = proxies
        self._exempt_paths = exempt_paths
        self._fractions: dict[str, float] = {}
        self._ends: dict[str, float] = {}
        """The ends of the windows of peers that have spent their budget, in Unix time."""
        self._has_warned = False

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Answer a request by the application, or by 429 if its peer has spent its budget."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        try:
            peer = peer_of(scope, self._proxies)
            is_refused = peer in self._ends and scope["path"] not in self._exempt_paths
            if is_refused and (wait := self._wait(peer)):
                await self._refuse(Request.from_scope(scope), wait, send)
                return
        except Exception as error:  # noqa: BLE001 - the request guard, which answers all others, comes later
            await self._send_problem(Request.from_scope(scope), problem_from(error), send)
            return
        work = begin_work(peer, receive if scope["method"] in ("GET", "HEAD") else None)
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if not work.is_abandoned:
                raise
        finally:
            seconds = work.end()
            if self._seconds:
                self._add(scope, peer, seconds)

    def _add(self, scope: HTTPScope, peer: str, seconds: float) -> None:
        """Add the time of a request, and charge whole seconds."""
        total = self._fractions.get(peer, 0.0) + seconds
        if total >= 1:
            self._warn_of_proxy(scope)
            self._charge(peer, int(total))
            total %= 1
        elif len(self._fractions) > _MAX_PEERS:
            self._fractions.clear()
        self._fractions[peer] = total

    def _charge(self, peer: str, seconds: int) -> None:
        limiter, limit = self._limiter
        if limiter.hit(limit, peer, cost=seconds):
            return
        now, end = time(), limiter.get_window_stats(limit, peer).reset_time
        self._ends = {other: until for other, until in self._ends.items() if until > now} | {peer: end}
        _log.warning("%s has spent its budget of server time, and is refused for %d s.", peer, end - now)

    def _warn_of_proxy(self, scope: HTTPScope) -> None:
        """Warn once if a proxy seems to be before the server, whose address all clients then have."""
        if self._proxies or self._has_warned or not Request.from_scope(scope).header(b"x-forwarded-for"):
            return
        self._has_warned = True
        _log.warning(
            "Requests have X-Forwarded-For, but TIKLS_PROXIES is 0: if they come through a proxy, "
            "all clients share one budget of server time. Set TIKLS_PROXIES to the number of proxies."
        )

    def _wait(self, peer: str) -> int:
        """Return the seconds until a refused peer may ask again.

        It is 0, and a new window begins, if the last has ended or the clock was set back.
        """
        wait = ceil(self._ends[peer] - time())
        if 0 < wait <= _WINDOW:
            return wait
        del self._ends[peer]
        limiter, limit = self._limiter
        limiter.clear(limit, peer)
        return 0

    async def _refuse(self, request: Request, wait: int, send: Send) -> None:
        """Send 429: to browsers as a page, to all others as a problem document.

        Neither Accept nor the query is parsed, and nothing is compressed: refusing must cost next to nothing.
        """
        media_type = "text/html" if request.header(b"accept").startswith(b"text/html") else "application/json"
        requested = _REQUESTED_LANGUAGE.search(request.query)
        language = UrlPath.parse(request.path).language or (requested[1] if requested else "")
        known = language if language in LANGUAGES else ""
        await send_encoded(request.method, b"", 429, self._cached_refusal(media_type, known, wait), send)

    async def _send_problem(self, request: Request, problem: Problem, send: Send) -> None:
        status, headers, body, etag, _ = self._respond_to_problem(request, problem)
        await send_encoded(request.method, b"", status, encode_response(etag, headers, body), send)

    def _refusal(self, media_type: str, language: str, wait: int) -> EncodedResponse:
        """Return the response to a refused peer. The language is empty for the default."""
        query = f"{LANGUAGE}={language}" if language else ""
        request = Request("GET", "/", query, {b"accept": media_type.encode()})
        problem = budget_spent(self._seconds * _WINDOW // 60, wait)
        _, headers, body, etag, _ = self._respond_to_problem(request, problem)
        return encode_response(etag, headers, body)

    @cached_property
    def _limiter(self) -> tuple[Any, Any]:
        """The limiter and the limit of each peer.

        A fixed window is the strategy that takes costs after the fact, of more than what is left, and has an end
        that Retry-After can name. Loading the library takes 50 ms, and no peer may ever use a second.
        """
        from limits import RateLimitItemPerSecond  # noqa: PLC0415
        from limits.storage import MemoryStorage  # noqa: PLC0415
        from limits.strategies import FixedWindowRateLimiter  # noqa: PLC0415

        limit = RateLimitItemPerSecond(self._seconds * _WINDOW // 60, _WINDOW)
        return FixedWindowRateLimiter(MemoryStorage()), limit
