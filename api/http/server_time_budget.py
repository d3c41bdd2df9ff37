"""The budget of server time: a peer that takes more is refused, until its window of two minutes ends."""

import asyncio
import logging
from collections.abc import Collection
from functools import cached_property
from math import ceil
from time import time
from typing import Any

from litestar.types import HTTPScope, Receive, Send

from api.http.peer import peer_of
from api.http.problems import budget_spent
from api.http.request_guard import HttpApp
from api.request_work import begin_work

_log = logging.getLogger("tikls")

_WINDOW = 120
"""Seconds. A budget of a minute twice in two minutes lets a peer take that of both at once."""

_MAX_PEERS = 10_000
"""Peers whose fractions of a second are counted: more are forgotten together, which favours them by less than a second."""


class ServerTimeBudget:
    """The ASGI application that measures the work for each request, and refuses peers that have used up their budget.

    Work of less than a second is only added up, which costs about a microsecond; whole seconds are charged in
    `limits`. So a peer is known to have spent its budget when its requests begin.
    """

    def __init__(self, app: HttpApp, seconds: int, proxies: int, exempt_paths: Collection[str]) -> None:
        """Create the application. `seconds` is the budget for a minute, 0 if there is none."""
        self._app = app
        self._seconds = seconds
        self._proxies = proxies
        self._exempt_paths = exempt_paths
        self._fractions: dict[str, float] = {}
        self._ends: dict[str, float] = {}
        """The ends of the windows of peers that have spent their budget, in Unix time."""

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Answer a request by the application. Raise TooManyRequests if its peer has spent its budget."""
        peer = peer_of(scope, self._proxies)
        if peer in self._ends and scope["path"] not in self._exempt_paths:
            self._refuse(peer)
        work = begin_work(peer, receive if scope["method"] in ("GET", "HEAD") else None)
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if not work.is_abandoned:
                raise
        finally:
            seconds = work.end()
            if self._seconds:
                self._add(peer, seconds)

    def _add(self, peer: str, seconds: float) -> None:
        """Add the time of a request, and charge whole seconds."""
        total = self._fractions.get(peer, 0.0) + seconds
        if total >= 1:
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

    def _refuse(self, peer: str) -> None:
        """Raise TooManyRequests, or begin a new window: the last has ended, or the clock was set back."""
        wait = ceil(self._ends[peer] - time())
        if 0 < wait <= _WINDOW:
            raise budget_spent(self._seconds * _WINDOW // 60, wait)
        del self._ends[peer]
        limiter, limit = self._limiter
        limiter.clear(limit, peer)

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
