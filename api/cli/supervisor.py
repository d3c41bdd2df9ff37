"""The supervisor of the worker processes, `python -m api.cli.supervisor HOST PORT WORKERS DEADLINE [DESCRIPTOR]`.

It creates the application once. Workers are forks of it that share its memory, so a new one serves at once, and by the
same version of the code as the others.
"""

import ctypes
import gc
import mmap
import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LOGGING_CONFIG, logger
from granian.server.mp import MPServer, WorkerProcess
from litestar import Litestar

from api.cli.connection_drain import drain_at_stop
from api.cli.connection_refusal import ConnectionRefuser
from api.cli.descriptor_limit import raise_descriptor_limit
from api.cli.listening_socket import BACKLOG, STALL_SECONDS, open_listener
from api.cli.worker_application import create_application
from api.settings import SettingsError

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_PR_SET_PDEATHSIG = 1
"""The option of prctl(2) that sends a process a signal when its parent ends."""

_HEADER_BYTES = 65_536
"""The most bytes of a request's header that are received. The request guard accepts fewer."""

_MAX_FAILED_STARTS = 3

_DRAIN_SECONDS = 5
"""The time beyond the deadline of queries in which a stopped worker completes its requests."""

_EXIT_SECONDS = 5
"""The time after that until it is killed."""


_LOGGERS = {**LOGGING_CONFIG["loggers"], "_granian.asgi.io": {"level": "WARNING"}}  # type: ignore[dict-item]
"""The loggers of Granian. The last one has a line for each part of a response that a client has left."""


class ListeningAddress(NamedTuple):
    """The address of the server, and the descriptor of a listening socket at it, for the first worker."""

    host: str
    port: int
    descriptor: int | None = None


class ClientDeadlines(NamedTuple):
    """The times that clients may take, in seconds."""

    header: float = 10
    """For a whole request header, from the opening of the connection or the last response on it."""
    stall: float = STALL_SECONDS
    """Without receiving any more of a response."""


