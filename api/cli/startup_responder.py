"""Responses of a server whose start migrates, rebuilds or loads: 503 with the progress, and 200 of `/livez`."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Self

MAX_CONNECTIONS = 200
"""The most connections at once: the others wait in the queue of the socket."""

COMPLETION_SECONDS: float = 1
"""The time in which requests on accepted connections are answered at the end."""

_REQUEST_SECONDS = 10
"""The time in which a request must come, and be answered."""

_RETRY_SECONDS = 1
"""The pause after a connection that could not be accepted, as when the operating system has no descriptor left."""

_MAX_HEADER_BYTES, _MAX_BODY_BYTES = 65_536, 1_048_576
"""The bytes of a request that are read: those of its header before the response, those of its body after it."""

_READ_BYTES = 65_536

Track = Callable[[Sequence[Any]], Iterable[Any]]
"""Iterates over a sequence, and shows the progress."""


class StartupResponder:
    """Answers on a listening socket from a thread of its own, from `start` to the end of the context.

    Connections that have not been accepted then wait for the workers, in the queue of the socket.
    """

    def __init__(self, listener: socket.socket, base: str) -> None:
        self._listener = listener
        self._base = base
        self._percent = 0
        self._message: Callable[[bytes, int, str], bytes]
        self._thread: threading.Thread | None = None
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread:
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join()
        self._loop.close()

    def start(self) -> None:
        """Begin to answer."""
        # Litestar is most of what a start would import, and seldom needed.
        from api.cli.http_messages import startup_message  # noqa: PLC0415

        if not self._thread:
            self._message = startup_message
            self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))
            self._thread.start()

    def tracked(self, track: Track) -> Track:
        """Return a function that iterates as another does, and sets the progress of responses."""

        def iterate(sequence: Sequence[Any]) -> Iterator[Any]:
            for index, item in enumerate(track(sequence)):
                self._percent = 100 * index // len(sequence)
                yield item

        return iterate

    async def _serve(self) -> None:
        self._listener.settimeout(0)
        self._accept_next()
        await self._stopped.wait()
        self._loop.remove_reader(self._listener)
        self._listener.settimeout(None)
        if self._tasks:
            _, pending = await asyncio.wait(self._tasks, timeout=COMPLETION_SECONDS)
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)

    def _accept_next(self) -> None:
        """Accept the next connection when it comes, if there may be one more."""
        if not self._stopped.is_set() and len(self._tasks) < MAX_CONNECTIONS:
            self._loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        """Accept a connection, and answer it in a task that the end of the start waits for."""
        self._loop.remove_reader(self._listener)
        try:
            connection, _ = self._listener.accept()
        except OSError:
            self._loop.call_later(_RETRY_SECONDS, self._accept_next)
            return
        task = self._loop.create_task(self._answer(connection))
        self._tasks.add(task)
        task.add_done_callback(self._complete)
        self._accept_next()

    def _complete(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._accept_next()

    async def _answer(self, connection: socket.socket) -> None:
        """Answer the first request of a connection, and close it."""
        with connection, suppress(OSError):
            connection.settimeout(0)
            async with asyncio.timeout(_REQUEST_SECONDS):
                if header := await self._header(connection):
                    request_line = header.partition(b"\r\n")[0]
                    response = self._message(request_line, self._percent, self._base)
                    await self._loop.sock_sendall(connection, response)
                    connection.shutdown(socket.SHUT_WR)
                    await self._discard_body(connection)

    async def _header(self, connection: socket.socket) -> bytes:
        """Read to the end of a request header, or what there is of one that is too long; empty if the client leaves."""
        header = b""
        while b"\r\n\r\n" not in header and len(header) < _MAX_HEADER_BYTES:
            received = await self._loop.sock_recv(connection, _READ_BYTES)
            if not received:
                return b""
            header += received
        return header

    async def _discard_body(self, connection: socket.socket) -> None:
        """Read until the client closes: unread bytes would reset the connection, and the response could be lost."""
        count = 0
        while count < _MAX_BODY_BYTES and (received := await self._loop.sock_recv(connection, _READ_BYTES)):
            count += len(received)
