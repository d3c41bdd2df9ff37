"""The supervisor of the worker processes, `python -m api.cli.supervisor HOST PORT WORKERS`.

Of third-party packages it imports Granian only, which keeps the parent process small.
"""

import ctypes
import gc
import os
import signal
import sys
from functools import partial

from granian import Granian
from granian.constants import Interfaces

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_PR_SET_PDEATHSIG = 1
"""The option of prctl(2) that sends a process a signal when its parent ends."""


def run(host: str, port: int, workers: int) -> None:
    """Start the workers, and serve until a stop signal arrives."""
    os.register_at_fork(
        before=_block_signals,
        after_in_parent=_unblock_signals,
        after_in_child=partial(_follow_parent, os.getpid()),
    )
    # Memory pages are shared with the workers until they are written to, as a garbage collection would.
    gc.freeze()
    Granian(
        "api.cli.worker_application:application",
        factory=True,
        interface=Interfaces.ASGI,
        address=host,
        port=port,
        workers=workers,
        log_access=False,
    ).serve()


def _block_signals() -> None:
    """Block stop signals during a fork, until the worker has signal handlers of its own."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)


def _unblock_signals() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)


def _follow_parent(parent: int) -> None:
    """Make a new worker end at a stop signal from its start on, and when its supervisor ends."""
    # Imports leave little garbage, and collections would take a seventh of the start. The worker enables them.
    gc.disable()
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
    run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