class Supervisor(MPServer):
    """Granian's supervisor, which starts a worker again unless it keeps failing at its start.

    Each worker has a listening socket of its own, as the kernel shares out connections best so. The supervisor keeps
    them open: connections wait in the queue of a dead worker for the next one.
    """

    def __init__(
        self, address: ListeningAddress, workers: int, deadline: float, client_deadlines: ClientDeadlines
    ) -> None:
        self._inherited = address.descriptor
        self._drain_seconds = deadline + _DRAIN_SECONDS
        self._stall_seconds = client_deadlines.stall
        self._listeners: list[socket.socket] = []
        self._serving = mmap.mmap(-1, workers)
        """One byte per worker, shared with it: 1 when it serves."""
        self._failed_starts: Counter[int] = Counter()
        super().__init__(
            "api.application",  # A name only: workers have the application from the supervisor.
            interface=Interfaces.ASGI,
            address=address.host,
            port=address.port,
            workers=workers,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(
                header_read_timeout=int(client_deadlines.header * 1000), max_buffer_size=_HEADER_BYTES
            ),
            websockets=False,
            backpressure=raise_descriptor_limit(),
            log_access=False,
            log_dictconfig={"loggers": _LOGGERS},
        )

    def _init_shared_socket(self) -> None:
        """Open the listening sockets. Connections inherit their options."""
        # Granian shares one socket elsewhere, and no connection is refused or drained.
        if sys.platform != "linux":
            super()._init_shared_socket()
            return
        self._sso = None
        if self._inherited is not None:
            self._listeners.append(socket.socket(fileno=self._inherited))
            self._listeners[0].set_inheritable(False)
        while len(self._listeners) < self.workers:
            listener = open_listener(self.bind_addr, self.bind_port, self._stall_seconds)
            self._listeners.append(listener)

    def _drop_shared_socket(self) -> None:
        super()._drop_shared_socket()  # type: ignore[no-untyped-call]
        for listener in self._listeners:
            listener.close()

    def _spawn_worker(self, idx: int, target: Any, callback_loader: Any) -> WorkerProcess:  # type: ignore[override]
        """Return a worker that is about to start, with the listening socket of its number."""
        self._serving[idx] = 0
        if self._listeners:
            # The stub lacks the arguments: descriptor, whether it is a Unix socket, length of the queue.
            self._shd = SocketHolder(self._listeners[idx].fileno(), False, BACKLOG)  # type: ignore[call-arg, assignment] # noqa: FBT003
        return super()._spawn_worker(idx, target, partial(self._prepared_application, idx, callback_loader))

    def _prepared_application(self, idx: int, load: Callable[[], Litestar]) -> Litestar:
        """Return the application in a new worker, which refuses and drains connections from its start on."""
        accepting = self._take_listener(idx) if self._listeners else None

        async def begin() -> None:
            if accepting:
                refuser = ConnectionRefuser(accepting, self.backpressure, application.state.refusal)
                drain_at_stop(self.bind_port, self._drain_seconds, refuser.stop)
            self._serving[idx] = 1

        application = load()
        application.on_startup.append(begin)
        return application

    def _take_listener(self, idx: int) -> socket.socket:
        """Return a duplicate of a worker's listening socket, which Granian closes, and close those of the others."""
        listener = self._listeners[idx].dup()
        self._listeners[idx].detach()
        for other in self._listeners:
            other.close()
        return listener

    def _serve_loop(self, spawn_target: Any, target_loader: Any) -> None:
        """Start workers again that ended, until a stop signal arrives or one fails to start repeatedly."""
        while True:
            self.main_loop_interrupt.wait()
            self.main_loop_interrupt.clear()
            while self.interrupt_children and not self.interrupt_signal:
                if self._is_failing(self.interrupt_children[0]):
                    return  # As a child is left over, the exit status is 1.
                self._respawn_workers([self.interrupt_children.pop(0)], spawn_target, target_loader)
            if self.interrupt_signal:
                self.interrupt_children.clear()
                return
            if self.reload_signal:
                self._reload(spawn_target, target_loader)  # type: ignore[no-untyped-call]

    def _stop_workers(self) -> None:
        """Stop the workers, and kill those that have not ended in time."""
        # Granian's own timeout reports workers that have just ended as killed.
        timer = threading.Timer(self._drain_seconds + _EXIT_SECONDS, self._kill_workers, [list(self.wrks)])
        timer.daemon = True
        timer.start()
        super()._stop_workers()  # type: ignore[no-untyped-call]
        timer.cancel()

    def _kill_workers(self, workers: list[WorkerProcess]) -> None:
        for worker in workers:
            if worker.is_alive():  # type: ignore[no-untyped-call]
                logger.warning(f"Killing worker-{worker.idx + 1}, which did not end in time")
                worker.kill()  # type: ignore[no-untyped-call]

    def _is_failing(self, idx: int) -> bool:
        """Return True if a worker that ended did not serve, as its predecessors, and report it."""
        self._failed_starts[idx] = 0 if self._serving[idx] else self._failed_starts[idx] + 1
        if self._failed_starts[idx] < _MAX_FAILED_STARTS:
            return False
        logger.error(f"Worker {idx + 1} ended {_MAX_FAILED_STARTS} times before it served; the server ends")
        return True


def run(
    address: ListeningAddress, workers: int, deadline: float, client_deadlines: ClientDeadlines | None = None
) -> None:
    """Start the workers, and serve until a stop signal arrives. `deadline` is that of queries, in seconds."""
    os.register_at_fork(
        before=_block_signals,
        after_in_parent=_unblock_signals,
        after_in_child=partial(_follow_parent, os.getpid()),
    )
    # Workers share memory, sockets and these hooks with the supervisor.
    multiprocessing.set_start_method("fork")
    # Imports leave little garbage, and collections would take a seventh of the start.
    gc.disable()
    application = create_application()
    # Workers share these objects until they write to them, as a full collection would, which delays responses too.
    gc.collect()
    gc.freeze()
    gc.enable()
    supervisor = Supervisor(address, workers, deadline, client_deadlines or ClientDeadlines())
    supervisor.serve(target_loader=lambda: application, wrap_loader=False)


def _block_signals() -> None:
    """Block stop signals during a fork, until the worker has signal handlers of its own."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)


def _unblock_signals() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)


def _follow_parent(parent: int) -> None:
    """Make a new worker end at a stop signal from its start on, and when its supervisor ends."""
    # The handlers inherited from the supervisor only set a flag; the worker sets its own when it serves.
    for stop_signal in _STOP_SIGNALS:
        signal.signal(stop_signal, signal.SIG_DFL)
    _unblock_signals()
    if sys.platform == "linux":
        # Otherwise a worker whose supervisor was killed would keep the port bound. A stop signal would be lost
        # between the setup of the worker's handlers and its event loop.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # It ended before the signal was requested, and there will be none.
            os._exit(1)


if __name__ == "__main__":
    try:
        _, _host, _port, _workers, _deadline, *_descriptors = sys.argv
        run(ListeningAddress(_host, int(_port), *map(int, _descriptors)), int(_workers), float(_deadline))
    except SettingsError as error:
        sys.exit("\n".join(error.problems))
