"""The work of the server for one request: the peer that it is for, the time that it took, and its end when the client leaves."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from time import perf_counter
from types import coroutine
from typing import Any


class RequestWork:
    """The work for one request. `seconds` is its server time: without waiting for a turn, for others, or for the client."""

    __slots__ = ("_receive", "_watcher", "is_abandoned", "peer", "seconds")

    def __init__(self, peer: str = "", receive: Callable[[], Awaitable[Any]] | None = None) -> None:
        """Begin the work for a peer. `receive` is that of ASGI, of a request whose content is read or has none."""
        self.peer = peer
        self.seconds = 0.0
        self.is_abandoned = False
        self._receive = receive
        self._watcher: asyncio.Task[None] | None = None

    @coroutine
    def run(self, work: Coroutine[Any, Any, None]) -> Generator[Any, Any, None]:
        """Do the work in this task, as what `current_work` returns; end early and silently if the client leaves."""
        _CURRENT.set(self)
        # A step lasts until the work waits for something. Most work is one step: this is written for its speed.
        start = perf_counter()
        try:
            try:
                awaited = work.send(None)
            except StopIteration:
                return
            finally:
                self.seconds += perf_counter() - start
            yield from self._run_further_steps(work, awaited)
        except asyncio.CancelledError:
            if not self.is_abandoned:
                raise
        finally:
            if self._watcher:
                self._watcher.cancel()

    def _run_further_steps(self, work: Coroutine[Any, Any, None], awaited: Any) -> Generator[Any, Any, None]:
        while True:
            resume: Callable[[], Any] = partial(work.send, None)
            try:
                yield awaited
            except BaseException as error:  # noqa: BLE001 - a cancellation too belongs to the work
                resume = partial(work.throw, error)
            start = perf_counter()
            try:
                awaited = resume()
            except StopIteration:
                return
            finally:
                self.seconds += perf_counter() - start

    def watch_client(self) -> None:
        """Cancel this task when the client closes its connection. Work that may take long calls it first."""
        if self._receive and not self._watcher and (task := asyncio.current_task()):
            self._watcher = asyncio.create_task(self._cancel_when_abandoned(task, self._receive))

    async def _cancel_when_abandoned(
        self, task: asyncio.Task[Any], receive: Callable[[], Awaitable[Any]]
    ) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.is_abandoned = True
        task.cancel()

    @contextmanager
    def elsewhere(self) -> Iterator[None]:
        """Add the time of the block, in which a thread or the database works for this request."""
        start = perf_counter()
        try:
            yield
        finally:
            self.seconds += perf_counter() - start


_CURRENT: ContextVar[RequestWork | None] = ContextVar("request_work", default=None)


def current_work() -> RequestWork:
    """Return the work that this task or thread does; outside of requests, that of a peer without a name."""
    return _CURRENT.get() or RequestWork()
