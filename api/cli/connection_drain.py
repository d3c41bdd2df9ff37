"""The end of a worker's connections at a stop: running requests complete, all other connections are closed."""

import asyncio
import fcntl
import os
import signal
import socket
import stat
import struct
import termios
from collections.abc import Callable, Iterator
from contextlib import suppress

from api.request_work import SENDING

_REQUEST_COROUTINE = "future_watcher"
"""The name of the coroutine in which Granian runs a request."""

_FAMILIES = (socket.AF_INET, socket.AF_INET6)

_POLL_SECONDS = 0.1

_STALL_SECONDS = 0.5
"""A response of which the client takes nothing for so long is not waited for."""


def drain_at_stop(port: int, seconds: float, stop_accepting: Callable[[], None]) -> None:
    """Make SIGTERM end this worker when its requests are completed, or at the latest after some seconds.

    Granian by itself would wait for clients that have sent a part of a header, or that do not read their response.
    """
    loop = asyncio.get_running_loop()
    drains: list[asyncio.Task[None]] = []

    def stop() -> None:
        if not drains:
            stop_accepting()
            signal.raise_signal(signal.SIGINT)  # This one is handled by Granian, which stops accepting.
            drains.append(loop.create_task(_drain(port, seconds)))

    loop.add_signal_handler(signal.SIGTERM, stop)


async def _drain(port: int, seconds: float) -> None:
    """Wait until no request runs and no client takes its response any more, and close all connections."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    unsent: dict[object, int] = {}
    await asyncio.sleep(_POLL_SECONDS)  # Requests that were received just now have no task yet.
    while loop.time() < deadline:
        before, unsent = unsent, {} if _has_requests() else _unsent(port)
        if not _has_requests() and (not unsent or unsent == before):
            break
        await asyncio.sleep(_STALL_SECONDS if unsent else _POLL_SECONDS)
    for connection in _connections(port):
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def _has_requests() -> bool:
    """Return True if a response is still being made."""
    names = [getattr(task.get_coro(), "__name__", "") for task in asyncio.all_tasks()]
    return names.count(_REQUEST_COROUTINE) > len(SENDING)


def _unsent(port: int) -> dict[object, int]:
    """Return a figure of each response that is not sent, which changes while its client takes it."""
    # Between two parts of a response, the kernel may have nothing left to send.
    return {**_unsent_bytes(port), **{work: work.sent_parts for work in SENDING}}


def _unsent_bytes(port: int) -> dict[object, int]:
    """Return the bytes that clients have yet to receive, of each connection with any, by the client's address."""
    unsent: dict[object, int] = {}
    for connection in _connections(port):
        (count,) = struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))
        if count:
            unsent[connection.getpeername()[:2]] = count
    return unsent


def _connections(port: int) -> Iterator[socket.socket]:
    """Yield a duplicate of each open connection at a local port, closed after its turn."""
    for descriptor in map(int, os.listdir("/proc/self/fd")):  # noqa: PTH208 - names only
        # A descriptor may be closed at any moment, and the listening socket has no peer.
        with suppress(OSError):
            if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                continue
            with socket.socket(fileno=os.dup(descriptor)) as connection:
                if connection.family in _FAMILIES and connection.getsockname()[1] == port:
                    connection.getpeername()
                    yield connection
