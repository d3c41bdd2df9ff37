"""The work of the server for one request: the peer that it is for, the time that it takes, and its end when the client leaves."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter
from typing import Any


class RequestWork:
    """The work for one request, from its creation on."""

    __slots__ = ("_receive", "_start", "_watcher", "is_abandoned", "peer", "sent_parts", "waited")

    def __init__(self, peer: str = "", receive: Callable[[], Awaitable[Any]] | None = None) -> None:
        """Begin the work for a peer. `receive` is that of ASGI, of a request whose content is read or has none."""
        self.peer = peer
        self.is_abandoned = False
        self.sent_parts = 0
        """The parts of the response that the server has taken for sending."""
        self.waited = 0.0
        """The seconds that are no server time."""
        self._receive = receive
        self._watcher: asyncio.Task[None] | None = None
        self._start = perf_counter()

    def end(self) -> float:
        """Stop watching the client, and return the server time in seconds."""
        if self._watcher:
            self._watcher.cancel()
        return perf_counter() - self._start - self.waited

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Exclude the time of the block from the server time: the work waits for its turn."""
        start = perf_counter()
        try:
            yield
        finally:
            self.waited += perf_counter() - start

    @contextmanager
    def waiting_until(self, error: type[Exception]) -> Iterator[None]:
        """Exclude the time of the block if it raises an error: the work waited for what did not respond."""
        start, waited = perf_counter(), self.waited
        try:
            yield
        except error:
            self.waited = waited + perf_counter() - start
            raise

    @contextmanager
    def working(self) -> Iterator[None]:
        """Include the time of the block, which a thread runs, although the task waits."""
        start = perf_counter()
        try:
            yield
        finally:
            self.waited -= perf_counter() - start

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Exclude the time of the block from the server time: the client takes its response. End it when the client leaves."""
        self.watch_client()
        SENDING.add(self)
        try:
            with self.waiting():
                yield
        finally:
            SENDING.discard(self)

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


SENDING: set[RequestWork] = set()
"""The requests whose responses are made, and taken by their clients in parts."""

_CURRENT: ContextVar[RequestWork | None] = ContextVar("request_work", default=None)


def begin_work(peer: str, receive: Callable[[], Awaitable[Any]] | None = None) -> RequestWork:
    """Return new work, which is the current one of this task from now on."""
    work = RequestWork(peer, receive)
    _CURRENT.set(work)
    return work


def current_work() -> RequestWork:
    """Return the work that this task does; outside of requests, that of a peer without a name."""
    return _CURRENT.get() or RequestWork()
