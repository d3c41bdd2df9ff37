"""Refusal of the connections that a worker has no slots for."""

import os
import select
import socket
import threading
import time
from contextlib import suppress

from granian.log import logger

from api.cli.descriptor_limit import MAX_CONNECTIONS

_POLL_SECONDS = 0.2

_LOG_SECONDS = 60

_MAX_REQUEST_BYTES = 65_536


class ConnectionRefuser:
    """A thread that answers waiting connections with 503 while all slots of a worker are taken.

    Granian stops accepting then: connections would wait in the queue of the listening socket until a slot is free.
    """

    def __init__(self, listener: socket.socket, slots: int, response: bytes) -> None:
        """Start the thread, which sends a response to each. It closes the listening socket when it is stopped."""
        self._listener = listener
        self._slots = slots
        self._response = response
        self._stopped = threading.Event()
        self._refused = 0
        self._logged_at = -float(_LOG_SECONDS)
        threading.Thread(target=self._run, daemon=True).start()

    def stop(self) -> None:
        """Stop the thread."""
        self._stopped.set()

    def _run(self) -> None:
        with self._listener:
            queue = select.poll()
            queue.register(self._listener, select.POLLIN)
            while not self._stopped.wait(_POLL_SECONDS):
                # The files are counted only if a connection waits, as thousands take milliseconds.
                if queue.poll(0) and len(os.listdir("/proc/self/fd")) >= self._slots:  # noqa: PTH208 - names only
                    self._refuse_waiting()
                self._log()

    def _refuse_waiting(self) -> None:
        for _ in range(MAX_CONNECTIONS):
            try:
                connection, _ = self._listener.accept()
            except OSError:  # None waits any more.
                return
            self._refused += 1
            with connection, suppress(OSError):
                connection.settimeout(0)
                # The kernel would reset a connection with unread bytes, and the client might miss the response.
                with suppress(BlockingIOError):
                    connection.recv(_MAX_REQUEST_BYTES)
                connection.send(self._response)
                connection.shutdown(socket.SHUT_WR)

    def _log(self) -> None:
        now = time.monotonic()
        if self._refused and now - self._logged_at >= _LOG_SECONDS:
            logger.warning(
                f"Refused {self._refused} connections: all {self._slots} connection slots of this worker are taken"
            )
            self._refused, self._logged_at = 0, now
